"""Threads at the screen: a thread is read and answered in place of its conversation, and what is unread of it is
kept."""

from __future__ import annotations

from pathlib import Path

from textual import events

from chatstore.client.screen.popups import Picker, Question
from chatstore.client.screen.thread_reads import ThreadReads
from chatstore.client.threads import Reading
from tests.running import IrcClient, Running
from tests.screen.piloting import Person, at_the_screen, go
from tests.screen.test_screen_chat import speak
from tests.screen.test_screen_peace import listed


def msgid(person: Person, text: str) -> str:
    return next(one.msgid for one in person["#main"].entries if one.text == text)


def answer(client: IrcClient, parent: str, *texts: str) -> None:
    client.ask(*(f"@+draft/reply={parent} PRIVMSG #main :{text}" for text in texts))


def test_a_thread_is_read_and_answered_in_its_own_view(server: Running) -> None:
    alice = server.register("alice", "message-tags echo-message")
    alice.ask("JOIN #main")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.type("who bakes?")
            await zoe.until(lambda: zoe.said("#main") == ["who bakes?"])
            root = msgid(zoe, "who bakes?")
            answer(alice, root, "I do")
            speak(alice, "it rains")
            await zoe.until(lambda: zoe.sees("it rains"))
            assert zoe.sees("↳ 1 reply, last ")
            assert zoe.sees(" 1 new")
            await zoe.until(lambda: listed(zoe, "#main") == "#main ↳")  # the room is read, the thread is not
            zoe.screen.composer.put("a draft")
            await zoe.press("ctrl+up", "ctrl+up", "t")
            await zoe.until(lambda: zoe.sees("thread in #main"))
            assert zoe.sees("who bakes?")
            assert zoe.sees("I do")
            assert not zoe.sees("it rains")
            assert zoe.screen.hints.text.startswith(" thread: 1 reply;  Enter reply in it")
            await zoe.until(lambda: listed(zoe, "#main") == "#main")
            assert zoe.screen.composer.text == ""
            await zoe.type("a cake?")
            line = alice.wait(":a cake?")
            assert f"+draft/reply={root}" in line
            await zoe.until(lambda: zoe.sees("a cake?"))
            speak(alice, "and snows")
            answer(alice, msgid(zoe, "I do"), "two cakes")  # a reply to a reply
            await zoe.until(lambda: zoe.screen.hints.text.startswith(" thread: 3 replies;"))
            await zoe.until(lambda: zoe.sees("two cakes"))
            assert zoe.sees("↱ alice: I do")
            assert not zoe.sees("and snows")
            assert zoe["#main"].unread > 0  # nobody sees the room meanwhile
            zoe.screen.composer.put("of the thread")
            await zoe.press("escape")
            await zoe.until(lambda: zoe.sees("and snows"))
            assert zoe.screen.composer.text == "a draft"
            assert zoe.sees("↳ 3 replies, last ")
            await zoe.until(lambda: not zoe["#main"].unread)
            await zoe.press("ctrl+t")
            await zoe.until(lambda: isinstance(zoe.pilot.app.screen, Picker) and "3 replies" in zoe.picture)
            assert "who bakes?" in zoe.picture
            await zoe.press("enter")
            await zoe.until(lambda: zoe.sees("thread in #main"))
            assert zoe.screen.composer.text == "of the thread"

    go(scenario())


def test_a_thread_is_begun_and_a_paste_goes_there(server: Running) -> None:
    alice = server.register("alice", "message-tags echo-message draft/multiline batch")
    alice.ask("JOIN #main", "PRIVMSG #main :who bakes?")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.until(lambda: zoe.sees("who bakes?"))
            await zoe.press("ctrl+up", "t")
            await zoe.until(lambda: zoe.sees("who bakes?") and zoe.sees("thread in #main"))
            assert zoe.screen.hints.text.startswith(" thread: no replies yet;")
            zoe.app.post_message(events.Paste("flour\nsugar"))
            await zoe.until(lambda: isinstance(zoe.pilot.app.screen, Question))
            await zoe.press("y")
            await zoe.until(lambda: zoe.sees("sugar"))
            assert [one.text for one in zoe.screen.thread.thread.replies] == ["flour\nsugar"]
            assert f"+draft/reply={msgid(zoe, 'who bakes?')}" in alice.wait("BATCH \\+")

    go(scenario())


