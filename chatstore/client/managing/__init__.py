"""What an account has and sets: its files, its bots, what it is told of, and the webhooks of its rooms."""
