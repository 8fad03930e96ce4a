"""What `chatstore doctor` looks at in a database: a table of small functions for each kind of database.

A check (finding.py) reads, and says in one line whether all is well or what to do. Those that are the same
for every database are in rows.py; those of one kind are in its package (checking.py), which has the table of
all. Each check has a transaction of its own, so no server waits for them, and a write-ahead log can be
emptied in between.
"""
