"""Attachments that an import stores as files: once, with their messages, and within limits."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.claiming import BeginClaim, Claimed, ClaimMessages, FinishClaim
from chatstore.chat.changes.files import CollectFiles
from chatstore.chat.changes.membership import JoinRoom
from chatstore.chat.changes.posting import RedactMessage
from chatstore.chat.changes.pruning import PruneHistory
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.files import StoredFile, tokens_in
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.rules import policy
from chatstore.chat.rules.retention import Kept
from chatstore.importing.attachments import EMPTY, FULL, NO_ROOM, TOO_LARGE, UNREADABLE, Keeping
from chatstore.importing.source import Attachment, Item, Person, Room, person_mark
from chatstore.importing.summary import Summary
from chatstore.importing.work import Import, Plan
from chatstore.storage.contents import INCOMING, Folder
from tests.importing.talk import AT, LONGEST, Talk, run, said
from tests.media.made import SECRET, jpeg
from tests.storage.database import Database, Do

ADA, BOB = Person("U1", "ada"), Person("U2", "bob")
GENERAL = Room("C1", "general")
LIMITS = policy.Files(free_bytes=0)
PAGE = "https://chat.example/"
KEEPING = Keeping(PAGE, LIMITS)


@pytest.fixture
def folder(database: Database, tmp_path: Path) -> Path:
    path = tmp_path / "contents"
    database.store.contents = Folder(path)
    return path


def talk(*items: Item, **files: bytes) -> Talk:
    return Talk([ADA, BOB, GENERAL, *items], files={name.replace("_", "."): data for name, data in files.items()})


def with_files(number: int, *names: str, **more: Any) -> Any:
    attachments = [Attachment(name.rpartition("/")[2], f"https://there/{name}", name) for name in names]
    return said(number, attachments=attachments, **more)


def take(database: Database, source: Talk, keeping: Keeping | None = KEEPING, **plan: Any) -> Summary:
    return run(database.store, source, keeping=keeping, **plan)


def bodies(database: Database) -> list[str]:
    room = database.store.rooms.keyed("#general")
    assert room is not None
    return database.bodies(room)


def files_of(database: Database, name: str) -> list[StoredFile]:
    account = database.store.accounts.named(name)
    assert account is not None
    return [*database.store.files.of_account(account.id)]


def contents(folder: Path) -> list[bytes]:
    assert [*(folder / INCOMING).glob("*")] == []
    return sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_an_attachment_becomes_a_file_of_who_sent_it(database: Database, folder: Path) -> None:
    summary = take(database, talk(with_files(1, "tea.txt", who="U2", text="see"), tea_txt=b"tea"))
    (file,) = files_of(database, "bob")
    assert (file.name, file.media_type, file.size) == ("tea.txt", "text/plain", 3)
    assert file.uploaded_at == AT + 60_000, "it is as old as its message"
    assert bodies(database) == [f"see\n{PAGE}files/{file.token}/tea.txt"]
    assert contents(folder) == [b"tea"]
    found = database.store.files.by_token(file.token)
    assert found is not None
    assert found[2] is None, "it stays as long as the message"
    ((room, seq, _),) = database.store.files.references(file.id, 10)
    assert (room, seq) == (database.room("general").id, 1)
    taken = summary.attachments
    assert (taken.taken, taken.bytes, taken.missing, taken.unwanted, taken.refused) == (1, 3, 0, 0, {})


def test_a_picture_loses_its_place_and_tells_its_size(database: Database, folder: Path) -> None:
    picture = jpeg(size=(40, 30))
    assert SECRET in picture
    take(database, talk(with_files(1, "us.jpg", text=""), us_jpg=picture))
    (file,) = files_of(database, "ada")
    assert (file.media_type, file.width, file.height) == ("image/jpeg", 40, 30)
    assert bodies(database) == [f"message 1\n{PAGE}files/{file.token}/us.jpg#w=40&h=30"]
    assert not any(SECRET in content for content in contents(folder))


def test_words_stand_before_the_link(database: Database, folder: Path) -> None:
    attachments = [
        Attachment("a.txt", file="a.txt", alt=f"what\n{person_mark('U1')} shows"),
        Attachment("ré sumé.txt", file="b.txt"),
        Attachment("c.txt", file="c.txt", inline="[c](/c.txt)"),
        Attachment("gone.txt", file="", inline="[gone](/gone)"),
    ]
    text = "see [c](/c.txt) and [gone](/gone)"
    source = talk(said(1, text=text, attachments=attachments), a_txt=b"a", b_txt=b"b", c_txt=b"c")
    summary = take(database, source)
    third, second, first = files_of(database, "ada")
    assert bodies(database)[0].split("\n") == [
        "see c.txt and [gone](/gone)",
        f"what ada shows {PAGE}files/{first.token}/a.txt",
        f"ré sumé.txt {PAGE}files/{second.token}/r%C3%A9%20sum%C3%A9.txt",
        f"{PAGE}files/{third.token}/c.txt",
    ]
    assert summary.attachments.missing == 1


def test_twice_and_newer_stores_each_once(database: Database, folder: Path) -> None:
    first = talk(with_files(1, "tea.txt"), tea_txt=b"tea")
    take(database, first)
    before = bodies(database)
    read: list[str] = []
    again = talk(with_files(1, "tea.txt"), with_files(2, "cake.txt"), tea_txt=b"tea", cake_txt=b"cake")
    attached = again.attached
    again.attached = lambda name, most: (read.append(name), attached(name, most))[1]  # type: ignore[method-assign]
    summary = take(database, again)
    assert (summary.known, summary.attachments.taken, read) == (1, 1, ["cake.txt"])
    assert bodies(database)[:1] == before
    assert len(files_of(database, "ada")) == 2
    assert contents(folder) == [b"cake", b"tea"]


def test_a_run_that_was_killed_is_completed(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each file, before and after the database has it."""
    monkeypatch.setattr("chatstore.importing.work.FILES", 3)
    names = [f"{number}.txt" for number in range(8)]
    items = [with_files(number, name) for number, name in enumerate(names)]
    data = {name: name.encode() for name in names}

    class Killed(Talk):
        left = 0

        def attached(self, name: str, most: int) -> Any:
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return super().attached(name, most)

    for left in (0, 2, 3, 1):
        source = Killed([ADA, GENERAL, *items], files=data)
        source.left = left
        with pytest.raises(KeyboardInterrupt):
            take(database, source)
    done = take(database, Talk([ADA, GENERAL, *items], files=data))
    assert (done.known, done.stored) == (3, 5)
    files = files_of(database, "ada")
    assert sorted(file.name for file in files) == names
    links = [token for body in bodies(database) for token in tokens_in(body)]
    assert sorted(links) == sorted(file.token for file in files)
    there = [f"{path.parent.name}/{path.name}" for path in folder.glob("[0-9a-f][0-9a-f]/*")]
    assert len(database.store.files.known(there)) == 8


