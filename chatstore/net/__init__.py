"""Sockets and threads. Nothing in here knows what a chat is."""
