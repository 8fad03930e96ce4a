"""The plain-text protocol: for nc, telnet and short scripts."""
