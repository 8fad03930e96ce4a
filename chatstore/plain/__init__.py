"""The plain-text door: for nc, telnet and a twenty-line socket script."""
