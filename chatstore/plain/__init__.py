"""The plain-text protocol: for nc, telnet and a twenty-line socket script."""
