"""RELAYMSG (IRCv3 draft/relaymsg): bridges pass on what others say elsewhere, under their names."""

from __future__ import annotations

import pytest

from chatstore.chat.model.actors import Actor, relayed_actor
from chatstore.chat.model.room_events import MessagePosted
from chatstore.irc.line import Line
from chatstore.plain.renderer import PlainRenderer
from tests.running import IrcClient, Running

CAPS = "echo-message message-tags account-tag draft/relaymsg standard-replies batch draft/chathistory"


@pytest.fixture
def bridge(server: Running) -> IrcClient:
    """The operator of #talk."""
    return server.member("bridge", CAPS, "#talk")


def relay(client: IrcClient, nick: str = "alice/discord", text: str = "hello") -> Line:
    client.sync()
    [line] = client.parsed(f"RELAYMSG #talk {nick} :{text}")
    return line


def test_the_capability_says_which_separator_a_nick_has(server: Running) -> None:
    client = server.connect()
    client.send("CAP LS 302")
    assert "draft/relaymsg=/" in client.wait("draft/r")


def test_everybody_sees_the_author_there_and_who_passed_it_on(server: Running, bridge: IrcClient) -> None:
    bob, old = server.member("bob", CAPS, "#talk"), server.member("old", room="#talk")
    old.sync(), bob.sync()
    echo = relay(bridge)
    [heard] = bob.parsed()
    assert echo == heard
    assert heard.source == "alice/discord!u@user/bridge"
    assert (heard.command, heard.params) == ("PRIVMSG", ("#talk", "hello"))
    assert heard.tags["draft/relaymsg"] == "bridge"
    assert "msgid" in heard.tags
    assert "account" not in heard.tags
    assert "bot" not in heard.tags
    [plain] = old.sync()
    assert plain == ":alice/discord!u@user/bridge PRIVMSG #talk :hello"


def test_history_and_replies_show_the_same(server: Running, bridge: IrcClient) -> None:
    first = relay(bridge)
    answer = bridge.parsed(f"@+draft/reply={first.tags['msgid']} RELAYMSG #talk bob/xmpp.example.org :and me")[0]
    assert answer.tags["+draft/reply"] == first.tags["msgid"]
    past = [line for line in bridge.parsed("CHATHISTORY LATEST #talk * 5") if line.command == "PRIVMSG"]
    assert [(line.source, line.params[1], line.tags["draft/relaymsg"]) for line in past] == [
        ("alice/discord!u@user/bridge", "hello", "bridge"),
        ("bob/xmpp.example.org!u@user/bridge", "and me", "bridge"),
    ]
    assert past[1].tags["+draft/reply"] == first.tags["msgid"]


def test_who_passed_it_on_takes_it_back(server: Running, bridge: IrcClient) -> None:
    bridge.ask("CAP REQ :draft/message-redaction")
    said = relay(bridge)
    assert bridge.parsed(f"REDACT #talk {said.tags['msgid']} :oops")[0].command == "REDACT"


@pytest.mark.parametrize(
    "nick",
    ["alice", "/discord", "alice/", "a//b", "a/b/c/d", "al ice/x", "al!ice/x", "al@ice/x", "#a/x", "a\x03/b"],
)
def test_what_could_be_somebody_here_is_no_nick(bridge: IrcClient, nick: str) -> None:
    [answer] = bridge.parsed(f"RELAYMSG #talk {nick} :hello")
    assert answer.params[:2] == ("RELAYMSG", "INVALID_NICK"), answer


@pytest.mark.parametrize("name", ["a/b", "alice/discord"])
def test_nobody_here_has_a_nick_with_a_separator(server: Running, name: str) -> None:
    client = server.connect()
    client.send("CAP LS 302", f"NICK {name}")
    assert " 432 " in client.wait(" 43[23] ")


def test_members_may_not_and_bots_with_voice_may(server: Running, bridge: IrcClient) -> None:
    member = server.member("mel", CAPS, "#talk")
    assert relay(member).params[:2] == ("RELAYMSG", "PRIVS_NEEDED")
    bridge.ask("MODE #talk +v mel")
    assert relay(member).params[:2] == ("RELAYMSG", "PRIVS_NEEDED")
    member.ask("MODE mel +B")
    assert member.parsed("RELAYMSG #talk x/y :hello")[0].command == "PRIVMSG"


def test_it_is_refused_as_other_messages_are(server: Running, bridge: IrcClient) -> None:
    assert relay(bridge, text=" ").params[:2] == ("RELAYMSG", "BLANK_MSG")
    outsider = server.register("out", CAPS)
    assert relay(outsider).command == "442"
    assert bridge.parsed("RELAYMSG bob a/b :x")[0].command == "403"
    assert bridge.parsed("RELAYMSG #nowhere a/b :x")[0].command == "403"
    assert bridge.parsed("RELAYMSG #talk a/b")[0].command == "461"


def test_a_bot_is_marked_in_plain_text() -> None:
    bot = Actor("ci", "ci", 1, bot=True)
    assert PlainRenderer(1).lines(MessagePosted(1, 1, 1, bot, "done"), "main") == ["ci [bot]: done"]
    said = MessagePosted(1, 1, 1, relayed_actor(bot, "alice/discord"), "hi")
    assert PlainRenderer(1).lines(said, "main") == ["alice/discord: hi"]
