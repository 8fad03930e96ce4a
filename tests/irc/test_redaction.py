"""REDACT: IRCv3 draft/message-redaction."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import SuspendAccount
from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.names import person_name
from chatstore.irc.line import Line, parse
from tests.irc.test_oper import add_admin
from tests.running import PASSWORD, SECONDS, IrcClient, Running

TAGS = "message-tags echo-message batch server-time draft/chathistory draft/event-playback standard-replies"
CAPS = f"{TAGS} draft/message-redaction"


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


def refused(client: IrcClient, line: str) -> tuple[str, ...]:
    (answer,) = [answer for answer in client.parsed(line) if answer.command == "FAIL"]
    assert answer.params[0] == "REDACT"
    return answer.params[1:-1]


def history(client: IrcClient, target: str = "#talk") -> list[Line]:
    client.sync()
    return [
        line for line in client.parsed(f"CHATHISTORY LATEST {target} * 50") if line.command not in ("BATCH", "JOIN")
    ]


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_by_its_author(olga: IrcClient, rita: IrcClient, command: str) -> None:
    message = say(rita, "#talk", "oops", command)
    olga.sync()
    rita.send(f"REDACT #TALK {message}")
    for client in (rita, olga):
        line = parse(client.wait(" REDACT "))
        assert line.source == "rita!u@user/rita"
        assert line.params == ("#talk", message)
        assert line.tags["msgid"] != message
    for client in (rita, olga):
        (left,) = history(client)
        assert (left.command, left.params) == ("REDACT", ("#talk", message))


def test_by_an_operator_of_its_room_with_a_reason(olga: IrcClient, rita: IrcClient) -> None:
    message = say(rita, "#talk", "join my network for cold hard chats")
    olga.sync()
    olga.send(f"REDACT #talk {message} :spam it is")
    for client in (olga, rita):
        assert parse(client.wait(" REDACT ")).params == ("#talk", message, "spam it is")


def test_not_by_others(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    message = say(olga, "#talk", "mine")
    rita.sync()
    assert refused(rita, f"REDACT #talk {message} :no") == ("REDACT_FORBIDDEN", "#talk", message)
    olga.ask("MODE #talk +v rita")
    rita.sync()
    assert refused(rita, f"REDACT #talk {message}") == ("REDACT_FORBIDDEN", "#talk", message)
    assert olga.sync() == []
    assert "mine" in history(olga)[0].params


def test_a_room_of_ones_own_is_no_right_elsewhere(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    rita.ask("JOIN #ritas")
    message = say(olga, "#talk", "mine")
    rita.sync()
    assert refused(rita, f"REDACT #ritas {message}") == ("UNKNOWN_MSGID", "#ritas", message)
    assert refused(rita, f"REDACT #talk {message}") == ("REDACT_FORBIDDEN", "#talk", message)


def test_what_is_not_there_and_what_one_may_not_see_look_the_same(
    server: Running, olga: IrcClient, rita: IrcClient
) -> None:
    olga.ask("JOIN #secret", "MODE #secret +s")
    hidden = say(olga, "#secret", "x")
    private = say(olga, "olga", "note")
    for message in (hidden, private, "1-zz", "nonsense", "1-1"):
        assert refused(rita, f"REDACT #talk {message}") == ("UNKNOWN_MSGID", "#talk", message)
    for target in ("#secret", "#nosuch", "nobody", "olga", "a*b", "#"):
        assert refused(rita, f"REDACT {target} {hidden}") == ("INVALID_TARGET", target)


def test_twice(olga: IrcClient, rita: IrcClient) -> None:
    message = say(olga, "#talk", "x")
    olga.ask(f"REDACT #talk {message}")
    assert refused(olga, f"REDACT #talk {message}") == ("UNKNOWN_MSGID", "#talk", message)
    tombstone = history(olga)[0].tags["msgid"]
    assert refused(olga, f"REDACT #talk {tombstone}") == ("UNKNOWN_MSGID", "#talk", tombstone)


def test_not_after_leaving(olga: IrcClient, rita: IrcClient) -> None:
    message = say(rita, "#talk", "x")
    rita.ask("PART #talk")
    assert refused(rita, f"REDACT #talk {message}") == ("INVALID_TARGET", "#talk")


def test_a_reaction(olga: IrcClient, rita: IrcClient) -> None:
    said = say(olga, "#talk", "hello")
    rita.send(f"@+draft/react=x;+draft/reply={said} TAGMSG #talk")
    message = parse(rita.wait(" TAGMSG ")).tags["msgid"]
    rita.ask(f"REDACT #talk {message}")
    assert [line.command for line in history(olga)] == ["PRIVMSG", "REDACT"]
    rita.send("@+typing=active TAGMSG #talk")
    passing = parse(rita.wait(" TAGMSG ")).tags["msgid"]
    assert refused(rita, f"REDACT #talk {passing}") == ("UNKNOWN_MSGID", "#talk", passing)


def test_in_a_direct_conversation(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    message, answer = say(olga, "rita", "psst"), say(rita, "olga", "what")
    olga.sync()
    assert refused(rita, f"REDACT olga {message}") == ("REDACT_FORBIDDEN", "olga", message)
    olga.send(f"REDACT RITA {message} :sorry")
    for client in (olga, rita):
        assert parse(client.wait(" REDACT ")).params == ("rita", message, "sorry")
    assert [(line.command, line.params[1]) for line in history(rita, "olga")] == [
        ("PRIVMSG", "what"),
        ("REDACT", message),
    ]
    assert refused(olga, f"REDACT rita {answer}") == ("REDACT_FORBIDDEN", "rita", answer)


def test_who_does_not_know_of_it_is_told_nothing(server: Running, olga: IrcClient) -> None:
    plain, tagged = server.member("plain", room="#talk"), server.member("tagged", TAGS, "#talk")
    message = say(olga, "#talk", "x")
    plain.wait(" PRIVMSG ")
    tagged.wait(" PRIVMSG ")
    olga.ask(f"REDACT #talk {message}")
    assert plain.sync() == tagged.sync() == []
    assert history(tagged) == []
    assert parse(plain.ask(f"REDACT #talk {message}")[0]).command == "421"


def test_without_event_playback_history_leaves_it_out(server: Running, olga: IrcClient) -> None:
    message = say(olga, "#talk", "x")
    say(olga, "#talk", "y")
    olga.ask(f"REDACT #talk {message}", "CAP REQ :-draft/event-playback")
    assert [line.params[-1] for line in history(olga)] == ["y"]


def test_who_was_away_learns_of_it(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    message = say(olga, "#talk", "x")
    last = parse(rita.wait(" :x$")).tags["msgid"]
    rita.close()
    olga.ask(f"REDACT #talk {message} :gone")
    back = server.login("rita", CAPS)
    back.sync()
    (line,) = [line for line in back.parsed(f"CHATHISTORY AFTER #talk msgid={last} 50") if line.command != "BATCH"]
    assert (line.command, line.params) == ("REDACT", ("#talk", message, "gone"))


@pytest.mark.parametrize("window", [0, 1])
def test_only_for_a_while(run_server: Callable[..., Running], window: int) -> None:
    server = run_server(history={"redact_window": window})
    olga, rita = server.member("olga", CAPS, "#talk"), server.member("rita", CAPS, "#talk")
    message = say(rita, "#talk", "x")
    said_at = server.server.store.messages.page(HistoryQuery(2, 1, kinds=("message",))).events[0].time / 1000
    clock = server.server.chat.clock
    until = time.monotonic() + SECONDS
    while clock() <= said_at + window + 0.002 and time.monotonic() < until:
        rita.sync()
    expected = ("REDACT_WINDOW_EXPIRED", "#talk", message, str(window))
    assert refused(rita, f"REDACT #talk {message}") == expected
    olga.send(f"REDACT #talk {message}")
    assert parse(rita.wait(" REDACT ")).params == ("#talk", message)


def test_parameters(olga: IrcClient) -> None:
    assert [parse(olga.ask(line)[0]).command for line in ("REDACT", "REDACT #talk")] == ["461", "461"]


@pytest.mark.sqlite
def test_nothing_of_it_is_left_in_the_files(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    """Neither in the database nor in its write-ahead log nor in the index of words; long ones fill pages of their
    own."""
    secrets = [f"secret{number}." * (40 if number % 2 else 1) for number in range(6)]
    ids = [say(olga, "#talk", secret) for secret in secrets]
    names = ["", "-wal", "-search", "-search-wal"]
    files = [server.database.with_name(f"{server.database.name}{name}") for name in names]

    def left() -> int:
        data = b"".join(file.read_bytes() for file in files if file.exists())
        return sum(data.count(secret.encode()) for secret in secrets)

    assert left() >= len(secrets)
    for message in ids:
        olga.ask(f"REDACT #talk {message}")
    until = time.monotonic() + SECONDS
    while left() and time.monotonic() < until:
        rita.sync()
    assert left() == 0
    kept = server.server.store.messages.page(HistoryQuery(2, 50, kinds=("redacted",))).events
    assert [(event.body, event.actor.nick, event.tags["by"]) for event in kept] == [("", "olga", "olga")] * 6


def test_an_administrator_need_not_be_there(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    eve = server.register("eve", CAPS)
    message = say(rita, "#talk", "x")
    olga.sync()
    assert refused(eve, f"REDACT #talk {message}") == ("INVALID_TARGET", "#talk")
    add_admin(server)
    eve.send(f"OPER root :{PASSWORD}")
    eve.wait(" 381 ")
    eve.send(f"REDACT #talk {message} :spam")
    for client in (eve, olga, rita):
        assert parse(client.wait(" REDACT ")).params == ("#talk", message, "spam")
    another = say(rita, "#talk", "y")
    server.server.store.submit([SuspendAccount(person_name("root"), "gone")]).result()
    assert refused(eve, f"REDACT #talk {another}") == ("INVALID_TARGET", "#talk")  # who is no admin any more


def test_guests_take_back_what_is_theirs(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True})
    server.member("olga", CAPS, "#talk")
    one = server.connect()
    one.send(f"CAP REQ :{CAPS}", "NICK visitor", "USER v 0 * :v", "CAP END", "JOIN #talk")
    one.wait(" 366 ")
    message, other = say(one, "#talk", "x"), say(one, "#talk", "y")
    one.send(f"REDACT #talk {message}")
    assert parse(one.wait(" REDACT ")).params == ("#talk", message)
    one.send("QUIT")
    one.rest()
    again = server.connect()
    again.send(f"CAP REQ :{CAPS}", "NICK visitor", "USER v 0 * :v", "CAP END", "JOIN #talk")
    again.wait(" 366 ")
    assert refused(again, f"REDACT #talk {other}") == ("REDACT_FORBIDDEN", "#talk", other)
