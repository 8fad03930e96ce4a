"""The words of a message and of a question, as PostgreSQL's full-text search takes them (lexemes).

They are made here, and given to PostgreSQL as they are: no text is parsed there. A typed word has neither `#`
nor `@`, which stand before the words for a room and for an author.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from chatstore.chat.model.messages import search_form
from chatstore.chat.model.phrases import Word, indexed

BLOCK = 65_536
"""Message ids for which message_word_blocks has the times together."""
FORMAT = f"1 {BLOCK} {unicodedata.unidata_version}"
"""What the words depend on. Words of another format are made again."""
BETWEEN = "\n"
"""Stands between two words of a message on their way to the table."""
_MAX_WORD = 40
"""Characters of a word that are kept: at least as many as a question has (phrases._MAX_WORD)."""
_MAX_AUTHOR = 200
_ASCII_WORDS = re.compile("[0-9a-z]+")


def of_message(body: str, nick: str, room: int) -> set[str]:
    """The words of a message."""
    text = indexed(body)
    words = _ASCII_WORDS.findall(text.lower()) if text.isascii() else text.split()
    return {*(word[:_MAX_WORD] for word in words), _room(room), _author(search_form(nick))}


def tsquery(words: Sequence[Word], author: str, rooms: Sequence[int]) -> str:
    """What a message must have, as a tsquery."""
    parts = [f"{_quoted(word.text)}{':*' if word.begins else ''}" for word in words]
    if author:
        parts.append(_quoted(_author(author)))
    if rooms:
        parts.append(f"({' | '.join(_quoted(_room(room)) for room in rooms)})")
    return " & ".join(parts)


def _quoted(word: str) -> str:
    """A word as a tsquery takes it, letter by letter."""
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _room(room: int) -> str:
    return f"#{room}"


def _author(form: str) -> str:
    return f"@{form[:_MAX_AUTHOR]}".replace(BETWEEN, " ")
