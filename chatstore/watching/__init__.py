"""Watching a server: its figures, as /metrics for Prometheus and as `chatstore status` for people."""
