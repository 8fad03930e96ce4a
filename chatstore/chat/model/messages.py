"""What people send (Draft), what they ask of the history (HistoryQuery), and what they get (Page)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.message_ids import message_place
from chatstore.chat.model.room_events import NO_TAGS, RoomEvent

KEPT_TAGS = frozenset({"+draft/react", "+react", "+draft/unreact", "+unreact", "+draft/persist"})
"""Tags that are stored even without a message. A typing notification is not stored."""


REACT_TAGS = ("+draft/react", "+react")
UNREACT_TAGS = ("+draft/unreact", "+unreact")
REPLY_TAGS = ("+draft/reply", "+reply")


MAX_PINS = 50
"""The most pinned messages of a room."""
MAX_EDIT = 3_500
"""The most bytes of an edited text. It travels as the value of a tag, in which a byte may become two."""


CUTS = "cuts"
"""A note stored with a message of several lines, which is never sent as a tag. It has the places in the body,
in characters and joined by commas, where the author's client cut a long line."""


class Draft:
    """A message to an existing room, on its way to the writer. `origin` is the session that sent it.

    `audience`: see RoomEvent."""

    __slots__ = ("actor", "audience", "body", "kind", "origin", "room", "tags")

    def __init__(
        self,
        room: int,
        actor: Actor,
        kind: str,
        body: str,
        tags: Mapping[str, str] = NO_TAGS,
        origin: object = None,
        audience: str = "",
    ) -> None:
        self.room = room
        self.actor = actor
        self.kind = kind
        self.body = body
        self.tags = tags
        self.origin = origin
        self.audience = audience


@dataclass(frozen=True)
class HistoryQuery:
    """A page of one room: `after < seq < before`, at most `limit` events, of these kinds (None: all), by the
    person with this Actor.key (None: anybody), for these audiences (None: all; an empty one means everybody).

    `newest` says which end to keep if there are more events than `limit`, or more bytes of text and tags than
    `most_bytes` (0: no limit; a page has at least one event). A page is always in ascending order.
    """

    room: int
    limit: int
    after: int = 0
    before: int | None = None
    newest: bool = True
    kinds: tuple[str, ...] | None = None
    author: int | str | None = None
    most_bytes: int = 0
    audiences: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Page:
    """Events in ascending order, and the room's last seq when they were read. `cut` says that more were
    requested but exceeded the bytes."""

    events: Sequence[RoomEvent]
    last_seq: int
    cut: bool = False


@dataclass(frozen=True)
class Search:
    """A search for messages with this text (see phrases.py), from this nick (empty: any), between these times
    (ms since 1970 UTC, both included). `rooms` maps each room to search to its first seq. Returns at most
    `limit` messages: the first after `after` if that is given, otherwise the last ones. `most_bytes` limits
    their size (0: no limit)."""

    rooms: Mapping[int, int]
    limit: int
    text: str = ""
    author: str = ""
    after: int | None = None
    before: int | None = None
    most_bytes: int = 0
    audiences: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Found:
    """Messages in ascending order. `complete` says that everything was searched."""

    events: Sequence[RoomEvent]
    complete: bool = True


def search_form(text: str) -> str:
    """The form in which texts are compared: without case, and with one composition of each character."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def without_marks(form: str) -> str:
    """A `search_form` whose Latin, Greek, Cyrillic, Hebrew and Arabic letters have lost accents, points and
    strokes: `cafe` for `café`, `soren` for `søren`. Each character is folded by itself, so a part of a text
    stays a part of it. Marks that make another letter (in Japanese, Korean and the scripts of India) stay."""
    return form if form.isascii() else _BEYOND_ASCII.sub(_bare, form)


def _bare(run: re.Match[str]) -> str:
    return run[0].translate(_WITHOUT_MARKS)


def reaction_to(tags: Mapping[str, str]) -> tuple[int, int] | None:
    """The (room, seq) that a reaction with these tags, or its removal, refers to; None if there is no
    reaction, or no such place."""
    if not any(tag in tags for tag in (*REACT_TAGS, *UNREACT_TAGS)):
        return None
    return next((message_place(tags[tag]) for tag in REPLY_TAGS if tag in tags), None)


def action_text(body: str) -> str | None:
    """The action of a CTCP ACTION ("/me waves"); None for an ordinary message."""
    if body.startswith("\x01ACTION ") and body.endswith("\x01"):
        return body[8:-1]
    return None


def is_speech(body: str) -> bool:
    """Whether the message is for people. A CTCP request or answer other than ACTION is between programs and
    for the moment: a client that is shown an old `VERSION` answers it again."""
    return not body.startswith("\x01") or body.startswith("\x01ACTION ")


class _Letters(dict[int, str]):
    """A table for str.translate from a character to its form without marks. Entries are made when they are
    first needed."""

    def __missing__(self, code: int) -> str:
        decomposed = unicodedata.normalize("NFD", chr(code))
        bare = "".join(letter for letter in decomposed if not _is_mark(ord(letter)))
        # A character that loses nothing stays composed: decomposed Korean would be another text.
        self[code] = bare if bare != decomposed else chr(code)
        return self[code]


def _is_mark(code: int) -> bool:
    return any(first <= code <= last for first, last in _MARKS)


_MARKS = (
    (0x0300, 0x036F),  # Combining Diacritical Marks, and their supplements
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE20, 0xFE2F),
    (0x0591, 0x05BD),  # Hebrew accents and points
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
    (0x0610, 0x061A),  # Arabic signs and vowels
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06DC),
)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_WITHOUT_MARKS = _Letters(
    # Letters with a stroke, and joined ones, which Unicode does not decompose; in lower case, as a search_form is.
    {ord(letter): bare for letter, bare in zip("øłđħŧıɨʉƀǥɉɍɏⱥⱦĸŋ", "oldhtiiubgjryatkn", strict=True)}
    | {ord("æ"): "ae", ord("œ"): "oe", ord("ð"): "d", ord("þ"): "th"}
)
"""The table in use. It has at most one entry for each Unicode character that was ever looked up."""
