"""What another chat has said, brought here: readers of its exports, and the writing of what they read."""
