"""chatstore: the chat server that remembers."""

__version__ = "0.1.0"
