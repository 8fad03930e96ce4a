"""Webhooks: what other programs send to a room, and what a room sends to them."""
