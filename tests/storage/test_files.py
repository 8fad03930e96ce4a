"""Files: uploads, references, quotas, and what the collector takes, on each kind of database."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatstore.chat.changes.accounts import RemoveAccount
from chatstore.chat.changes.files import AddFile, CollectFiles
from chatstore.chat.changes.metadata import ClearMetadata, SetMetadata
from chatstore.chat.changes.posting import EditMessage, RedactMessage
from chatstore.chat.changes.pruning import PruneHistory
from chatstore.chat.changes.rooms import ConfigureRoom, RemoveRoom
from chatstore.chat.long_work import erase
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.files import ServedFile, StoredFile
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import person_name
from chatstore.chat.rules.retention import Kept
from chatstore.chat.session import Session
from chatstore.chat.session.files import find_file
from chatstore.media.looking import Look, look
from chatstore.storage.collecting import Collector
from chatstore.storage.contents import Folder
from tests.media import made
from tests.media.made import SECRET
from tests.storage.database import Database, Do
from tests.storage.uploading import TEXT, World, upload

DAY = 24 * 60 * 60


@pytest.fixture
def world(open_database: Callable[..., Database], tmp_path: Path) -> World:
    return World(open_database(), tmp_path / "kept")


def refused(act: Callable[[], Any]) -> Code:
    with pytest.raises(ChatError) as caught:
        act()
    return caught.value.code


def test_an_upload_is_found_by_its_token(world: World) -> None:
    file = world.upload("alice")
    assert (file.name, file.size, file.digest) == ("poem.txt", len(TEXT), hashlib.sha256(TEXT).hexdigest())
    found: ServedFile = world.session("bob").files.find(file.token)
    assert found.file == file
    assert found.path.read_bytes() == TEXT
    assert world.session("alice").files.mine() == [file]
    assert world.session("bob").files.mine() == []
    assert refused(lambda: world.session("bob").files.find("A" * 24)) is Code.NO_SUCH_FILE
    assert refused(lambda: world.session("bob").files.find("../etc/passwd")) is Code.NO_SUCH_FILE


def test_the_same_content_is_stored_once(world: World) -> None:
    first, second = world.upload("alice"), world.upload("bob", called="other.txt")
    assert first.token != second.token
    assert (second.name, second.digest) == ("other.txt", first.digest)
    assert len(world.contents) == 1
    world.session("alice").files.remove(first.token).result()
    world.collect()
    assert not world.there(first)
    assert world.there(second)
    world.session("bob").files.remove(second.token).result()
    world.collect()
    assert world.contents == []


def test_only_its_owner_removes_it(world: World) -> None:
    file = world.upload("alice")
    assert refused(lambda: world.session("bob").files.remove(file.token).result()) is Code.NO_SUCH_FILE
    assert world.there(file)


def test_a_file_is_paged_by_id(world: World) -> None:
    files = [world.upload("alice", f"{n}".encode()) for n in range(5)]
    mine = world.session("alice").files.mine(limit=2)
    assert mine == [files[4], files[3]]
    assert world.session("alice").files.mine(before=mine[-1].id) == files[2::-1]


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"file_bytes": 699}, Code.TOO_LARGE),
        ({"account_bytes": 699}, Code.QUOTA),
        ({"server_bytes": 699}, Code.NO_SPACE),
        ({"free_bytes": 2**59}, Code.NO_SPACE),
        ({"file_bytes": 0}, Code.FILES_OFF),
    ],
)
@pytest.mark.parametrize("told", [True, False])
def test_what_is_too_much_is_refused_and_leaves_nothing(
    world: World, setting: dict[str, int], code: Code, told: bool
) -> None:
    world.set(**setting)
    session = world.session("alice")

    def all_of_it() -> None:
        arriving = session.files.begin("poem.txt", len(TEXT) if told else None)
        for first in range(0, len(TEXT), 100):
            arriving.write(TEXT[first : first + 100])
        arriving.finish()

    assert refused(all_of_it) is code
    assert world.contents == []
    assert not world.chat.reservations.bytes
    assert not world.chat.reservations.uploads


def test_quotas_count_what_is_under_way(world: World) -> None:
    world.set(account_bytes=1000, account_files=2)
    alice = world.session("alice")
    first = alice.files.begin("a", 600)
    assert refused(lambda: alice.files.begin("b", 600)) is Code.QUOTA
    second = alice.files.begin("b", 400)
    assert refused(lambda: alice.files.begin("c", 0)) is Code.QUOTA
    second.abandon()
    second.abandon()
    first.write(b"x" * 600)
    file = first.finish()
    assert refused(lambda: alice.files.begin("b", 401)) is Code.QUOTA
    limits = alice.files.limits()
    assert (limits.used_bytes, limits.used_files, limits.free_bytes) == (600, 1, 400)
    alice.files.remove(file.token).result()
    alice.files.begin("b", 1000).abandon()
    assert not world.chat.reservations.bytes


def test_the_writer_asks_again_what_an_account_may_have(world: World) -> None:
    """Another server knows nothing of what is uploaded here."""
    alice = world.session("alice")
    arriving = alice.files.begin("a", 600)
    arriving.write(b"x" * 600)
    world.set(account_bytes=500)
    assert refused(arriving.finish) is Code.QUOTA
    assert world.contents == []


def test_who_may_not_log_in_any_more_finishes_nothing(world: World) -> None:
    alice = world.session("alice")
    alice.token = 7
    arriving = alice.files.begin("a", 3)
    arriving.write(b"abc")
    assert refused(arriving.finish) is Code.WRONG_CREDENTIALS
    alice.token = None
    arriving = alice.files.begin("a", 3)
    world.database.do(RemoveAccount(person_name("alice")))
    assert refused(arriving.finish) is Code.SUSPENDED
    assert world.contents == []


def test_a_file_goes_with_the_last_message_that_refers_to_it(world: World) -> None:
    file, room = world.upload("alice"), world.join("alice", "tea")
    events = [world.say("alice", room, file) for _ in range(2)]
    actor = world.actor("alice")
    for event, left in zip(events, (True, False), strict=True):
        world.database.do(RedactMessage(actor, room.id, msgid(room.id, event.seq, event.time), "", 1e9))
        assert world.there(file) is left
    world.collect()
    assert world.contents == []


@pytest.mark.parametrize("edits", ["erase", "keep"])
def test_an_edit_changes_what_a_message_refers_to(world: World, edits: str) -> None:
    """Where a room keeps the earlier texts, it keeps their files, until the message is taken back."""
    one, two = world.upload("alice", b"one"), world.upload("alice", b"two")
    room, actor = world.join("alice", "tea"), world.actor("alice")
    world.database.do(ConfigureRoom(actor, room.id, {"edits": edits}))
    said = world.say("alice", room, one)
    id_ = msgid(room.id, said.seq, said.time)
    world.database.do(EditMessage(actor, room.id, id_, f"/files/{one.token}/a and /files/{two.token}/b", 1e9))
    assert world.there(one)
    world.database.do(EditMessage(actor, room.id, id_, f"/files/{two.token}/b", 1e9))
    world.database.do(EditMessage(actor, room.id, id_, f"/files/{two.token}/b, as I said", 1e9))
    assert (world.there(one), world.there(two)) == (edits == "keep", True)
    world.database.do(RedactMessage(actor, room.id, id_, "", 1e9))
    assert (world.there(one), world.there(two)) == (False, False)


def test_what_others_say_of_a_file_keeps_nothing(world: World) -> None:
    file, room = world.upload("alice"), world.join("alice", "tea")
    event = world.say("alice", room, file)
    world.say("bob", room, file)
    world.database.do(RedactMessage(world.actor("alice"), room.id, msgid(room.id, event.seq, event.time), "", 1e9))
    assert not world.there(file)


def test_retention_and_the_removal_of_a_room_take_files_along(world: World) -> None:
    old, kept, roomy = (world.upload("alice", data) for data in (b"old", b"kept", b"roomy"))
    tea, milk = world.join("alice", "tea"), world.join("alice", "milk")
    world.say("alice", tea, old)
    world.say("alice", tea, kept)
    world.say("alice", milk, roomy)
    world.database.now += 10 * DAY
    world.say("alice", tea, kept)
    world.database.do(RemoveRoom(milk.id))
    assert not world.there(roomy)
    world.database.do(PruneHistory(kept=Kept(everything=5)))
    assert not world.there(old)
    assert world.there(kept)
    world.collect()
    assert len(world.contents) == 1


def test_the_erasure_of_an_account_takes_its_files_along(world: World) -> None:
    said_, unsaid, room = world.upload("alice", b"1"), world.upload("alice", b"2"), world.join("alice", "tea")
    others = world.upload("bob", b"3")
    world.say("alice", room, said_)
    account = world.session("alice").own_account
    world.database.do(RemoveAccount(person_name("alice")))
    assert world.there(said_)
    counts = erase(world.database.store, account, lambda done, total: None)
    assert counts["files"] == 1  # the other one went with its message
    assert not world.there(said_)
    assert not world.there(unsaid)
    assert world.there(others)
    assert len(world.contents) == 1


def test_what_was_never_said_stays_for_some_days(world: World) -> None:
    unsaid, shown, said_ = (world.upload("alice", data) for data in (b"1", b"2", b"3"))
    world.say("alice", world.join("alice", "tea"), said_)
    link = f"https://chat.example/files/{shown.token}/me.png"
    me = Subject("alice", actor=world.actor("alice"))
    world.database.do(Do(lambda tx: tx.metadata.put(me, "avatar", link)))
    world.collect()
    world.database.now += 6 * DAY
    world.collect()
    assert world.there(unsaid)
    world.database.now += 2 * DAY
    assert not world.there(unsaid)
    world.collect()
    assert world.there(shown)
    assert world.there(said_)
    assert len(world.contents) == 2
    world.database.do(Do(lambda tx: tx.metadata.put(me, "avatar", "https://chat.example/files/elsewhere")))
    assert not world.there(shown)
    world.collect()
    assert len(world.contents) == 1


def shown(world: World, file: StoredFile | None, of: str = "alice", key: str = "avatar") -> None:
    """Make a file somebody's picture, or end that."""
    link = f"https://chat.example/files/{file.token}/me.png" if file is not None else ""
    world.database.do(SetMetadata(world.actor(of), Subject(of, actor=world.actor(of)), key, link, 50))


