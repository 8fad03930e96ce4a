"""The full-screen client: draws the book, and turns keys into actions. Everything it knows comes from
chatstore/client, and everything it wants goes through the actions there."""
