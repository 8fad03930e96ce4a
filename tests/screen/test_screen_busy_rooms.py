"""Rooms in which much has happened and little was said, and an account in a hundred rooms: on a real server, with
the limits that it has out of the box."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatstore.chat.changes.rooms import AddRoom
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import Draft
from chatstore.chat.model.names import room_name
from chatstore.chat.model.rooms import Room
from chatstore.client.connection import Connection
from tests.cli.home import Home
from tests.running import start
from tests.screen.piloting import at_the_screen, go

WORD = "the last word"


def room(home: Home, name: str) -> tuple[Room, str]:
    """A room with one message, behind one that nobody sees, and its id."""
    (made,) = home.submit(AddRoom(room_name(name)))
    home.submit(Draft(made.id, Actor("ann"), "message", "\u3164"))
    (said,) = home.submit(Draft(made.id, Actor("ann"), "message", WORD))
    return made, msgid(made.id, said.seq, said.time)


def test_rooms_open_with_their_last_message_in_sight(tmp_path: Path) -> None:
    home = Home(tmp_path)
    flapping, _ = room(home, "main")
    some, _ = room(home, "some")
    reacted, answered = room(home, "reacted")
    events = [
        Draft(one.id, Actor("eve" if number % 4 < 2 else f"n{number // 2}"), ("join", "part")[number % 2], "")
        for one, count in ((flapping, 3000), (some, 300))
        for number in range(count)
    ]
    about = {"+draft/reply": answered}
    events += [
        Draft(reacted.id, Actor(f"n{number}"), "tags", "", {"+draft/react": "👍", **about}) for number in range(500)
    ]
    home.submit(*events)

    async def scenario() -> None:
        server = start(home.path, limits={"lines_per_second": 5.0})
        try:
            async with at_the_screen(server, "bob") as bob:
                await bob.until(lambda: bob.sees(WORD))
                assert "eve joined and left 750 times" in " ".join(" ".join(bob.lines).split())
                assert sum("more · " in line for line in bob.lines) == 1
                for name in ("some", "reacted"):
                    await bob.type(f"/join {name}")
                    await bob.until(lambda name=name: bob.buffers.current == f"#{name}" and bob.sees(WORD))
                await bob.until(lambda: bob.sees("500"))
                assert bob.sees("ann  (empty)")
                # What a paragraph hides can be had by the keyboard.
                await bob.type("/join some")
                await bob.until(lambda: bob.sees("more · "))
                await bob.press("alt+up")
                assert bob.screen.lines.selected_paragraph
                await bob.press("enter")
                assert not bob.sees("more · ")
                assert len(bob.lines) > 20
        finally:
            server.stop()

    go(scenario())


def test_a_hundred_rooms_cost_a_handful_of_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start(tmp_path / "chat.db", limits={"rooms_made_per_hour": 0})
    bob = server.register("bob")
    names = [f"r{number:02}" for number in range(98)]
    for name in names:
        bob.send(f"JOIN #{name}", f"PRIVMSG #{name} :something was said in {name}")
    bob.send("JOIN #main", "PRIVMSG #main :hello")
    bob.sync()
    bob.close()
    server.stop()
    sent: list[str] = []
    send = Connection.send

    def counted(connection: Connection, text: str) -> None:
        sent.append(text)
        send(connection, text)

    monkeypatch.setattr(Connection, "send", counted)
    server = start(tmp_path / "chat.db", limits={"lines_per_second": 5.0})

    async def scenario() -> None:
        async with at_the_screen(server, "bob", create=False) as screen:
            await screen.until(lambda: screen.sees("hello"))
            await screen.type("my first word")
            await screen.until(lambda: "my first word" in screen.said("#main"))
            assert len(sent) < 30, sent
            assert sum(one.joined for one in screen.buffers.in_order) == 100  # with what the server says
            await screen.press("ctrl+n")
            await screen.until(lambda: screen.sees("something was said in r00"))

    go(scenario())
    server.stop()


def test_nobody_a_removal_and_an_answer(tmp_path: Path) -> None:
    server = start(tmp_path / "chat.db")

    async def scenario() -> None:
        alice = server.member("alice", "message-tags", "#den")
        alice.send("PRIVMSG #den :\u200fשלום 🇩🇪")
        async with at_the_screen(server, "bob", "#den") as bob:
            await bob.until(lambda: bob.sees("\u200fשלום 🇩🇪"))
            # A name that nobody has: one line, and one more for the message that is given back.
            await bob.type("/query nobody")
            await bob.until(lambda: bob.sees("nobody is called nobody"))
            await bob.type("hello?")
            await bob.until(lambda: bob.sees("not sent (nobody is called nobody): hello?"))
            assert sum("nobody is called nobody" in line for line in bob.lines) == 2
            assert len([entry for entry in bob["nobody"].entries if entry.kind == "failure"]) == 2
            # An answer to what one has said is meant for one, and so counted as a mention.
            await bob.type("/msg #den a question")
            await bob.until(lambda: "a question" in bob.said("#den"))
            msgid = next(entry.msgid for entry in bob["#den"].entries if entry.text == "a question")
            alice.send(f"@+draft/reply={msgid} PRIVMSG #den :an answer")
            await bob.until(lambda: bob["#den"].mentions == 1)
            # After a removal the line and the row above say the way back.
            await bob.press("ctrl+p")
            await bob.until(lambda: bob.buffers.current == "#den")
            alice.send("KICK #den bob :enough")
            await bob.until(lambda: bob.sees("you can come back: /join"))
            assert "you are not in this room; /join to join it" in bob.picture
            await bob.type("/join")
            await bob.until(lambda: bob["#den"].joined)

    go(scenario())
    server.stop()
