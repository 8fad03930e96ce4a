"""Previews of links in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select

from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.previews import Picture, Preview, previewed
from chatstore.chat.ports.previews import Known
from chatstore.storage.rows import Rows, one_statement
from chatstore.storage.schema import link_previews

_SHOWN = [
    link_previews.c[name]
    for name in ("digest", "url", "title", "description", "site", "image", "width", "height", "failure")
]
_VALID = link_previews.c.until > bindparam("now")
_KNOWN = select(*_SHOWN).where(link_previews.c.digest == bindparam("digest"), _VALID)
_OF = select(*_SHOWN).where(
    link_previews.c.digest.in_(bindparam("digests", expanding=True)), _VALID, link_previews.c.failure == ""
)
_PICTURE = select(link_previews.c.media_type, link_previews.c.picture).where(
    link_previews.c.image == bindparam("image")
)


class Previews(Rows):
    """What is known of the pages that people linked. It is a cache: whatever it lacks is asked again."""

    @one_statement
    def known(self, url: str, now: int) -> Known | None:
        row = self._connection.execute(_KNOWN, {"digest": digest_of(url), "now": now}).one_or_none()
        if row is None:
            return None
        return Known(None if row.failure else _preview(row))

    @one_statement
    def of(self, urls: Collection[str], now: int) -> Mapping[str, Preview]:
        digests = [digest_of(url) for url in urls]
        rows = self._connection.execute(_OF, {"digests": digests, "now": now}).all() if digests else []
        return {row.url: _preview(row) for row in rows}

    @one_statement
    def picture(self, token: str) -> tuple[str, bytes] | None:
        row = self._connection.execute(_PICTURE, {"image": token}).one_or_none()
        return (row.media_type, bytes(row.picture)) if row is not None and row.picture is not None else None

    def put(self, preview: Preview, picture: Picture | None, failure: str, until: int, most: int) -> None:
        digest = digest_of(preview.url)
        self._forget(digest)
        self._connection.execute(
            insert(link_previews).values(
                digest=digest,
                url=preview.url,
                title=preview.title,
                description=preview.description,
                site=preview.site,
                failure=failure,
                image=preview.image or None,
                media_type=picture.media_type if picture is not None else None,
                picture=picture.data if picture is not None else None,
                width=preview.width,
                height=preview.height,
                until=until,
            )
        )
        self._make_room(most)

    def forget(self, text: str) -> None:
        if url := previewed(text):
            self._forget(digest_of(url))

    def _forget(self, digest: str) -> None:
        self._connection.execute(delete(link_previews).where(link_previews.c.digest == digest))

    def _make_room(self, most: int) -> None:
        """Remove what has ended, and what ends first if there is too much."""
        self._connection.execute(delete(link_previews).where(link_previews.c.until <= self._now))
        count = self._connection.execute(select(func.count()).select_from(link_previews)).scalar_one()
        if count > most:
            first = select(link_previews.c.digest).order_by(link_previews.c.until).limit(count - most)
            self._connection.execute(delete(link_previews).where(link_previews.c.digest.in_(first)))


def _preview(row: Row[Any]) -> Preview:
    return Preview(row.url, row.title, row.description, row.site, row.image or "", row.width, row.height)
