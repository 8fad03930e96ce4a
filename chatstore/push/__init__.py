"""Web Push: tells clients that are not connected of messages. See docs/push.md."""
