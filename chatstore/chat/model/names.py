"""Names of people and rooms: which are valid, and when two names are the same.

A name is kept as it was typed (`Name.shown`, normalised) and compared by its fold (`Name.folded`): the PRECIS
UsernameCaseMapped profile, RFC 8265 section 3.3 (width and case mapping, NFC, the bidi rule of RFC 5893).
Further rules:

- A name uses one script, or a mixture that people really write, as in the "Highly Restrictive" level of
  Unicode UTS #39 section 5.2. So a Cyrillic letter can't pose as a Latin one (lookalikes.py has the rest).
- It has no zero-width joiners, which PRECIS allows in some contexts.
- It has no character that an IRC line, a mask or a command line would interpret.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple

import regex
from precis_i18n import get_profile

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.lookalikes import skeleton

NICK_LENGTH = 32
"""The longest name of a person, in code points; it has at most 64 bytes of UTF-8."""
ROOM_LENGTH = 64
"""The longest name of a room, in code points without the `#`; it has at most 128 bytes of UTF-8."""

RELAYED = "/"
"""What every nick of somebody elsewhere has (draft/relaymsg), and no nick of somebody here."""
MOST_PARTS = 3

_SHOWN = get_profile("UsernameCasePreserved")
_FOLDED = get_profile("UsernameCaseMapped")

_SCRIPTS = (
    "Latin Greek Cyrillic Armenian Hebrew Arabic Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil "
    "Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian Ethiopic Khmer"
).split()
_MIXTURES = (
    ("Latin", "Han", "Hiragana", "Katakana"),
    ("Latin", "Han", "Bopomofo"),
    ("Latin", "Han", "Hangul"),
)
_ONE_SCRIPT = regex.compile(
    "|".join(
        "[" + "".join(rf"\p{{scx={script}}}" for script in group) + r"\p{scx=Common}\p{scx=Inherited}]+"
        for group in (*((script,) for script in _SCRIPTS), *_MIXTURES)
    )
)
_RESERVED = {"nickserv", "chanserv", "memoserv", "operserv", "hostserv", "botserv", "histserv", "services"}
_ZERO_WIDTH = "\u200c\u200d"
_NOT_IN_NICKS = set(" ,:*?!@#$%&+~.<>\"'/;=()\\")
_NOT_IN_RELAYED = _NOT_IN_NICKS - {"."}
_NOT_IN_ROOMS = set(" ,:*?!@<>\"'/\\")


class Name(NamedTuple):
    """A valid name: how it is shown, and the fold under which it is unique."""

    shown: str
    folded: str


class Looks(NamedTuple):
    """The skeletons of a name (lookalikes.py). Two names look alike if they share one."""

    folded: str
    shown: str


@lru_cache(maxsize=4096)
def looks_of(name: Name) -> Looks:
    return Looks(skeleton(name.folded), skeleton(name.shown))


@lru_cache(maxsize=16384)
def person_name(text: str) -> Name:
    """The name of an account or a nick. Raises ChatError(INVALID_NAME), which says what is wrong."""
    try:
        return _person_name(text)
    except ChatError as error:
        nearest = nearest_name(text)
        if not nearest:
            raise
        raise _invalid(text, f"{error.text}; {nearest} would do") from None


def _person_name(text: str) -> Name:
    name = _checked(text, "name", NICK_LENGTH, _NOT_IN_NICKS)
    if name.folded[0] == "-":
        raise _invalid(text, "a name can't begin with '-'")
    return name


def nearest_name(text: str) -> str:
    """A valid name that is almost the same; empty if none would be recognised."""
    if not any(character.isalnum() for character in text):
        return ""
    kept = "".join("_" if character in _NOT_IN_NICKS else character for character in text.strip()[:NICK_LENGTH])
    kept = regex.sub(r"_{2,}", "_", kept).strip("_").lstrip("-")
    try:
        return _person_name(kept).shown if kept else ""
    except ChatError:
        return ""


def new_person_name(text: str, most: int) -> Name:
    """A name that somebody is about to take; `most` is the configured maximum in code points. Raises
    INVALID_NAME."""
    name = person_name(text)
    if len(name.shown) > most:
        raise _invalid(text, f"a name has at most {most} characters")
    required_free(name)
    return name


def relayed_nick(text: str) -> str:
    """The nick of somebody elsewhere, as one who passes on what they say gives it: names with a `/` between them,
    such as `alice/discord`. Nobody here has a nick with a `/`. Raises INVALID_NAME."""
    parts = text.split(RELAYED)
    if not 2 <= len(parts) <= MOST_PARTS:
        raise _invalid(text, f"the nick of somebody elsewhere has a '{RELAYED}', as in alice{RELAYED}discord")
    return RELAYED.join(_checked(part, "name", NICK_LENGTH, _NOT_IN_RELAYED).shown for part in parts)


@lru_cache(maxsize=16384)
def room_name(text: str) -> Name:
    """The name of a room, with or without the `#`. Raises ChatError(INVALID_NAME)."""
    name = _checked(text[1:] if text.startswith("#") else text, "room name", ROOM_LENGTH, _NOT_IN_ROOMS)
    if name.folded[0] in "#-~+&%$":  # check the fold, because wide forms are mapped to these
        raise _invalid(text, f"a room's name can't begin with '{name.folded[0]}'")
    return name


def ascii_folded(text: str) -> str:
    """The text with small letters for ASCII's capital ones, which is how IRC clients compare names."""
    return "".join(character.lower() if character.isascii() else character for character in text)


