"""Watching a server: its metrics, its status and its log."""
