"""What is to be said (Draft), what is asked of history (HistoryQuery) and what comes back (Page); message ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chatstore.chat.events import NO_TAGS, Actor, RoomEvent

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
"""Two digits at a time: every message has an id in what most clients are shown."""


KEPT_TAGS = frozenset({"+draft/react", "+react", "+draft/unreact", "+unreact", "+draft/persist"})
"""Tags that are worth keeping without a message. What says that somebody is typing is not."""


REACT_TAGS = ("+draft/react", "+react")
UNREACT_TAGS = ("+draft/unreact", "+unreact")
REPLY_TAGS = ("+draft/reply", "+reply")


CUTS = "cuts"
"""A note kept with a message of several lines, not a tag that anybody is told: the places in its body, by character
and joined by commas, where its writer's client cut a line that goes on."""


@dataclass(slots=True)
class Draft:
    """A message for a room that exists, on its way to the writer. `origin` is the session it came from."""

    room: int
    actor: Actor
    kind: str
    body: str
    tags: Mapping[str, str] = field(default_factory=lambda: NO_TAGS)
    origin: object = None


@dataclass(frozen=True)
class HistoryQuery:
    """A page of one room: `after < seq < before`, at most `limit` events, of these kinds (None: all).

    `newest` says which end to keep when there are more than `limit`, or more than `most_bytes` of text and tags (0:
    any number; one event there always is); a page always comes in ascending order.
    """

    room: int
    limit: int
    after: int = 0
    before: int | None = None
    newest: bool = True
    kinds: tuple[str, ...] | None = None
    account: int | None = None
    most_bytes: int = 0


@dataclass(frozen=True)
class Page:
    """Events in ascending order, and the room's last seq at the moment of reading. `cut`: there are more of those
    that were asked for, but they have too many bytes."""

    events: Sequence[RoomEvent]
    last_seq: int
    cut: bool = False


@dataclass(frozen=True)
class Search:
    """Messages with this text (see chat.phrases) and from this nick (empty: any), said between these times, ms
    since 1970 UTC and both included. `rooms`: where to look, each with the first seq to look at. At most `limit`:
    the first ones from `after` on where that is given, otherwise the last ones; and no more of them than
    `most_bytes` hold (0: any number)."""

    rooms: Mapping[int, int]
    limit: int
    text: str = ""
    author: str = ""
    after: int | None = None
    before: int | None = None
    most_bytes: int = 0


@dataclass(frozen=True)
class Found:
    """Messages in ascending order. `complete`: everything that was to be searched was."""

    events: Sequence[RoomEvent]
    complete: bool = True


def search_form(text: str) -> str:
    """What two texts have in common that differ only in case, or in how Unicode composes the same characters."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def unmarked(form: str) -> str:
    """A search_form without the marks that people leave out as they type: accents of Latin and Greek letters,
    stress and the dots of Cyrillic ones, points of Hebrew and Arabic; and Latin letters that are written otherwise
    elsewhere (`ø` as `o`, `æ` as `ae`). Marks that make another letter (`й`, `ї`, `ガ`), and vowel signs, stay."""
    if form.isascii() or _MARKED.search(form) is None:
        return form
    return form.translate(_BARE)


_MARKED = re.compile(
    "[\u00df-\u024f\u0253-\u0289\u0300-\u036f\u0390\u03aa-\u03b0\u03ca-\u03ce\u03d3\u03d4"  # Latin, Greek
    "\u0450-\u045e\u0476\u0477\u04c1-\u04f9\u0591-\u05c7\ufb1d-\ufb4e"  # Cyrillic, Hebrew
    "\u0622-\u0626\u0640\u064b-\u0655\u0670\u06c0-\u06d3\u1e00-\u1fff]"  # Arabic; Latin and Greek again
)
"""What may have one: most texts have none, and are not looked at any further."""
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u0655\u0670]")
_LETTERS_OF_THEIR_OWN = "й\u0457ўӂ"
_WRITTEN_OTHERWISE = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}


def _bare_letters() -> Mapping[int, str]:
    """Of each character that may have a mark what is left of it without. A search_form is composed, so a mark that
    stands alone there is one for which there is no character, and is left out whatever stands before it."""
    found = {}
    for character in map(chr, range(0xA0, 0x2000)):
        decomposed = unicodedata.normalize("NFD", _WRITTEN_OTHERWISE.get(character, character))
        bare = "".join(_WRITTEN_OTHERWISE.get(each, each) for each in _MARKS.sub("", decomposed))
        if _MARKED.match(character) and bare != character and character not in _LETTERS_OF_THEIR_OWN:
            found[ord(character)] = unicodedata.normalize("NFC", bare)
    return {**found, ord("þ"): "th"}


_BARE = _bare_letters()


def msgid(room: int, seq: int) -> str:
    """The id of a message: room and seq in base 36, joined by a hyphen; `message_place` reads it back."""
    return f"{_base36(room)}-{_base36(seq)}"


def message_place(text: str) -> tuple[int, int] | None:
    """(room, seq) of a msgid; None for a text that is none."""
    room, hyphen, seq = text.partition("-")
    if not hyphen or len(text) > 40 or not (set(room + seq) <= set(_DIGITS)) or not room or not seq:
        return None
    place = int(room, 36), int(seq, 36)
    return place if msgid(*place) == text and all(0 < number < 2**63 for number in place) else None


def reaction_to(tags: Mapping[str, str]) -> tuple[int, int] | None:
    """(room, seq) of the message that a reaction with these tags, or one that is taken back, is to; None where they
    are of no reaction, or it is to nothing."""
    if not any(tag in tags for tag in (*REACT_TAGS, *UNREACT_TAGS)):
        return None
    return next((message_place(tags[tag]) for tag in REPLY_TAGS if tag in tags), None)


def action_text(body: str) -> str | None:
    """What somebody does, where the body is a CTCP ACTION ("/me waves"); None for ordinary words."""
    if body.startswith("\x01ACTION ") and body.endswith("\x01"):
        return body[8:-1]
    return None


def is_speech(body: str) -> bool:
    """Whether it is for people. A CTCP request or answer, but for ACTION, is between programs and for the moment: a
    client that is shown an old `VERSION` answers it again."""
    return not body.startswith("\x01") or body.startswith("\x01ACTION ")


def _base36(number: int) -> str:
    text = ""
    while number >= len(_PAIRS):
        number, pair = divmod(number, len(_PAIRS))
        text = _PAIRS[pair] + text
    return (_PAIRS[number] + text).lstrip("0") or "0"
