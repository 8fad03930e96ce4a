"""Who is connected and in which room, in memory, and how they hear of what was committed."""
