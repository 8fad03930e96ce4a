"""JOINs of many connections share a commit, and each client is answered as if its own were alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from chatstore.chat.model.errors import ChatError, Code, StoreError
from chatstore.irc.show import show_room
from chatstore.server import WORKER_THREADS
from tests.gate import Gate
from tests.running import SECONDS, IrcClient, Running
from tests.waiting import until

CAPS = "labeled-response batch"


@pytest.fixture
def gate(server: Running, alice: IrcClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Closed, and opened at the end."""
    gate = Gate(server, monkeypatch)
    yield gate
    gate.open()


def told(lines: Sequence[str], command: str) -> list[str]:
    """Who did this, in the order of the lines."""
    return [line.split("!")[0].lstrip(":") for line in lines if f" {command} " in line]


def test_many_share_a_commit_more_than_there_are_workers(server: Running, alice: IrcClient, gate: Gate) -> None:
    crowd = [server.register(f"n{i:02}") for i in range(WORKER_THREADS + 4)]
    watcher = server.member("watcher", room="#tea")
    gate.close(alice)
    for i, client in enumerate(crowd, 1):
        client.send("JOIN #tea")
        gate.gathers(i)
    gate.open()
    names = {client.nick for client in crowd} | {"watcher"}
    for i, client in enumerate(crowd):
        lines = client.sync()
        joined = told(lines, "JOIN")
        assert joined[0] == client.nick
        later = joined[1:]
        assert later == [other.nick for other in crowd[i + 1 :]]
        [names_line] = [line for line in lines if " 353 " in line]
        assert {name.lstrip("@") for name in names_line.rpartition(":")[2].split()} == names
    assert gate.units == [len(crowd)]
    assert told(watcher.sync(), "JOIN") == [client.nick for client in crowd]


def test_several_rooms_are_answered_in_their_order_with_errors_between(
    server: Running, alice: IrcClient, gate: Gate
) -> None:
    alice.ask("JOIN #locked,#half", "MODE #locked +k secret", "MODE #half +k good")
    bob, eve = server.register("bob"), server.register("eve")
    gate.close(alice)
    bob.send("JOIN #one,bad,#a*b,#locked,#two,#half,#ONE,#locked,#three ,,,nokey,,good,,secret")
    gate.gathers(1)
    eve.send("JOIN #one,#locked,#two")
    gate.gathers(2)
    gate.open()
    found = []
    for line in bob.parsed():
        if line.command == "JOIN" and line.source == "bob!u@user/bob":
            found.append(f"in {line.params[0]}")
        elif line.command in ("403", "475", "476"):
            found.append(f"{line.command} {line.params[1]}")
    assert found == [
        "in #one", "403 bad", "476 #a*b", "475 #locked", "in #two", "in #half", "in #locked", "in #three",
    ]  # fmt: skip
    assert [line.params[1] for line in eve.parsed() if line.command == "475"] == ["#locked"]
    assert gate.units[0] == 4 + 3


def test_a_room_that_is_named_twice_is_joined_once(run_server: Callable[..., Running]) -> None:
    server = run_server(limits={"joins_at_once": 1})
    server.member("olga", room="#x")  # an administrator, whom the limit spares
    bob = server.register("bob")
    assert [line.command for line in bob.parsed("JOIN #x,#X,#x")] == ["JOIN", "353", "366"]


def test_labels_and_the_joins_of_others(server: Running, alice: IrcClient, gate: Gate) -> None:
    alice.ask("JOIN #locked", "MODE #locked +k secret")
    lea, eve = server.register("lea", CAPS), server.register("eve")
    gate.close(alice)
    lea.send("@label=one JOIN #tea", "@label=two JOIN #locked", "@label=three JOIN #tea")
    gate.gathers(1)
    eve.send("JOIN #tea")
    gate.gathers(2)
    gate.open()
    eve.wait(" 366 ")
    lines = lea.parsed()
    assert (lines[0].command, lines[0].tags) == ("BATCH", {"label": "one"})
    reference = lines[0].params[0][1:]
    inside = [line.command for line in lines if line.tags.get("batch") == reference]
    assert inside == ["JOIN", "353", "366"]
    [other] = [line for line in lines if line.command == "JOIN" and line.source == "eve!u@user/eve"]
    assert other.tags == {}
    assert [(line.command, line.tags["label"]) for line in lines if line.tags.get("label", "one") != "one"] == [
        ("475", "two"), ("ACK", "three"),
    ]  # fmt: skip
    places = [lines.index(line) for line in lines if line.command == "BATCH" or "label" in line.tags]
    assert places == sorted(places)


def test_two_connections_of_one_account(server: Running, alice: IrcClient, gate: Gate) -> None:
    bob, eve = server.register("bob"), server.register("eve")
    desk = server.login("bob")
    desk.sync()
    gate.close(alice)
    for i, client in enumerate((bob, desk, eve), 1):
        client.send("JOIN #tea")
        gate.gathers(i)
    gate.open()
    eve.wait(" 366 ")
    eve.ask("PRIVMSG #tea :hello")
    for client in (bob, desk):
        client.wait("PRIVMSG #tea :hello")
        assert told(client.log, "JOIN") == ["bob", "eve"]
        assert sum(" 366 " in line for line in client.log) == 1
    assert gate.units[0] == 3


