"""The keys of the advisory locks that servers of one database hold against each other."""

MIGRATING = 0x63686174
"""Migrating, and settling the incarnation at a start."""
REGISTERING = 0x6E6F6465
"""Registering as a node: two at once see each other."""
LEADING = 0x6C656164
"""Held by the leader."""
NAMES = 0x6E616D65
"""The first key of the locks of names; the second one is of what a name looks like."""
