"""The domain: who is in which room, what was said, who may do what. No sockets, no SQL, no IRC."""
