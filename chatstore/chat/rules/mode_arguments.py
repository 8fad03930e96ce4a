"""What the arguments of modes are: masks, keys, limits. For every door that takes them from people."""

from __future__ import annotations

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.rooms import ACCOUNT, MUTE, Room
from chatstore.chat.rules import permissions

KEY_LENGTH = 32
MOST_MEMBERS = 1_000_000


def is_key(text: str) -> bool:
    """A word that JOIN can carry among others."""
    return bool(text) and text.isprintable() and not set(text) & set(" ,:") and len(text) <= KEY_LENGTH


def is_limit(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:10]) <= MOST_MEMBERS and len(text) <= 7


def full_mask(text: str) -> str:
    """A mask with all its parts: `bob` is `bob!*@*`, `*@host` is `*!*@host`; `m:` and `a:` in small letters."""
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
    """The mask for what somebody wants to ban: of a person, their account, whatever they are called next."""
    if person is not None and person.account is not None:
        return ACCOUNT + person.account
    return full_mask(text)


def bans_of(room: Room, text: str, person: Actor | None) -> list[str]:
    """The bans that are meant by a mask, or that are on a person."""
    exact = room.entry("b", full_mask(text))
    if exact is not None:
        return [exact.mask]
    return [ban.mask for ban in room.bans if person is not None and permissions.mask_matches(ban.mask, person)]
