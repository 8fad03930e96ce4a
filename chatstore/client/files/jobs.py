"""What the state wants to have done with files, for the loop; and where the server takes them."""

from __future__ import annotations

from dataclasses import dataclass, field

TOKENS = ("soju.im/FILEHOST", "draft/FILEHOST")
"""The tokens of 005 with the address that files are sent to. Spec: soju, doc/ext/filehost.md."""


@dataclass(frozen=True)
class Upload:
    """A file to send to `url`. `file` is as the person wrote it. Its link and the description are said in
    `target`."""

    number: int
    file: str
    target: str
    description: str
    url: str


@dataclass(frozen=True)
class Download:
    """Save a file of this server, which may be for members only, and open it if that is harmless."""

    number: int
    url: str


@dataclass(frozen=True)
class Look:
    """Ask how large a file of this server is. `picture`: and get its thumbnail."""

    url: str
    picture: bool = False

    @property
    def thumbnail(self) -> str:
        """Where the thumbnail is; never the file itself, whatever others have written behind its name."""
        return f"{self.url.partition('?')[0].rpartition('/')[0]}/thumbnail"


@dataclass(frozen=True)
class Seen:
    """What the server tells of a file. `known`: whether it told anything; `gone`: the file was removed.
    `picture`: its thumbnail, as a file; empty if there is none, or nobody asked for it."""

    url: str
    size: int = 0
    picture: bytes = b""
    known: bool = False
    gone: bool = False


@dataclass(frozen=True)
class Stop:
    """Stop the upload of this number."""

    number: int


@dataclass(frozen=True)
class Uploaded:
    """Where a file is now. `width`, `height`: of a picture; 0 where that is not known."""

    url: str
    width: int = 0
    height: int = 0


Job = Upload | Download | Look | Stop


@dataclass(frozen=True)
class Listed:
    """A file in the list that the person was shown last. `number`: the server's."""

    number: str
    url: str


@dataclass
class Files:
    """`host`: where files are sent to, by token of 005. `under_way`: the uploads by their numbers.
    `downloads`: the numbers of files that are being saved. `jobs`: for the
    loop, which takes them out. `listed`: what /files has shown."""

    host: dict[str, str] = field(default_factory=dict)
    downloads: set[int] = field(default_factory=set)
    under_way: dict[int, Upload] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    _last: int = 0

    @property
    def url(self) -> str:
        """The address that files are sent to; "" where the server takes none."""
        return next((self.host[token] for token in TOKENS if self.host.get(token)), "")

    def has(self, url: str) -> bool:
        """Whether this is the address of a file of this server."""
        host = self.url.rstrip("/")
        return bool(host) and url.startswith(f"{host}/")

    def number(self) -> int:
        self._last += 1
        return self._last
