"""A small picture of one that a foreign server has sent: by chatstore.media, in a process of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from chatstore.chat.model.previews import Picture
from chatstore.media.child import SIDE
from chatstore.media.looking import THUMBNAIL_TYPE, look
from chatstore.media.types import LOOKED_AT


def thumbnail(data: bytes) -> Picture | None:
    """The small picture; None if it is no picture that can be read, or Pillow is missing. Blocks."""
    with tempfile.TemporaryDirectory(prefix="chatstore-preview-") as folder:
        path = Path(folder) / "picture"
        path.write_bytes(data)
        try:
            seen = look(path, data[:LOOKED_AT])
        except OSError:
            return None
        if seen.thumbnail is None or not seen.width or not seen.height:
            return None
        scale = min(1.0, SIDE / max(seen.width, seen.height))
        width, height = (max(1, round(side * scale)) for side in (seen.width, seen.height))
        return Picture(THUMBNAIL_TYPE, seen.thumbnail.read_bytes(), width, height)
