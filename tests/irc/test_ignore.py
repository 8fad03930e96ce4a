"""IGNORE and SILENCE: whom an account ignores, and from whom it takes direct messages. Spec: chatstore/ignore
(docs/extensions.md)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import RemoveAccount
from chatstore.chat.model.names import person_name
from chatstore.irc.line import parse
from tests.irc.test_edits import change
from tests.running import IrcClient, Running

CAPS = "standard-replies batch message-tags draft/chathistory draft/event-playback draft/message-edit"
HIDES = f"{CAPS} chatstore/ignore"


def texts(lines: list[str]) -> list[str]:
    return [found[1] for line in lines if (found := re.search(r"PRIVMSG \S+ :(.*)", line))]


@pytest.fixture
def bob(server: Running) -> IrcClient:
    return server.member("bob", CAPS)


@pytest.fixture
def alice(server: Running, bob: IrcClient) -> IrcClient:
    return server.member("alice", CAPS)


def test_the_list(server: Running, alice: IrcClient) -> None:
    other, deaf = server.login("alice", HIDES), server.login("alice", CAPS)
    assert [each.params for each in alice.parsed("IGNORE ADD BOB")] == [("ADD", "bob")]
    assert other.wait(" IGNORE ").endswith(" IGNORE ADD bob")
    assert not any("IGNORE" in line for line in deaf.sync())
    [direct, row, end] = [each.params for each in alice.parsed("IGNORE LIST")]
    assert (direct, end, row[:2]) == (("LIST", "*", "direct=everyone"), ("LIST", "*"), ("LIST", "bob"))
    assert row[2].startswith("account=bob;since=20")
    assert [each.params for each in alice.parsed("IGNORE ADD bob")] == [("ADD", "bob")]
    assert len(alice.parsed("IGNORE LIST")) == 3
    assert [each.params for each in alice.parsed("IGNORE REMOVE Bob")] == [("REMOVE", "bob")]
    assert len(alice.parsed("IGNORE LIST")) == 2


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("IGNORE ADD nobody", "NO_SUCH_PERSON"),
        ("IGNORE ADD alice", "OWN_ACCOUNT"),
        ("IGNORE REMOVE bob", "NO_SUCH_PERSON"),
        ("IGNORE DIRECT friends", "INVALID_PARAMETERS"),
        ("IGNORE EVERYBODY", "INVALID_PARAMETERS"),
    ],
)
def test_refusals(alice: IrcClient, line: str, code: str) -> None:
    [refused] = alice.parsed(line)
    assert (refused.command, refused.params[1]) == ("FAIL", code)


def test_the_list_is_bounded(alice: IrcClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatstore.chat.changes.peace.MAX_IGNORED", 0)
    [refused] = alice.parsed("IGNORE ADD bob")
    assert refused.params[1] == "LIMIT_REACHED"


def test_rooms_are_quiet_live_and_in_the_history(server: Running, alice: IrcClient, bob: IrcClient) -> None:
    carol, hides = server.member("carol", CAPS), server.login("alice", HIDES)
    bob.ask("PRIVMSG #main :before")
    alice.ask("IGNORE ADD bob")
    bob.ask("PRIVMSG #main :rude", "@+typing=active TAGMSG #main")
    carol.ask("PRIVMSG #main :kind")
    lines = alice.sync()
    assert texts(lines) == ["kind"]
    assert not any("TAGMSG" in line for line in lines)
    assert texts(alice.ask("CHATHISTORY LATEST #main * 10")) == ["kind"]
    assert texts(hides.sync())[-2:] == ["rude", "kind"]
    assert texts(hides.ask("CHATHISTORY LATEST #main * 10")) == ["before", "rude", "kind"]
    # A connection that comes later, and one that learns to hide by itself.
    later = server.login("alice", CAPS)
    bob.ask("PRIVMSG #main :again")
    assert "again" not in texts(later.sync())
    later.ask("CAP REQ chatstore/ignore")
    bob.ask("PRIVMSG #main :more")
    assert texts(later.sync()) == ["more"]
    later.ask("CAP REQ -chatstore/ignore")
    bob.ask("PRIVMSG #main :still")
    assert texts(later.sync()) == []
    alice.ask("IGNORE REMOVE bob")
    bob.ask("PRIVMSG #main :peace")
    assert texts(alice.sync()) == ["peace"]
    assert texts(carol.sync())[-1] == "peace"


def test_what_an_ignored_operator_redacts_goes(server: Running, bob: IrcClient, alice: IrcClient) -> None:
    redacts = f"{CAPS} echo-message draft/message-redaction"
    carol, alice = server.member("carol", redacts), server.login("alice", redacts)
    for client in (carol, bob, alice):
        client.ask("JOIN #talk")  # who is first is its operator
    bob.ask("PRIVMSG #talk :rude")
    rude = parse(alice.wait(":rude")).tags["msgid"]
    alice.ask("IGNORE ADD carol")
    carol.ask("PRIVMSG #talk :I remove that", f"REDACT #talk {rude} :not here")
    lines = alice.sync()
    assert any(f"REDACT #talk {rude} :not here" in line for line in lines)
    assert texts(lines) == []


def test_direct_messages_are_refused_and_not_stored(server: Running, alice: IrcClient, bob: IrcClient) -> None:
    bob.ask("PRIVMSG alice :hello")
    assert texts(alice.sync()) == ["hello"]
    alice.ask("PRIVMSG bob :hi", "IGNORE ADD bob")
    for line in ("PRIVMSG alice :rude", "@+typing=active TAGMSG alice", "@+draft/react=x TAGMSG alice"):
        refused = bob.parsed(line)[-1]
        assert (refused.command, *refused.params[:2]) == ("531", "bob", "alice"), line
    # Whoever ignores may write, and that opens nothing.
    alice.ask("PRIVMSG bob :go away")
    assert [each.command for each in bob.parsed("PRIVMSG alice :rude")][-1] == "531"
    assert bob.ask("NOTICE alice :rude") == []
    alice.ask("JOIN #alice")
    assert not any("rude" in line for line in alice.sync())
    assert server.rows("SELECT COUNT(*) FROM messages WHERE body = 'rude'") == [(0,)]
    assert [each.command for each in bob.parsed("JOIN #bob", "INVITE alice #bob")][-1] == "531"
    alice.ask("IGNORE REMOVE bob")
    bob.ask("PRIVMSG alice :sorry")
    assert texts(alice.sync())[-1] == "sorry"


def test_an_edit_reaches_nobody_who_ignores(server: Running, alice: IrcClient, bob: IrcClient) -> None:
    bob.ask("CAP REQ echo-message")
    [sent] = bob.ask("PRIVMSG alice :hello")
    msgid = re.search("msgid=([^; ]+)", sent)
    assert msgid is not None
    bob.ask(change("alice", msgid[1], "hello, alice"))
    assert server.rows("SELECT body FROM messages WHERE kind = 'message'") == [("hello, alice",)]
    alice.ask("IGNORE ADD bob")
    assert bob.parsed(change("alice", msgid[1], "rude"))[-1].command in ("531", "FAIL")
    assert not any("rude" in line for line in alice.sync())
    assert server.rows("SELECT body FROM messages WHERE kind = 'message'") == [("hello, alice",)]


def test_direct_messages_of_strangers(server: Running, alice: IrcClient, bob: IrcClient) -> None:
    eve = server.register("eve", CAPS)
    assert [each.params for each in alice.parsed("IGNORE DIRECT known")] == [("DIRECT", "known")]
    assert [each.command for each in eve.parsed("PRIVMSG alice :hello")] == ["531"]
    bob.ask("PRIVMSG alice :we share a room")
    assert texts(alice.sync()) == ["we share a room"]
    alice.ask("PRIVMSG eve :hello")
    eve.ask("PRIVMSG alice :you wrote to me")
    assert texts(alice.sync()) == ["you wrote to me"]
    alice.ask("IGNORE DIRECT nobody")
    for person in (eve, bob):
        assert person.parsed("PRIVMSG alice :hello")[-1].command == "531"
    admin = server.login("bob", CAPS)
    server.server.store.submit([_admin("bob")]).result()
    admin.ask("PRIVMSG alice :this is the operator")
    assert texts(alice.sync()) == ["this is the operator"]
    alice.ask("IGNORE DIRECT everyone")
    eve.ask("PRIVMSG alice :hello again")
    assert texts(alice.sync()) == ["hello again"]


def _admin(name: str) -> object:
    from chatstore.chat.changes.accounts import SetRole

    return SetRole(person_name(name), "admin")


def test_silence_is_the_same_list(alice: IrcClient) -> None:
    assert [each.params for each in alice.parsed("SILENCE +bob!*@*")] == [("+bob!*@*",)]
    assert alice.parsed("SILENCE")[0].params == ("alice", "bob!*@*")
    assert len(alice.parsed("IGNORE LIST")) == 3
    assert [each.params for each in alice.parsed("SILENCE -bob!*@*")] == [("-bob!*@*",)]
    assert [each.command for each in alice.parsed("SILENCE")] == ["272"]
    assert [each.command for each in alice.parsed("SILENCE +*!*@host")] != ["SILENCE"]


def test_guests(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True})
    alice = server.member("alice", CAPS)
    guest = server.connect()
    guest.ask("NICK gus", "USER g 0 * :g", "JOIN #main")
    alice.sync()
    assert [each.params for each in alice.parsed("IGNORE ADD gus")] == [("ADD", "gus")]
    guest.ask("PRIVMSG #main :rude")
    assert texts(alice.sync()) == []
    assert guest.parsed("PRIVMSG alice :rude")[-1].command == "531"
    assert guest.parsed("IGNORE ADD alice")[0].params[1] == "ACCOUNT_REQUIRED"


def test_it_goes_with_either_account(server: Running, alice: IrcClient, bob: IrcClient) -> None:
    alice.ask("IGNORE ADD bob")
    bob.ask("IGNORE ADD alice")
    server.server.store.submit([RemoveAccount(person_name("bob"))]).result()
    assert server.rows("SELECT COUNT(*) FROM ignores") == [(0,)]
    assert "bob" not in str(alice.parsed("IGNORE LIST")[1:])


def test_it_is_there_after_a_restart(server: Running, alice: IrcClient, bob: IrcClient) -> None:
    """The hub reads what all accounts have set at the start of the server."""
    alice.ask("IGNORE ADD bob")
    everything = server.server.store.peace.all()
    assert [len(each.ignored) for each in everything.values()] == [1]
