"""SQLite's index of words: it may lag behind, be lost or damaged, or belong to another database, and it forgets
erased messages."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chatstore.chat.changes.posting import EditMessage, RedactMessage
from chatstore.chat.changes.pruning import PruneHistory
from chatstore.chat.changes.rooms import RemoveRoom
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.model.rooms import Role
from chatstore.storage.retention import DAY
from chatstore.storage.sqlite import full_text, indexing
from tests.storage.database import SECONDS, Database, Do
from tests.storage.searching import InFile, in_small_pieces
from tests.waiting import until

pytestmark = pytest.mark.sqlite
Open = Callable[..., Database]


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_pieces(monkeypatch)


@pytest.fixture
def searched(database: Database) -> InFile:
    return InFile(database)


def words(first: int, last: int) -> list[str]:
    return [f"word {n}" for n in range(first, last)]


def indexed(searched: InFile) -> int:
    return sum(shard.messages for shard in searched.shards())


def test_it_follows_in_a_thread_of_its_own(searched: InFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "LOOK", 0.01)
    room = searched.database.room()
    searched.database.say(room, *words(0, 20))
    searched.store.start_indexing(lambda: searched.database.now)
    until(lambda: indexed(searched) == 20)
    searched.database.say(room, *words(20, 30))
    until(lambda: indexed(searched) == 30)
    assert searched.found("word") == words(0, 30)
    searched.store.close()
    assert not Path(f"{searched.path}-wal").exists()


def test_the_newest_come_first(searched: InFile) -> None:
    """In an older database, search also finds what is not indexed yet."""
    room = searched.database.room()
    searched.database.say(room, *words(0, 40))
    numbers = []
    for _ in range(12):
        searched.indexer.work()
        searched.indexer._index.commit()  # type: ignore[union-attr]
        numbers.append([shard.number for shard in searched.shards() if shard.upto == shard.end])
        assert searched.found("word") == words(0, 40)
    assert numbers[-1] == [0, 1, 2, 3, 4]
    assert [len(some) for some in numbers] == sorted(len(some) for some in numbers)
    assert [4] in numbers
    assert [3, 4] in numbers


def test_another_process_writes(searched: InFile, open_database: Open) -> None:
    room = searched.database.room()
    searched.catch_up()
    other = open_database(checkpoints=False)
    other.say(room, "word from elsewhere")
    searched.catch_up()
    assert indexed(searched) == 1
    assert searched.found("elsewhere") == ["word from elsewhere"]


def test_it_knows_how_far_it_is_behind(searched: InFile) -> None:
    searched.catch_up()
    searched.database.say(searched.database.room(), *words(0, 30))
    behind = []
    searched.indexer._looked = float("-inf")
    while searched.indexer.work() < indexing.LOOK:
        behind.append(searched.indexer.behind)
    assert behind[0] >= 30
    assert searched.indexer.behind == 0


def test_a_start_goes_on_where_the_last_one_ended(searched: InFile) -> None:
    room = searched.database.room()
    searched.database.say(room, *words(0, 10))
    searched.catch_up()
    tables = [shard.id for shard in searched.shards()]
    searched.restart()
    searched.database.say(room, *words(10, 20))
    searched.catch_up()
    assert [shard.id for shard in searched.shards()][: len(tables)] == tables
    assert searched.found("word") == words(0, 20)


# While people talk.


class Timer:
    """A slice takes 2 ms by it, and another time only as the test says."""

    def __init__(self) -> None:
        self.now, self.step = 0.0, 0.001

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def timed(searched: InFile, *, busy: Callable[[], bool] = lambda: False) -> Timer:
    """Give the index another indexer, with a timer, that has indexed all there is."""
    timer = Timer()
    searched.indexer = searched.another(busy=busy, timer=timer)
    searched.catch_up()
    timer.now += indexing.LOOK
    assert searched.indexer.work() == indexing.LOOK
    return timer


AT_ONCE, STANDING_BACK = pytest.approx(0.002), pytest.approx(0.016)


def test_it_stands_back_while_messages_are_stored(searched: InFile) -> None:
    room = searched.database.room()
    searched.database.say(room, *words(0, 10))
    timer = timed(searched)
    searched.database.say(room, *words(10, 40))
    timer.now += indexing.LOOK
    assert [searched.indexer.work() for _ in range(2)] == [STANDING_BACK, STANDING_BACK]
    assert searched.indexer.behind
    assert searched.found("word") == words(0, 40)  # what it lacks is read
    timer.now += indexing.LOOK
    assert searched.indexer.work() == AT_ONCE  # nothing was stored since
    searched.catch_up()
    assert indexed(searched) == 40
    assert searched.indexer.behind == 0


def test_it_stands_back_while_work_waits_for_the_writer(searched: InFile) -> None:
    waits = False
    timer = timed(searched, busy=lambda: waits)
    searched.database.say(searched.database.room(), *words(0, 50))
    timer.now += 2 * indexing.LOOK
    searched.indexer.work()
    timer.now += indexing.LOOK
    assert searched.indexer.work() == AT_ONCE
    waits = True
    assert searched.indexer.work() == STANDING_BACK
    waits = False
    assert searched.indexer.work() == AT_ONCE


def test_it_stands_back_for_less_than_the_time_between_two_looks(searched: InFile) -> None:
    timer = timed(searched)
    searched.database.say(searched.database.room(), *words(0, 20))
    timer.step = 10.0
    assert searched.indexer.work() == indexing._LONG_REST < indexing.LOOK


def test_an_index_that_is_far_behind_stands_back_no_more(searched: InFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "_FAR", 20)
    room = searched.database.room()
    timer = timed(searched)
    searched.database.say(room, *words(0, 20))
    timer.now += indexing.LOOK
    assert searched.indexer.work() == STANDING_BACK
    searched.database.say(room, *words(20, 40))
    timer.now += indexing.LOOK
    rests = []
    while (rest := searched.indexer.work()) < indexing.LOOK:
        rests.append(rest)
    assert rests
    assert rests == [AT_ONCE] * len(rests)  # also once it is less far behind
    assert indexed(searched) == 40
    searched.database.say(room, *words(40, 50))
    timer.now += indexing.LOOK
    assert searched.indexer.work() == STANDING_BACK


def test_an_index_that_is_late_stands_back_no_more(searched: InFile) -> None:
    room = searched.database.room()
    timer = timed(searched)
    for n in range(3):  # it gets no further than one slice in half a minute
        searched.database.say(room, *words(20 * n, 20 * n + 20))
        timer.now += indexing.LOOK if n == 0 else 35
        assert searched.indexer.work() == (STANDING_BACK if n < 2 else AT_ONCE)
    rest = searched.indexer.work()
    while searched.indexer.behind:
        assert rest == AT_ONCE
        rest = searched.indexer.work()
    searched.catch_up()
    searched.database.say(room, *words(60, 70))
    timer.now += 25
    assert searched.indexer.work() == STANDING_BACK


def delete(searched: InFile) -> None:
    full_text.remove(searched.path)


def empty(searched: InFile) -> None:
    os.truncate(searched.path, 0)


def something_else(searched: InFile) -> None:
    full_text.remove(searched.path)
    searched.path.write_text("not a database at all" * 1000)


def of_another_version(searched: InFile) -> None:
    with contextlib.closing(sqlite3.connect(searched.path)) as file, file:
        file.execute("UPDATE about SET format = '0'")


def overwritten(searched: InFile) -> None:
    searched.damage()


def half_of_it(searched: InFile) -> None:
    os.truncate(searched.path, os.stat(searched.path).st_size // 2)


@pytest.mark.parametrize("harm", [delete, empty, something_else, of_another_version, overwritten, half_of_it])
@pytest.mark.parametrize("running", [False, True])
def test_a_lost_or_damaged_index_is_made_again(
    searched: InFile, harm: Callable[[InFile], None], running: bool
) -> None:
    """Whatever happens to the index, searches find what they should, before and after."""
    room = searched.database.room()
    searched.database.say(room, *words(0, 30))
    searched.catch_up()
    if not running or harm is not delete:  # what is deleted under a running server only loses its name
        searched.indexer.stop()
        searched.store._words.index.close()
    harm(searched)
    if not running or harm is not delete:
        searched.indexer = searched.another()
    assert searched.found("word") == words(0, 30)
    searched.database.say(room, *words(30, 40))
    searched.catch_up()
    searched.found("word")  # may be what notices
    searched.catch_up()
    assert indexed(searched) == 40
    assert searched.found("word") == words(0, 40)
    assert [searched.found(f'"word {n}"') for n in (5, 35)] == [["word 5"], ["word 35"]]


def test_a_search_that_meets_damage_has_the_index_made_again(searched: InFile) -> None:
    room = searched.database.room()
    searched.database.say(room, *words(0, 30))
    searched.catch_up()
    searched.store._words.index.doubted.set()
    searched.catch_up()
    assert not searched.store._words.index.doubted.is_set()
    assert indexed(searched) == 30


def test_an_index_of_another_copy_of_the_database_is_not_used(
    searched: InFile, open_database: Open, tmp_path: Path
) -> None:
    """A backup took the database's place and continued on its own. A message that was redacted after the
    backup exists there again."""
    database, path = searched.database, searched.store.place.file
    room = database.room()
    [sesame] = database.say(room, "sesame")
    database.say(room, *words(0, 10))
    with (
        contextlib.closing(sqlite3.connect(path)) as source,
        contextlib.closing(sqlite3.connect(tmp_path / "backup")) as copy,
    ):
        source.backup(copy)
    take_back(searched, sesame)
    database.say(room, *words(10, 20))
    searched.catch_up()
    assert searched.indexed_ids("sesame") == []
    searched.indexer.stop()
    database.close()
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup", path)
    restored = open_database()
    other = restored.room("other")
    restored.say(other, *(f"other {n}" for n in range(15)))
    again = InFile(restored)
    again.catch_up()
    assert again.found("word") == words(0, 10)
    assert again.found("sesame") == ["sesame"]
    assert again.found("other") == [f"other {n}" for n in range(15)]
    assert again.indexed_ids("other") != []
    again.indexer.stop()


def test_killed_between_the_commit_of_messages_and_that_of_the_index(searched: InFile) -> None:
    """The indexing process dies with what it has not committed; the index continues from what was committed."""
    room = searched.database.room()
    searched.database.say(room, *words(0, 20))
    searched.catch_up()
    searched.indexer.stop()
    searched.database.say(room, *words(20, 60))
    with subprocess.Popen(
        [sys.executable, "-c", _DIES, str(searched.store.place.file)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait(SECONDS) == -signal.SIGKILL
    assert searched.found("word") == words(0, 60)
    assert indexed(searched) == 20
    searched.indexer = searched.another()
    searched.catch_up()
    assert indexed(searched) == 60
    assert searched.found("word") == words(0, 60)
    assert len(searched.indexed_ids("word")) == len(set(searched.indexed_ids("word"))) == 60


_DIES = """
import sys, threading, time
from pathlib import Path
from chatstore.chat.model.rooms import Role
from chatstore.storage.sqlite import full_text, indexing
from chatstore.storage.store import DatabaseStore