def required_free(name: Name) -> None:
    """Raise INVALID_NAME for a name that people would take for the server's own (its services), and for one
    that looks like it."""
    if not _reserved_looks().isdisjoint(looks_of(name)):
        raise _invalid(name.shown, "that name is kept for the server itself")


def looks_taken(name: Name, other: str) -> ChatError:
    """The error for a new name that looks like `other`, which is taken."""
    return _invalid(name.shown, f"that name looks like {other}, which somebody else has: choose another")


@lru_cache(maxsize=1)
def _reserved_looks() -> frozenset[str]:
    return frozenset(map(skeleton, _RESERVED))


def same_person(one: str, other: str) -> bool:
    """Whether two texts name the same person. A text that is not a valid name names nobody."""
    try:
        return person_name(one).folded == person_name(other).folded
    except ChatError:
        return False


def _checked(text: str, what: str, length: int, forbidden: set[str]) -> Name:
    if not text:
        raise _invalid(text, f"a {what} can't be empty")
    if _too_long(text, length):
        raise _invalid(text, f"a {what} has at most {length} characters")
    if text.isascii() and text.replace("_", "0").replace("-", "0").isalnum():
        return Name(text, text.lower())  # the same result as below, in a hundredth of the time
    return _checked_in_full(text, what, length, forbidden)


def _checked_in_full(text: str, what: str, length: int, forbidden: set[str]) -> Name:
    if unicodedata.category(text[0]).startswith("M"):
        raise _invalid(text, f"a {what} can't begin with {_spelled(text[0])}")
    for character in text:
        if character in forbidden or character in _ZERO_WIDTH:
            has = "; it has letters, digits, - and _" if what == "name" else ""
            raise _invalid(text, f"a {what} can't contain {_spelled(character)}{has}")
    try:
        name = Name(_SHOWN.enforce(text), _FOLDED.enforce(text))
    except UnicodeEncodeError as error:
        raise _invalid(text, f"a {what} can't contain {_spelled(text[error.start : error.start + 1])}") from None
    if _too_long(name.shown, length) or _too_long(name.folded, length):  # some letters fold to two
        raise _invalid(text, f"a {what} has at most {length} characters")
    if forbidden.intersection(name.folded):  # a wide form that is mapped to a forbidden character
        raise _invalid(text, f"a {what} can't contain {_spelled(min(forbidden.intersection(name.folded)))}")
    if not _ONE_SCRIPT.fullmatch(name.folded):
        raise _invalid(text, f"a {what} can't mix scripts whose letters look alike")
    return name


def _too_long(text: str, length: int) -> bool:
    return len(text) > length or len(text.encode("utf-8", "replace")) > 2 * length


def _spelled(character: str) -> str:
    if character == " ":
        return "spaces"
    return f"'{character}'" if character.isprintable() else f"U+{ord(character):04X}"


def _invalid(text: str, why: str) -> ChatError:
    return ChatError(Code.INVALID_NAME, why, text)
