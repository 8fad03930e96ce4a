"""A database of each released schema: it is upgraded, used, and its copy from before is put back, as
docs/upgrading.md says."""

from __future__ import annotations

import gzip
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatstore.cli import main
from tests.data.make import FOLDER, UNUSED
from tests.running import IrcClient, Running, start

pytestmark = pytest.mark.sqlite
RELEASED = [f"{number:04}" for number in range(1, 13)]
CAPABILITIES = "batch server-time message-tags draft/chathistory draft/event-playback draft/metadata-2"


@contextmanager
def serving(path: Path) -> Iterator[Running]:
    server = start(path)
    try:
        yield server
    finally:
        server.stop()


def dump(path: Path) -> list[str]:
    """All that it holds. A copy has no incarnation: it gets one of its own when it is served."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [line for line in connection.iterdump() if not line.startswith('INSERT INTO "incarnations"')]


def sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchall()
        found += connection.execute("PRAGMA foreign_key_check").fetchall()
    return found == [("ok",)]


def history(client: IrcClient, room: str) -> list[str]:
    return client.ask(f"CHATHISTORY LATEST {room} * 100")


def said(lines: list[str]) -> list[str]:
    """What people said, in lines of a batch."""
    return re.findall(r"^@batch=\S+ :\S+ (?:PRIVMSG|NOTICE) \S+ :?(.*)$", "\n".join(lines), re.MULTILINE)


MAIN = [
    "the first message: naïve café, 日本語",
    "an answer",
    "a notice",
    "\x01ACTION waves\x01",
    "one two",
    "the last message",
]


def is_used(server: Running) -> None:
    """What people said is there, and what they may do is as it was; then somebody says more."""
    ann, ben = server.login("Ann", CAPABILITIES), server.login("ben", CAPABILITIES)
    found = history(ann, "#main")
    first = re.search(r"msgid=([^; ]+)[^ ]* :Ann!\S+ PRIVMSG #main :the first", "\n".join(found))
    assert first is not None
    assert [" ".join(said(found))] == [" ".join(MAIN)]
    assert sum(f"+draft/reply={first[1]}" in line for line in found) == 2
    assert server.rows("SELECT room_id, seq, value FROM reactions") == [(1, 3, "👍")]
    assert said(history(ann, "#Tea")) == ["for operators"]
    assert said(history(ben, "#Tea")) == []
    assert said(history(ben, "Ann")) == ["only for you", "and for you"]
    answers = "\n".join(ann.ask("MODE #Tea", "MODE #Tea b", "TOPIC #Tea"))
    for word in ("sesame", "eve!*@*", ":green or black"):
        assert word in answers
    assert server.rows("SELECT name FROM accounts WHERE status = 'suspended'") == [("eve",)]
    ann.ask(f"@+draft/reply={first[1]} PRIVMSG #main :after the upgrade", f"REDACT #main {first[1]}")
    assert said(history(ben, "#main"))[-1] == "after the upgrade"


def go_back(path: Path, copy: Path) -> None:
    """Do what the page says, except for what is about systemd and pip."""
    page = (Path(__file__).parents[2] / "docs" / "upgrading.md").read_text(encoding="utf-8")
    said = re.search(r"^    chatstore (\w+) /var/lib/chatstore/chatstore\.db\.before-\d{4}$", page, re.MULTILINE)
    assert said is not None
    result = CliRunner().invoke(main, [said[1], str(copy), "--database", str(path)])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("schema", RELEASED)
def test_upgraded_used_and_put_back(schema: str, tmp_path: Path) -> None:
    path, original = tmp_path / "chatstore.db", tmp_path / "original.db"
    original.write_bytes(gzip.decompress((FOLDER / f"{schema}.db.gz").read_bytes()))
    shutil.copy(original, path)
    with serving(path) as server:
        is_used(server)
        copy = server.server.store.migration_copy
        incarnation = server.server.store.incarnation
        upgraded = server.rows("SELECT version_num FROM alembic_version")
    assert sound(path)
    assert copy is not None
    assert copy.name == f"chatstore.db.before-{upgraded[0][0]}"
    assert dump(copy) == dump(original)
    go_back(path, copy)
    assert dump(path) == dump(original)
    with serving(path) as server:
        assert server.server.store.incarnation != incarnation
        is_used(server)
    assert sound(path)


def test_there_is_one_of_each_released_schema_with_something_in_every_table(tmp_path: Path) -> None:
    assert sorted(file.name.partition(".")[0] for file in FOLDER.iterdir()) == RELEASED
    for schema in RELEASED:
        path = tmp_path / f"{schema}.db"
        path.write_bytes(gzip.decompress((FOLDER / f"{schema}.db.gz").read_bytes()))
        with closing(sqlite3.connect(path)) as connection:
            [(revision,)] = connection.execute("SELECT version_num FROM alembic_version")
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            empty = {name for (name,) in tables if not connection.execute(f"SELECT 1 FROM {name}").fetchone()}
        assert (revision, empty - UNUSED) == (schema, set())
