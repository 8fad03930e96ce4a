"""Bots. IRCv3 bot-mode; the tag in history is the one that was sent live."""

from __future__ import annotations

from tests.running import IrcClient, Running


def bot(server: Running, name: str = "robodan") -> IrcClient:
    client = server.register(name)
    assert any(" BOT=B " in line for line in client.log)
    assert client.ask(f"MODE {name} +B") == [f":{name}!u@user/{name} MODE {name} +B"]
    return client


def test_whois(server: Running, alice: IrcClient) -> None:
    robodan = bot(server)
    lines = [line for line in alice.parsed("WHOIS robodan") if line.command == "335"]
    assert [line.params for line in lines] == [("alice", "robodan", "is a bot on chatstore")]
    robodan.ask("MODE robodan -B")
    assert not any(line.command == "335" for line in alice.parsed("WHOIS robodan"))


def test_who(server: Running, alice: IrcClient) -> None:
    robodan = bot(server)
    robodan.ask("JOIN #main")
    flags = {line.params[5]: line.params[6] for line in alice.parsed("WHO #main") if line.command == "352"}
    assert "B" in flags["robodan"]
    assert "B" not in flags["alice"]


def test_everything_it_does_has_the_tag(server: Running) -> None:
    tagged, plainly = server.member("tess", "message-tags"), server.member("pat")
    robodan = bot(server)
    robodan.ask("JOIN #main", "PRIVMSG #main :Hello!", "NOTICE tess :psst", "PRIVMSG tess :hi", "PART #main")
    lines = [line for line in tagged.sync() if ":robodan!" in line]
    assert len(lines) == 5
    for line in lines:
        tags = line.partition(" ")[0].removeprefix("@").split(";")
        assert "bot" in tags
    assert not any(line.startswith("@") for line in plainly.sync())


def test_history_has_it_too(server: Running) -> None:
    caps = "message-tags batch draft/chathistory draft/event-playback"
    tess = server.member("tess", caps)
    robodan = bot(server)
    robodan.ask("JOIN #main", "PRIVMSG #main :Hello!", "MODE robodan -B", "PRIVMSG #main :No more")
    live = [line for line in tess.sync() if ":robodan!" in line]
    past = [line for line in tess.ask("CHATHISTORY LATEST #main * 3") if ":robodan!" in line]
    assert [line.partition(";")[2] for line in past] == [line.removeprefix("@") for line in live]
    assert [";bot" in line.partition(" ")[0] for line in past] == [True, True, False]


def test_it_ends_with_the_last_connection(server: Running, alice: IrcClient) -> None:
    robodan = bot(server)
    robodan.ask("JOIN #main")
    robodan.send("QUIT")
    robodan.rest()
    again = server.login("robodan")
    assert again.ask("MODE robodan")[-1].endswith(" 221 robodan +")
    assert not any(line.command == "335" for line in alice.parsed("WHOIS robodan"))
