"""Files: sending them to the server, and what messages have of them."""
