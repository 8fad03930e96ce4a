"""What the readers have in common: archives that nobody vouches for, JSON in pieces, times, emoji."""
