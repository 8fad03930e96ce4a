"""Links to files of this server in messages: `https://chat.example.org/files/TOKEN/NAME#w=800&h=600`."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass
from urllib.parse import unquote

from chatstore.chat.model.links import links

_FILE = re.compile(r"/[\w-]{16,64}/([^/?#]+)(?:\?[^#]*)?(?:#w=(\d{1,5})&h=(\d{1,5}))?")
_KINDS = {"image": "picture", "audio": "sound", "video": "film", "text": "text"}
MOST = 20
"""Files of one message that get a card."""


@dataclass(frozen=True)
class FileLink:
    """`name` is as others wrote it: not safe for a terminal. `width`, `height`: of a picture, or 0."""

    url: str
    name: str
    kind: str
    width: int = 0
    height: int = 0


def files_in(text: str, host: str) -> list[FileLink]:
    """The files of the server whose address for files is `host`, in order."""
    host = host.rstrip("/")
    if not host or host not in text:
        return []
    found: list[FileLink] = []
    for _, url in links(text):
        match = _FILE.fullmatch(url.removeprefix(host)) if url.startswith(f"{host}/") else None
        if match is not None and len(found) < MOST:
            name = unquote(match[1])
            kind = (mimetypes.guess_type(name)[0] or "").partition("/")[0]
            link = FileLink(url, name, _KINDS.get(kind, "file"), int(match[2] or 0), int(match[3] or 0))
            found.append(link)
    return found
