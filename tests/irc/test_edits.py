"""EDIT and EDITS: IRCv3 draft/message-edit."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from chatstore.chat.model.messages import HistoryQuery
from chatstore.irc.line import Line, escape, parse
from tests.running import SECONDS, IrcClient, Running

TAGS = "message-tags echo-message batch server-time draft/chathistory draft/event-playback standard-replies"
CAPS = f"{TAGS} draft/message-edit draft/message-redaction draft/multiline"


@pytest.fixture
def olga(server: Running) -> IrcClient:
    """The operator of #talk."""
    return server.member("olga", CAPS, "#talk")


@pytest.fixture
def rita(server: Running, olga: IrcClient) -> IrcClient:
    rita = server.member("rita", CAPS, "#talk")
    olga.wait(" JOIN ")
    return rita


def say(client: IrcClient, target: str, text: str, command: str = "PRIVMSG") -> str:
    """The id of what was said."""
    client.send(f"{command} {target} :{text}")
    return parse(client.wait(f" {command} {target} :{text}$")).tags["msgid"]


def change(target: str, message: str, text: str) -> str:
    return f"@draft/target-msgid={message};draft/edit-text={escape(text)} EDIT {target}"


def edit(client: IrcClient, target: str, message: str, text: str) -> Line:
    """What the client itself is told."""
    client.send(change(target, message, text))
    return parse(client.wait(" EDIT "))


def refused(client: IrcClient, line: str) -> tuple[str, ...]:
    (answer,) = [answer for answer in client.parsed(line) if answer.command == "FAIL"]
    return answer.params[:-1]


def history(client: IrcClient, target: str = "#talk") -> list[Line]:
    """The messages and edits. What is live has no batch, and may come meanwhile: its sender is told first."""
    lines = client.parsed(f"CHATHISTORY LATEST {target} * 50")
    return [
        line for line in lines if "batch" in line.tags and line.command not in ("BATCH", "JOIN", "ROOM", "MODE")
    ]


def earlier(client: IrcClient, message: str, target: str = "#talk") -> list[str]:
    *lines, last = [line for line in client.parsed(f"EDITS {target} {message}") if line.command == "EDITS"]
    assert (last.command, last.params) == ("EDITS", (target, message, "*"))
    return [line.tags["draft/edit-text"] for line in lines]


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_everybody_is_told_and_the_history_has_the_new_text(olga: IrcClient, rita: IrcClient, command: str) -> None:
    message = say(rita, "#talk", "helo", command)
    olga.sync()
    rita.send(change("#TALK", message, "hello; world"))
    for client in (rita, olga):
        line = parse(client.wait(" EDIT "))
        assert (line.source, line.params) == ("rita!u@user/rita", ("#talk",))
        assert line.tags["draft/target-msgid"] == message
        assert line.tags["draft/edit-text"] == "hello; world"
        assert line.tags["msgid"] != message
    said, edited = history(olga)
    assert (said.command, said.params, said.tags["msgid"]) == (command, ("#talk", "hello; world"), message)
    assert said.tags["chatstore/edited"] == edited.tags["time"] > said.tags["time"]
    assert (edited.command, edited.tags["draft/edit-text"]) == ("EDIT", "hello; world")


def test_clients_without_it_get_a_message_that_replies(server: Running, olga: IrcClient) -> None:
    plain, tagged = server.member("plain", room="#talk"), server.member("tagged", TAGS, "#talk")
    olga.sync()
    said = say(olga, "#talk", "helo")
    wave = say(olga, "#talk", "\x01ACTION waves\x01")
    olga.ask(change("#talk", said, "hello"), change("#talk", wave, "\x01ACTION smiles\x01"))
    assert plain.wait("PRIVMSG #talk :.edited").endswith(" PRIVMSG #talk :(edited) hello")
    assert plain.wait("ACTION .edited").endswith(" PRIVMSG #talk :\x01ACTION (edited) smiles\x01")
    line = parse(tagged.wait("PRIVMSG #talk :.edited"))
    assert (line.params[-1], line.tags["+draft/reply"]) == ("(edited) hello", said)
    assert [line.params[-1] for line in history(tagged)] == ["hello", "\x01ACTION smiles\x01"]
    assert all("chatstore/edited" not in line.tags for line in history(tagged))
    assert parse(plain.ask(change("#talk", said, "x"))[0]).command == "421"


