"""`chatstore account remove --erase`, beside a running server: no file has a word of it any more."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.cli.home import Home, seen
from tests.running import SECONDS, Running, _server

WORD = "Heidelbeere"


@pytest.fixture
def served(home: Home) -> Running:
    return Running(_server({"database": {"url": home.url or str(home.path)}}), home.path)


def files_with(folder: Path, word: str) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file() and word.encode() in path.read_bytes()]


@pytest.mark.sqlite
def test_the_words_leave_every_file_while_the_server_runs(home: Home, served: Running) -> None:
    """The database, its write-ahead log and the index; and who is there is told of each."""
    try:
        alice = served.member("alice", "message-tags echo-message")
        bob = served.member("bob", "message-tags draft/message-redaction draft/chathistory batch soju.im/search")
        alice.ask(*(f"PRIVMSG #main :{WORD} {n}" for n in range(60)), f"PRIVMSG bob :{WORD}, dear bob")
        bob.ask("PRIVMSG alice :an answer", "PRIVMSG #main :hers")
        alice.ask("JOIN #den")
        bob.ask("JOIN #den")
        alice.ask(f"KICK #den bob :{WORD}")  # is in the audit log, too, which nobody is told of
        said = home.run("account", "remove", "alice", "--erase", "--yes", apart=True)
        assert said.exit_code == 0, said.stderr
        cells = [line.split() for line in said.stdout.splitlines()]
        assert cells[2:4] == [["messages", "61"], ["reasons", "3"]]
        assert said.stdout.endswith("alice was removed, and their words were erased\n")
        told = 0
        while told < 61:
            told += " REDACT " in bob.line()
        assert f"{WORD}" not in "".join(bob.ask("CHATHISTORY LATEST #main * 100", "CHATHISTORY LATEST alice * 100"))
        until = time.monotonic() + SECONDS
        while files_with(home.path.parent, WORD) and time.monotonic() < until:
            time.sleep(0.05)
        assert files_with(home.path.parent, WORD) == []
        assert "account.erase" in "\n".join(home.lines("audit"))
        assert any("messages: 61" in line for line in home.lines("audit"))
    finally:
        served.stop()
    assert files_with(home.path.parent, WORD) == []
    assert home.bodies("--limit", "0") == [*[""] * 60, "hers"]


def test_of_an_account_that_was_removed_before(home: Home) -> None:
    alice, room = home.account("alice"), home.room("main")
    home.say(room, alice, "a word")
    home.lines("backup", "before.db")
    home.lines("export", str(home.path.with_name("all.jsonl")))
    home.lines("account", "remove", "alice", "--yes")
    seen(home.run("account", "remove", "alice", "--yes"), 5, "there is no account alice")
    said = home.lines("account", "remove", "alice", "--erase", "--yes")
    assert said[-1].endswith("their words were erased")
    assert any("before.db   (a backup, " in line for line in said), "where the words still are"
    assert "1 export was made since this account was: chatstore audit --action data.export" in said
    assert home.bodies() == [""]


def test_somebody_is_asked_first(home: Home) -> None:
    alice, room = home.account("alice"), home.room("main")
    home.say(room, alice, "a word")
    seen(home.run("account", "remove", "alice", "--erase"), 2, "give --yes")
    said = home.typed("n\n", "account", "remove", "alice", "--erase")
    seen(said, 1, "Everything that they said is erased, for everybody.")
    assert home.bodies() == ["a word"]
