"""Previews of links: what a page that somebody linked says of itself.

A message has at most one: of its first link. It is no part of the message, and it may be missing at any time.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from chatstore.chat.model.links import first_link
from chatstore.chat.model.text import without_formatting
from chatstore.urls import MAX_URL

FOLDER = "previews"
"""The folder of their pictures in URLs."""
DIRECT_KEY = "chatstore/direct-previews"
"""The key of an account's metadata that says whether it wants previews in direct conversations, too: `on`."""


@dataclass(frozen=True)
class Preview:
    """What a page says of itself; empty texts for what it does not say. `image`: the token of a small picture,
    with its `width` and `height` in pixels."""

    url: str
    title: str = ""
    description: str = ""
    site: str = ""
    image: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Picture:
    """A small picture of a preview, as it is sent."""

    media_type: str
    data: bytes
    width: int
    height: int


def previewed(text: str) -> str:
    """The URL in a message of which a preview is made, without its fragment; empty if there is none. Whether it
    may be asked is for who asks it."""
    if "://" not in text:
        return ""
    url = first_link(without_formatting(text)).partition("#")[0]
    return url if len(url) <= MAX_URL and url.isprintable() else ""


def new_image() -> str:
    """A token for a picture: nobody can guess it, and so nobody learns which pages others have linked."""
    return secrets.token_urlsafe(16)


def wants_direct(value: str) -> bool:
    """Whether the value of DIRECT_KEY says yes."""
    return value.strip().lower() in ("on", "yes", "1", "true")
