"""BAN and KLINE: who is kept away, whose connections are closed, and that nobody bans themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.server_bans import BanFromServer, EndServerBan
from chatstore.chat.live.listener import Listener, Person
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.server_bans import server_mask
from tests.irc.administering import account, admin, refusal, rows
from tests.running import PASSWORD, IrcClient, Running, plain

RunServer = Callable[..., Running]
FAR = "2099-12-24T18:00:00.000Z"


@pytest.fixture
def server(run_server: RunServer) -> Running:
    return run_server(accounts={"guests": True, "nick_must_be_account": False})


@pytest.fixture
def olga(server: Running) -> IrcClient:
    return admin(server)


def guest(server: Running, nick: str) -> IrcClient:
    client = server.connect()
    client.nick = nick
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    return client


def test_a_mask_keeps_people_away_and_closes_their_connections(server: Running, olga: IrcClient) -> None:
    """Those who are here, those who come, and those who take the name later."""
    eve, ann = guest(server, "eve"), guest(server, "ann")
    eve.wait(" 001 ")
    ann.wait(" (422|376) ")
    [made] = olga.parsed("BAN ADD eve!*@* * :flooding")
    assert made.params == ("ADD", "1", "eve!*@*", "*", "flooding")
    assert "you are banned from this server: flooding" in eve.rest()[-1]
    again = guest(server, "Eve")
    assert " 465 " in again.wait("465")
    again.rest()
    assert [line.command for line in ann.parsed("NICK eve")] == ["465"]
    assert ann.nick in ann.ask("USERHOST ann")[0]  # it stays


def test_the_username_that_somebody_gives(server: Running, olga: IrcClient) -> None:
    """Those who come later, too."""
    olga.ask("BAN ADD *!~spam@* * :no bots")
    spammer = server.connect()
    spammer.send("NICK ann", "USER spam 0 * :x")
    assert " 465 " in spammer.wait("465|001")
    spammer.rest()
    guest(server, "ann").wait(" 001 ")


@pytest.mark.pure
def test_a_ban_that_is_set_while_somebody_comes(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or while they change their nick: after they were asked, and before anybody sees them under it."""
    hub, store = server.server.chat.hub, server.server.store
    attach, claim = hub.attach, hub.claim
    ann = guest(server, "ann")
    ann.wait(" (422|376) ")

    def ban(mask: str) -> None:
        store.submit([BanFromServer(mask, "too late")]).result()

    def attached(session: Listener, actor: Actor, realname: str, now: float) -> tuple[Person, list[int]]:
        ban("eve")
        return attach(session, actor, realname, now)

    def claimed(folded: str, person: Person) -> bool:
        ban("zoe")
        return claim(folded, person)

    monkeypatch.setattr(hub, "attach", attached)
    eve = guest(server, "eve")
    assert " 465 " in eve.wait("465|001")
    eve.rest()
    assert hub.person("eve") is None
    monkeypatch.setattr(hub, "claim", claimed)
    ann.send("NICK zoe")
    assert "you are banned from this server: too late" in ann.rest()[-1]


def test_an_account_is_banned_by_its_name(server: Running, olga: IrcClient) -> None:
    account(server, "bob")
    olga.ask("BAN ADD a:b?b * :spam")
    client = server.connect()
    client.ask("CAP REQ sasl", "NICK x", "USER x 0 * :x", "AUTHENTICATE PLAIN")
    assert any(" 904 " in line and "banned" in line for line in client.ask(f"AUTHENTICATE {plain('bob')}"))
    olga.ask("BAN REMOVE a:B?B")
    server.login("bob")


def test_it_ends_by_itself(server: Running, olga: IrcClient) -> None:
    now = server.server.chat.clock
    server.server.store.submit([BanFromServer("eve", "spam", int(now() * 1000) + 3_600_000)]).result()
    assert len(rows(olga, "BAN LIST")) == 1
    server.server.chat.clock = lambda: now() + 3_700
    guest(server, "eve").wait(" 001 ")
    assert rows(olga, "BAN LIST") == []


def test_the_list(olga: IrcClient) -> None:
    olga.ask(f"BAN ADD 192.0.2.9/24 {FAR} :spam", "BAN ADD 2001:DB8::1/32 * :bots", "BAN ADD eve * :rude")
    olga.ask("BAN ADD 192.0.2.0/24 * :again")  # in place of the first
    found = [(params[2], values["kind"], values["by"], values["text"]) for params, values in rows(olga, "BAN LIST")]
    assert found == [
        ("2001:db8::/32", "network", "olga", "bots"),
        ("eve!*@*", "mask", "olga", "rude"),
        ("192.0.2.0/24", "network", "olga", "again"),
    ]
    assert [params[3] for params, _ in rows(olga, "AUDIT LIST action=server.ban")] == ["server.ban"] * 4


