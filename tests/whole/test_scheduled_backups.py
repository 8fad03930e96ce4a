"""Backups that the server makes by itself: when they are due, and what happens if they fail."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import msgspec
import pytest
from prometheus_client import generate_latest

from chatstore import doctor, scheduled_backups
from chatstore.config import Backup, Config
from chatstore.net.loop import Loop
from chatstore.scheduled_backups import Schedule, ScheduledBackups
from chatstore.server_warnings import Warnings
from chatstore.storage.backups import Wanted
from chatstore.storage.copies import Copy
from chatstore.storage.sqlite import copies
from chatstore.storage.store import DatabaseStore
from chatstore.watching.metrics import Metrics
from tests.running import SECONDS, Running

pytestmark = pytest.mark.sqlite
HOUR = 3600.0


def made(running: Running) -> list[Path]:
    """The backups beside a server's database, once it has made one."""
    until = time.monotonic() + SECONDS
    while running.server.backups._thread is None and time.monotonic() < until:
        time.sleep(0.005)
    thread = running.server.backups._thread
    assert thread is not None
    thread.join()
    return sorted((running.database.parent / "backups").iterdir())


def test_a_server_makes_one_when_it_is_due(run_server: Callable[..., Running], tmp_path: Path) -> None:
    running = run_server(backup={"every": "1d"})
    [first] = made(running)
    assert (first.suffix, first.parent.stat().st_mode & 0o777) == (".gz", 0o700)
    assert 0 <= time.time() - running.server.backups.last_success < SECONDS
    assert "backup" in running.server._figures(0.0).__dict__
    assert running.server._figures(0.0).backup() == running.server.backups.last_success
    running.stop()
    again = run_server(backup={"every": "1d"})
    again.register("alice").ask("PRIVMSG alice :hello")
    assert again.server.backups._thread is None  # a restart does not repeat it
    assert again.server.backups.last_success == pytest.approx(running.server.backups.last_success, abs=1)


def test_one_of_a_command_beside_the_server_is_seen(run_server: Callable[..., Running], tmp_path: Path) -> None:
    """As from cron: status and metrics tell its time."""
    running = run_server()
    figures = running.server._watch.figures
    assert (figures.backup(), figures.backup_interval()) == (None, 0)
    with closing(DatabaseStore(f"sqlite:///{running.database}", readers=1, read_only=True)) as store:
        store.back_up(Wanted(tmp_path / "copy.db"))
    figures.measure()
    assert time.time() - SECONDS <= (figures.backup() or 0) <= time.time()
    metrics = Metrics(figures)
    assert b"\nchatstore_backup_interval_seconds" not in generate_latest(metrics._registry)
    running.server.config = msgspec.structs.replace(running.server.config, backup=Backup(every="1d"))
    assert b"\nchatstore_backup_interval_seconds 86400" in generate_latest(metrics._registry)


def test_none_is_made_unless_it_is_wanted(run_server: Callable[..., Running]) -> None:
    running = run_server()
    running.register("alice").ask("PRIVMSG alice :hello")
    assert running.server.backups._thread is None


class By:
    """Scheduled backups with a clock that a test sets, one look at a time."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_700_000_000.0
        self.schedule = Schedule(every=HOUR, keep=2, folder=folder / "copies", compress=False)
        self.warnings = Warnings(lambda: self.now)
        self.told: list[str] = []
        self.warnings.tell(lambda warning: self.told.append(warning.text))
        self.store = DatabaseStore(f"sqlite:///{folder}/chat.db")
        self.backups = ScheduledBackups(self.store, Loop(), lambda: self.schedule, self.warnings, lambda: self.now)

    def look(self) -> list[Path]:
        """What is in the folder after a look."""
        self.backups._look()
        if self.backups._thread is not None:
            self.backups._thread.join()
        assert self.schedule.folder is not None
        return sorted(self.schedule.folder.glob("*.db"))


@pytest.fixture
def by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[By]:
    by = By(tmp_path)
    monkeypatch.setattr("chatstore.storage.backups.time.gmtime", lambda: time.localtime(by.now))
    yield by
    by.store.close()


def test_each_is_made_in_its_time_and_the_newest_stay(by: By) -> None:
    assert len(by.look()) == 1
    by.now += HOUR - 1
    first = by.look()
    assert len(first) == 1
    by.now += 1
    assert len(by.look()) == 2
    by.now += HOUR
    left = by.look()
    assert len(left) == 2
    assert first[0] not in left
    by.schedule = by.schedule._replace(every=0.0)
    by.now += 5 * HOUR
    assert by.look() == left


def test_a_failure_is_told_and_tried_again(by: By, tmp_path: Path) -> None:
    blocked = tmp_path / "copies"
    blocked.write_text("a file where the folder should be")
    by.look()
    assert by.backups.failures == 1
    assert by.told == [
        f"the scheduled backup has failed: {blocked} can't be written (File exists): set [backup] folder, or its"
        " permissions"
    ]
    by.now += 60
    by.look()
    assert by.backups.failures == 1
    by.now += 600
    by.look()
    assert (by.backups.failures, len(by.told)) == (2, 1)
    blocked.unlink()
    by.now += 600
    assert len(by.look()) == 1
    assert not by.warnings.list()
    assert by.backups.last_success == by.now


def test_too_little_space_is_one_warning(by: By, monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures, which differ each time, are in the log."""
    real = shutil.disk_usage("/")
    free = iter(range(3))
    monkeypatch.setattr("chatstore.storage.backups.shutil.disk_usage", lambda _path: real._replace(free=next(free)))
    for _ in range(3):
        by.look()
        by.now += 600
    assert by.backups.failures == 3
    assert by.told == [f"the scheduled backup has failed: {by.schedule.folder} has too little space"]


