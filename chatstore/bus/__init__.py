"""From whoever commits to whoever delivers."""
