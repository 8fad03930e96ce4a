"""Peace at the screen: people who are ignored, and conversations that one wants to hear less of."""

from __future__ import annotations

from textual import events

from tests.running import IrcClient, Running
from tests.screen.piloting import Person, at_the_screen, go
from tests.screen.test_screen_chat import speak

HIDDEN = "of an ignored person · x to show"


def listed(person: Person, name: str) -> str:
    """The row of a conversation, without its digit."""
    row = next(row for row in person.screen.rooms.text_rows() if name in row)
    return " ".join(row.replace("▌", " ").split()[1:])


def test_what_ignored_people_say_is_hidden_and_shown_once(server: Running, alice: IrcClient) -> None:
    bob = server.register("bob", "message-tags")
    bob.ask("JOIN #main")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.type("hello")
            await zoe.until(lambda: zoe.said("#main") == ["hello"])
            speak(bob, "before that")
            await zoe.until(lambda: zoe.sees("before that"))
            await zoe.type("/ignore bob")
            await zoe.until(lambda: zoe.sees("you ignore bob; /unignore bob ends that"))
            await zoe.until(lambda: zoe.sees(f"1 message {HIDDEN}"))
            assert not zoe.sees("before that")
            hello = zoe["#main"].entries[[one.text for one in zoe["#main"].entries].index("hello")]
            bob.ask(f"@+draft/reply={hello.msgid} PRIVMSG #main :zoe: one", "PRIVMSG #main :two")
            bob.ask(f"@+draft/react=:x;+draft/reply={hello.msgid} TAGMSG #main", "@+typing=active TAGMSG #main")
            speak(alice, "done")
            await zoe.until(lambda: zoe.sees("done"))
            assert zoe.sees(f"2 messages {HIDDEN}")
            assert not zoe.sees(":x")
            assert not zoe.sees("↳")
            assert "bob is typing" not in zoe.screen.status.text
            await zoe.press("ctrl+up", "ctrl+up", "x")
            assert zoe.sees("zoe: one")
            assert zoe.sees("two")
            speak(bob, "three")
            await zoe.until(lambda: zoe.sees(f"1 message {HIDDEN}") and not zoe.sees("three"))
            assert zoe.sees("two")  # what was shown once stays
            await zoe.type("/ignore")
            await zoe.until(lambda: zoe.sees("you ignore bob; direct messages: from"))
            await zoe.type("/search two")
            await zoe.until(lambda: zoe.sees("nothing found for: two"))
            await zoe.type("/unignore bob")
            await zoe.until(lambda: zoe.sees("three"))
            assert not zoe.sees(HIDDEN)
            await zoe.until(lambda: zoe.sees(":x"))

    go(scenario())


def test_they_count_for_nothing_and_call_nobody(server: Running, alice: IrcClient) -> None:
    bob = server.register("bob")
    bob.ask("JOIN #main")
    elsewhere = server.register("zoe", "chatstore/ignore")
    elsewhere.ask("JOIN #den")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe", create=False) as zoe:
            await zoe.until(lambda: zoe["#den"].joined)
            elsewhere.ask("IGNORE ADD bob")  # another device
            await zoe.until(lambda: zoe.buffers.ignored.has("bob"))
            zoe.screen.go("#den")
            rung = zoe.app.notify_person
            zoe.app.notify_person = lambda title, text: zoe.bells.append(text)  # type: ignore[method-assign]
            speak(bob, "zoe: look", "zoe: look!")
            speak(alice, "zoe: hello")
            await zoe.until(lambda: zoe.bells)
            assert zoe.bells == ["alice: zoe: hello"]
            assert (zoe["#main"].unread, zoe["#main"].mentions) == (1, 1)
            assert listed(zoe, "#main") == "#main @1"
            elsewhere.ask("IGNORE REMOVE bob")
            await zoe.until(lambda: zoe["#main"].unread == 3)
            zoe.app.notify_person = rung  # type: ignore[method-assign]

    go(scenario())


def test_muted_conversations_have_no_marks(server: Running, alice: IrcClient) -> None:
    zoe_elsewhere = server.register("zoe", "chatstore/notify")
    zoe_elsewhere.ask("JOIN #main", "JOIN #den", "JOIN #loud")
    alice.ask("JOIN #den", "JOIN #loud", "JOIN #quiet")
    zoe_elsewhere.ask("JOIN #quiet", "NOTIFY SET #den level=nothing", "NOTIFY SET #loud level=all")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe", create=False) as zoe:
            await zoe.until(lambda: listed(zoe, "#den") == "#den ⊘")
            await zoe.until(lambda: all(zoe[room].joined for room in ("#loud", "#quiet")))
            for room in ("#den", "#loud", "#quiet"):
                speak(alice, "zoe: psst" if room == "#den" else "words", room=room)
            await zoe.until(lambda: zoe["#den"].unread and zoe["#loud"].unread and zoe["#quiet"].unread)
            assert listed(zoe, "#den") == "#den ⊘"
            assert listed(zoe, "#loud") == "#loud 1"
            assert listed(zoe, "#quiet") == "#quiet 1"
            await zoe.press("alt+a")  # what one wants all of comes first
            assert zoe.buffers.current == "#loud"
            await zoe.press("alt+a")
            assert zoe.buffers.current == "#quiet"
            await zoe.until(lambda: not zoe["#quiet"].unread and not zoe["#loud"].unread)
            await zoe.press("alt+a")  # what is muted is no reason to go there
            assert zoe.buffers.current == "#quiet"
            zoe_elsewhere.ask("NOTIFY SET #den level=default")
            await zoe.until(lambda: listed(zoe, "#den") == "#den @1")
            zoe_elsewhere.ask("NOTIFY SET * keywords=cake")
            await zoe.until(lambda: zoe.buffers.told.names("cake"))
            speak(alice, "there is cake", room="#loud")
            await zoe.until(lambda: listed(zoe, "#loud") == "#loud @1")

    go(scenario())


def test_quiet_hours_are_without_a_bell(server: Running, alice: IrcClient) -> None:
    elsewhere = server.register("zoe", "chatstore/notify")
    elsewhere.ask("JOIN #main", "NOTIFY SET * quiet=00:00-23:59;zone=UTC")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe", create=False) as zoe:
            zoe.app._wall = lambda: 1_900_000_000.0
            zoe.app.begun = 0
            await zoe.until(lambda: zoe.buffers.told.quiet)
            zoe.app.notify_person = lambda title, text: zoe.bells.append(text)  # type: ignore[method-assign]
            zoe.app.on_app_blur(events.AppBlur())
            speak(alice, "zoe: in the night")
            await zoe.until(lambda: zoe["#main"].unread == 1)
            elsewhere.ask("NOTIFY SET * quiet=")
            await zoe.until(lambda: not zoe.buffers.told.quiet)
            speak(alice, "zoe: in the day")
            await zoe.until(lambda: zoe.bells)
            assert zoe.bells == ["alice: zoe: in the day"]

    go(scenario())
