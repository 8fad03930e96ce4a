"""What NAMES and JOIN say of people. IRCv3 userhost-in-names, multi-prefix, extended-join."""

from __future__ import annotations

from collections.abc import Callable

from tests.running import IrcClient, Running


def listed(client: IrcClient) -> list[str]:
    found = [line.params[-1] for line in client.parsed("NAMES #tea") if line.command == "353"]
    return " ".join(found).split()


def test_every_prefix_and_the_whole_mask(server: Running) -> None:
    olga = server.member("olga", room="#tea")
    olga.ask("MODE #tea +v olga")
    plainly = server.member("pat", room="#tea")
    assert listed(plainly) == ["@olga", "pat"]
    every = server.member("mia", "multi-prefix", "#tea")
    assert listed(every) == ["mia", "@+olga", "pat"]
    masks = server.member("ulla", "userhost-in-names", "#tea")
    assert listed(masks)[1:3] == ["@olga!u@user/olga", "pat!u@user/pat"]
    both = server.member("bea", "userhost-in-names multi-prefix", "#tea")
    assert "@+olga!u@user/olga" in listed(both)
    flags = {line.params[5]: line.params[6] for line in both.parsed("WHO #tea") if line.command == "352"}
    assert flags["olga"].endswith("@+")


def test_extended_join_of_guests_and_accounts(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True})
    watcher, plainly = server.member("wanda", "extended-join"), server.member("pat")
    visitor = server.connect()
    visitor.send("NICK visitor", "USER v 0 * :Realname")
    visitor.wait(" 422 ")
    visitor.ask("JOIN #main")
    server.member("alice")
    assert watcher.wait("visitor") == ":visitor!guest@guest JOIN #main * :Realname"
    assert watcher.wait("alice") == ":alice!u@user/alice JOIN #main alice :Alice"
    assert plainly.wait("visitor") == ":visitor!guest@guest JOIN #main"
    own = server.member("oda", "extended-join")
    assert ":oda!u@user/oda JOIN #main oda :Oda" in own.log