@pytest.mark.parametrize(
    ("mask", "code"),
    [
        ("olga", "OWN_BAN"),
        ("a:OLGA", "OWN_BAN"),
        ("a:*", "TOO_WIDE"),
        ("*!*@*", "TOO_WIDE"),
        ("0.0.0.0/0", "TOO_WIDE"),
        ("10.0.0.0/7", "TOO_WIDE"),
        ("2001::/16", "TOO_WIDE"),
        ("127.0.0.1", "INVALID_MASK"),
        ("127.0.0.0/8", "INVALID_MASK"),
        (f"a:{'永' * 67}", "INVALID_MASK"),
        ("192.0.2.0/99", "INVALID_MASK"),
        ("*!*@*.example.org", "INVALID_MASK"),
    ],
)
def test_what_is_no_ban(olga: IrcClient, mask: str, code: str) -> None:
    assert refusal(olga, f"BAN ADD {mask} * :x") == code
    assert rows(olga, "BAN LIST") == []


def test_ones_own_network(server: Running, olga: IrcClient) -> None:
    """An administrator who comes from elsewhere can't ban the network that they are in."""
    for own, network in (("192.0.2.7", "192.0.2.0/24"), ("2001:db8::7", "2001:db8::/32")):
        ban = BanFromServer(network, "x", by=account(server, f"a{len(own)}", "admin").actor, address=own)
        with pytest.raises(ChatError) as refused:
            server.server.store.submit([ban]).result()
        assert refused.value.code is Code.OWN_BAN


def test_only_administrators(server: Running) -> None:
    bob = server.register("bob")
    for line in ("BAN LIST", "BAN ADD eve * :x", "BAN REMOVE 1"):
        assert refusal(bob, line) == "ADMIN_REQUIRED"
    for line in ("KLINE eve :x", "KLINE", "UNKLINE eve", "DLINE 192.0.2.1", "UNDLINE 192.0.2.1"):
        assert [each.command for each in bob.parsed(line)] == ["491"]


def test_as_operators_know_it(server: Running) -> None:
    account(server, "olga", "admin")
    bob = server.register("bob")
    bob.ask(f"OPER olga :{PASSWORD}")
    assert "192.0.2.0/24 is banned until 2" in bob.ask("KLINE 60 *@192.0.2.0/24 :spam and more")[0]
    assert bob.ask("DLINE 198.51.100.7 bots")[0].endswith(":198.51.100.7/32 is banned for good: bots")
    listed = bob.ask("KLINE")
    assert ", by olga: spam and more" in listed[0]
    assert listed[-1].endswith(":2 bans")
    assert bob.ask("UNDLINE 198.51.100.7")[0].endswith(":198.51.100.7/32 is not banned any more")
    assert refusal(bob, "BAN REMOVE 198.51.100.7") == "NO_SUCH_BAN"


@pytest.mark.parametrize("mask", ["::1", "::/19", "::/96", "0:0::/64", "127.0.0.0/9", "::ffff:127.0.0.1"])
def test_the_servers_own_machine_is_never_banned(mask: str) -> None:
    with pytest.raises(ChatError) as refused:
        server_mask(mask)
    assert refused.value.code is Code.INVALID_MASK


def test_the_longest_mask_is_listed_whole(olga: IrcClient) -> None:
    mask = f"a:{'永' * 66}"
    olga.ask(f"BAN ADD {mask} * :x")
    [(params, values)] = rows(olga, "BAN LIST")
    assert (params[2], values["kind"], values["by"], values["text"]) == (mask, "mask", "olga", "x")


@pytest.mark.parametrize("mask", ["*@192.0.2.0/24", "192.0.2.0/24", "192.0.2.77/24"])
def test_one_mask_however_it_is_written(mask: str) -> None:
    assert server_mask(mask) == "192.0.2.0/24"


def test_an_ipv4_address_inside_of_ipv6(server: Running) -> None:
    assert server_mask("::ffff:192.0.2.7") == "192.0.2.7/32"
    server.server.store.submit([BanFromServer("192.0.2.0/24", "x")]).result()
    now = int(server.server.chat.clock() * 1000)
    bans = server.server.chat.hub.bans
    assert bans.of_address("::ffff:192.0.2.9", now) is bans.of_address("192.0.2.1", now) is not None
    assert bans.of_address("192.0.3.1", now) is bans.of_address("2001:db8::1", now) is None
    server.server.store.submit([EndServerBan("1")]).result()
    assert bans.of_address("192.0.2.1", now) is None
