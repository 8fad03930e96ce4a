"""Names here for people and rooms of elsewhere, which may be called anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import Name, new_person_name, room_name

PERSON_LENGTH = 32
"""The most characters of a placeholder's name, with room for a suffix and a number."""
ROOM_LENGTH = 40
_NO_LETTERS = re.compile(r"[^\w-]+", re.UNICODE)
_MANY = re.compile(r"[-_]*_[-_]*|-{2,}")


def person_names(texts: Iterable[str], source: str) -> Sequence[Name]:
    """Names to try for a person who is called this: as it is; without what no name may have (spaces, dots,
    emoji, marks, mixed scripts); and, because somebody here may have that one, with the source behind it.
    There is always one: `somebody-slack` for a person whose name has nothing that can be kept."""
    base = _first(texts, lambda text: _person(text, PERSON_LENGTH)) or new_person_name("somebody", PERSON_LENGTH)
    with_source = _person(f"{base.shown}-{source}", PERSON_LENGTH + 16)
    return [base, with_source] if with_source is not None else [base]


def room_names(texts: Iterable[str], source: str) -> Sequence[Name]:
    """The same for a room."""
    base = _first(texts, _room) or room_name("room")
    with_source = _room(f"{base.shown}-{source}")
    return [base, with_source] if with_source is not None else [base]


def _first(texts: Iterable[str], named: object) -> Name | None:
    for text in texts:
        for form in _forms(text):
            name: Name | None = named(form)  # type: ignore[operator]
            if name is not None:
                return name
    return None


def _forms(text: str) -> list[str]:
    """The text, and forms of it that keep less and less."""
    text = unicodedata.normalize("NFC", "".join(c for c in text if not unicodedata.category(c).startswith("C")))
    text = text.strip().lstrip("#@")
    kept = _MANY.sub("_", _NO_LETTERS.sub("_", text)).strip("_-")
    bare = "".join(c for c in unicodedata.normalize("NFKD", kept) if not unicodedata.combining(c))
    ascii_only = _MANY.sub("_", "".join(c if c.isascii() else "_" for c in bare)).strip("_-")
    return [form for form in (text, kept, bare, ascii_only) if form and any(c.isalnum() for c in form)]


def _person(text: str, most: int) -> Name | None:
    for length in (most, 20, 12, 6):
        try:
            return new_person_name(text[:length].rstrip("_-"), most)
        except ChatError:
            continue
    return None


def _room(text: str) -> Name | None:
    try:
        return room_name(text[:ROOM_LENGTH].rstrip("_-"))
    except ChatError:
        return None
