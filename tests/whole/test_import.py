"""An import beside a running server: nobody is told, everybody can read it, and what was private stays so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatstore.cli import main
from tests.cli.test_import import export, message
from tests.running import PASSWORD, IrcClient, Running, database_url, start
from tests.waiting import until

CAPS = "draft/chathistory batch message-tags server-time echo-message"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    server = start(tmp_path / "chat.db")
    yield server
    server.stop()


def command(running: Running, *arguments: str) -> str:
    done = CliRunner().invoke(main, [*arguments, "--database", running.server.config.database_url])
    assert done.exit_code == 0, done.output
    return done.output


def activated(running: Running, name: str) -> IrcClient:
    """Somebody who has opened the link for their placeholder."""
    link = command(running, "account", "reset", name)
    code = re.search(r"csi_\w+", link)
    assert code is not None
    client = running.connect()
    client.send(
        f"CAP REQ :{CAPS} draft/account-registration chatstore/accounts", f"NICK {name}", f"USER {name} 0 * :x"
    )
    client.send(f"INVITATION {code[0]}", f"REGISTER {name} * :{PASSWORD}")
    client.wait("REGISTER SUCCESS")
    client.send("CAP END")
    client.wait(" (422|376) ")
    return client


def texts(lines: list[str]) -> list[str]:
    return [line.rpartition(" :")[2] for line in lines if " PRIVMSG #" in line]


def test_nobody_is_told_and_everybody_can_read_it(running: Running, tmp_path: Path) -> None:
    alice = running.member("alice", CAPS)
    path = str(export(tmp_path, *(message(n) for n in range(30))))
    command(running, "import", "slack", path)
    while not any(" 322 " in line and "#general" in line for line in alice.ask("LIST")):
        pass  # until the server has noticed
    assert texts(alice.log) == []
    alice.send("JOIN #general")
    alice.wait(" 366 ")
    history = alice.ask("CHATHISTORY LATEST #general * 10")
    assert texts(history) == [f"message {n}" for n in range(20, 30)]
    assert all(re.match("@.*time=2020-01-02T03:", line) for line in history if "PRIVMSG" in line)
    assert not any("ada" in line for line in alice.ask("NAMES #general"))
    assert any(" 401 " in line for line in alice.ask("PRIVMSG ada :are you there"))
    again = str(export(tmp_path, *(message(n) for n in range(40))))
    command(running, "import", "slack", again)
    alice.ask("PRIVMSG #general :now")
    assert texts(alice.log).count("now") == 1
    assert not any("message 35" in line for line in alice.log)
    assert texts(alice.ask("CHATHISTORY LATEST #general * 2")) == ["message 39", "now"]


def test_who_was_in_a_private_room_comes_back_to_all_of_it(running: Running, tmp_path: Path) -> None:
    zoe = running.member("zoe", CAPS)
    path = str(export(tmp_path, message(0), message(1, "U2"), secret=[message(2), message(3)]))
    command(running, "import", "slack", path)
    ada = activated(running, "ada")
    while not any(" 322 " in line and "#general" in line for line in zoe.ask("LIST")):
        pass
    assert not any("secret" in line for line in zoe.ask("LIST"))
    assert any(" 473 " in line or " 403 " in line for line in zoe.ask("JOIN #secret"))
    assert any("#secret" in line for line in ada.ask("INVITE"))
    ada.send("JOIN #secret")
    ada.wait(" 366 ")
    assert texts(ada.ask("CHATHISTORY LATEST #secret * 10")) == ["message 2", "message 3"]
    bob = activated(running, "bob")
    assert any(" 473 " in line or " 403 " in line for line in bob.ask("JOIN #secret")), "bob was not in it"


def test_nobody_logs_in_to_a_placeholder_or_takes_its_name(running: Running, tmp_path: Path) -> None:
    command(running, "import", "slack", str(export(tmp_path, message(0))))
    client = running.connect()
    client.send("CAP REQ :sasl draft/account-registration", "NICK x", "USER x 0 * :x")
    client.send("REGISTER ada * :correct horse staple")
    client.wait("FAIL REGISTER")
    client.send("AUTHENTICATE PLAIN", "AUTHENTICATE AGFkYQA=")
    client.wait(" 904 ")


def test_what_is_imported_into_a_room_where_nothing_was_said_is_shown_to_who_joins(
    running: Running, tmp_path: Path
) -> None:
    """By a server that knew that nothing was said there: the imported room is another one of that name."""
    hub, bob = running.server.chat.hub, running.register("bob")

    def ids() -> list[int]:
        return [live.room.id for live in hub.rooms() if live.name == "general"]

    assert texts(bob.ask("JOIN #general")) == []
    before = ids()
    bob.ask("PART #general")
    command(running, "import", "slack", str(export(tmp_path, message(0))))
    until(lambda: ids() not in ([], before))
    [said] = texts(bob.ask("JOIN #general"))
    assert said.endswith("message 0")


def test_a_loaded_export_shows_what_was_said_to_who_joins(running: Running, tmp_path: Path) -> None:
    running.member("alice", room="#tea").ask("JOIN #silent", "PRIVMSG #tea :hello")
    path = tmp_path / "chat.jsonl"
    command(running, "export", str(path))
    loaded = tmp_path / "loaded.db"
    done = CliRunner().invoke(main, ["import", "chatstore", str(path), "--database", database_url(loaded)])
    assert done.exit_code == 0, done.output
    other = start(loaded)
    try:
        bob = other.register("bob")
        assert texts(bob.ask("JOIN #silent")) == []
        assert texts(bob.ask("JOIN #tea"))[0].endswith("hello")
    finally:
        other.stop()
