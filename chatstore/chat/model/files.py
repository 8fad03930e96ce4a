"""Files that people upload: what is known of one, its URL's token, its name, and how much there may be.

A file belongs to an account. Its URL is `<page>files/<token>/<name>`; nobody can guess the token. A message
of its uploader that has the URL is a *reference*: the file stays as long as there is one.
"""

from __future__ import annotations

import re
import secrets
import string
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

FOLDER = "files"
"""The folder of files in URLs."""
MARK = f"/{FOLDER}/"
"""What every URL of a file has in it."""
THUMBNAIL = "thumbnail"
"""In place of a name: the smaller picture."""
_MOST_IN_URL = 100
TOKEN_LENGTH = 24
MAX_NAME = 120
"""The most characters of a file's name."""
Access = Literal["link", "members"]
"""Who may fetch a file: whoever has its URL; or its uploader, and those who may read a message that has it."""

_LETTERS = string.ascii_letters + string.digits
_TOKEN = re.compile(f"[A-Za-z0-9]{{{TOKEN_LENGTH}}}")
_LINK = re.compile(f"/{FOLDER}/([A-Za-z0-9]{{{TOKEN_LENGTH}}})(?![A-Za-z0-9])")
_MOST_LOOKED_AT = 4096
"""The most characters of a name that are looked at: its last ones."""
_MOST_BYTES = 200
_LONGEST_END = 16
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE | re.DOTALL)
"""Names that Windows takes for devices, whatever their ends."""
_NO_PART_OF_NAMES = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
UNNAMED = "file"


@dataclass(frozen=True)
class StoredFile:
    """A file as it is stored. `token`: see the module. `media_type` was decided by the content. `size` and
    `thumbnail` (of its thumbnail; 0 if it has none) are bytes; `width` and `height` pixels of a picture, 0 if
    it is none. `digest`: SHA-256 in lower-case hex. `uploaded_at`: ms since 1970 UTC."""

    id: int
    token: str
    account_id: int
    name: str
    media_type: str
    size: int
    width: int
    height: int
    thumbnail: int
    digest: str
    uploaded_at: int


@dataclass(frozen=True)
class ServedFile:
    """A file that somebody may fetch, and where its bytes are. `path` was there a moment ago. `thumbnail`:
    None if it has none."""

    file: StoredFile
    path: Path
    thumbnail: Path | None


@dataclass(frozen=True)
class FileLimits:
    """How much may be uploaded, in bytes and files, and how much of it the account uses. 0 for
    `server_bytes`: as much as there is room for."""

    file_bytes: int
    account_bytes: int
    account_files: int
    server_bytes: int
    used_bytes: int
    used_files: int

    @property
    def free_bytes(self) -> int:
        """How much more the account may upload."""
        return max(0, self.account_bytes - self.used_bytes)


@dataclass(frozen=True)
class Content:
    """What was uploaded, once it is on disk. `place`: see storage/contents.py. The rest: see StoredFile."""

    place: str
    digest: str
    size: int
    media_type: str
    width: int = 0
    height: int = 0
    thumbnail: int = 0

    @property
    def bytes(self) -> int:
        """All that counts against quotas."""
        return self.size + self.thumbnail


def new_token() -> str:
    """A token of 142 random bits. It has letters and digits alone, which no markup takes for its own."""
    return "".join(secrets.choice(_LETTERS) for _ in range(TOKEN_LENGTH))


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def tokens_in(text: str) -> list[str]:
    """The tokens of the files whose URLs a text has, each once, in order. The host is not looked at: a server
    may be reached by several names, and a token is nobody else's."""
    if MARK not in text:
        return []
    return list(dict.fromkeys(_LINK.findall(text)))


def clean_name(given: str) -> str:
    """A name for a file that is safe in every folder: no path, no control or invisible characters that
    reorder text, no name of a device. The end (`.jpg`) stays when the name is cut."""
    name = re.split(r"[/\\]", given[-_MOST_LOOKED_AT:])[-1]
    name = unicodedata.normalize("NFC", name)
    name = "".join(one for one in name if unicodedata.category(one) not in _UNWANTED)
    name = " ".join(name.translate(_NO_PART_OF_NAMES).split()).strip(" .")
    if not name:
        return UNNAMED
    if _DEVICES.fullmatch(name):
        name = f"_{name}"
    return _cut(name)


_UNWANTED = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Categories of characters that no name needs: control, format (bidi overrides among them), surrogates,
private use, separators of lines."""


def _cut(name: str) -> str:
    stem, dot, end = name.rpartition(".")
    if not dot or len(end) > _LONGEST_END or not stem:
        stem, end = name, ""
    end = dot + end if end else ""
    stem = stem[: MAX_NAME - len(end)]
    while len((stem + end).encode()) > _MOST_BYTES and stem:
        stem = stem[:-1]
    return (stem.rstrip(" .") + end) or UNNAMED


def address_of(file: StoredFile) -> str:
    """Where a file is, relative to the server's page: `files/<token>/<name>`. The token alone counts; the name is
    for people, and shorter than the file's own if that is long."""
    return f"{FOLDER}/{file.token}/{_in_url(file.name)}"


def thumbnail_of(file: StoredFile) -> str:
    """Where its thumbnail is; empty if it has none."""
    return f"{FOLDER}/{file.token}/{THUMBNAIL}" if file.thumbnail else ""


def token_in(text: str) -> str:
    """The token in the URL of a file; the text itself if it is no URL."""
    found = tokens_in(text)
    return found[0] if found else text


def _in_url(name: str) -> str:
    """A name as the last part of a URL, in at most _MOST_IN_URL characters."""
    stem, dot, end = name.rpartition(".")
    if not stem or len(end) > _LONGEST_END:
        stem, dot, end = name, "", ""
    end = quote(dot + end, safe="")
    while len(quote(stem, safe="")) + len(end) > _MOST_IN_URL and len(stem) > 1:
        stem = stem[:-1]
    found = quote(stem, safe="") + end
    return found if found != THUMBNAIL else f"_{found}"
