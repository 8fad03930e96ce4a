"""What is asked about people leaves no conversation behind, and what guests said to each other goes with them."""

from __future__ import annotations

from collections.abc import Callable

from tests.running import IrcClient, Running

CAPS = "message-tags batch draft/chathistory draft/read-marker"


def directs(server: Running) -> int:
    return len(server.rows("SELECT id FROM rooms WHERE kind = 'direct'"))


def guest(server: Running, name: str) -> IrcClient:
    client = server.connect()
    client.send(f"NICK {name}", f"USER {name} 0 * :x")
    client.wait(" (422|376) ")
    return client


def test_a_marker_of_a_conversation_that_there_is_not(server: Running) -> None:
    ann, _bob = server.register("ann", CAPS), server.register("bob")
    mark = "timestamp=2020-01-01T00:00:00.000Z"
    assert ann.ask(f"MARKREAD bob {mark}") == [":chatstore.local MARKREAD bob *"]
    assert " FAIL MARKREAD INVALID_PARAMS nobody " in ann.ask(f"MARKREAD nobody {mark}")[0]
    ann.ask("MARKREAD bob", "CHATHISTORY LATEST bob * 5", "@+typing=active TAGMSG bob")
    assert directs(server) == 0
    ann.ask("PRIVMSG bob :hello")
    assert directs(server) == 1
    assert ann.ask(f"MARKREAD bob {mark}") == [f":chatstore.local MARKREAD bob {mark}"]


def test_guests(run_server: Callable[..., Running]) -> None:
    """Between themselves, until both are gone; what was said with an account stays the account's."""
    server = run_server(accounts={"guests": True})
    ann, gus, eve = server.register("ann"), guest(server, "gus"), guest(server, "eve")
    gus.ask("PRIVMSG eve :one", "PRIVMSG ann :two")
    eve.ask("PRIVMSG gus :three")
    assert directs(server) == 2
    gus.close()
    ann.ask("MONITOR + gus", "PRIVMSG ann :a turn of the writer's")
    assert directs(server) == 3
    eve.close()
    ann.ask("PRIVMSG ann :another")
    assert directs(server) == 2


def test_guests_of_a_server_that_ended(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True})
    server.register("ann")
    gus, eve = guest(server, "gus"), guest(server, "eve")
    gus.ask("PRIVMSG eve :one", "PRIVMSG ann :two")
    assert directs(server) == 2
    eve.sync()
    server.server.chat.hub._people.clear()  # as if it had not seen them go
    server.stop()
    assert directs(run_server(accounts={"guests": True})) == 1