def test_a_picture_of_a_person_goes_with_the_last_that_refers_to_it(world: World) -> None:
    first, second, both = (world.upload("alice", data) for data in (b"1", b"2", b"3"))
    room = world.join("alice", "tea")
    shown(world, first)
    shown(world, second)
    assert (world.there(first), world.there(second)) == (False, True)
    shown(world, second, key="url")
    shown(world, None)
    assert world.there(second)  # the other key has it
    shown(world, None, key="url")
    assert not world.there(second)
    event = world.say("alice", room, both)
    shown(world, both)
    shown(world, None)
    assert world.there(both)  # the message has it
    shown(world, both)
    id_ = msgid(room.id, event.seq, event.time)
    world.database.do(RedactMessage(world.actor("alice"), room.id, id_, "", 1e9))
    assert world.there(both)  # and now the picture
    world.database.do(RemoveRoom(room.id))
    world.database.do(PruneHistory(kept=Kept(everything=5)))
    world.database.now += 20 * DAY
    world.collect()
    assert world.there(both)
    world.database.do(ClearMetadata(world.actor("alice"), Subject("alice", actor=world.actor("alice"))))
    world.collect()
    assert not world.there(both)
    assert world.contents == []


def test_only_its_uploader_keeps_a_picture(world: World) -> None:
    file, room = world.upload("alice"), world.join("alice", "tea")
    shown(world, file, of="bob")
    of_room = Subject("tea", room=room.id)
    link = f"https://chat.example/files/{file.token}/me.png"
    world.database.do(SetMetadata(world.actor("alice"), of_room, "avatar", link, 50))
    world.database.now += 8 * DAY
    assert not world.there(file)
    world.collect()
    assert world.contents == []
    assert world.database.store.metadata.of(Subject("bob", actor=world.actor("bob"))) == {"avatar": link}


