"""Refusals as sentences that name what they are about."""

from __future__ import annotations

from chatstore.chat.model.errors import ChatError

_POINTING = (
    ("they are", "{} is"),
    ("no such webhook", "no webhook {}"),
    ("no such token", "no token {}"),
    ("this room", "{}"),
    ("no such room", "no room {}"),
    ("that room", "the room {}"),
    ("nobody of that name", "nobody called {}"),
    ("that name", "the name {}"),
)
"""Words that only point at something, and their replacement if the name is known; the first that fits is
used."""


def explained(error: ChatError) -> str:
    """The refusal as a sentence, such as `there is nobody called zoe`, for people who do not see their
    request beside it."""
    name = error.about.removeprefix("#")
    if name and name not in error.text:
        for words, named in _POINTING:
            if words in error.text:
                return error.text.replace(words, named.replace("{}", name), 1)
    return error.text
