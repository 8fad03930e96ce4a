"""A load generator: one process with one loop that is many members of many rooms.

It speaks plain IRC, so it runs against any server, and it is made to cost less than any server does:

- Every message ends with one byte (`MARK`) that nothing else a server sends contains. What a member receives is
  counted by `bytearray.count`, so lines are not looked at and a chunk's borders don't matter.
- Only a few listeners are read as soon as something came: of each room one *observer*, who reads every line (what
  is lost, doubled, out of order; whose message has come), and some *watchers* at other places of the room, who look
  for the time in the messages that carry one. All the others are a *crowd* that is read in turns, often enough that
  no buffer of theirs fills (`crowd.py`).

Several processes share the members of each room among them; `__main__.py` says how they are told what to do.
"""

MARK = b"\x7f"
