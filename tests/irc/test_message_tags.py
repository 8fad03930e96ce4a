"""Client-only tags and TAGMSG: IRCv3 message-tags, and the client tags typing, reply and react."""

from __future__ import annotations

import pytest

from chatstore.irc.line import MAX_TAGS, Line, parse
from tests.running import IrcClient, Running

CAPS = "message-tags server-time batch echo-message draft/chathistory draft/event-playback account-tag"


@pytest.fixture
def olga(server: Running) -> IrcClient:
    return server.member("olga", CAPS)


@pytest.fixture
def rita(server: Running, olga: IrcClient) -> IrcClient:
    rita = server.member("rita", CAPS)
    olga.wait(" JOIN ")
    return rita


def one(client: IrcClient, command: str) -> Line:
    """The only line of this command that has come."""
    (line,) = [line for line in map(parse, client.sync()) if line.command == command]
    return line


def history(client: IrcClient, target: str) -> list[Line]:
    lines = client.parsed(f"CHATHISTORY LATEST {target} * 50")
    return [line for line in lines if line.command in ("PRIVMSG", "NOTICE", "TAGMSG", "REDACT")]


def test_only_client_only_tags_are_relayed(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    bare, timed = server.member("bare"), server.member("timed", "server-time")
    olga.send("@+baz=bat;fizz=buzz;+a.example/x-1=;+=no;+b:ad=1;time=never;msgid=mine PRIVMSG #main hi")
    relayed, echo = parse(rita.wait(" PRIVMSG ")), parse(olga.wait(" PRIVMSG "))
    assert relayed.tags == echo.tags
    assert set(relayed.tags) == {"time", "msgid", "account", "+baz", "+a.example/x-1"}
    assert relayed.tags["+baz"] == "bat"
    assert relayed.tags["msgid"] != "mine"
    assert bare.wait(" PRIVMSG ") == ":olga!u@user/olga PRIVMSG #main :hi"
    assert set(parse(timed.wait(" PRIVMSG ")).tags) == {"time"}
    bare.ask("@+x=1 PRIVMSG #main :no tags of mine")
    assert "+x" not in parse(rita.wait("no tags of mine")).tags


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        (r"+t=fizz\:buzz", "fizz;buzz"),
        (r"+t=a\sb\\c\r\n", "a b\\c\r\n"),
        (r"+t=\b\c", "bc"),
        ("+t=end\\", "end"),
        ("+t", ""),
        ("+t=", ""),
        ("+t=1;+t=2", "2"),
        ("+t=a=b", "a=b"),
        ("+t=👍", "👍"),
    ],
)
def test_values(olga: IrcClient, rita: IrcClient, sent: str, value: str) -> None:
    olga.send(f"@{sent} TAGMSG #main")
    line = rita.wait(" TAGMSG ")
    assert parse(line).tags["+t"] == value
    assert (";+t " in line) == (not value)  # the equals sign only with a value


def test_as_many_tags_as_are_allowed_fit_into_a_line(olga: IrcClient, rita: IrcClient) -> None:
    tags = "@foo=bar;+baz=" + "a" * 4081
    assert len(f"{tags} ") == 4096
    for line in (f"{tags} TAGMSG #main", f"{tags} PRIVMSG #main :{'b' * 400}"):
        olga.send(line)
        command = parse(line).command
        for client in (olga, rita):
            text = client.wait(f" {command} ")
            assert parse(text).tags["+baz"] == "a" * 4081
            assert len(text.partition(" ")[0]) < MAX_TAGS
    assert parse(olga.ask(f"{tags}a TAGMSG #main")[0]).command == "417"
    assert rita.sync() == []


