"""`chatstore export --account`: everything that one account may read, ever said, and that is about it; no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatstore.storage import copying, own_data, schema
from chatstore.storage.errors import StorageError
from chatstore.storage.loading import load
from tests.cli.home import Home
from tests.running import Running, _server

CAPS = "message-tags draft/metadata-2 draft/read-marker"


@pytest.fixture(scope="module")
def talked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("talked") / "chat.db"
    running = Running(_server({"database": {"url": str(path)}}), path)
    try:
        boss, carol, dave = (running.register(name, CAPS) for name in ("boss", "carol", "dave"))
        boss.ask("JOIN #left", "JOIN #stays", "JOIN #late", "JOIN #other", "ROOM #late history=members")
        boss.ask("PRIVMSG #late :before carol", "PRIVMSG #other :nothing of hers")
        carol.ask("JOIN #left", "JOIN #stays", "JOIN #late", "PRIVMSG #left :her word", "PRIVMSG #stays :hello")
        boss.ask("PRIVMSG #left :to carol", "PRIVMSG #late :after carol", "TOPIC #left :the plan")
        boss.ask("MODE #stays +o carol")
        carol.ask("PRIVMSG @#stays :as operator", "PART #left", "METADATA * SET url :https://example.org/")
        boss.ask("MODE #stays -o carol", "PRIVMSG @#stays :operators only", "PRIVMSG #left :behind her back")
        dave.ask("PRIVMSG carol :never opened", "PRIVMSG boss :about carol")
        carol.ask("MARKREAD #stays timestamp=2030-01-01T00:00:00.000Z", "TOKEN ADD :phone")
    finally:
        running.stop()
    return path


def exported(home: Home, database: Path, *args: str) -> list[dict[str, Any]]:
    said = home.run("export", "--account", "carol", "-", *args, "--database", str(database), apart=True)
    assert said.exit_code == 0, said.stderr
    return [json.loads(line) for line in said.stdout.splitlines()]


def test_what_an_account_gets(home: Home, talked: Path) -> None:
    lines = exported(home, talked)
    said = {line["body"] for line in lines if line.get("kind") == "message"}
    assert said == {"her word", "hello", "after carol", "as operator", "never opened"}
    rooms = {line["name"] or line["key"]: line for line in lines if line["type"] == "room"}
    assert {*rooms} == {"left", "stays", "late", "@2,3"}
    assert "topic" not in rooms["left"]
    assert "topic" in rooms["stays"]
    types = {line["type"] for line in lines}
    assert {"account", "device", "network", "metadata", "read marker", "member"} <= types
    assert {line["name"] for line in lines if line["type"] == "account"} == {"carol"}


def test_of_one_room(home: Home, talked: Path) -> None:
    lines = exported(home, talked, "--room", "left")
    assert [line["body"] for line in lines if line.get("kind") == "message"] == ["her word"]
    assert "device" not in {line["type"] for line in lines}


def test_it_makes_no_database(home: Home, talked: Path, tmp_path: Path) -> None:
    path = tmp_path / "carol.jsonl"
    home.lines("export", "--account", "carol", str(path), "--database", str(talked))
    with pytest.raises(StorageError, match="is what one account may read"):
        load(path, f"sqlite:///{tmp_path / 'new.db'}")


def test_every_table_is_considered() -> None:
    """A new table is about accounts, or it is not: own_data.py says which."""
    said = {*own_data._OWN, *own_data.NOT_OWN, schema.rooms.name, schema.messages.name}
    assert said == {table.name for table in copying.TABLES}
