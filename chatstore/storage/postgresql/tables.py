"""The tables that only PostgreSQL has: the index of words. Beside them there are those of schema.py.

They can be made again from the messages at any time.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, MetaData, Table
from sqlalchemy.dialects.postgresql import TSVECTOR

from chatstore.storage import schema
from chatstore.storage.sql import Integer, Text

metadata = MetaData(naming_convention=schema.metadata.naming_convention)

message_words = Table(
    "message_words",
    metadata,
    Column(
        "id",
        Integer,
        ForeignKey(schema.messages.c.id, ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("words", TSVECTOR, nullable=False),
    Index(None, "words", postgresql_using="gin", postgresql_with={"gin_pending_list_limit": "256"}),
)
"""The words of a message, or none at all if it was redacted. See lexemes.py. The limit (KB) is that of the list of
new words beside the index, which every search reads from end to end: a shorter one makes filling slower."""

message_word_blocks = Table(
    "message_word_blocks",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("first_sent", Integer, nullable=False),
    Column("last_sent", Integer, nullable=False),
)
"""The times of the messages in message_words, by blocks of ids (lexemes.BLOCK)."""

message_word_range = Table(
    "message_word_range",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("format", Text, nullable=False),
    Column("first", Integer, nullable=False),
    Column("upto", Integer, nullable=False),
)
"""One row (id 1), or none before the first server: every message with an id from `first` to before `upto` is in
message_words, and no transaction can bring another one there. `format` is what the words depend on; empty while
words of another format are being removed."""