def test_the_same_content_lies_there_once(database: Database, folder: Path) -> None:
    items = [with_files(1, "a.txt"), with_files(2, "b.txt", who="U2"), with_files(3, "a.txt")]
    source = talk(*items, a_txt=b"x", b_txt=b"x")
    summary = take(database, source)
    assert (summary.attachments.taken, contents(folder)) == (3, [b"x"])
    names = {name: [file.name for file in files_of(database, name)] for name in ("ada", "bob")}
    assert names == {"ada": ["a.txt", "a.txt"], "bob": ["b.txt"]}


def test_named_twice_in_one_message_it_is_one_file(database: Database, folder: Path) -> None:
    take(database, talk(with_files(1, "a.txt", "a.txt"), a_txt=b"x"))
    assert len(files_of(database, "ada")) == 1


def refused(database: Database, keeping: Keeping, **files: bytes) -> tuple[Mapping[str, int], list[str]]:
    """The reasons, and what the message says."""
    names = [name.replace("_", ".") for name in files]
    told: list[str] = []
    summary = Summary(tell=lambda problem: told.append(f"{problem.why}; lost: {problem.lost}"))
    plan = Plan("slack", LONGEST, keeping=keeping)
    Import(talk(with_files(1, *names), **files), database.store, plan, summary).run(lambda *_: None)
    assert len(told) == summary.attachments.refused.total()
    assert not any("lost: True" in each for each in told), "the message is there"
    return summary.attachments.refused, bodies(database)[0].split("\n")[1:]


def limited(**values: Any) -> Keeping:
    return Keeping(PAGE, replace(LIMITS, **values))


def test_a_file_that_is_too_large_stays_what_it_was(database: Database, folder: Path) -> None:
    why, lines = refused(database, limited(file_bytes=3), a_txt=b"four", b_txt=b"two", c_txt=b"")
    assert why == {TOO_LARGE: 1, EMPTY: 1}
    assert lines[0] == "a.txt: https://there/a.txt"
    assert lines[1].startswith(f"{PAGE}files/")
    assert lines[2] == "c.txt: https://there/c.txt"
    assert contents(folder) == [b"two"]


def test_all_files_have_a_limit(database: Database, folder: Path) -> None:
    why, _ = refused(database, limited(server_bytes=5), a_txt=b"one", b_txt=b"two", c_txt=b"ab")
    assert why == {FULL: 1}
    assert contents(folder) == [b"ab", b"one"]


def test_the_disk_keeps_its_room(database: Database, folder: Path) -> None:
    why, lines = refused(database, limited(free_bytes=2**60), a_txt=b"one")
    assert (why, lines) == ({NO_ROOM: 1}, ["a.txt: https://there/a.txt"])
    assert contents(folder) == []


