"""The IRC language: bytes and text in, bytes and text out. No socket is known here."""
