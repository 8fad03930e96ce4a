"""Names here for people and rooms of elsewhere, which may be called anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import NICK_LENGTH, Name, new_person_name, room_name

_NUMBER = 5
"""Characters that are left for a number, as in `ada-slack-17`."""
_ROOM_LENGTH = 40
_NO_LETTERS = re.compile(r"[^\w-]+", re.UNICODE)
_MANY = re.compile(r"[-_]*_[-_]*|-{2,}")


def person_names(texts: Iterable[str], source: str) -> Sequence[Name]:
    """Names to try for a person who is called this: as it is; without what no name may have (spaces, dots,
    emoji, marks, mixed scripts); and, because somebody here may have that one, with the source behind it.
    There is always one: `somebody-slack` for a person whose name has nothing that can be kept."""
    base = _first(texts, _person) or new_person_name("somebody", NICK_LENGTH)
    return [base, *_with(source, base, _person, NICK_LENGTH)]


def room_names(texts: Iterable[str], source: str) -> Sequence[Name]:
    """The same for a room."""
    base = _first(texts, _room) or room_name("room")
    return [base, *_with(source, base, _room, _ROOM_LENGTH)]


_Named = Callable[[str], Name | None]


def _first(texts: Iterable[str], named: _Named) -> Name | None:
    """The first name that can be made of these texts."""
    for text in texts:
        for form in _forms(text):
            if (name := named(form)) is not None:
                return name
    return None


def _with(source: str, base: Name, named: _Named, most: int) -> Sequence[Name]:
    """The name with the source behind it, if that can be one."""
    kept = base.shown[: most - len(source) - 1 - _NUMBER].rstrip("_-")
    name = named(f"{kept}-{source}") if kept else None
    return [name] if name is not None else []


def _forms(text: str) -> list[str]:
    """The text, and forms of it that keep less and less."""
    text = unicodedata.normalize("NFC", "".join(c for c in text if not unicodedata.category(c).startswith("C")))
    text = text.strip().lstrip("#@")
    kept = _MANY.sub("_", _NO_LETTERS.sub("_", text)).strip("_-")
    bare = "".join(c for c in unicodedata.normalize("NFKD", kept) if not unicodedata.combining(c))
    ascii_only = _MANY.sub("_", "".join(c if c.isascii() else "_" for c in bare)).strip("_-")
    return [form for form in (text, kept, bare, ascii_only) if form and any(c.isalnum() for c in form)]


def _person(text: str) -> Name | None:
    return _shortened(text[:NICK_LENGTH], lambda part: new_person_name(part, NICK_LENGTH), NICK_LENGTH)


def _room(text: str) -> Name | None:
    return _shortened(text[:_ROOM_LENGTH], room_name, _ROOM_LENGTH)


def _shortened(text: str, named: Callable[[str], Name], bytes_: int) -> Name | None:
    """A name of the text, or of as much of it as can be one: some letters count as several."""
    while text := text.rstrip("_-"):
        try:
            return named(text)
        except ChatError:
            if len(text.encode()) <= bytes_:
                return None
            text = text[:-1]
    return None
