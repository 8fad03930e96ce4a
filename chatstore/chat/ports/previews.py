"""Previews of links in the database: a cache, which several servers share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from chatstore.chat.model.previews import Picture, Preview


class Known(NamedTuple):
    """What is known of a URL. `preview`: None if there is none, which is known, too, for a while."""

    preview: Preview | None


class PreviewsReader(Protocol):
    def known(self, url: str, now: int) -> Known | None:
        """What is known of a URL at this time (ms since 1970 UTC); None if it has to be asked."""

    def of(self, urls: Collection[str], now: int) -> Mapping[str, Preview]:
        """The previews of these URLs, as far as there are any."""

    def picture(self, token: str) -> tuple[str, bytes] | None:
        """The media type and the bytes of a preview's picture."""


class Previews(PreviewsReader, Protocol):
    def put(self, preview: Preview, picture: Picture | None, failure: str, until: int, most: int) -> None:
        """Keep what is known of a URL until then (ms since 1970 UTC): a preview, or why there is none. At most
        `most` are kept: those that end first go."""

    def forget(self, text: str) -> None:
        """Forget what is known of the URL in a message that is erased."""
