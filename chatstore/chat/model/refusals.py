"""A refusal as a sentence for people: the domain's own words with the name of what they are about put into them."""

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
"""Words that only point, and what they say with a name; the first that fits."""


def explained(error: ChatError) -> str:
    """`there is nobody called zoe`: for whoever does not see beside it what they asked for."""
    name = error.about.removeprefix("#")
    if name and name not in error.text:
        for words, named in _POINTING:
            if words in error.text:
                return error.text.replace(words, named.replace("{}", name), 1)
    return error.text
