"""STATUSMSG: messages to the operators of a room, or to all who have voice there. Modern, "STATUSMSG Parameter".

They are in the room's history like all others, for whoever is of that rank when reading.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.irc.line import parse
from tests.running import IrcClient, Running

CAPS = "draft/chathistory draft/event-playback batch message-tags echo-message server-time"


@pytest.fixture
def people(server: Running) -> list[IrcClient]:
    """An operator, somebody with voice, a plain member."""
    op = server.member("olga", room="#tea")
    others = [server.member(name, room="#tea") for name in ("vic", "mel")]
    op.ask("MODE #tea +v vic")
    for client in others:
        client.sync()
    return [op, *others]


def heard(client: IrcClient) -> list[tuple[str, str, str]]:
    return [
        (line.command, *line.params) for line in map(parse, client.sync()) if line.command in ("PRIVMSG", "NOTICE")
    ]


def test_the_token(people: list[IrcClient]) -> None:
    assert any(" STATUSMSG=@+ " in line for line in people[0].log)


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_who_hears_it(people: list[IrcClient], command: str) -> None:
    op, vic, mel = people
    assert (
        mel.ask(f"{command} @#tea :for operators", f"{command} +#TEA :for the voiced", f"{command} #tea :for all")
        == []
    )
    everything = [
        (command, "@#tea", "for operators"),
        (command, "+#tea", "for the voiced"),
        (command, "#tea", "for all"),
    ]
    assert heard(op) == everything
    assert heard(vic) == everything[1:]
    assert heard(mel) == []
    op.ask(f"{command} @#tea :among us", f"{command} +#tea :us and you")
    assert heard(vic) == [(command, "+#tea", "us and you")]
    assert heard(mel) == []


def test_only_the_sender_gets_an_echo(server: Running, people: list[IrcClient]) -> None:
    client = server.member("eve", CAPS, room="#tea")
    (echo,) = client.parsed("PRIVMSG @#tea :help")
    assert (echo.command, echo.params) == ("PRIVMSG", ("@#tea", "help"))
    assert "msgid" in echo.tags


def past(server: Running, name: str) -> list[str]:
    client = server.login(name, CAPS)
    client.sync()
    lines = client.parsed("CHATHISTORY LATEST #tea * 50")
    bodies = [line.params[1] for line in lines if line.command in ("PRIVMSG", "NOTICE")]
    client.close()
    return bodies


def test_the_past_is_for_the_same_ranks(server: Running, people: list[IrcClient]) -> None:
    op, _, mel = people
    op.ask("PRIVMSG @#tea :one", "NOTICE +#tea :two", "PRIVMSG #tea :three")
    assert [past(server, name) for name in ("olga", "vic", "mel")] == [
        ["one", "two", "three"], ["two", "three"], ["three"],
    ]  # fmt: skip
    op.ask("MODE #tea +o-v mel vic")
    assert [past(server, name) for name in ("vic", "mel")] == [["three"], ["one", "two", "three"]]
    op.ask("MODE #tea -o mel")
    mel.sync()
    shown = "".join(mel.ask("CHATHISTORY LATEST #tea * 50"))
    assert "three" in shown
    assert "one" not in shown


def test_a_replay_on_joining_too(server: Running, people: list[IrcClient]) -> None:
    op, _, mel = people
    op.ask("PRIVMSG @#tea :one", "PRIVMSG #tea :two")
    mel.ask("PART #tea")
    lines = mel.ask("JOIN #tea")
    assert any("two" in line for line in lines)
    assert not any("one" in line.rpartition(":")[2] for line in lines if " PRIVMSG " in line)
    op.ask("PART #tea")
    assert any(parse(line).params[0] == "@#tea" for line in op.ask("JOIN #tea") if " PRIVMSG " in line)


def test_in_order_among_the_others(people: list[IrcClient]) -> None:
    """Messages of one batch are told in their order, to everybody what is theirs."""
    op, vic, mel = people
    mel.send(*(f"PRIVMSG {('@#tea', '+#tea', '#tea')[i % 3]} :{i}" for i in range(30)))
    mel.sync()
    assert [said[2] for said in heard(op)] == [str(i) for i in range(30)]
    assert [said[2] for said in heard(vic)] == [str(i) for i in range(30) if i % 3]


def test_errors(server: Running, people: list[IrcClient]) -> None:
    op, vic, mel = people
    eve = server.register("eve")

    def said(client: IrcClient, line: str) -> list[tuple[str, ...]]:
        return [(line.command, *line.params[1:2]) for line in client.parsed(line)]

    assert said(eve, "PRIVMSG @#tea :x") == [("404", "#tea")]
    assert said(eve, "PRIVMSG @#nosuch :x") == [("403", "#nosuch")]
    assert said(eve, "NOTICE @#tea :x") == []
    assert said(op, "MODE #tea -n+s") == [("MODE", "-n+s")]
    assert said(eve, "PRIVMSG @#tea :x") == [("404", "#tea")]  # to some of the members only members speak
    op.ask("MODE #tea +nm")
    for client in (vic, mel):
        client.sync()
    assert said(eve, "PRIVMSG @#tea :x") == [("403", "#tea")]
    assert said(mel, "PRIVMSG @#tea :x") == [("404", "#tea")]
    assert said(vic, "PRIVMSG @#tea :x") == []
    op.sync()
    assert said(op, "PRIVMSG %#tea :x") == [("401", "%#tea")]


MORE = f"{CAPS} draft/multiline draft/message-redaction standard-replies soju.im/search"


def test_several_lines_are_for_the_same_rank(people: list[IrcClient]) -> None:
    op, vic, mel = people
    for client in people:
        client.ask(f"CAP REQ :{MORE}")
    inner = [f"@batch=a PRIVMSG @#tea :{text}" for text in ("one", "two")]
    op.send("BATCH +a draft/multiline @#tea", *inner, "BATCH -a")
    begin, *lines, _end = op.parsed()
    assert (begin.command, begin.params[1:]) == ("BATCH", ("draft/multiline", "@#tea"))
    assert [line.params for line in lines] == [("@#tea", "one"), ("@#tea", "two")]
    assert vic.sync() == mel.sync() == []
    inner = [line.replace("@#", "+#") for line in inner]
    mel.ask("BATCH +a draft/multiline +#tea", *inner, "BATCH -a")
    for client in (op, vic):
        assert heard(client) == [("PRIVMSG", "+#tea", "one"), ("PRIVMSG", "+#tea", "two")]
    (failed,) = op.parsed("BATCH +c draft/multiline @#tea", "@batch=c PRIVMSG #tea :for all", "BATCH -c")
    assert failed.params[:-1] == ("BATCH", "MULTILINE_INVALID_TARGET", "@#tea", "#tea")
    assert mel.sync() == []


def said_to_operators(server: Running, people: list[IrcClient]) -> tuple[IrcClient, str]:
    """Somebody who understands everything and has asked the operators something: its id."""
    eve = server.member("eve", MORE, room="#tea")
    for client in people:
        client.ask(f"CAP REQ :{MORE}")
    (echo,) = eve.parsed("PRIVMSG @#tea :the secret word")
    for client in people:
        client.sync()
    return eve, echo.tags["msgid"]


@pytest.mark.parametrize("by", ["author", "operator"])
def test_what_is_taken_back_is_known_to_who_knew_it(server: Running, people: list[IrcClient], by: str) -> None:
    op, vic, mel = people
    eve, msgid = said_to_operators(server, people)
    for other in (vic, mel):
        (refused,) = other.parsed(f"REDACT #tea {msgid}")
        assert refused.params[:-1] == ("REDACT", "UNKNOWN_MSGID", "#tea", msgid)  # as of one that is not there
    (eve if by == "author" else op).ask(f"REDACT #tea {msgid} :oops")
    op.sync()
    assert any(f" REDACT @#tea {msgid} :oops" in line for line in op.log)
    assert not any("REDACT" in line for line in vic.sync() + mel.sync())

    def redactions(client: IrcClient) -> list[str]:
        page = client.parsed("CHATHISTORY LATEST #tea * 50")
        assert not any("secret" in line.params[-1] for line in page)
        return [line.params[0] for line in page if line.command == "REDACT"]

    assert redactions(op) == ["@#tea"]
    assert redactions(vic) == redactions(mel) == []


def test_a_search_does_not_find_it(server: Running, people: list[IrcClient]) -> None:
    op, vic, mel = people
    eve, msgid = said_to_operators(server, people)
    op.ask("PRIVMSG #tea :no secret")
    for line in ("PING x", f"REDACT #tea {msgid}"):
        op.ask(line)
        for client in (op, vic, mel, eve):
            client.sync()
            found = [line.params[-1] for line in client.parsed("SEARCH text=secret") if line.command == "PRIVMSG"]
            assert found == ["no secret"]


def test_at_the_plain_endpoint(
    server: Running, run_server: Callable[..., Running], people: list[IrcClient]
) -> None:
    from tests.plain.talker import Talker

    op = people[0]
    talker = Talker(server.port("plain"))
    talker.log_in("vic")
    talker.ask("/join tea")
    op.ask("PRIVMSG @#tea :secret", "PRIVMSG +#tea :two")
    assert talker.wait("two") == "olga -> +tea: two"
    assert not any("secret" in line for line in talker.log)
    talker.close()