def test_the_erasure_of_an_account_takes_its_picture_along(world: World) -> None:
    file = world.upload("alice")
    shown(world, file)
    account = world.session("alice").own_account
    world.database.do(RemoveAccount(person_name("alice")))
    erase(world.database.store, account, lambda done, total: None)
    assert not world.there(file)
    assert world.contents == []


def test_every_account_may_fetch_the_picture_of_a_person(world: World) -> None:
    world.set(access="members")
    file, others = world.upload("alice"), world.upload("alice", b"2")
    shown(world, file)
    assert world.session("bob").files.find(file.token).file == file
    assert refused(lambda: world.session("bob").files.find(others.token)) is Code.NO_SUCH_FILE
    assert refused(lambda: find_file(world.chat, file.token, None)) is Code.NO_SUCH_FILE
    shown(world, others, of="bob")  # which publishes nothing of alice's
    assert refused(lambda: world.session("bob").files.find(others.token)) is Code.NO_SUCH_FILE


def test_members_fetch_what_was_said_where_they_read(world: World) -> None:
    world.set(access="members")
    file, room = world.upload("alice"), world.join("alice", "tea")

    def may(name: str) -> bool:
        try:
            world.session(name).files.find(file.token)
        except ChatError:
            return False
        return True

    assert (may("alice"), may("bob"), world.there(file)) == (True, False, False)
    world.say("alice", room, file)
    assert not may("bob")
    world.join("bob", "tea")
    assert may("bob")
    world.database.do(Do(lambda tx: tx.rooms.update(room.id, history="members")))
    assert not may("bob")  # it was said before they came


