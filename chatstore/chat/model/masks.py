"""Masks of people, as bans use them, and checks for the other arguments of modes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.rooms import ACCOUNT, MUTE, Ban

KEY_LENGTH = 32
MAX_MEMBERS = 1_000_000


def is_key(text: str) -> bool:
    """Whether the text is one word, which JOIN can carry among others."""
    return bool(text) and text.isprintable() and not set(text) & set(" ,:") and len(text) <= KEY_LENGTH


def is_limit(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:10]) <= MAX_MEMBERS and len(text) <= 7


def full_mask(text: str) -> str:
    """The mask with all its parts: `bob` becomes `bob!*@*`, `*@host` becomes `*!*@host`; `m:` and `a:` become
    lower case."""
    for kind in (MUTE, ACCOUNT):
        if text[: len(kind)].lower() == kind and len(text) > len(kind):
            rest = text[len(kind) :]
            return kind + (full_mask(rest) if kind == MUTE else rest)
    nick, bang, rest = text.partition("!")
    if not bang and "@" in nick:
        nick, rest = "*", nick
    user, _, host = rest.partition("@")
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"


def ban_mask(text: str, person: Actor | None) -> str:
    """The mask for a ban: a person is banned by their account, whatever their next nick is."""
    if person is not None and person.account is not None:
        return ACCOUNT + person.account
    return full_mask(text)


def who_of(mask: str) -> str:
    """A mask for people: the account's name of `a:bob`, the nick of `bob!*@*`; others as they are."""
    muted = MUTE if mask.startswith(MUTE) else ""
    mask = mask.removeprefix(muted)
    if mask.startswith(ACCOUNT):
        return muted + mask.removeprefix(ACCOUNT)
    nick = mask.removesuffix("!*@*")
    return muted + (nick if nick and not set(nick) & set("*?!@") else mask)


def bans_of(bans: Sequence[Ban], text: str, person: Actor | None) -> list[str]:
    """The masks of the bans that are equal to this mask, whatever its case, or that cover this person."""
    named = full_mask(text).casefold()
    exact = [ban.mask for ban in bans if ban.mask.casefold() == named]
    return exact or [ban.mask for ban in bans if person is not None and mask_matches(ban.mask, person)]


def wildcard_matches(mask: str, text: str) -> bool:
    """Whether a mask matches a text: `*` is any text and `?` any character; case doesn't matter."""
    return _fits(_parts(mask), text.casefold())


def mask_matches(mask: str, actor: Actor) -> bool:
    """Whether `nick!user@host` or `a:account` matches, with `*` for any text and `?` for any character; case
    doesn't matter. A guest has no account, so no account mask matches one. The user part matches both the one
    that everybody sees and the one that WHOIS shows."""
    if mask.startswith(ACCOUNT):
        return actor.account is not None and _fits(_parts(mask[len(ACCOUNT) :]), actor.account.casefold())
    parts = _parts(mask)
    return _fits(parts, actor.mask.casefold()) or (
        bool(actor.called) and _fits(parts, actor.called_mask.casefold())
    )


@lru_cache(maxsize=4096)
def _parts(mask: str) -> tuple[str, ...]:
    """The parts between the stars."""
    return tuple(mask.casefold().split("*"))


def _fits(parts: Sequence[str], text: str) -> bool:
    """Whether the parts match in order. Each star takes as little as it can and never gives back, so the cost
    is at most the mask's length times the text's."""
    first, *rest = parts
    if not rest:
        return len(text) == len(first) and _find(first, text, 0, 0) == 0
    if _find(first, text, 0, 0) < 0:
        return False
    *middle, last = rest
    place = len(first)
    for part in middle:
        found = _find(part, text, place, len(text))
        if found < 0:
            return False
        place = found + len(part)
    start = len(text) - len(last)
    return start >= place and _find(last, text, start, start) >= 0


def _find(part: str, text: str, first: int, last: int) -> int:
    """The place between `first` and `last` where the part, with `?` for any character, begins in the text; -1
    if nowhere.

    It uses "shift and": one bit for each beginning of the part that ends here, so that every character of the
    text is read once, whatever the part is. Bans are checked for each message, in the writer's turn.
    """
    if "?" not in part:
        return text.find(part, first, min(last + len(part), len(text)))
    letters, any_letter = _bits(part)
    fitting, whole = 0, 1 << (len(part) - 1)
    for place in range(first, min(last + len(part), len(text))):
        fitting = (fitting << 1 | 1) & letters.get(text[place], any_letter)
        if fitting & whole:
            return place - len(part) + 1
    return -1


@lru_cache(maxsize=4096)
def _bits(part: str) -> tuple[dict[str, int], int]:
    """The places of the part where a letter may stand: by letter, and for all others."""
    any_letter = sum(1 << place for place, wanted in enumerate(part) if wanted == "?")
    letters: dict[str, int] = {}
    for place, wanted in enumerate(part):
        if wanted != "?":
            letters[wanted] = letters.get(wanted, any_letter) | 1 << place
    return letters, any_letter