def test_the_root_is_fetched_where_it_is_older_than_what_is_here(server: Running) -> None:
    alice = server.register("alice", "message-tags echo-message")
    alice.ask("JOIN #main")
    [line] = [each for each in alice.parsed("PRIVMSG #main :the oldest") if each.command == "PRIVMSG"]
    root = line.tags["msgid"]
    [line] = [
        each
        for each in alice.parsed(f"@+draft/reply={root} PRIVMSG #main :the middle")
        if each.command == "PRIVMSG"
    ]
    for number in range(400):
        alice.send(f"PRIVMSG #main :words {number}.")
    alice.sync()
    answer(alice, line.tags["msgid"], "the newest")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.until(lambda: zoe.sees("the newest"))
            await zoe.press("ctrl+up", *"/thread", "enter")
            await zoe.until(lambda: zoe.sees("the oldest") and zoe.sees("the middle") and zoe.sees("the newest"))
            assert not zoe.sees("words")
            assert zoe.sees("PageUp: older messages")  # there may be more replies in between
            while not zoe["#main"].complete:
                count = len(zoe["#main"].entries)
                await zoe.press("pageup")
                await zoe.until(lambda count=count: zoe["#main"].complete or len(zoe["#main"].entries) > count)
            await zoe.until(lambda: zoe.sees("thread in #main"))
            assert [one.text for one in zoe.screen.thread.thread.replies] == ["the middle", "the newest"]
            await zoe.press("escape")
            assert zoe.said("#main")[0] == "the oldest"

    go(scenario())


def test_a_thread_whose_beginning_is_gone_is_shown_without(server: Running) -> None:
    alice = server.register("alice", "message-tags echo-message draft/message-redaction")
    alice.ask("JOIN #main")
    root = next(each for each in alice.parsed("PRIVMSG #main :gone soon") if each.command == "PRIVMSG").tags[
        "msgid"
    ]
    answer(alice, root, "and then?")
    alice.ask(f"REDACT #main {root}")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.until(lambda: zoe.sees("and then?"))
            await zoe.press("ctrl+up", "t")
            await zoe.until(lambda: zoe.screen.thread.msgid)
            await zoe.until(lambda: zoe.sees("and then?") and zoe.sees("thread in #main"))
            await zoe.type("nothing")
            assert f"+draft/reply={root}" in alice.wait(":nothing")

    go(scenario())


def test_ignored_people_are_hidden_in_threads_and_count_for_nothing(server: Running) -> None:
    bob = server.register("bob", "message-tags")
    bob.ask("JOIN #main")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.type("who bakes?")
            await zoe.until(lambda: zoe.said("#main") == ["who bakes?"])
            await zoe.type("/ignore bob")
            await zoe.until(lambda: zoe.buffers.ignored.has("bob"))
            answer(bob, msgid(zoe, "who bakes?"), "not I")
            await zoe.until(lambda: zoe.sees("1 message of an ignored person"))
            assert not zoe.sees("↳")
            await zoe.until(lambda: listed(zoe, "#main") == "#main")
            await zoe.press("ctrl+up", "ctrl+up", "t")
            await zoe.until(lambda: zoe.sees("thread in #main"))
            await zoe.until(lambda: zoe.sees("1 message of an ignored person"))
            assert not zoe.sees("not I")

    go(scenario())


def test_what_is_read_in_threads_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "state" / "threads.json"
    first = ThreadReads(path)
    assert first.of("zoe@here", 100) == Reading(100, {})
    first.keep("zoe@here", Reading(100, {"m1": 200}))
    assert ThreadReads(path).of("zoe@here", 900) == Reading(100, {"m1": 200})
    assert ThreadReads(path).of("zoe@there", 900) == Reading(900, {})
    path.write_text("no json")
    assert ThreadReads(path).of("zoe@here", 900) == Reading(900, {})
    assert ThreadReads(None).of("zoe@here", 5) == Reading(5, {})
