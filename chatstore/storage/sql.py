"""What SQLAlchemy has to be told so that SQLite and PostgreSQL do the same: types of columns, for the schema
and the migrations, and functions.

SQLite has one integer type, and compares text by its bytes. PostgreSQL's INTEGER has 32 bits, and in many of
its collations `_` and `-` don't count, or a digit comes after a letter.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

Integer = sqlalchemy.BigInteger().with_variant(sqlalchemy.Integer(), "sqlite")
"""64 bits: ids, seqs, times."""
String = sqlalchemy.String().with_variant(sqlalchemy.String(collation="C"), "postgresql")
"""Text that is compared or sorted, by its bytes (UTF-8)."""
Text = sqlalchemy.Text()
"""Text that is never sorted, and compared at most for being equal."""


class octets(GenericFunction[int]):  # noqa: N801
    """The length in bytes of a text (UTF-8)."""

    type = Integer
    name = "octet_length"
    inherit_cache = True


@compiles(octets, "sqlite")
def _octets_in_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite has octet_length() only from 3.43 on."""
    return f"length(CAST({compiler.process(element.clauses, **options)} AS BLOB))"
