"""The HTTP API: requests become calls of a Session, and answers JSON."""