def test_a_content_that_is_uploaded_while_it_is_collected_stays(world: World) -> None:
    first = world.upload("alice")
    world.session("alice").files.remove(first.token).result()
    collected = world.database.do(CollectFiles())
    second = world.upload("bob")  # between the commit and the removal
    world.folder.joinpath(collected.places[0]).unlink()
    assert world.there(second)
    third = world.upload("carol")
    world.session("bob").files.remove(second.token).result()
    fourth = world.upload("dave")
    world.collect()
    assert world.there(third)
    assert world.there(fourth)
    assert len(world.contents) == 1


def test_a_picture_has_a_thumbnail_which_counts(world: World) -> None:
    data = made.jpeg(6, (1600, 900))
    file = world.upload("alice", data, "cat.jpg")
    assert (file.media_type, file.width, file.height) == ("image/jpeg", 900, 1600)
    found = world.session("alice").files.find(file.token)
    assert found.thumbnail is not None
    assert found.thumbnail.stat().st_size == file.thumbnail > 0
    stored = found.path.read_bytes()
    assert SECRET not in stored
    assert hashlib.sha256(stored).hexdigest() == file.digest
    assert len(stored) == file.size
    assert world.session("alice").files.limits().used_bytes == file.size + file.thumbnail
    world.set(account_bytes=2 * file.size + file.thumbnail)
    assert refused(lambda: world.upload("alice", data[:-2])) is Code.QUOTA  # but for its thumbnail there is room
    world.session("alice").files.remove(file.token).result()
    world.collect()
    assert world.contents == []


def test_the_sweep_takes_what_a_crash_has_left(world: World) -> None:
    file = world.upload("alice")
    path = world.folder / "ab" / "cdef-1"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"left")
    part = world.folder / "incoming" / "tmp"
    part.write_bytes(b"left")
    held = world.folder / "held-1"
    held.touch()
    assert world.database.store.contents is not None
    collector = Collector(world.database.store, world.database.store.contents)
    assert collector.collect() is False
    assert collector.sweep() == 0  # an upload may be about to refer to it
    old = time.time() - 2 * DAY
    kept = world.session("alice").files.find(file.token).path
    for each in (path, part, held, kept):
        os.utime(each, (old, old))
    assert collector.sweep() == 3
    assert world.there(file)
    assert len(world.contents) == 1


def test_nothing_is_removed_while_a_backup_is_made(world: World) -> None:
    file = world.upload("alice")
    assert world.database.store.contents is not None
    collector = Collector(world.database.store, world.database.store.contents)
    world.session("alice").files.remove(file.token).result()
    with world.database.store.contents.hold():
        assert collector.collect() is False
        assert len(world.contents) == 2
    assert collector.collect() is False
    assert world.contents == []
    assert collector.removed == 1