def test_an_edit_with_the_same_text_is_none(olga: IrcClient, rita: IrcClient) -> None:
    message = say(rita, "#talk", "same")
    olga.sync()
    assert [line for line in rita.ask(change("#talk", message, "same")) if "EDIT" in line] == []
    assert olga.sync() == []
    assert len(history(olga)) == 1


def test_not_by_others(olga: IrcClient, rita: IrcClient) -> None:
    message = say(rita, "#talk", "mine")
    olga.sync()
    assert refused(olga, change("#talk", message, "x")) == ("EDIT", "EDIT_FORBIDDEN", "#talk", message)
    assert history(rita)[0].params[-1] == "mine"


def test_what_is_not_there_and_what_one_may_not_see_look_the_same(olga: IrcClient, rita: IrcClient) -> None:
    olga.ask("JOIN #secret", "MODE #secret +s")
    hidden, private = say(olga, "#secret", "x"), say(olga, "olga", "note")
    for message in (hidden, private, "1-zz", "nonsense"):
        assert refused(rita, change("#talk", message, "y")) == ("EDIT", "UNKNOWN_MSGID", "#talk", message)
    for target in ("#secret", "#nosuch", "nobody", "olga", "a*b"):
        assert refused(rita, change(target, hidden, "y")) == ("EDIT", "INVALID_TARGET", target)
    assert refused(rita, f"EDITS #secret {hidden}") == ("EDITS", "INVALID_TARGET", "#secret")
    assert refused(rita, "EDITS #talk 1-zz") == ("EDITS", "UNKNOWN_MSGID", "#talk", "1-zz")


def test_bad_requests(olga: IrcClient) -> None:
    message = say(olga, "#talk", "x")
    assert parse(olga.ask("EDIT")[0]).command == "461"
    assert refused(olga, "EDIT #talk") == ("EDIT", "INVALID_EDIT", "#talk")
    assert refused(olga, f"@draft/target-msgid={message} EDIT #talk") == ("EDIT", "INVALID_EDIT", "#talk", message)
    for text in ("", "  ", "\x01ACTION \x01", "a\0b".replace("\0", "\r")):
        assert refused(olga, change("#talk", message, text)) == ("EDIT", "INVALID_EDIT", "#talk", message)
    assert refused(olga, change("#talk", message, "x" * 3_501)) == ("EDIT", "INVALID_EDIT", "#talk", message)
    assert edit(olga, "#talk", message, "y" * 3_500).tags["draft/edit-text"] == "y" * 3_500


def test_who_may_not_speak_may_not_edit(olga: IrcClient, rita: IrcClient) -> None:
    message = say(rita, "#talk", "x")
    olga.ask("MODE #talk +m")
    rita.sync()
    (answer,) = [line for line in rita.parsed(change("#talk", message, "y")) if line.command != "MODE"]
    assert answer.command == "404"
    rita.ask("PART #talk")
    assert refused(rita, change("#talk", message, "y")) == ("EDIT", "INVALID_TARGET", "#talk")


@pytest.mark.parametrize("window", [0, 1])
def test_only_for_a_while(run_server: Callable[..., Running], window: int) -> None:
    server = run_server(history={"edit_window": window})
    olga = server.member("olga", CAPS, "#talk")
    message = say(olga, "#talk", "x")
    said_at = server.server.store.messages.page(HistoryQuery(2, 1, kinds=("message",))).events[0].time / 1000
    clock, until = server.server.chat.clock, time.monotonic() + SECONDS
    while clock() <= said_at + window + 0.002 and time.monotonic() < until:
        olga.sync()
    expected = ("EDIT", "EDIT_WINDOW_EXPIRED", "#talk", message, str(window))
    assert refused(olga, change("#talk", message, "y")) == expected


def test_in_a_direct_conversation(olga: IrcClient, rita: IrcClient) -> None:
    message = say(olga, "rita", "psst")
    olga.send(change("RITA", message, "pssst"))
    for client in (olga, rita):
        assert parse(client.wait(" EDIT ")).params == ("rita",)
    assert history(rita, "olga")[0].params[-1] == "pssst"


