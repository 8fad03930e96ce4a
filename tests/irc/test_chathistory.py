"""CHATHISTORY: IRCv3 draft/chathistory, subcommand by subcommand, errors included."""

from __future__ import annotations

import itertools

import pytest

from chatstore.irc.line import Line, parse
from tests.running import IrcClient, Running, next_moment

CAPS = "message-tags server-time batch echo-message draft/chathistory standard-replies"

ALWAYS = "timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z"


@pytest.fixture
def reader(server: Running) -> IrcClient:
    """In #main, where m0 to m9 were said by olga, with a topic change in the middle."""
    olga = server.member("olga", CAPS, room="#talk")
    reader = server.member("rita", CAPS, room="#talk")
    olga.ask(*(f"PRIVMSG #talk :m{i}" for i in range(5)))
    olga.ask("TOPIC #talk :news")
    olga.ask(*(f"PRIVMSG #talk :m{i}" for i in range(5, 10)))
    reader.sync()
    return reader


def history(client: IrcClient, request: str) -> list[Line]:
    """The lines inside the batch."""
    client.sync()
    lines = client.parsed(f"CHATHISTORY {request}")
    assert lines[0].command == lines[-1].command == "BATCH", lines
    assert lines[0].params[0][1:] == lines[-1].params[0][1:]
    assert all(line.tags["batch"] == lines[0].params[0][1:] for line in lines[1:-1])
    return lines[1:-1]


def said(client: IrcClient, request: str) -> str:
    return "".join(line.params[-1].removeprefix("m") for line in history(client, request))


def tag(client: IrcClient, body: str, key: str) -> str:
    return next(line.tags[key] for line in history(client, "LATEST #talk * 50") if line.params[-1] == body)


def refused(client: IrcClient, request: str) -> tuple[str, ...]:
    (line,) = client.parsed(f"CHATHISTORY {request}")
    assert line.command == "FAIL"
    assert line.params[0] == "CHATHISTORY"
    return line.params[1:-1]


@pytest.mark.parametrize("key", ["msgid", "time"])
def test_every_subcommand_by_message_and_by_time(reader: IrcClient, key: str) -> None:
    def at(body: str) -> str:
        return f"{'timestamp' if key == 'time' else key}={tag(reader, body, key)}"

    assert said(reader, "LATEST #talk * 3") == "789"
    assert said(reader, "LATEST #TALK * 100") == "0123456789"
    assert said(reader, f"LATEST #talk {at('m6')} 10") == "789"
    assert said(reader, f"LATEST #talk {at('m6')} 2") == "89"
    assert said(reader, f"BEFORE #talk {at('m6')} 3") == "345"
    assert said(reader, f"BEFORE #talk {at('m0')} 3") == ""
    assert said(reader, f"AFTER #talk {at('m6')} 2") == "78"
    assert said(reader, f"AFTER #talk {at('m9')} 2") == ""
    assert said(reader, f"AROUND #talk {at('m5')} 4") == "3456"
    assert said(reader, f"AROUND #talk {at('m0')} 4") == "0123"
    assert said(reader, f"AROUND #talk {at('m9')} 4") == "6789"
    assert said(reader, f"AROUND #talk {at('m5')} 1") == "5"
    assert said(reader, f"BETWEEN #talk {at('m2')} {at('m8')} 10") == "34567"
    assert said(reader, f"BETWEEN #talk {at('m2')} {at('m8')} 2") == "34"
    assert said(reader, f"BETWEEN #talk {at('m8')} {at('m2')} 2") == "67"
    assert said(reader, f"BETWEEN #talk {at('m2')} {at('m3')} 2") == ""


def test_lines_are_those_that_were_sent(reader: IrcClient) -> None:
    (line,) = history(reader, "LATEST #talk * 1")
    live = next(parse(text) for text in reader.log if text.endswith(" PRIVMSG #talk :m9"))
    assert {**live.tags, "batch": line.tags["batch"]} == line.tags
    assert (line.source, line.command, line.params) == (live.source, live.command, live.params)


def test_events_for_who_can_read_them(reader: IrcClient) -> None:
    assert {line.command for line in history(reader, "LATEST #talk * 50")} == {"PRIVMSG"}
    reader.ask("CAP REQ :draft/event-playback")
    lines = history(reader, "LATEST #talk * 50")
    assert [line.command for line in lines] == ["JOIN", "JOIN", *["PRIVMSG"] * 5, "TOPIC", *["PRIVMSG"] * 5]
    ids = [line.tags["msgid"] for line in lines]
    assert len(set(ids)) == len(ids)
    assert all(line.tags["time"] < later.tags["time"] for line, later in itertools.pairwise(lines))


def test_paging_is_exact(reader: IrcClient) -> None:
    back, oldest = "", "*"
    while True:
        request = f"BEFORE #talk msgid={oldest} 3" if oldest != "*" else "LATEST #talk * 3"
        page = history(reader, request)
        if not page:
            break
        back = "".join(line.params[-1][1:] for line in page) + back
        oldest = page[0].tags["msgid"]
    assert back == "0123456789"


def test_direct_conversations_by_nick(server: Running, reader: IrcClient) -> None:
    olga = server.login("olga", CAPS)
    olga.ask("PRIVMSG rita :psst")
    reader.ask("PRIVMSG olga :yes?")
    for client, other in ((olga, "rita"), (reader, "OLGA")):
        lines = history(client, f"LATEST {other} * 10")
        assert [(line.params[0], line.params[1]) for line in lines] == [("rita", "psst"), ("olga", "yes?")]