def test_a_backup_that_begins_after_the_commit_keeps_the_contents(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = world.upload("alice")
    folder = world.database.store.contents
    assert folder is not None
    world.session("alice").files.remove(file.token).result()
    answers = iter([False, True])
    monkeypatch.setattr(Folder, "held", property(lambda _: next(answers)))
    Collector(world.database.store, folder).collect()
    assert len(world.contents) == 1


@pytest.mark.parametrize("kind", ["text", "picture", "film"])
def test_everything_is_on_disk_before_its_row(world: World, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content as it is after it was looked at, its thumbnail, their names, and a new folder."""
    data = {"text": TEXT, "picture": made.jpeg(1, (1600, 900)), "film": made.mp4()}[kind]
    done: list[Any] = []
    fsync, rename, apply = os.fsync, os.rename, AddFile.apply

    def synced(number: int) -> None:
        fsync(number)
        done.append(os.fstat(number).st_ino)

    def looked(path: Path, head: bytes) -> Look:
        seen = look(path, head)
        done.append("looked")
        return seen

    def renamed(old: Path, new: Path) -> None:
        rename(old, new)
        done.append("renamed")

    def added(self: AddFile, tx: Any) -> Any:
        path = world.folder / self.content.place
        there = [path, *([path.with_name(path.name + ".thumbnail")] if self.content.thumbnail else [])]
        on_disk = done[done.index("looked") :]
        assert {each.stat().st_ino for each in there} <= {*on_disk}
        assert on_disk[-1] == path.parent.stat().st_ino
        assert world.folder.stat().st_ino in on_disk[: on_disk.index("renamed")]
        done.append("row")
        return apply(self, tx)

    monkeypatch.setattr("os.fsync", synced)
    monkeypatch.setattr("os.rename", renamed)
    monkeypatch.setattr("chatstore.storage.contents.look", looked)
    monkeypatch.setattr(AddFile, "apply", added)
    file = world.upload("alice", data)
    assert done[-1] == "row"
    assert (file.thumbnail > 0) == (kind == "picture")


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("where", ["tempfile.mkstemp", "os.fsync", "os.rename", "Path.mkdir"])
def test_a_full_disk_refuses_the_upload_and_not_the_chat(
    world: World, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, alice = world.join("alice", "tea"), world.session("alice")
    first = world.upload("alice")
    world.say("alice", room, first)

    def full(*_arguments: Any, **_options: Any) -> Any:
        raise FULL

    arriving = alice.files.begin("b", 3) if where != "tempfile.mkstemp" else None
    with monkeypatch.context() as patched:
        patched.setattr(f"chatstore.storage.contents.{where}", full)
        if where == "os.fsync":
            patched.setattr("chatstore.storage.files.os.fsync", full)
        code = refused(lambda: _go_on(alice, arriving))
    assert code is Code.NO_SPACE
    assert world.chat.reservations.refused == {"no-space": 1}
    world.say("alice", room, first)
    assert len(world.contents) == 1
    assert world.there(world.upload("alice", b"again"))
    assert world.chat.reservations.finished == 2


def test_what_a_disk_can_not_do_is_no_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else fails, the answer is a refusal, and nothing is left."""

    def broken(*_arguments: Any, **_options: Any) -> Any:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("chatstore.storage.contents.look", broken)
    assert refused(lambda: world.upload("alice")) is Code.NOT_STORED
    assert world.contents == []
    assert world.session("alice").files.mine() == []


def test_two_servers_collect_and_upload_the_same_at_once(
    open_database: Callable[..., Database], database_url: str, tmp_path: Path
) -> None:
    """On PostgreSQL, each is a server of its own; with SQLite, they are two processes' stores."""
    one, other = (World(open_database(), tmp_path / "kept") for _ in range(2))
    one.session("alice"), one.session("bob")
    ended: list[BaseException] = []

    def upload_and_remove(world: World, name: str) -> None:
        try:
            session = world.session(name)
            for _ in range(15):
                file = upload(session, b"the same")
                assert session.files.find(file.token).path.read_bytes() == b"the same"
                session.files.remove(file.token).result()
                world.collect()
        except BaseException as error:
            ended.append(error)

    threads = [
        threading.Thread(target=upload_and_remove, args=(world, name))
        for world, name in ((one, "alice"), (other, "bob"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not ended
    kept = one.upload("alice", b"the same")
    one.collect()
    other.collect()
    assert other.there(kept)
    assert len(one.contents) == 1


def _go_on(session: Session, arriving: Any) -> None:
    if arriving is None:
        arriving = session.files.begin("b", 3)
    arriving.write(b"b")
    arriving.finish()