def test_typing_is_told_and_not_kept(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    bare = server.member("bare", "server-time")
    rita.sync()
    olga.send("@+typing=active;+draft/reply=1-1 TAGMSG #main")
    told, echo = parse(rita.wait(" TAGMSG ")), parse(olga.wait(" TAGMSG "))
    assert told == echo
    assert told.source == "olga!u@user/olga"
    assert told.params == ("#main",)
    assert told.tags["+typing"] == "active"
    assert told.tags["msgid"]
    assert told.tags["account"] == "olga"
    assert history(rita, "#main") == []
    assert bare.sync() == []


def test_tags_that_nobody_is_told_leave_a_line_without_them(olga: IrcClient, rita: IrcClient) -> None:
    olga.send("@unknown-tag TAGMSG #main", "TAGMSG rita")
    for client in (olga, rita):
        for target in ("#main", "rita"):
            line = parse(client.wait(" TAGMSG "))
            assert line.params == (target,)
            assert set(line.tags) <= {"time", "msgid", "account"}
    assert history(rita, "#main") == []


def test_tags_for_operators_or_the_voiced(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    """STATUSMSG; nothing of it is kept."""
    olga.ask("JOIN #tea")
    rita.ask("JOIN #tea")
    vic = server.member("vic", CAPS, room="#tea")
    olga.ask("MODE #tea +v vic")
    for client in (rita, vic):
        client.sync()
    rita.send("@+typing=active TAGMSG @#TEA", "@+draft/react=x;+reply=1-1 TAGMSG +#tea", "@+a=b TAGMSG #tea")
    told = [("@#tea", "+typing"), ("+#tea", "+draft/react"), ("#tea", "+a")]
    for client, heard in ((rita, told), (olga, told), (vic, told[1:])):
        for target, tag in heard:
            line = parse(client.wait(" TAGMSG "))
            assert (line.params, tag in line.tags) == ((target,), True)
    assert history(olga, "#tea") == []
    eve = server.register("eve", CAPS)
    assert one_command(eve.ask("@+a=b TAGMSG @#tea")) == "404"
    assert one_command(eve.ask("@+a=b TAGMSG @#nosuch")) == "403"


def test_typing_to_somebody_one_never_talked_to(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    olga.send("@+typing=active TAGMSG RITA")
    assert parse(rita.wait(" TAGMSG ")).params == ("rita",)
    assert parse(olga.wait(" TAGMSG ")).params == ("rita",)
    assert history(rita, "olga") == []
    server.register("lena").close()
    while parse(olga.ask("PRIVMSG lena :there?")[-1]).command != "301":
        pass  # until the server has noticed that lena is gone
    assert one_command(olga.ask("@+typing=active TAGMSG lena")) == "TAGMSG"


def one_command(lines: list[str]) -> str:
    (line,) = lines
    return parse(line).command


@pytest.mark.parametrize(
    "tag", ["+draft/react=👍", "+react=👍", "+draft/unreact=👍", "+unreact=👍", "+x=y;+draft/persist"]
)
def test_reactions_are_kept_in_their_place(olga: IrcClient, rita: IrcClient, tag: str) -> None:
    for target, other, name in (("#main", "#main", "#main"), ("rita", "olga", "rita")):
        olga.ask(f"PRIVMSG {target} :hello")
        said = parse(next(line for line in olga.log if line.endswith(f"PRIVMSG {target} :hello")))
        olga.send(f"@{tag};+draft/reply={said.tags['msgid']} TAGMSG {target}")
        live = parse(rita.wait(" TAGMSG "))
        assert live.params == (name,)
        assert live.tags["+draft/reply"] == said.tags["msgid"]
        olga.wait(" TAGMSG ")
        found = history(rita, other)
        assert [line.command for line in found] == ["PRIVMSG", "TAGMSG"]
        assert {**live.tags, "batch": found[1].tags["batch"]} == found[1].tags
        assert found[1].params == (name,)


def test_history_has_tags_alone_only_for_who_can_read_them(server: Running, olga: IrcClient) -> None:
    olga.ask("@+draft/react=x;+draft/reply=1-1 TAGMSG #main")
    assert [line.command for line in history(olga, "#main")] == ["TAGMSG"]
    olga.ask("CAP REQ :-message-tags")
    assert history(olga, "#main") == []
    olga.ask("CAP REQ :message-tags", "CAP REQ :-draft/event-playback")
    assert history(olga, "#main") == []


def test_replies_to_what_is_not_there_are_relayed_as_they_are(olga: IrcClient, rita: IrcClient) -> None:
    """Whether a message of that id exists, and where, is nothing that anybody learns from it."""
    for reference in ("nonsense", "999-1", "1-zzzz", ""):
        (echo,) = olga.ask(f"@+reply={reference} PRIVMSG #main :re")
        assert parse(echo).tags["+reply"] == reference
        assert parse(rita.wait(" :re")).tags["+reply"] == reference


def test_who_may_not_speak_may_not_send_tags(server: Running, olga: IrcClient, rita: IrcClient) -> None:
    eve = server.register("eve", CAPS)
    olga.ask("JOIN #talk")
    rita.ask("JOIN #talk")
    olga.ask("MODE #talk +m")
    rita.sync()
    for tags in ("+typing=active", "+draft/react=x;+reply=1-1"):
        assert one_command(eve.ask(f"@{tags} TAGMSG #talk")) == "404"
        assert one_command(rita.ask(f"@{tags} TAGMSG #talk")) == "404"
        assert one_command(rita.ask(f"@{tags} TAGMSG #nosuch")) == "403"
        assert one_command(rita.ask(f"@{tags} TAGMSG nobody")) == "401"
    assert one_command(rita.ask("TAGMSG")) == "461"
    assert one_command(rita.ask("@+typing=active TAGMSG")) == "461"
    assert one_command(rita.ask("TAGMSG #nosuch")) == "403"
    assert olga.sync() == []


def test_to_several(olga: IrcClient, rita: IrcClient) -> None:
    said = olga.ask("@+typing=active TAGMSG #main,rita,nobody")
    assert sorted(parse(line).command for line in said) == ["401", "TAGMSG", "TAGMSG"]
    assert [parse(line).params[0] for line in rita.sync()] == ["#main", "rita"]


def test_a_reaction_without_an_echo(server: Running, rita: IrcClient) -> None:
    quiet = server.member("quiet", "message-tags")
    assert quiet.ask("@+draft/react=x;+reply=1-1 TAGMSG #main", "@+typing=done TAGMSG #main") == []
    assert [parse(line).command for line in rita.sync() if "TAGMSG" in line] == ["TAGMSG", "TAGMSG"]
