"""The chat in memory: who is connected, who is in which room, and how they hear of what was committed."""