full_text.SHARD = 8
store = DatabaseStore(f"sqlite:///{sys.argv[1]}")
path = full_text.path_beside(store.place.file)
indexer = indexing.Indexer(path, store._reading, time.time, threading.Event())
for _ in range(4):
    indexer.work()
print("in the middle", flush=True)
time.sleep(60)
"""


# Erased messages.


def take_back(searched: InFile, event: RoomEvent) -> None:
    """Redact a message as its author, who is in the room."""
    searched.database.do(Do(lambda tx: tx.members.put(event.room, event.actor, Role.MEMBER, 1)))
    searched.database.do(RedactMessage(event.actor, event.room, msgid(event.room, event.seq), "", window=60 * 60))


def test_a_redacted_message_leaves_no_word_in_the_files(searched: InFile) -> None:
    room = searched.database.room()
    searched.database.say(room, *words(0, 20))
    old, newer = searched.database.say(room, "sesame opens", "abracadabra")
    searched.database.say(room, *words(20, 40))
    searched.catch_up()
    assert b"sesame" in searched.bytes()
    assert b"abracadabra" in searched.bytes()
    for event, gone in ((old, "sesame"), (newer, "abracadabra")):
        take_back(searched, event)
        assert searched.found(gone) == []
        searched.catch_up()
        assert searched.indexed_ids(gone) == []
        assert gone.encode() not in searched.bytes()
    assert searched.found("word") == words(0, 40)
    assert indexed(searched) == 40
    tables = [shard.id for shard in searched.shards()]
    searched.catch_up()
    assert [shard.id for shard in searched.shards()] == tables  # once, not with every look


def test_an_edited_message_is_found_by_its_new_words_within_a_minute(searched: InFile) -> None:
    room = searched.database.room()
    searched.database.say(room, *words(0, 20))
    (event,) = searched.database.say(room, "sesame opens")
    searched.database.say(room, *words(20, 40))
    searched.catch_up()
    searched.database.do(Do(lambda tx: tx.members.put(event.room, event.actor, Role.MEMBER, 1)))
    searched.database.do(
        EditMessage(event.actor, room.id, msgid(room.id, event.seq), "abracadabra", window=60 * 60)
    )
    assert searched.found("sesame") == []
    searched.catch_up()
    assert b"sesame" in searched.bytes()  # a shard is not rebuilt for each edit
    searched.database.now += 60
    searched.catch_up()
    assert searched.found("abracadabra") == ["abracadabra"]
    assert b"sesame" not in searched.bytes()
    assert searched.found("word") == words(0, 40)


def test_redaction_while_a_shard_is_rebuilt(searched: InFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "SLICE", 4)
    room = searched.database.room()
    first, second = searched.database.say(room, "sesame", "abracadabra")
    searched.database.say(room, *words(0, 40))
    searched.catch_up()
    take_back(searched, first)
    searched.indexer._looked = float("-inf")
    while searched.indexer._new is None:
        searched.indexer.work()
    assert searched.indexer._new.messages == 3  # the second is among them
    take_back(searched, second)
    searched.catch_up()
    for gone in ("sesame", "abracadabra"):
        assert searched.indexed_ids(gone) == []
        assert gone.encode() not in searched.bytes()


def test_the_words_of_a_removed_room_are_removed(searched: InFile) -> None:
    room, other = searched.database.room(), searched.database.room("other")
    searched.database.say(room, "sesame", *words(0, 20))
    searched.database.say(other, *words(20, 40))
    searched.catch_up()
    searched.database.do(RemoveRoom(room.id))
    assert searched.found("sesame", {room.id: 1, other.id: 1}) == []
    searched.catch_up()
    assert b"sesame" not in searched.bytes()
    assert indexed(searched) == 20
    assert searched.found("word") == words(20, 40)


def test_the_words_of_pruned_messages_are_removed_within_the_hour(searched: InFile) -> None:
    database = searched.database
    room = database.room()
    database.say(room, "sesame", *words(0, 11))
    database.now += 40 * DAY / 1000
    database.say(room, *words(11, 20))
    searched.catch_up()
    database.do(Do(lambda tx: tx.rooms.update(room.id, retention_days=30)))
    while database.do(PruneHistory()).more:
        pass
    assert searched.found("sesame") == []
    assert searched.found("word") == words(11, 20)
    searched.catch_up()
    assert b"sesame" in searched.bytes()
    database.now += 60 * 60
    searched.catch_up()
    assert b"sesame" not in searched.bytes()
    assert searched.found("word") == words(11, 20)


# Without.


def test_a_sqlite_without_full_text_search(searched: InFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_text, "available", lambda: False)
    room = searched.database.room()
    searched.database.say(room, *words(0, 20))
    searched.store.start_indexing(lambda: 0.0)
    assert searched.found("word") == words(0, 20)
    assert not searched.path.exists()


def test_this_sqlite_has_full_text_search() -> None:
    assert full_text.available()


def test_an_index_that_cannot_be_written_harms_nobody(searched: InFile) -> None:
    room = searched.database.room()
    searched.path.mkdir()
    searched.database.say(room, *words(0, 20))
    assert searched.indexer.work() == indexing._TROUBLE
    assert searched.found("word") == words(0, 20)
    searched.path.rmdir()
    searched.catch_up()
    assert indexed(searched) == 20


def test_the_file_is_for_its_owner_alone(searched: InFile) -> None:
    searched.database.say(searched.database.room(), "word")
    searched.catch_up()
    assert os.stat(searched.path).st_mode & 0o777 == 0o600
