"""Messages of several lines: IRCv3 draft/multiline."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from chatstore.chat.model.messages import HistoryQuery
from chatstore.irc.line import Line, parse
from chatstore.irc.renderer import Piece, cut
from tests.running import IrcClient, Running

BASE = "message-tags batch echo-message server-time labeled-response account-tag"
CAPS = f"{BASE} draft/multiline"
CONCAT = "draft/multiline-concat"


@pytest.fixture
def olga(server: Running) -> IrcClient:
    return server.member("olga", CAPS)


@pytest.fixture
def rita(server: Running, olga: IrcClient) -> IrcClient:
    rita = server.member("rita", CAPS)
    olga.wait(" JOIN ")
    return rita


def lines(*texts: str, target: str = "#main", reference: str = "123", tags: str = "") -> list[str]:
    """A batch of these lines; one that begins with `+` goes on with the line before it."""
    said = [f"{tags}BATCH +{reference} draft/multiline {target}"]
    for text in texts:
        joined = f";{CONCAT}" if text.startswith("+") else ""
        said.append(f"@batch={reference}{joined} PRIVMSG {target} :{text.removeprefix('+')}")
    return [*said, f"BATCH -{reference}"]


def refused(client: IrcClient, *said: str) -> tuple[str, ...]:
    (answer,) = [line for line in client.parsed(*said) if line.command != "PONG"]
    assert (answer.command, answer.params[0]) == ("FAIL", "BATCH"), answer
    return answer.params[1:-1]


def whole(found: list[Line]) -> tuple[Line, list[tuple[str, bool]]]:
    """A batch of several lines: its first line, and what its lines carry."""
    begin, *inner, end = found
    reference = begin.params[0][1:]
    assert (begin.command, begin.params[1]) == ("BATCH", "draft/multiline")
    assert (end.command, end.params) == ("BATCH", (f"-{reference}",))
    for line in inner:
        assert (line.command, line.params[0], line.source) == ("PRIVMSG", begin.params[2], begin.source)
        assert set(line.tags) <= {"batch", CONCAT}
        assert line.tags["batch"] == reference
    return begin, [(line.params[1], CONCAT in line.tags) for line in inner]


def heard(client: IrcClient) -> list[Line]:
    """The next message, up to its end."""
    first = client.wait(" (BATCH|PRIVMSG) ")
    found = [parse(first)]
    while found[0].command == "BATCH" and not found[-1].params[0].startswith("-"):
        found.append(parse(client.line()))
    return found


def test_its_limits_are_advertised(server: Running) -> None:
    client = server.connect()
    client.send("CAP LS 302")
    assert "draft/multiline=max-bytes=16384,max-lines=256" in client.wait("multiline")


def test_the_example(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    carol = server.member("carol", BASE)
    bare = server.member("bare")
    for client in (olga, rita, carol):
        client.wait("bare!.* JOIN")
    said = lines("hello", "#how is ", "+everyone?")
    olga.send("@label=xyz " + said[0], *said[1:])
    echo, carried = whole(heard(olga))
    assert carried == [("hello", False), ("#how is ", False), ("everyone?", True)]
    assert echo.source == "olga!u@user/olga"
    assert echo.tags.pop("label") == "xyz"
    assert set(echo.tags) == {"time", "msgid", "account"}
    relayed, again = whole(heard(rita))
    assert (relayed.tags, again) == (echo.tags, carried)
    fallback = [parse(carol.wait(" PRIVMSG ")) for _ in range(3)]
    assert [line.params for line in fallback] == [("#main", text) for text, _ in carried]
    assert fallback[0].tags == echo.tags
    rest = {key: value for key, value in echo.tags.items() if key != "msgid"}
    assert [line.tags for line in fallback[1:]] == [rest, rest]
    assert [bare.wait(" PRIVMSG ")[0] for _ in range(3)] == [":"] * 3
    assert olga.sync() == carol.sync() == bare.sync() == []


def test_it_is_one_message(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    olga.ask(*lines("one", "two ", "+and a half", "", "three", tags="@+draft/reply=1-1 "))
    (event,) = server.server.store.messages.page(HistoryQuery(1, 1)).events
    assert event.body == "one\ntwo and a half\n\nthree"
    live, carried = whole(heard(rita))
    rita.ask("CAP REQ :draft/chathistory")
    found = rita.parsed("CHATHISTORY LATEST #main * 1")
    outer = found[0].params[0][1:]
    begin, again = whole(found[1:-1])
    assert begin.tags["batch"] == found[-2].tags["batch"] == outer
    assert begin.tags["+draft/reply"] == "1-1"
    assert again == [("one", False), ("two ", False), ("and a half", True), ("", False), ("three", False)]
    assert {**live.tags, "batch": outer} == begin.tags
    assert carried == again
    rita.ask("CAP REQ :-draft/multiline")
    plain = rita.parsed("CHATHISTORY LATEST #main * 1")[1:-1]
    assert [line.params[1] for line in plain] == ["one", "two ", "and a half", "three"]
    assert ["msgid" in line.tags for line in plain] == [True, False, False, False]


def test_blank_lines(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    carol = server.member("carol", BASE)
    olga.send(*lines("", "how is ", "+everyone?", "", tags="@+client-only "))
    begin, carried = whole(heard(rita))
    assert carried == [("", False), ("how is ", False), ("everyone?", True), ("", False)]
    assert begin.tags["+client-only"] == ""
    fallback = [parse(carol.wait(" PRIVMSG ")) for _ in range(2)]
    assert [line.params[1] for line in fallback] == ["how is ", "everyone?"]
    assert all("+client-only" in line.tags for line in fallback)
    assert carol.sync() == []


def test_to_a_person_and_to_oneself(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    olga.send(*lines("a", "b", target="RITA"))
    for client in (rita, olga):
        begin, carried = whole(heard(client))
        assert begin.params[2] == "rita"
        assert carried == [("a", False), ("b", False)]
    olga.send(*[line.replace("BATCH +", "@label=me BATCH +") for line in lines("a", "b", target="olga")])
    echo, delivery = whole(heard(olga))[0], whole(heard(olga))[0]
    assert echo.tags.pop("label") == "me"
    assert echo.tags == delivery.tags


def test_one_line_in_a_batch_is_a_message_like_any_other(olga: IrcClient, rita: IrcClient) -> None:
    olga.send(*lines("alone"))
    (line,) = heard(rita)
    assert (line.command, line.params) == ("PRIVMSG", ("#main", "alone"))


def test_a_long_line_of_another_endpoint_comes_as_one_message(server: Running, olga: IrcClient) -> None:
    body = "word " * 200
    session = server.server.chat.hub.person("olga").sessions[0]  # type: ignore[union-attr]
    session.submit([session.sending.draft("#main", "message", body)]).result()
    _, carried = whole(heard(olga))
    assert "".join(text for text, _ in carried) == body
    assert [joined for _, joined in carried] == [False] + [True] * (len(carried) - 1)
    assert all(len(line.encode()) <= 510 for line in (text.partition(" ")[2] for text in olga.log[-4:]))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (lines(), ("MULTILINE_INVALID",)),
        (lines("", ""), ("MULTILINE_INVALID",)),
        (lines("a", "+"), ("MULTILINE_INVALID",)),
        (["BATCH -9"], ("MULTILINE_INVALID",)),
        (["@batch=9 PRIVMSG #main :x"], ("MULTILINE_INVALID",)),
        (["BATCH x"], ("MULTILINE_INVALID",)),
        (["BATCH +"], ("MULTILINE_INVALID",)),
        (["BATCH +1 draft/multiline"], ("MULTILINE_INVALID",)),
        (["BATCH +1 draft/multiline #main,#other"], ("MULTILINE_INVALID",)),
        (["BATCH +1 netjoin a b", "@batch=1 PRIVMSG #main :x", "BATCH -1"], ("MULTILINE_INVALID",)),
        (["BATCH +1 draft/multiline #main", "@batch=2 PRIVMSG #main :x"], ("MULTILINE_INVALID",)),
        (
            ["BATCH +1 draft/multiline #main", "PRIVMSG #main :x", "@batch=1 PRIVMSG #main :y"],
            ("MULTILINE_INVALID",),
        ),
        (["BATCH +1 draft/multiline #main", "@batch=1 NOTICE #main :x", "BATCH -1"], ("MULTILINE_INVALID",)),
        (["BATCH +1 draft/multiline #main", "@batch=1;+a=b TAGMSG #main", "BATCH -1"], ("MULTILINE_INVALID",)),
        (["BATCH +1 draft/multiline #main", "@batch=1 PRIVMSG #main", "BATCH -1"], ("MULTILINE_INVALID",)),
        (["BATCH +1 draft/multiline #main", "TOPIC #main :x", "BATCH -1"], ("MULTILINE_INVALID",)),
        (["BATCH +1 draft/multiline #main", *lines("x", reference="2"), "BATCH -1"], ("MULTILINE_INVALID",)),
        (
            [
                "BATCH +1 draft/multiline #main",
                "@batch=1 PRIVMSG #MAIN :x",
                "@batch=1 PRIVMSG #other :x",
                "BATCH -1",
            ],
            ("MULTILINE_INVALID_TARGET", "#main", "#other"),
        ),
    ],
)
def test_what_is_no_message_is_answered_once(
    olga: IrcClient, rita: IrcClient, said: list[str], expected: tuple[str, ...]
) -> None:
    assert refused(olga, *said) == expected
    olga.send(*lines("after", "all", reference="ok"))
    assert whole(heard(olga))[1] == [("after", False), ("all", False)]
    assert whole(heard(rita))[1] == [("after", False), ("all", False)]


def test_limits(run_server: Callable[..., Running]) -> None:
    server = run_server(limits={"multiline_bytes": 1024, "multiline_lines": 3})
    olga = server.member("olga", CAPS)
    assert refused(olga, *lines("1", "2", "+3", "4")) == ("MULTILINE_MAX_LINES", "3")
    assert refused(olga, *lines("1", "2", "+3", "4", "5", "6")[:-1]) == ("MULTILINE_MAX_LINES", "3")
    assert olga.ask("BATCH -123") == []
    for most, texts in (
        (1024, ("x" * 400, "x" * 400, "x" * 222)),
        (1024, ("é" * 200, "+" + "é" * 200, "+" + "é" * 112)),
    ):
        olga.send(*lines(*texts))
        assert sum(len(text.encode()) for text, _ in whole(heard(olga))[1]) in (most, most - 2)
        assert refused(olga, *lines(*texts[:2], texts[2] + "x")) == ("MULTILINE_MAX_BYTES", "1024")


def test_refusals_of_its_target_come_at_its_end(server: Running, olga: IrcClient) -> None:
    for target, numeric in (("#nosuch", "403"), ("nobody", "401")):
        (answer,) = olga.parsed(*lines("a", "b", target=target, tags="@label=x "))
        assert (answer.command, answer.params[1], answer.tags["label"]) == (numeric, target, "x")
    (answer,) = olga.parsed("@label=y BATCH +1 draft/multiline #main", "@batch=2 PRIVMSG #main :x")
    assert (answer.command, answer.tags["label"]) == ("FAIL", "y")


def test_pings_are_answered_meanwhile(olga: IrcClient) -> None:
    said = lines("a", "b")
    assert olga.ask(said[0]) == olga.ask(said[1]) == []
    olga.send(*said[2:])
    assert whole(heard(olga))[1] == [("a", False), ("b", False)]


def test_one_that_is_never_ended_is_given_up(server: Running, olga: IrcClient) -> None:
    olga.ask("BATCH +1 draft/multiline #main", "@batch=1 PRIVMSG #main :x")
    server.server.chat.clock = lambda: time.time() + 3600
    session = server.server.chat.hub.person("olga").sessions[0]  # type: ignore[union-attr]
    session.entered.__self__.tick(0.0)  # type: ignore[attr-defined]
    olga.wait("FAIL BATCH MULTILINE_INVALID")
    assert olga.ask("@batch=1 PRIVMSG #main :y", "BATCH -1") == []


def test_who_does_not_know_of_it_can_not_send_it(server: Running) -> None:
    plain = server.member("plain", BASE)
    assert parse(plain.ask("BATCH +1 draft/multiline #main")[0]).command == "421"
    (echo,) = plain.parsed("@batch=1 PRIVMSG #main :x")
    assert echo.params == ("#main", "x")


def test_pieces_are_cut_where_they_came_cut() -> None:
    assert cut("hello\nhow is everyone?", 20, [13]) == [
        Piece("hello", False),
        Piece("how is ", False),
        Piece("everyone?", True),
    ]
    assert cut("a\n\nb", 20) == [Piece("a", False), Piece("", False), Piece("b", False)]
    assert [piece.text for piece in cut("x" * 1000, 10)] == ["x" * 500, "x" * 500]
    assert cut("ab", 20, [0, 2, 99]) == [Piece("ab", False)]


def test_of_batches_that_are_never_ended_few_are_remembered(server: Running, olga: IrcClient) -> None:
    olga.ask(*(f"BATCH +b{number} nonsense" for number in range(100)))
    assert olga.ask("@batch=b99 PRIVMSG #main :passed over") == []
    assert refused(olga, "@batch=b1 PRIVMSG #main :long forgotten") == ("MULTILINE_INVALID",)
    olga.ask("BATCH -b99")
    assert refused(olga, "@batch=b99 PRIVMSG #main :it was ended") == ("MULTILINE_INVALID",)
