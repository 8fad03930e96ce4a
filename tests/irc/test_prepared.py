"""What all clients are told alike at the welcome is rendered once for nicks of one length: each client is addressed
by its own nick, and is told what holds now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chatstore.irc.line import parse
from tests.running import IrcClient, Running

_ALIKE = {"002", "003", "004", "005", "375", "372", "376", "422"}


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    return run_server(accounts={"guests": True}, server={"motd": "x" * 490})


def welcomed(server: Running, nick: str) -> list[str]:
    """The lines that greet a guest, and are the same for everybody but for the nick."""
    client = server.connect()
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    client.wait(" (376|422) ")
    lines = [line for line in client.log if parse(line).command in _ALIKE]
    assert all(parse(line).params[0] == nick for line in lines)
    return lines


def test_each_is_addressed_by_their_own_nick(server: Running) -> None:
    longest = "n" * 32
    al, bo, long = (welcomed(server, nick) for nick in ("al", "bo", longest))
    assert [line.replace(" al ", " bo ", 1) for line in al] == bo
    assert len(max(al, key=len)) == len(max(long, key=len)) == 510  # of MOTD, which loses what does not fit
    assert all(len(line.encode()) <= 510 for line in long)


def test_a_nick_of_several_bytes_a_letter_counts_by_them(server: Running) -> None:
    welcomed(server, "abcdef")
    for line in welcomed(server, "жёлтые"):
        assert len(line.encode()) <= 510


def test_another_message_of_the_day(server: Running) -> None:
    def said(client: IrcClient) -> list[str]:
        return [line.params[-1] for line in client.parsed("MOTD") if line.command in ("372", "422")]

    client = server.connect()
    client.send("NICK al", "USER al 0 * :al")
    client.wait(" 376 ")
    for motd in ("Tea is at five.", "Tea is at six.", ""):
        server.server._irc.motd = motd
        assert said(client) == ([f"- {motd}"] if motd else ["there is no message of the day"])
        assert any(motd in line for line in welcomed(server, f"b{len(motd)}"))


def test_lines_that_are_kept_make_a_labelled_answer(server: Running) -> None:
    client = server.connect()
    client.send("CAP REQ :labeled-response batch message-tags", "NICK al", "USER al 0 * :al", "CAP END")
    client.wait(" 376 ")
    for _ in range(2):
        first, *lines, last = client.parsed("@label=x MOTD")
        assert (first.tags["label"], first.params[1], last.command) == ("x", "labeled-response", "BATCH")
        assert [line.command for line in lines] == ["375", "372", "376"]
        assert {line.tags["batch"] for line in lines} == {first.params[0][1:]}


def test_another_policy_and_another_place_for_files(server: Running) -> None:
    before = welcomed(server, "al")
    policy = server.server.chat.policy
    server.server.chat.apply_policy(replace(policy, limits=replace(policy.limits, topic_length=77)))
    after = welcomed(server, "bo")
    assert any(" TOPICLEN=77 " in line for line in after)
    assert not any(" TOPICLEN=77 " in line for line in before)
    access = server.server._irc.access
    server.server._irc.access = replace(access, files="http://files.example/")
    assert any("draft/FILEHOST=http://files.example/ " in line for line in welcomed(server, "cy"))


def test_who_is_encrypted_is_told_of_no_place_without_it(server: Running) -> None:
    irc = server.server._irc
    irc.access = replace(irc.access, files="http://files.example/")
    welcomed(server, "al")
    client = server.connect()
    client.send("NICK bo", "USER bo 0 * :bo")
    client.wait(" 376 ")
    plain = client.ask("ISUPPORT")
    assert any("FILEHOST" in line for line in plain)
    [bo] = server.server.chat.hub.person("bo").sessions  # type: ignore[union-attr]
    bo.secure = True
    assert not any("FILEHOST" in line for line in client.ask("ISUPPORT"))
