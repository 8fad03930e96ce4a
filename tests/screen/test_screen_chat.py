"""The whole screen against a real server: talking, looking back, reacting, and being called."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Static

from chatstore.client.screen import commands, keys
from chatstore.client.screen.popups import Help, Picker, Question
from tests.running import IrcClient, Running
from tests.screen.piloting import Person, at_the_screen, go

CAPS = "message-tags echo-message draft/message-redaction draft/multiline batch"


def speak(client: IrcClient, *texts: str, room: str = "#main") -> None:
    client.ask(*(f"PRIVMSG {room} :{text}" for text in texts))


def test_two_people_talk(server: Running, alice: IrcClient) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.press(*"hello", "enter")
            await zoe.until(lambda: zoe.said("#main") == ["hello"])
            assert alice.wait("PRIVMSG").endswith(":hello")
            speak(alice, "hi zoe, \x1b[31mred\x1b[0m")
            await zoe.until(lambda: zoe.sees("hi zoe, \\x1b[31mred\\x1b[0m"))
            assert zoe.screen.composer.text == ""
            assert "alice" in zoe.picture

    go(scenario())


def test_older_messages_come_page_by_page(server: Running, alice: IrcClient) -> None:
    for number in range(300):
        alice.send(f"PRIVMSG #main :words {number}.")
    alice.sync()

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.until(lambda: zoe.sees("words 299."))
            top = zoe.lines[0]
            while not zoe.sees("this is where #main begins"):
                count = len(zoe["#main"].entries)
                await zoe.press("pageup")
                if zoe.screen._asked:
                    await zoe.until(lambda count=count: not zoe.screen._asked or len(zoe["#main"].entries) > count)
            assert zoe.lines[0] != top
            assert zoe.said("#main") == [f"words {number}." for number in range(300)]
            await zoe.press("end")
            assert zoe.sees("words 299.")

    go(scenario())


def test_what_comes_while_one_reads_further_up_waits_and_is_read_at_the_end(
    server: Running, alice: IrcClient
) -> None:
    speak(alice, *(f"words {number}." for number in range(60)))
    other = server.register("zoe", "draft/read-marker")
    other.ask("JOIN #main")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe", create=False) as zoe:
            await zoe.until(lambda: zoe.sees("words 59.") and not zoe["#main"].unread)
            await zoe.press("pageup", "pageup")
            seen = zoe.lines
            speak(alice, "news")
            await zoe.until(lambda: zoe["#main"].unread == 1)
            assert zoe.lines == seen
            assert not zoe.sees("news")
            assert any(row.split()[1:] == ["#main", "1"] for row in zoe.screen.rooms.text_rows())
            await zoe.press("end")
            await zoe.until(lambda: not zoe["#main"].unread)
            rows = zoe.lines
            place = next(place for place, row in enumerate(rows) if "news" in row)
            assert " new " in rows[place - 1]
            other.wait("MARKREAD #main timestamp=")

    go(scenario())


def test_a_message_is_answered_and_reacted_to(server: Running) -> None:
    alice = server.member("alice", CAPS)
    speak(alice, "lunch at noon?")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.until(lambda: zoe.sees("lunch at noon?"))
            await zoe.press("alt+up")
            assert zoe.screen.lines.selected is not None
            assert "r reply" in zoe.screen.hints.text
            await zoe.press("r", *"yes", "enter")
            await zoe.until(lambda: zoe.sees("↱ alice: lunch at noon?"))
            assert "+draft/reply=" in alice.wait("PRIVMSG #main :yes")
            await zoe.press("alt+up", "up", "e")
            await zoe.until(lambda: isinstance(zoe.app.screen, Picker))
            await zoe.press(*"tada", "enter")
            await zoe.until(lambda: zoe.sees("🎉 zoe"))
            assert "+draft/react=🎉" in alice.wait("TAGMSG")
            await zoe.press("alt+up", "up", "e", *"tada", "enter")
            await zoe.until(lambda: not zoe.sees("🎉 zoe"))

    go(scenario())


def test_a_message_is_taken_back_after_a_question(server: Running) -> None:
    alice = server.member("alice", CAPS)

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.type("a wrong word")
            await zoe.until(lambda: zoe.said("#main") == ["a wrong word"])
            await zoe.press("alt+up", "d")
            assert isinstance(zoe.app.screen, Question)
            await zoe.press("escape")
            assert zoe.sees("a wrong word")
            await zoe.press("d", "enter")
            await zoe.until(lambda: zoe.sees("message removed by zoe"))
            alice.wait("REDACT #main ")

    go(scenario())


def test_letters_go_back_to_the_input_while_a_message_is_selected(server: Running, alice: IrcClient) -> None:
    speak(alice, "hi")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.until(lambda: zoe.sees("hi"))
            await zoe.press("alt+up", "w", "e")
            assert zoe.screen.composer.text == "we"
            assert zoe.screen.lines.selected is None

    go(scenario())


def test_several_lines_are_pasted_after_a_question_as_one_message(server: Running) -> None:
    alice = server.member("alice", CAPS)

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await paste(zoe, "def f():\r\n    return 1\n\n/quit\n")
            assert isinstance(zoe.app.screen, Question)
            await zoe.press("escape")
            assert zoe.screen.composer.text == ""
            await paste(zoe, "def f():\n    return 1\n\n/quit\n")
            await zoe.press("enter")
            await zoe.until(lambda: zoe.said("#main") == ["def f():\n    return 1\n\n/quit"])
            alice.wait("BATCH .* draft/multiline #main")
            await paste(zoe, "one\ntwo")
            await zoe.press("e")
            assert zoe.screen.composer.text == "one\ntwo"
            assert zoe.screen.composer.size.height == 2

    async def paste(zoe: Person, text: str) -> None:
        zoe.screen.composer.post_message(events.Paste(text))
        await zoe.pilot.pause()

    go(scenario())


def test_what_is_typed_and_pasted_before_the_first_picture_is_in_the_input(server: Running) -> None:
    early = [events.Key("h", "h"), events.Paste("ello, a"), events.Key("l", "l"), events.Paste("l")]

    async def scenario() -> None:
        async with at_the_screen(server, "zoe", early=early) as zoe:
            await zoe.until(lambda: zoe.screen.composer.text == "hello, all")

    go(scenario())


def test_a_paste_while_a_message_is_selected_goes_to_the_input(server: Running) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.type("first")
            await zoe.until(lambda: zoe.said("#main") == ["first"])
            zoe.screen.lines.focus()
            await zoe.until(lambda: zoe.screen.focused is zoe.screen.lines)
            zoe.app.post_message(events.Paste("pasted"))
            await zoe.until(
                lambda: zoe.screen.composer.text == "pasted" and zoe.screen.focused is zoe.screen.composer
            )

    go(scenario())


def test_the_input_keeps_what_was_sent_and_a_draft_of_each_conversation(server: Running, alice: IrcClient) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.type("first")
            await zoe.press(*"second", "ctrl+j", *"line", "enter")
            await zoe.press(*"draft", "up")
            composer = zoe.screen.composer
            assert composer.text == "second\nline"
            await zoe.press("up", "up")
            assert composer.text == "first"
            await zoe.press("down")
            assert composer.text == "second\nline"
            await zoe.press("down", "down")
            assert composer.text == "draft"
            await zoe.press("ctrl+n")
            assert composer.text == ""
            await zoe.press("ctrl+p")
            assert composer.text == "draft"

    go(scenario())


def test_tab_completes_and_offers_the_next(server: Running, alice: IrcClient) -> None:
    server.member("alan")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.until(lambda: len(zoe["#main"].members) == 3)
            composer = zoe.screen.composer
            await zoe.press("a", "tab")
            assert composer.text == "alan: "
            assert "alice" in zoe.screen.hints.text
            await zoe.press("tab")
            assert composer.text == "alice: "
            await zoe.press("shift+tab", *"hi")
            assert composer.text == "alan: hi"
            assert not zoe.screen.hints.display
            composer.put("/the")
            await zoe.press("tab")
            assert composer.text == "/theme "

    go(scenario())


def test_going_from_one_conversation_to_another(server: Running, alice: IrcClient) -> None:
    alice.ask("JOIN #dev")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.type("/join dev")
            await zoe.until(lambda: zoe.screen.current_buffer.name == "#dev" and zoe.screen.current_buffer.joined)
            speak(alice, "for everybody")
            alice.ask("PRIVMSG zoe :for you")
            await zoe.until(lambda: zoe["alice"].mentions == 1 and zoe["#main"].unread == 1)
            await zoe.press("alt+a")
            assert zoe.screen.current_buffer.name == "alice"
            assert zoe.sees("for you")
            await zoe.press("alt+a")
            assert zoe.screen.current_buffer.name == "#main"
            await zoe.until(lambda: not any(one.unread for one in zoe.buffers.in_order))
            await zoe.press("alt+1")
            assert zoe.screen.current_buffer.name == "#dev"
            await zoe.press("ctrl+k", *"mai", "enter")
            await zoe.until(lambda: zoe.screen.current_buffer.name == "#main")
            await zoe.press("ctrl+k", *"#new", "enter")
            await zoe.until(lambda: zoe.screen.current_buffer.name == "#new" and zoe.screen.current_buffer.joined)
            await zoe.type("/close")
            assert zoe.screen.current_buffer.name != "#new"

    go(scenario())


def test_what_was_found_is_jumped_to(server: Running, alice: IrcClient) -> None:
    speak(alice, "the needle is here")
    for number in range(1200):
        alice.send(f"PRIVMSG #main :words {number}.")
    alice.sync()

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.until(lambda: zoe.sees("words 1199."))
            await zoe.press("ctrl+f", *"needle", "enter")
            await zoe.until(lambda: isinstance(zoe.app.screen, Picker) and "the needle is here" in zoe.picture)
            await zoe.press("enter")
            await zoe.until(lambda: zoe.sees("the needle is here"))
            assert any(row.startswith("▌") and "needle" in row for row in zoe.lines)
            assert zoe.sees("words 0.")
            assert "Esc back to the newest" in zoe.screen.hints.text
            await zoe.press("escape")
            assert zoe.sees("words 1199.")
            assert not zoe.screen.hints.display

    go(scenario())


def test_searching_is_in_this_conversation_and_loses_no_draft(server: Running) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            composer = zoe.screen.composer
            await zoe.press(*"draft", "ctrl+f")
            assert composer.text == "/search in:#main "
            await zoe.press("up")
            assert composer.text == "draft"

    go(scenario())


def test_where_nothing_is_kept_nobody_is_told_so_unasked(server: Running) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            zoe.buffers.keeps_history = False
            zoe["#main"].complete = False
            asked: list[str] = []
            zoe.screen.actions.older = lambda name, *_: asked.append(name)  # type: ignore[method-assign]
            zoe.screen.older()
            assert asked == []
            zoe.buffers.keeps_history = True
            zoe.screen.older()
            assert asked == ["#main"]

    go(scenario())


def test_an_unknown_command_is_told_and_never_sent(server: Running, alice: IrcClient) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.type("/jion secret")
            await zoe.until(lambda: zoe.sees("unknown command /jion"))
            await zoe.type("//jion is no command")
            await zoe.until(lambda: zoe.said("#main") == ["/jion is no command"])
            assert not any("secret" in line for line in alice.sync())

    go(scenario())


def test_somebody_who_does_not_look_is_called_when_they_are_meant(server: Running, alice: IrcClient) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            bells = []
            zoe.app.bell = lambda: bells.append(1)  # type: ignore[method-assign]
            speak(alice, "zoe: while you look")
            await zoe.until(lambda: zoe.sees("while you look") and not zoe["#main"].unread)
            assert not bells
            zoe.app.post_message(events.AppBlur())
            await zoe.until(lambda: not zoe.app.looking)
            speak(alice, "nothing for anybody")
            await zoe.until(lambda: zoe["#main"].unread == 1)
            assert not bells
            speak(alice, "zoe: are you there?")
            await zoe.until(lambda: zoe["#main"].mentions == 1)
            assert len(bells) == 1
            assert any(" new " in row for row in zoe.lines)
            zoe.app.post_message(events.AppFocus())
            await zoe.until(lambda: not zoe["#main"].unread)
            await zoe.type("/notify off")
            zoe.app.post_message(events.AppBlur())
            await zoe.until(lambda: not zoe.app.looking)
            alice.ask("PRIVMSG zoe :psst")
            await zoe.until(lambda: zoe["alice"].mentions == 1)
            assert len(bells) == 1

    go(scenario())


def test_who_is_typing_is_shown_and_told(server: Running) -> None:
    alice = server.member("alice", CAPS)

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            alice.ask("@+typing=active TAGMSG #main")
            await zoe.until(lambda: "alice is typing" in zoe.screen.status.text)
            speak(alice, "there")
            await zoe.until(lambda: "typing" not in zoe.screen.status.text)
            await zoe.press("x")
            assert "+typing=active" in alice.wait("TAGMSG #main")
            await zoe.press("backspace")
            assert "+typing=done" in alice.wait("TAGMSG #main")
            await zoe.type("/typing off")
            await zoe.press(*"secretly")
            await zoe.press("enter")
            await zoe.until(lambda: "secretly" in zoe.said("#main"))
            assert not any("+typing" in line for line in alice.sync())

    go(scenario())


def test_there_is_room_for_what_matters(server: Running, alice: IrcClient) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe", size=(160, 40)) as zoe:
            screen = zoe.screen
            await zoe.until(lambda: len(zoe["#main"].members) == 2)
            assert screen.rooms.display
            assert screen.members.display
            await zoe.pilot.resize_terminal(80, 24)
            await zoe.until(lambda: not screen.members.display)
            assert screen.rooms.display
            assert "2 here" in screen.topic.text
            await zoe.press("f3")
            assert screen.members.display
            await zoe.pilot.resize_terminal(40, 12)
            await zoe.until(lambda: not screen.rooms.display)
            await zoe.press("f3", "f2")
            assert screen.rooms.display
            speak(alice, "a text that is longer than so narrow a screen")
            await zoe.until(lambda: "narrow a" in " ".join(zoe.lines))

    go(scenario())


def test_the_help_has_every_key_and_every_command(server: Running) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe", size=(120, 40)) as zoe:
            await zoe.press("f1")
            assert isinstance(zoe.app.screen, Help)
            text = "\n".join(str(one.render()) for one in zoe.app.screen.query(Static))
            for usage, _ in commands.table():
                assert usage in text
            for _, rows in keys.table():
                assert all(shown in text for shown, _ in rows)
            assert "--plain" in text
            # The longest commands don't squeeze the help of all others.
            assert any(
                row.split("  ")[-1].strip() == "go to a conversation by part of its name"
                for row in text.split("\n")
            )
            await zoe.press("escape")
            assert not isinstance(zoe.app.screen, Help)

    go(scenario())


def test_the_help_of_one_command_is_a_line_of_the_conversation(server: Running) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe", size=(120, 40)) as zoe:
            await zoe.type("/help topic")
            await zoe.until(lambda: zoe.sees("/topic [TEXT]  show the room's topic, or set it"))
            await zoe.type("/help notify")
            await zoe.until(lambda: zoe.sees("/notify [on|off]") and zoe.sees("/notify list |"))
            await zoe.type("/help nonsense")
            await zoe.until(lambda: zoe.sees("there is no command /nonsense"))

    go(scenario())


def test_light_and_dark(server: Running) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            assert zoe.app.palette.dark
            await zoe.press("f4")
            assert not zoe.app.palette.dark
            assert zoe.app.theme == "chatstore-light"
            await zoe.type("/theme dark")
            assert zoe.app.palette.dark
            await zoe.type("/theme blue")
            await zoe.until(lambda: zoe.sees("usage: /theme"))

    go(scenario())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_network_that_breaks_ends_the_screen_and_says_why(server: Running) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe", why="KeyError: 'gone'") as zoe:
            zoe.app.actions._put(lambda context: {}["gone"])
            await zoe.until(lambda: zoe.buffers.connection.status == "ended")

    go(scenario())


def test_the_members_of_a_direct_conversation_are_not_listed_but_their_presence_is(
    server: Running, alice: IrcClient
) -> None:
    server.register("zoe").close()
    alice.ask("PRIVMSG zoe :hi")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe", size=(140, 30), create=False) as zoe:
            await zoe.until(lambda: zoe["alice"].unread == 1)
            await zoe.press("alt+a")
            assert zoe.screen.current_buffer.name == "alice"
            assert not zoe.screen.members.display
            await zoe.until(lambda: any("● alice" in row for row in zoe.screen.rooms.text_rows()))
            alice.ask("AWAY :out")
            await zoe.until(lambda: any("◐ alice" in row for row in zoe.screen.rooms.text_rows()))

    go(scenario())
