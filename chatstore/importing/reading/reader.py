"""What every reader is: an open export, the people that were told, and its position."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import IO, Generic, Protocol, TypeVar

from chatstore.importing.reading.files import Files, UnreadableError
from chatstore.importing.reading.sound import sound
from chatstore.importing.source import Item, Options, Person, Place, Problem, Room

UNTOLD = "the export does not say who may read its rooms: they become public, or private by --private"


class Opened(Protocol):
    """What is read: files, or a database."""

    read: int
    """How many bytes were read so far."""
    size: int
    """How many there are, about."""

    def close(self) -> None: ...


OpenedT = TypeVar("OpenedT", bound=Opened)


class Reader(Generic[OpenedT]):
    """A Source. A subclass sets `scope` and `title`, and yields its items in `items`. `tells_private`: the
    format says which rooms are private."""

    scope = ""
    title = ""
    tells_private = True

    def __init__(self, files: OpenedT, options: Options) -> None:
        self.files, self.options = files, options
        self._told: dict[str, str] = {}

    @property
    def progress(self) -> tuple[int, int]:
        return min(self.files.read, self.files.size), self.files.size

    def __iter__(self) -> Iterator[Item]:
        try:
            yield from map(sound, self._warned())
        except UnreadableError as error:  # an archive itself, behind the last file that could be read
            yield Problem(f"the rest can't be read: {error}", Place(self.title))

    def _warned(self) -> Iterator[Item]:
        """The items; with a line before the first room that becomes public because nobody knows better."""
        warn = not self.tells_private
        for item in self.items():
            if warn and isinstance(item, Room) and not item.private:
                warn = False
                yield Problem(UNTOLD, Place(self.title), lost=False)
            yield item

    def items(self) -> Iterator[Item]:
        raise NotImplementedError

    def attached(self, name: str, most: int) -> IO[bytes]:
        raise UnreadableError(f"{name} is not there")

    def close(self) -> None:
        self.files.close()

    def meet(self, person: str, name: str, *others: str, bot: bool = False, place: Place) -> Iterator[Person]:
        """The person, if that name was not told yet."""
        if self._told.get(person) != name:
            self._told[person] = name
            yield Person(person, name, tuple(other for other in others if other and other != name), bot, place)

    def knows(self, person: str) -> bool:
        return person in self._told


class FilesReader(Reader[Files]):
    """A source that may have the bytes of attachments among its files."""

    def __init__(self, files: Files, options: Options) -> None:
        super().__init__(files, options)
        self._composed: dict[str, str] = {}
        """Names of files as an archive has them, by their composed form: some systems take letters apart."""

    def may_be_attached(self, name: str) -> bool:
        """Whether a file may be an attachment, by its name."""
        raise NotImplementedError

    def there(self, *paths: str) -> str:
        """The first of these paths that is the name of an attachment; empty if none is."""
        if not self._composed:
            names = filter(self.may_be_attached, self.files.attachments())
            self._composed = {unicodedata.normalize("NFC", name): name for name in names}
        composed = (unicodedata.normalize("NFC", path.replace("\\", "/").removeprefix("./")) for path in paths)
        return next((self._composed[path] for path in composed if path in self._composed), "")

    def attached(self, name: str, most: int) -> IO[bytes]:
        return self.files.attached(name, most, self.may_be_attached)
