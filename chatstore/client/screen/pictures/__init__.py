"""Pictures on the screen: whether, how large, and how they are drawn."""
