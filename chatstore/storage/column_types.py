"""The types of columns, the same in the schema and in the migrations.

SQLite has one integer type, and compares text by its bytes. PostgreSQL is told to do the same: its INTEGER has 32
bits, and in many of its collations `_` and `-` don't count, or a digit comes after a letter.
"""

from __future__ import annotations

import sqlalchemy

Integer = sqlalchemy.BigInteger().with_variant(sqlalchemy.Integer(), "sqlite")
"""64 bits: ids, seqs, times."""
String = sqlalchemy.String().with_variant(sqlalchemy.String(collation="C"), "postgresql")
"""Text that is compared or sorted, by its bytes (UTF-8)."""
Text = sqlalchemy.Text()
"""Text that is never sorted, and compared at most for being equal."""
