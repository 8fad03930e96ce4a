"""What is to be said (Draft), what is asked of history (HistoryQuery) and what comes back (Page)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import NO_TAGS, RoomEvent, message_place

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
    audience: str = ""
    """See RoomEvent."""


@dataclass(frozen=True)
class HistoryQuery:
    """A page of one room: `after < seq < before`, at most `limit` events, of these kinds (None: all), by the person
    with this key (Actor.key; None: by anybody) and for these audiences (None: all; the empty one is everybody).

    `newest` says which end to keep when there are more than `limit`, or more than `most_bytes` of text and tags (0:
    any number; one event there always is); a page always comes in ascending order.
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
    """Events in ascending order, and the room's last seq at the moment of reading. `cut`: there are more of those
    that were asked for, but they have too many bytes."""

    events: Sequence[RoomEvent]
    last_seq: int
    cut: bool = False


@dataclass(frozen=True)
class Search:
    """Messages with this text (see phrases.py) and from this nick (empty: any), said between these times, ms
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
    audiences: tuple[str, ...] | None = None


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


def without_marks(form: str) -> str:
    """A `search_form` whose Latin, Greek, Cyrillic, Hebrew and Arabic letters have lost accents, points, strokes:
    `cafe` for `café`, `soren` for `søren`. Each character is folded by itself, so a part of a text stays a part of
    it. Marks that make another letter of what they stand on (in Japanese, Korean and the scripts of India) stay."""
    return form if form.isascii() else _BEYOND_ASCII.sub(_bare, form)


def _bare(run: re.Match[str]) -> str:
    return run[0].translate(_WITHOUT_MARKS)


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


class _Letters(dict[int, str]):
    """For str.translate: a character to what it is without marks, reckoned when it is first asked for."""

    def __missing__(self, code: int) -> str:
        decomposed = unicodedata.normalize("NFD", chr(code))
        bare = "".join(letter for letter in decomposed if not _is_mark(ord(letter)))
        # What loses nothing stays composed: decomposed, Korean would be another text.
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
"""At most an entry for each character of Unicode that is ever asked for."""