def test_what_is_said_while_the_room_is_shown_comes_once(
    server: Running, alice: IrcClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go = threading.Event(), threading.Event()

    def slowly(*args: Any) -> None:
        reached.set()
        assert go.wait(SECONDS)
        show_room(*args)

    alice.ask("JOIN #tea", "PRIVMSG #tea :before")
    bob, eve = server.register("bob"), server.register("eve")
    monkeypatch.setattr("chatstore.irc.commands.join.show_room", slowly)
    bob.send("JOIN #tea")
    assert reached.wait(SECONDS)
    eve.send("JOIN #tea")
    alice.wait("eve!.* JOIN #tea")
    alice.ask("PRIVMSG #tea :between")
    go.set()
    eve.wait(" 366 ")
    alice.ask("PRIVMSG #tea :after")
    bob.wait(":after")
    assert told(bob.log, "JOIN") == ["bob", "eve"]
    assert [line.rpartition(":")[2].split("] ")[-1] for line in bob.log if "PRIVMSG #tea" in line] == [
        "before", "between", "after",
    ]  # fmt: skip


@pytest.mark.parametrize("guests", [True, False])
def test_people_who_leave_at_once_share_a_batch(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch, guests: bool
) -> None:
    server = run_server(accounts={"guests": True, "always_on": False})
    alice = server.member("alice")
    names = ("bob", "carol", "dave", "eve")
    if guests:
        others = [server.connect() for _ in names]
        for name, other in zip(names, others, strict=True):
            other.ask(f"NICK {name}", f"USER {name} 0 * :{name}", "JOIN #main")
    else:
        others = [server.member(name) for name in names]
    alice.sync()
    gate = Gate(server, monkeypatch)
    gate.close(alice)
    for other in others:
        other.close()
    gate.gathers(len(others) * (1 if guests else 2))
    gate.open()
    assert sorted(told([alice.wait(" QUIT ") for _ in others], "QUIT")) == sorted(names)
    assert gate.units[0] == len(others) * (2 if guests else 3)


def test_a_room_is_shown_by_a_worker_only_if_something_is_read_for_it(
    server: Running, alice: IrcClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[str, str]] = []

    def show(client: Any, joined: Any, together: int) -> None:
        room = client.session.sees.room_by_id(joined.room).name
        shown.append((room, threading.current_thread().name.rstrip("_0123456789")))
        show_room(client, joined, together)

    alice.ask("JOIN #said", "PRIVMSG #said :hello")
    bob = server.register("bob")
    modern, marks = server.register("eve", "draft/chathistory"), server.register("fred", "draft/read-marker")
    monkeypatch.setattr("chatstore.irc.commands.join.show_room", show)
    lines = bob.parsed("JOIN #new,bad,#said,#late")
    assert [line.params[0] for line in lines if line.command == "JOIN"] == ["#new", "#said", "#late"]
    assert [line.params[0] for line in lines if line.command in ("JOIN", "403", "PRIVMSG")] == [
        "#new", "bob", "#said", "#said", "#late",
    ]  # fmt: skip
    modern.ask("JOIN #said")
    marks.ask("JOIN #new")
    assert shown == [
        ("new", "writer"), ("said", "worker"), ("late", "worker"), ("said", "writer"), ("new", "worker"),
    ]  # fmt: skip
    monkeypatch.setattr("chatstore.irc.commands.join._MANY_MEMBERS", 1)
    server.register("carol", "draft/chathistory").ask("JOIN #said")
    assert shown[-1] == ("said", "worker")
    monkeypatch.setattr("chatstore.irc.commands.join._MANY_MEMBERS", 5)
    server.register("dave", "draft/chathistory").ask("JOIN #new,#said")
    assert shown[-2:] == [("new", "writer"), ("said", "worker")]


@pytest.mark.parametrize(
    "error",
    [StoreError("it can't be read"), ChatError(Code.NOT_A_MEMBER, "you were kicked"), ValueError("a mistake")],
)
def test_a_room_that_cannot_be_shown_is_live_and_keeps_no_other_from_being_shown(
    server: Running, alice: IrcClient, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def show(client: Any, joined: Any, together: int) -> None:
        if client.session.sees.room_by_id(joined.room).name == "two":
            raise error
        show_room(client, joined, together)

    alice.ask("JOIN #one,#two,#three")
    bob = server.register("bob")
    monkeypatch.setattr("chatstore.irc.commands.join.show_room", show)
    lines = bob.parsed("JOIN #one,#two,#three")
    assert [line.params[0] for line in lines if line.command == "JOIN"] == ["#one", "#three"]
    assert lines[-1].command in ("400", "442", "FAIL")
    alice.ask("PRIVMSG #one :hello", "PRIVMSG #two :hello", "PRIVMSG #three :hello")
    assert [line.params[0] for line in bob.parsed()] == ["#one", "#two", "#three"]


def test_who_goes_before_the_rooms_are_shown_is_held_nowhere(server: Running, alice: IrcClient, gate: Gate) -> None:
    bob, hub = server.register("bob"), server.server.chat.hub
    gate.close(alice)
    bob.send("JOIN #main,#tea,#MAIN,#late")
    gate.gathers(1)
    bob.half_close()
    gate.open()
    until(lambda: server.server.connections == 1)
    assert [(live.name, [*live._holds]) for live in hub.rooms()] == [("late", []), ("main", []), ("tea", [])]
    assert [person.nick for person in hub.online()] == ["alice"]