def test_targets(server: Running, reader: IrcClient) -> None:
    olga = server.login("olga", CAPS)
    next_moment()  # after the last message of the room
    olga.ask("PRIVMSG rita :psst", "JOIN #quiet")
    targets = {line.params[1]: line.params[2] for line in history(reader, f"TARGETS {ALWAYS} 10")}
    assert list(targets) == ["#talk", "olga"]
    assert targets["#talk"] == tag(reader, "m9", "time")
    assert [line.params[1] for line in history(reader, f"TARGETS {ALWAYS} 1")] == ["#talk"]
    backwards = " ".join(reversed(ALWAYS.split()))
    assert [line.params[1] for line in history(reader, f"TARGETS {backwards} 1")] == ["olga"]
    assert [line.params[1] for line in history(reader, f"TARGETS {backwards} 10")] == ["#talk", "olga"]
    since = f"timestamp={targets['#talk']} timestamp=2100-01-01T00:00:00Z"
    assert [line.params[1] for line in history(reader, f"TARGETS {since} 10")] == ["olga"]


def test_only_who_may_read(server: Running, reader: IrcClient) -> None:
    eve = server.register("eve", CAPS)
    for target in ("#talk", "#nosuch", "nobody", "a*b"):
        assert refused(eve, f"LATEST {target} * 10") == ("INVALID_TARGET", "LATEST", target)
    reader.ask("PART #talk")
    assert refused(reader, "LATEST #talk * 10") == ("INVALID_TARGET", "LATEST", "#talk")
    assert "olga" not in str(history(eve, f"TARGETS {ALWAYS} 9"))


def test_with_somebody_to_whom_nothing_was_said(server: Running) -> None:
    """The target exists, so there is an empty batch; whether they are here or not."""
    eve, ivy = server.register("eve", CAPS), server.register("ivy")

    def check() -> None:
        for request in ("LATEST ivy *", "BEFORE Ivy msgid=1-1", "AFTER ivy timestamp=2026-01-01T00:00:00.000Z"):
            assert history(eve, f"{request} 10") == []
        assert refused(eve, "AFTER ivy timestamp=x 10") == ("INVALID_PARAMS", "AFTER", "timestamp=x")
        assert eve.parsed("CHATHISTORY LATEST Ivy * 10")[0].params[1:] == ("chathistory", "Ivy")

    check()
    ivy.send("QUIT")
    ivy.rest()
    check()


def test_a_message_of_another_room_selects_nothing(server: Running, reader: IrcClient) -> None:
    olga = server.login("olga", CAPS)
    olga.ask("JOIN #private", "PRIVMSG #private :x")
    secret = next(line.tags["msgid"] for line in history(olga, "LATEST #private * 1"))
    assert refused(reader, f"AROUND #talk msgid={secret} 5")[0] == "INVALID_PARAMS"


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("FOO #talk * 1", ("INVALID_PARAMS", "FOO")),
        ("LATEST #talk", ("INVALID_PARAMS", "LATEST")),
        ("LATEST #talk * 1 2", ("INVALID_PARAMS", "LATEST")),
        ("LATEST #talk * -1", ("INVALID_PARAMS", "LATEST", "-1")),
        ("LATEST #talk * ten", ("INVALID_PARAMS", "LATEST", "ten")),
        ("BEFORE #talk * 5", ("INVALID_PARAMS", "BEFORE", "*")),
        ("BEFORE #talk nonsense 5", ("INVALID_PARAMS", "BEFORE", "nonsense")),
        ("BEFORE #talk id=5 5", ("INVALID_MSGREFTYPE", "BEFORE", "#talk", "id=5")),
        ("TARGETS id=5 id=6 5", ("INVALID_MSGREFTYPE", "TARGETS", "id=5")),
        ("BEFORE #talk msgid=zz/zz 5", ("INVALID_PARAMS", "BEFORE", "msgid=zz/zz")),
        ("BEFORE #talk timestamp=yesterday 5", ("INVALID_PARAMS", "BEFORE", "timestamp=yesterday")),
        ("AFTER #talk timestamp=2026-13-01T00:00Z 5", ("INVALID_PARAMS", "AFTER", "timestamp=2026-13-01T00:00Z")),
        ("TARGETS msgid=1-1 msgid=1-2 5", ("INVALID_PARAMS", "TARGETS", "msgid=1-1")),
    ],
)  # fmt: skip
def test_errors(reader: IrcClient, request_: str, expected: tuple[str, ...]) -> None:
    assert refused(reader, request_) == expected
    assert reader.sync() == []


def test_missing_everything(reader: IrcClient) -> None:
    assert parse(reader.ask("CHATHISTORY")[0]).command == "461"


def test_more_than_a_page_is_a_page(server: Running, reader: IrcClient) -> None:
    assert said(reader, "LATEST #talk * 999999999") == "0123456789"


def test_without_batch_the_lines_come_bare(server: Running, reader: IrcClient) -> None:
    reader.ask("CAP REQ :-batch")
    assert [line.command for line in reader.parsed("CHATHISTORY LATEST #talk * 2")] == ["PRIVMSG", "PRIVMSG"]
