"""Refusals as sentences for people, which name what they are about."""

from __future__ import annotations

from chatstore.chat.model.errors import ChatError

_POINTING = (
    ("they are", "{} is"),
    ("this room", "{}"),
    ("no such room", "no room {}"),
    ("that room", "the room {}"),
    ("nobody of that name", "nobody called {}"),
    ("that name", "the name {}"),
)
"""Words that only point at something, and what takes their place where the name is known; the first that fits."""


def explained(error: ChatError) -> str:
    """`there is nobody called zoe`: for people who do not see next to it what they asked for."""
    name = error.about.removeprefix("#")
    if name and name not in error.text:
        for words, named in _POINTING:
            if words in error.text:
                return error.text.replace(words, named.replace("{}", name), 1)
    return error.text
