"""Power cuts at every step: the disk is rebuilt as it might be then, and has to hold what was shown by then."""

from __future__ import annotations

import hashlib
import random
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.message_ids import message_place, msgid
from chatstore.chat.model.messages import Draft, HistoryQuery
from chatstore.storage.errors import StorageError
from chatstore.storage.store import DatabaseStore
from tests.faults import disk
from tests.faults.disk import VARIANTS, Disk
from tests.faults.journal import BrokenPromiseError, Talker, check_numbers, contents
from tests.faults.program import Launch, Program
from tests.faults.tracing import Sent, Step, fault, needs_strace, steps, strace

pytestmark = pytest.mark.timeout(300)

_SHOWN = re.compile(rb"msgid=([0-9a-z]+-[0-9a-z]+)[^\r\n ]* :[^\r\n]*? PRIVMSG \S+ :([^\r\n]*)\r\n")
_TAKEN_BACK = re.compile(rb"REDACT \S+ ([0-9a-z]+-[0-9a-z]+)")
_ACCOUNT = re.compile(rb"REGISTER SUCCESS (\S+)")


_OPEN_EVERY = 50
"""Images between two that are opened by the store itself."""


class Shown:
    """What anybody was shown so far, and so has to be there: messages by place, those that are taken back for good,
    accounts. `asked` are the places that somebody wants taken back, which may be so or not until it is told."""

    def __init__(self, asked: frozenset[tuple[int, int]]) -> None:
        self.messages: dict[tuple[int, int], str] = {}
        self.taken_back: set[tuple[int, int]] = set()
        self.accounts: set[str] = set()
        self._asked = asked

    def add(self, data: bytes) -> bool:
        """Whether there is anything new in it."""
        before = len(self.messages) + len(self.taken_back) + len(self.accounts)
        for place, body in _SHOWN.findall(data):
            self.messages[_place(place)] = body.decode()
        for place in _TAKEN_BACK.findall(data):
            self.taken_back.add(_place(place))
        self.accounts.update(name.decode() for name in _ACCOUNT.findall(data))
        return len(self.messages) + len(self.taken_back) + len(self.accounts) > before

    @property
    def version(self) -> tuple[int, int, int]:
        return len(self.messages), len(self.taken_back), len(self.accounts)

    def check(self, folder: Path) -> None:
        """Raises BrokenPromiseError when a database doesn't open, is damaged, or lacks something of it."""
        try:
            with closing(sqlite3.connect(folder / "chat.db", isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous=OFF")  # it is a copy, to be looked at
                [(verdict,)] = connection.execute("PRAGMA integrity_check(1)").fetchall()
                if verdict != "ok":
                    raise BrokenPromiseError(f"integrity_check: {verdict}")
                tables = connection.execute("SELECT name FROM sqlite_master WHERE name='messages'").fetchall()
                if not tables and not any(self.version):
                    return
                events = connection.execute("SELECT room_id, seq, kind, body FROM messages ORDER BY room_id, seq")
                rows = {(room, seq): (kind, body) for room, seq, kind, body in events}
                accounts = {name for (name,) in connection.execute("SELECT name FROM accounts")}
                last = connection.execute("SELECT id, last_seq FROM rooms").fetchall()
        except sqlite3.Error as error:
            raise BrokenPromiseError(f"the database does not open: {error}") from error
        for room, last_seq in last:
            if [seq for of, seq in rows if of == room] != list(range(1, last_seq + 1)):
                raise BrokenPromiseError(f"room {room} is not numbered 1…{last_seq}")
        for place, body in self.messages.items():
            if rows.get(place) != ("message", body) and not self._gone(place, rows):
                raise BrokenPromiseError(f"{body} was shown as {msgid(*place)}, and there is {rows.get(place)}")
        for place in self.taken_back:
            if not self._gone(place, rows):
                raise BrokenPromiseError(f"{msgid(*place)} was taken back, and is there again")
        if self.accounts - accounts:
            raise BrokenPromiseError(f"accounts that were made are not there: {self.accounts - accounts}")

    def _gone(self, place: tuple[int, int], rows: Mapping[tuple[int, int], tuple[str, str]]) -> bool:
        return place in self._asked and rows.get(place) == ("redacted", "")


def _place(text: bytes) -> tuple[int, int]:
    place = message_place(text.decode())
    assert place is not None
    return place


def power_cut(
    launch: Launch,
    folder: Path,
    *,
    rounds: int = 8,
    seed: int = 0,
    checkpoint_pages: int = 40,
    faults: Sequence[str] = (),
) -> int:
    """Record a server from its first start, through load, a kill (or its end, where a fault makes it stop) and
    a second start, to its end. Then rebuild the disk as it might be after a power cut at each step. Returns how
    many different images there were."""
    needs_strace()
    data = folder / "data"
    data.mkdir()
    launch = replace(launch, checkpoint_pages=checkpoint_pages)
    chance = random.Random(seed)
    talkers = [Talker(f"talker{number}") for number in range(3)]
    asked: set[tuple[int, int]] = set()
    with replace(launch, before=strace(folder / "trace1", *faults)).starting() as start:
        program = start(data)
        try:
            _talk(program, talkers, rounds, chance, asked)
        except (OSError, EOFError):
            assert faults
        else:
            assert not faults, "the server has not stopped"
        program.kill()
    with replace(launch, before=strace(folder / "trace2")).starting() as start:
        program = start(data)
        _talk(program, talkers, rounds, chance, asked)
        program.stop()
    recorded = (step for trace in ("trace1", "trace2") for step in steps(folder / trace, data))
    return _cut_everywhere(recorded, Disk(data), Shown(frozenset(asked)), folder / "image", chance)


def flush_that_failed(launch: Launch, folder: Path) -> int:
    """A flush of a COMMIT fails, the server stops, another one starts on what the kernel still shows it, and
    then the power is cut: nothing that was shown may rest on what never reached the disk."""
    return power_cut(launch, folder, rounds=4, checkpoint_pages=1000, faults=[fault("fdatasync", "error=EIO", 14)])


def _talk(
    program: Program, talkers: Sequence[Talker], rounds: int, chance: random.Random, asked: set[tuple[int, int]]
) -> None:
    """A few messages of each in a round, some of them long, one taken back now and then."""
    for talker in talkers:
        talker.come(program.connect(), "#main", f"#of-{talker.nick}")
    for round_ in range(rounds):
        for talker in talkers:
            for target in ("#main", f"#of-{talker.nick}", talkers[0].nick)[: chance.randint(1, 3)]:
                talker.say(target, "x" * chance.choice((0, 10, 300)))
        for talker in talkers:
            talker.settle()
        if round_ % 8 == 7:
            own = [heard for heard in talkers[1].now.heard if heard.nick == talkers[1].nick][-1]
            asked.add((own.room, own.seq))
            talkers[1].client.send(f"REDACT {_target(talkers[1], own.room)} {msgid(own.room, own.seq)}")
            talkers[1].settle()


def _target(talker: Talker, room: int) -> str:
    return next(target for target, id_ in talker.rooms.items() if id_ == room)


def _cut_everywhere(recorded: Iterator[Step], now: Disk, shown: Shown, folder: Path, chance: random.Random) -> int:
    """Look at every image that there might be; the same one again only when more was shown meanwhile. Some of
    them are opened by the store itself, too, and written to."""
    seen: dict[bytes, tuple[int, int, int]] = {}
    broken: list[str] = []
    looked = 0
    for number, step in enumerate(recorded):
        changed = shown.add(step.data) if isinstance(step, Sent) else now.take(step)
        for variant in VARIANTS if changed else ():
            image = now.image(variant, chance)
            digest = _digest(image)
            if seen.get(digest) == shown.version:
                continue
            seen[digest] = shown.version
            disk.write(image, folder)
            looked += 1
            try:
                shown.check(folder)
                if looked % _OPEN_EVERY == 0:
                    _open(folder / "chat.db")
            except BrokenPromiseError as error:
                what = f"{type(step).__name__} {Path(getattr(step, 'path', '')).name}".rstrip()
                broken.append(f"power cut at step {number} ({what}), unsynced {variant}: {error}")
    if broken:
        raise BrokenPromiseError(f"{len(broken)} of {looked} images are not as promised; first: {broken[0]}")
    if not shown.messages:
        raise AssertionError("nothing was shown: the recording is of no use")
    return looked


def _open(database: Path) -> None:
    """As the server does: created or migrated where it has to be, and written to."""
    try:
        store = DatabaseStore(f"sqlite:///{database}", readers=1)
        try:
            store.start_writer(lambda _events: None, time.time)
            rooms, _ = store.roster()
            for room in rooms:
                said = store.submit([Draft(room.id, SERVER, "message", "after the power cut")]).result()
                assert said.seq == store.messages.page(HistoryQuery(room.id, 1)).last_seq
        finally:
            store.close()
    except (StorageError, ChatError) as error:
        raise BrokenPromiseError(f"the server does not start from it: {error}") from error
    check_numbers(contents(database))


def _digest(image: Mapping[str, bytes]) -> bytes:
    digest = hashlib.blake2b()
    for name in sorted(image):
        digest.update(f"{name} {len(image[name])} ".encode())
        digest.update(image[name])
    return digest.digest()


def test_power_cuts(tmp_path: Path) -> None:
    assert power_cut(Launch(), tmp_path) > 1000


def test_a_power_cut_after_a_flush_that_failed(tmp_path: Path) -> None:
    assert flush_that_failed(Launch(), tmp_path) > 300


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(3))
def test_more_power_cuts(tmp_path: Path, seed: int) -> None:
    assert power_cut(Launch(), tmp_path, rounds=40, seed=1 + seed, checkpoint_pages=100) > 3000
