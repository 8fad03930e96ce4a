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

    @property
    def file(self) -> str:
        """The URL without what it says of the picture."""
        return self.url.partition("#")[0]


def parts(text: str, host: str) -> list[str | FileLink]:
    """What a message says, in order: texts of whole lines, and the files of the server whose address for
    files is `host`. The other words on the line of a file, which describe it, stand before it."""
    host = host.rstrip("/")
    if not host or host not in text:
        return [text]
    found: list[str | FileLink] = []
    words: list[str] = []
    count = 0
    for line in text.split("\n"):
        rest, files = _line(line, host)
        count += len(files)
        if not files or count > MOST:
            words.append(line)
            continue
        words += [rest] if rest else []
        found += ["\n".join(words), *files] if words else files
        words = []
    return [*found, "\n".join(words)] if words else found


def files_in(text: str, host: str) -> list[FileLink]:
    """The files of the server whose address for files is `host`, in order."""
    return [part for part in parts(text, host) if isinstance(part, FileLink)]


def _line(line: str, host: str) -> tuple[str, list[FileLink]]:
    """(the words of a line, its files)."""
    files: list[FileLink] = []
    words, end = "", 0
    for place, url in links(line):
        match = _FILE.fullmatch(url.removeprefix(host)) if url.startswith(f"{host}/") else None
        if match is not None:
            name = unquote(match[1])
            kind = (mimetypes.guess_type(name)[0] or "").partition("/")[0]
            files.append(FileLink(url, name, _KINDS.get(kind, "file"), int(match[2] or 0), int(match[3] or 0)))
            words += line[end:place]
            end = place + len(url)
    return re.sub(r"  +", " ", words + line[end:]).strip() if files else line, files