def test_a_disk_that_gets_full_costs_attachments_alone(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("chatstore.storage.contents.os.fsync", full)
    why, lines = refused(database, KEEPING, a_txt=b"one")
    assert (why, lines) == ({NO_ROOM: 1}, ["a.txt: https://there/a.txt"])
    assert contents(folder) == []


def test_one_that_cannot_be_read_costs_itself_alone(database: Database, folder: Path) -> None:
    source = talk(with_files(1, "gone.txt", "a.txt"), a_txt=b"one")
    summary = take(database, source)
    assert summary.attachments.refused == {UNREADABLE: 1}
    assert summary.attachments.taken == 1
    assert contents(folder) == [b"one"]


def test_where_none_are_kept_they_stay_links(database: Database, folder: Path) -> None:
    summary = take(database, talk(with_files(1, "a.txt"), a_txt=b"one"), None)
    assert (summary.attachments.unwanted, summary.attachments.taken) == (1, 0)
    assert bodies(database) == ["message 1\na.txt: https://there/a.txt"]
    assert not folder.exists()


def test_a_rehearsal_counts_them_and_keeps_nothing(database: Database, folder: Path) -> None:
    files = {"a_txt": b"one", "b_txt": b"four"}
    source = talk(with_files(1, "a.txt", "b.txt"), said(2, attachments=[Attachment("x", file="")]), **files)
    summary = run(None, source, keeping=limited(file_bytes=3))
    found = summary.attachments
    assert (found.taken, found.bytes, found.refused, found.missing) == (1, 3, {TOO_LARGE: 1}, 1)
    assert not folder.exists()


def test_people_who_talk_in_the_room_meanwhile(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the import gets another room; each file is there once, with its message."""
    monkeypatch.setattr("chatstore.importing.work.BATCH", 2)
    take(database, talk(said(0)))
    room = database.room("general")
    names = [f"{number}.txt" for number in range(1, 5)]
    items: list[Item] = [with_files(number, f"{number}.txt") for number in range(1, 5)]

    def speaks(number: int) -> None:
        if number == 5:
            database.say(room, "hello")

    source = Talk([ADA, BOB, GENERAL, *items], met=speaks, files={name: name.encode() for name in names})
    take(database, source)
    assert sorted(file.name for file in files_of(database, "ada")) == names
    for file in files_of(database, "ada"):
        assert len(database.store.files.references(file.id, 10)) == 1
    assert contents(folder) == [name.encode() for name in names]


def test_nothing_of_somebody_who_was_removed_comes_back(database: Database, folder: Path) -> None:
    take(database, talk(said(1)))
    account = database.store.accounts.named("ada")
    assert account is not None
    database.do(Do(lambda tx: tx.accounts.update(account.id, status="removed")))
    summary = take(database, talk(said(1), with_files(2, "a.txt"), a_txt=b"one"))
    assert summary.attachments.taken == 0
    assert contents(folder) == []


# What becomes of them.


def collect(database: Database) -> None:
    collected = database.do(CollectFiles())
    assert database.store.contents is not None
    database.store.contents.remove(collected.places)


def test_it_goes_with_its_message(database: Database, folder: Path) -> None:
    take(database, talk(with_files(1, "a.txt"), with_files(2, "b.txt"), a_txt=b"one", b_txt=b"two"))
    room, account = database.room("general"), database.store.accounts.named("ada")
    assert account is not None
    database.do(Do(lambda tx: tx.accounts.update(account.id, status="active")))
    event = database.events(room)[0]
    actor = Actor(account.nick, account.name, account.id)
    database.do(JoinRoom(actor, room_name("general"), "", 100))
    database.do(RedactMessage(actor, room.id, msgid(room.id, event.seq, event.time), "", 1e9))
    collect(database)
    assert [file.name for file in files_of(database, "ada")] == ["b.txt"]
    assert contents(folder) == [b"two"]
    database.now = AT / 1000 + 10 * 86_400
    database.do(PruneHistory(kept=Kept(everything=5)))
    collect(database)
    assert (files_of(database, "ada"), contents(folder)) == ([], [])


def test_who_claims_a_placeholder_gets_its_files(database: Database, folder: Path) -> None:
    take(database, talk(with_files(1, "a.txt"), a_txt=b"one"))
    made = database.do(CreateAccount(person_name("ada2"), "bcrypt:none"))
    claim = database.do(BeginClaim(person_name("ada2"), person_name("ada")))
    database.do(ClaimMessages(claim, 0, claim.last))
    claimed = database.do(FinishClaim(claim))
    assert claimed == Claimed(0, 0, 0, 1)
    assert files_of(database, "ada") == []
    (file,) = files_of(database, "ada2")
    assert file.account_id == made.id
    assert len(database.store.files.references(file.id, 10)) == 1
    take(database, talk(with_files(1, "a.txt"), with_files(2, "b.txt"), a_txt=b"one", b_txt=b"two"))
    assert [file.name for file in files_of(database, "ada2")] == ["b.txt", "a.txt"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_imports_belongs_to_whoever_has_the_folder(database: Database, tmp_path: Path) -> None:
    """Otherwise the server, which is somebody else, could neither read nor remove it."""
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    database.store.contents = Folder(home / "contents")
    take(database, talk(with_files(1, "us.jpg"), us_jpg=jpeg(size=(900, 700))))
    there = [home / "contents", *(home / "contents").rglob("*")]
    assert len(there) > 3
    assert {path.stat().st_uid for path in there} == {65534}
