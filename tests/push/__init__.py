"""Web Push: what is sent to push services, and to whom."""
