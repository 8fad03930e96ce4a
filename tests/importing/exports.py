"""Exports that tests make, and what a reader says of them."""

from __future__ import annotations

import io
import json
import re
import tarfile
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chatstore.importing.reading.reader import UNTOLD
from chatstore.importing.source import Item, Message, Options, Person, Problem, Room, Skipped
from chatstore.importing.sources import open_source

NOTHING = Options()
UNTELLING = {"discord", "ergo", "thelounge", "irc-logs"}
"""The sources that don't say which rooms are private."""


@dataclass
class Read:
    """All that a reader said."""

    items: list[Item]

    @property
    def messages(self) -> list[Message]:
        return [item for item in self.items if isinstance(item, Message)]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]

    @property
    def rooms(self) -> dict[str, Room]:
        """As last told, by name."""
        return {item.name: item for item in self.items if isinstance(item, Room)}

    @property
    def people(self) -> dict[str, str]:
        """The name of each id, as last told."""
        return {item.id: item.name for item in self.items if isinstance(item, Person)}

    @property
    def skipped(self) -> Mapping[str, int]:
        return Counter(item.what for item in self.items if isinstance(item, Skipped))

    @property
    def problems(self) -> list[str]:
        told = [item for item in self.items if isinstance(item, Problem) and item.why != UNTOLD]
        return [f"{item.place}: {item.why}" for item in told]


def read(source: str, path: Path, options: Options = NOTHING, ordered: bool = True) -> Read:
    """What the reader says of an export; with what holds for every reader of every export. `ordered`: its
    times are right, so that messages come by them."""
    opened = open_source(source, path, options)
    try:
        found = Read(list(opened))
        done, size = opened.progress
        for one in (each for message in found.messages for each in message.attachments if each.file):
            with opened.attached(one.file or "", 1000) as file:
                assert file.read() is not None
    finally:
        opened.close()
    assert 0 < done <= size
    warned = [n for n, item in enumerate(found.items) if isinstance(item, Problem) and item.why == UNTOLD]
    public = [n for n, item in enumerate(found.items) if isinstance(item, Room) and not item.private]
    assert len(warned) == (source in UNTELLING and bool(public)), "what becomes public unasked is told"
    assert warned <= public[:1], "it is told before"
    people: set[str] = set()
    rooms: set[str] = set()
    last: dict[str, int] = {}
    ids: set[str] = set()
    for item in found.items:
        shown = "" if isinstance(item, Problem) else repr(item)
        assert r"\x00" not in shown, "a text has a NUL, which no database stores"
        assert not re.search(r"\\ud[89a-f]", shown), "a text has half of a surrogate pair, which can't be stored"
        if isinstance(item, Person):
            people.add(item.id)
            assert item.name
        elif isinstance(item, Room):
            assert people.issuperset(item.members), "a member was not told"
            assert item.private or item.kind == "room"
            rooms.add(item.id)
        elif isinstance(item, Message):
            assert item.who in people, "somebody speaks who was not told"
            assert item.room in rooms, "somebody speaks in a room that was not told"
            assert people.issuperset(who for reaction in item.reactions for who in reaction.who)
            assert not ordered or item.at >= last.get(item.room, 0), "messages are not in order"
            last[item.room] = item.at
            assert item.id not in ids, "two messages have one id"
            ids.add(item.id)
            assert item.text or item.attachments
            assert "\r" not in item.text
            assert "\0" not in item.text
            item.text.encode()
    return found


def packed(path: Path, files: Mapping[str, object]) -> Path:
    """A ZIP, a tar.gz or a folder (by the path's suffix) with these files; what is no text becomes JSON."""
    contents = {name: content if isinstance(content, bytes) else _bytes(content) for name, content in files.items()}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
    elif path.suffix == ".gz":
        with tarfile.open(path, "w:gz") as tar:
            for name, content in contents.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    else:
        for name, content in contents.items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return path


def _bytes(content: object) -> bytes:
    return (content if isinstance(content, str) else json.dumps(content)).encode()