def test_an_old_backup_that_stays_is_no_failure(by: By, monkeypatch: pytest.MonkeyPatch) -> None:
    def stays(_path: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    for _ in range(2):
        by.look()
        by.now += HOUR
    with monkeypatch.context() as patch:
        patch.setattr(type(Path()), "unlink", stays)
        assert len(by.look()) == 3
    assert by.backups.failures == 0
    assert by.told == [f"older backups in {by.schedule.folder} can't be removed: Operation not permitted"]


def test_a_database_that_is_damaged_removes_no_sound_backup(by: By, tmp_path: Path) -> None:
    before = by.look()
    with by.store._repairing() as connection:
        connection.exec_driver_sql("UPDATE rooms SET last_seq = 7")
        connection.exec_driver_sql(
            "INSERT INTO rooms (kind, key, name, topic, topic_by, topic_at, flags, password, member_limit,"
            " created_at, last_seq, last_sent_at) VALUES ('room', '#x', 'x', '', '', 0, '', '', 0, 0, 7, 0)"
        )
    for _ in range(3):
        by.now += HOUR
        assert by.look() == before
    assert "the copy is not sound, and was not kept: numbers: #x lacks all of 1 to 7" in by.told[0]


def test_a_clock_that_was_ahead_does_not_end_them(by: By) -> None:
    by.now += 1000 * HOUR
    assert len(by.look()) == 1
    by.now -= 999 * HOUR
    assert len(by.look()) == 2


def test_a_command_that_makes_one_is_waited_for(by: By, tmp_path: Path) -> None:
    with copies.alone(tmp_path / "chat.db", required=True):
        assert by.look() == []
    assert (by.backups.failures, by.told) == (0, [])
    by.now += 60
    assert len(by.look()) == 1


def test_a_server_that_stops_leaves_nothing(by: By, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, stopped = Event(), by.backups._stopping
    real = by.backups._go_on

    def go_on(what: str, done: int, total: int) -> None:
        reached.set()
        stopped.wait()
        real(what, done, total)

    monkeypatch.setattr(by.backups, "_go_on", go_on)
    by.backups._look()
    assert reached.wait(SECONDS)
    by.backups.stop()
    assert by.backups._thread is not None
    assert not by.backups._thread.is_alive()
    assert not list((tmp_path / "copies").iterdir())
    assert by.backups.failures == 0


def test_a_stop_while_one_begins(by: By, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failed, stopping = Thread.start, [], []

    def stop() -> None:
        try:
            by.backups.stop()
        except RuntimeError as error:
            failed.append(error)

    def start(thread: Thread) -> None:
        if thread.name == "backup":
            stopping.append(Thread(target=stop))
            real(stopping[0])
            stopping[0].join(0.1)  # it waits until this thread has begun, if it is right
        real(thread)

    monkeypatch.setattr(Thread, "start", start)
    by.backups._look()
    stopping[0].join()
    assert failed == []
    by.backups._look()
    assert len(stopping) == 1


def test_what_a_killed_one_has_left_is_removed(by: By, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    old, new = folder / ".chat-20260101T000000Z.db.abc.part", folder / ".chat-20260102T000000Z.db.abc.part"
    for part in (old, new):
        part.touch()
    os.utime(old, (1, 1))
    by.look()
    assert (old.exists(), new.exists()) == (False, True)


def test_copies_from_before_a_migration_go_after_two_weeks(by: By, tmp_path: Path) -> None:
    """Also if the server runs on: they have what was erased since."""
    old, new = tmp_path / "chat.db.before-0011", tmp_path / "chat.db.before-0012"
    for copy in (old, new):
        copy.touch()
    os.utime(old, (1, 1))
    by.schedule = by.schedule._replace(every=0.0)
    by.look()
    assert old.exists()
    by.now += 86_400
    by.look()
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.parametrize(
    ("backup", "ages", "state", "said"),
    [
        ({}, [], "ok", "none is known; the server makes none by itself"),
        ({"every": "1d"}, [3.0, 0.5], "ok", "the last was made 12 hours ago, 2 backups"),
        ({"every": "1d"}, [4.0], "warning", "the last was made 4 days ago, and one is due every 1d"),
        ({"every": "1d"}, [], "warning", "none is known, and one is due"),
    ],
)
def test_the_doctor_knows_if_they_are_late(backup: object, ages: list[float], state: str, said: str) -> None:
    config = msgspec.convert({"backup": backup}, Config)
    listed = [Copy(Path("x"), "backup", int((1e9 - age * 86_400) * 1000), None) for age in ages]
    found = doctor.backups(config, listed, 1e9)
    assert (found.state, said in found.text) == (state, True), found


def test_on_postgresql_it_says_what_to_use() -> None:
    config = msgspec.convert({"backup": {"every": "1d"}, "database": {"url": "postgresql://h/d"}}, Config)
    assert doctor.backups(config, [], 0).state == "warning"
    assert scheduled_backups.Schedule().every == 0
