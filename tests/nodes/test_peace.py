"""Whom accounts ignore, where several servers have one database."""

from __future__ import annotations

from collections.abc import Callable

from tests.nodes.test_two_servers import durable, servers
from tests.running import Running

__all__ = ["durable", "servers"]


def test_what_is_set_at_one_server_holds_at_all(servers: Callable[..., Running]) -> None:
    one, two = servers(), servers()
    alice, carol = one.member("alice"), one.member("carol")
    bob, phone = two.member("bob"), two.login("alice", "chatstore/ignore")
    bob.ask("PRIVMSG alice :hello")
    alice.wait("PRIVMSG alice :hello")
    alice.ask("IGNORE ADD bob")
    phone.wait("IGNORE ADD bob")
    assert bob.parsed("PRIVMSG alice :rude")[-1].command == "531"
    bob.ask("PRIVMSG #main :rude")
    carol.wait("PRIVMSG #main :rude")
    assert "rude" not in str(alice.sync())
    third = servers()
    late = third.login("alice")
    bob.ask("PRIVMSG #main :still rude")
    carol.wait("still rude")
    carol.ask("PRIVMSG #main :the end")
    late.wait("the end")
    phone.ask("IGNORE REMOVE bob")
    third.login("bob").ask("PRIVMSG alice :sorry")
    alice.wait("PRIVMSG alice :sorry")