def test_several_lines(olga: IrcClient, rita: IrcClient) -> None:
    message = say(olga, "#talk", "one")
    edit(olga, "#talk", message, "one\ntwo")
    assert parse(rita.wait(" EDIT ")).tags["draft/edit-text"] == "one\ntwo"
    assert [line.params[-1] for line in history(rita) if line.command == "PRIVMSG"] == ["one", "two"]


def test_a_reply_stays_one(olga: IrcClient, rita: IrcClient) -> None:
    first = say(olga, "#talk", "what")
    rita.send(f"@+draft/reply={first} PRIVMSG #talk :this")
    message = parse(rita.wait(":this$")).tags["msgid"]
    edit(rita, "#talk", message, "that")
    assert [line.tags["+draft/reply"] for line in history(olga) if line.params[-1] == "that"] == [first]


def test_earlier_texts_are_erased(olga: IrcClient, rita: IrcClient) -> None:
    message = say(olga, "#talk", "one")
    edit(olga, "#talk", message, "two")
    edit(olga, "#talk", message, "three")
    assert earlier(rita, message) == []
    # Who was away is told the newest text only.
    assert [line.tags["draft/edit-text"] for line in history(rita) if line.command == "EDIT"] == ["three"]


def test_earlier_texts_are_kept_where_the_room_says_so(olga: IrcClient, rita: IrcClient) -> None:
    olga.ask("ROOM #talk edits=keep")
    message = say(olga, "#talk", "one")
    edit(olga, "#talk", message, "two; 2")
    edit(olga, "#talk", message, "three")
    assert earlier(rita, message) == ["one", "two; 2"]
    olga.ask(f"REDACT #talk {message}")
    rita.sync()
    assert refused(rita, f"EDITS #talk {message}") == ("EDITS", "UNKNOWN_MSGID", "#talk", message)
    assert not any("two" in str(line) or "one" in str(line) for line in history(rita))


def test_at_most_so_many(olga: IrcClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatstore.chat.changes.posting.MAX_EDITS", 2)
    message = say(olga, "#talk", "one")
    edit(olga, "#talk", message, "two")
    edit(olga, "#talk", message, "three")
    assert refused(olga, change("#talk", message, "four")) == ("EDIT", "TOO_MANY_EDITS", "#talk", message)


def test_a_message_to_operators_stays_theirs(olga: IrcClient, rita: IrcClient) -> None:
    message = say(olga, "@#talk", "secret")
    edit(olga, "#talk", message, "still secret")
    assert rita.sync() == []
    assert history(rita) == []


def test_who_was_away_learns_of_it(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    message = say(olga, "#talk", "x")
    last = parse(rita.wait(" :x$")).tags["msgid"]
    rita.close()
    edit(olga, "#talk", message, "y")
    back = server.login("rita", CAPS)
    back.sync()
    (line,) = [line for line in back.parsed(f"CHATHISTORY AFTER #talk msgid={last} 50") if line.command != "BATCH"]
    assert (line.command, line.tags["draft/edit-text"]) == ("EDIT", "y")


def test_search_finds_the_new_text_and_not_the_earlier(server: Running, olga: IrcClient) -> None:
    message = say(olga, "#talk", "sardines")
    edit(olga, "#talk", message, "anchovies")
    assert [line for line in olga.parsed("SEARCH text=sardines") if line.command == "PRIVMSG"] == []


@pytest.mark.sqlite
def test_nothing_of_an_earlier_text_is_left_in_the_files(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    """Neither in the database nor in its write-ahead log."""
    secret = "secret1."
    message = say(olga, "#talk", secret)
    edit(olga, "#talk", message, "secret1.secret2.")
    edit(olga, "#talk", message, "harmless")
    files = [server.database.with_name(f"{server.database.name}{name}") for name in ("", "-wal")]

    def left() -> int:
        return sum(file.read_bytes().count(secret.encode()) for file in files if file.exists())

    until = time.monotonic() + SECONDS
    while left() and time.monotonic() < until:
        rita.sync()
    assert left() == 0
