"""Names of rooms and people: which are rooms, which are the same, and which a search finds."""

from __future__ import annotations

import unicodedata

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import person_name, room_name


def is_room(name: str) -> bool:
    """Whether a name is a room's: `#main`."""
    return name.startswith("#")


def channel(room: str) -> str:
    """`#main` for `main` and `#main`."""
    return room if is_room(room) else f"#{room}"


def fold(name: str) -> str:
    """The key of a name: the same for all spellings that the server takes for one name."""
    try:
        return "#" + room_name(name).folded if is_room(name) else person_name(name).folded
    except ChatError:
        return name.casefold()


SERVICES = frozenset(map(fold, ("NickServ", "ChanServ")))
"""The keys of the nicks that answer for the server."""

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
"""Letters with a mark that Unicode does not decompose."""


def search_key(text: str) -> str:
    """A text without case and diacritics, as people type it to find a name: `jose` for `José` and `JOSÉ`.
    Spec: Unicode Standard Annex #15 (NFKD), and Unicode case folding."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part)).translate(_LETTERS)
