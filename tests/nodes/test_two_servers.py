"""People at two servers of one database: what IRC clients of each are shown of the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatstore.chat.changes.accounts import CreateAccount, SetRole, SuspendAccount
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from chatstore.irc.line import parse
from chatstore.storage.postgresql.bus import Bus
from tests.irc.administering import admin, rows
from tests.postgres import Cluster, programs
from tests.running import PASSWORD, IrcClient, Running, _server, plain


@pytest.fixture(scope="module")
def durable() -> Iterator[Cluster]:
    """PostgreSQL as a server demands it."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    cluster = Cluster(fsync=True)
    yield cluster
    cluster.close()


@pytest.fixture
def servers(durable: Cluster, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts servers of one database."""
    url, started = durable.database(), list[Running]()

    def run(**tables: dict[str, object]) -> Running:
        settings = {"database": {"url": url}, "accounts": {"guests": True}, **tables}
        running = Running(_server(settings), tmp_path)
        started.append(running)
        return running

    yield run
    for running in started:
        running.stop()


@pytest.fixture
def one(servers: Callable[..., Running]) -> Running:
    return servers()


@pytest.fixture
def two(one: Running, servers: Callable[..., Running]) -> Running:
    return servers()


@pytest.fixture
def alice(one: Running) -> IrcClient:
    """At the first server, in #main."""
    return one.member("alice", CAPS)


@pytest.fixture
def bob(two: Running, alice: IrcClient) -> IrcClient:
    """At the second one, in #main. Each has heard of the other."""
    bob = two.member("bob", CAPS)
    alice.wait(":bob!.* JOIN ")
    return bob


CAPS = (
    "message-tags away-notify extended-monitor setname account-notify chghost echo-message"
    " invite-notify draft/metadata-2 draft/read-marker labeled-response batch"
)


def guest(server: Running, nick: str) -> IrcClient:
    client = server.connect()
    client.nick = nick
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()}")
    client.wait(" (422|376) ")
    return client


def shown(client: IrcClient, pattern: str) -> list[str]:
    return [line for line in client.log if re.search(pattern, line)]


def numbers(lines: list[str], number: str) -> list[str]:
    return [line for line in lines if parse(line).command == number]


class TestNicks:
    def test_a_nick_belongs_to_one_person_of_all_servers(self, one: Running, two: Running) -> None:
        visitor = guest(one, "visitor")
        other = two.connect()
        other.send("NICK visitor", "USER x 0 * :X")
        other.wait(" 433 ")
        other.send("NICK tourist")
        other.wait(" (422|376) ")
        assert numbers(other.ask("NICK visitor"), "433")
        other.ask("MONITOR + traveller,visitor")
        visitor.send("NICK traveller")
        other.wait(" 731 .*visitor")
        other.send("NICK visitor")
        other.wait(":tourist!.* NICK :?visitor")
        visitor.close()
        other.wait(" 731 .*traveller")
        other.send("NICK traveller")
        other.wait(":visitor!.* NICK :?traveller")

    def test_also_if_nobody_has_heard_of_it_yet(self, one: Running, two: Running) -> None:
        other = two.connect()
        other.nick = "tourist"
        other.send("NICK tourist", "USER x 0 * :X")
        other.wait(" (422|376) ")
        other.ask("MONITOR + visitor")
        visitor = guest(one, "visitor")
        other.wait(" 730 .*visitor")
        hub = two.server.chat.hub
        del hub._people[hub._nicks.pop("visitor").actor.key]  # as if it were on its way
        assert numbers(other.ask("NICK visitor"), "433")
        third = two.connect()
        third.send("NICK visitor", "USER x 0 * :X")
        third.wait(" 433 ")
        third.send("NICK third")
        third.wait(" (422|376) ")
        assert other.ask("ISON third")[0].endswith(":third")
        visitor.send("NICK traveller")
        visitor.wait(" NICK :?traveller")

    def test_an_account_gets_its_name_back_from_a_guest_elsewhere(self, one: Running, two: Running) -> None:
        watcher = guest(one, "watcher")
        watcher.ask("MONITOR + zoe")
        holder = guest(two, "zoe")
        watcher.wait(" 730 .*zoe")
        one.server.store.submit([CreateAccount(person_name("zoe"), hash_password(PASSWORD, 4))]).result()
        zoe = one.login("zoe")
        holder.wait(":zoe!.* NICK :?guest-")
        assert parse(numbers(zoe.ask("WHOIS zoe"), "330")[0]).params[1] == "zoe"

    def test_a_name_is_registered_by_nobody_but_the_guest_who_has_it(self, one: Running, two: Running) -> None:
        visitor = guest(one, "visitor")
        other = two.connect()
        other.send("CAP LS 302", "NICK other", "USER x 0 * :X", f"REGISTER visitor * :{PASSWORD}")
        assert "FAIL REGISTER" in other.wait("REGISTER")
        visitor.send(f"REGISTER * * :{PASSWORD}")
        visitor.wait("REGISTER SUCCESS")


class TestWhoIsThere:
    def test_every_question_knows_the_people_of_the_other_server(self, alice: IrcClient, bob: IrcClient) -> None:
        bob.ask("MODE bob +B")
        assert numbers(alice.ask("WHO #main"), "352")[1].split()[7] == "bob"
        assert re.search(" 352 .* bob H", "\n".join(alice.ask("WHO b*b")))
        whois = alice.ask("WHOIS bob bob")
        assert numbers(whois, "311")
        assert numbers(whois, "317")
        assert not numbers(whois, "301")
        assert parse(numbers(whois, "311")[0]).params[2] == "~bob"
        assert alice.ask("ISON bob nobody")[0].endswith(" :bob")
        assert alice.ask("USERHOST bob")[0].split(":")[-1].startswith("bob=+")
        assert "bob" in parse(numbers(alice.ask("NAMES #main"), "353")[0]).params[-1].split()
        assert parse(numbers(alice.ask("LIST"), "322")[0]).params[2] == "2"
        assert numbers(alice.ask("MONITOR + bob"), "730")

    def test_lusers_counts_the_people_of_all(self, one: Running, alice: IrcClient, bob: IrcClient) -> None:
        lines = alice.ask("LUSERS")
        assert "There are 2 users" in numbers(lines, "251")[0]
        assert "I have 1 clients" in numbers(lines, "255")[0]
        assert parse(numbers(lines, "265")[0]).params[1:3] == ("1", "1")
        assert parse(numbers(lines, "266")[0]).params[1] == "2"

    def test_a_server_that_starts_later_knows_who_is_there(
        self, servers: Callable[..., Running], alice: IrcClient, bob: IrcClient
    ) -> None:
        bob.ask("AWAY :lunch")
        third = guest(servers(), "visitor")
        assert third.ask("ISON alice bob")[0].endswith(" :alice bob")
        assert numbers(third.ask("WHOIS bob"), "301")[0].endswith(":lunch")

    def test_monitor_and_whowas_when_they_come_and_go(self, one: Running, two: Running, alice: IrcClient) -> None:
        alice.ask("MONITOR + visitor")
        visitor = guest(two, "visitor")
        alice.wait(" 730 .*visitor")
        visitor.close()
        alice.wait(" 731 .*visitor")
        assert numbers(alice.ask("WHOWAS visitor"), "314")

    def test_idle_is_since_the_last_message(self, two: Running, alice: IrcClient, bob: IrcClient) -> None:
        person = two.server.chat.hub.person("alice")
        assert person is not None
        person.last_active = 1.0
        alice.send("PRIVMSG #main :hello")
        bob.wait(":alice!.* PRIVMSG #main :hello")
        assert int(parse(numbers(bob.ask("WHOIS alice alice"), "317")[0]).params[2]) < 100


class TestWhatIsTold:
    def test_away_and_back(self, alice: IrcClient, bob: IrcClient) -> None:
        alice.send("AWAY :lunch")
        bob.wait(":alice!.* AWAY :lunch")
        assert " G" in numbers(bob.ask("WHO alice"), "352")[0]
        assert numbers(bob.ask("PRIVMSG alice :are you there?"), "301")[0].endswith(":lunch")
        assert bob.ask("USERHOST alice")[0].split(":")[-1].startswith("alice=-")
        alice.send("AWAY")
        bob.wait(":alice!.* AWAY$")

    def test_realname_and_modes(self, alice: IrcClient, bob: IrcClient) -> None:
        alice.send("SETNAME :Alice A.")
        bob.wait(":alice!.* SETNAME :Alice A.")
        alice.send("MODE alice +B", "PRIVMSG #main :beep")
        bob.wait("PRIVMSG #main :beep")
        assert numbers(bob.ask("WHOIS alice"), "335")

    def test_typing_in_a_room_and_to_a_person(self, alice: IrcClient, bob: IrcClient) -> None:
        alice.send("@+typing=active TAGMSG #main")
        bob.wait(r"\+typing=active.*:alice!.* TAGMSG #main")
        alice.send("@+typing=active TAGMSG bob")
        bob.wait(r"\+typing=active.*:alice!.* TAGMSG bob")
        alice.send("PRIVMSG bob :now there is a conversation")
        bob.wait("PRIVMSG bob :now")
        bob.send("@+typing=active TAGMSG alice")
        alice.wait(r"\+typing=active.*:bob!.* TAGMSG alice")

    def test_direct_messages_and_the_senders_other_connections(
        self, two: Running, alice: IrcClient, bob: IrcClient
    ) -> None:
        also = two.login("alice", CAPS)
        alice.send("PRIVMSG bob :psst")
        bob.wait(":alice!.* PRIVMSG bob :psst")
        also.wait(":alice!.* PRIVMSG bob :psst")
        bob.send("PRIVMSG alice :yes?")
        alice.wait(":bob!.* PRIVMSG alice :yes")
        also.wait(":bob!.* PRIVMSG alice :yes")

    def test_read_markers(self, two: Running, alice: IrcClient, bob: IrcClient) -> None:
        also = two.login("alice", CAPS)
        also.sync()
        alice.send("MARKREAD #main timestamp=2020-01-01T00:00:00.000Z")
        also.wait("MARKREAD #main timestamp=2020")
        bob.ask("PRIVMSG alice :hm")
        alice.wait("PRIVMSG alice :hm")
        alice.send("MARKREAD bob timestamp=2020-01-01T00:00:00.000Z")
        also.wait("MARKREAD bob timestamp=2020")

    def test_invitations(self, one: Running, two: Running, alice: IrcClient) -> None:
        visitor = guest(two, "visitor")
        alice.ask("MONITOR + visitor", "JOIN #tea", "MODE #tea +i")
        alice.send("INVITE visitor #tea")
        visitor.wait(":alice!.* INVITE visitor :?#tea")
        visitor.send("JOIN #tea")
        visitor.wait(" 366 ")
        alice.wait(":visitor!.* JOIN #tea")

    def test_metadata_of_a_guest(
        self, one: Running, two: Running, alice: IrcClient, servers: Callable[..., Running]
    ) -> None:
        alice.ask("METADATA * SUB url")
        visitor = guest(two, "visitor")
        visitor.ask("JOIN #main")
        alice.wait(":visitor!.* JOIN ")
        visitor.send("METADATA * SET url :https://example.net")
        alice.wait("METADATA visitor url .*example.net")
        assert "example.net" in "\n".join(alice.ask("METADATA visitor GET url"))
        carol = servers().member("carol", CAPS)
        assert "example.net" in "\n".join(carol.ask("METADATA visitor GET url"))

    def test_wallops(self, one: Running, two: Running, alice: IrcClient, bob: IrcClient) -> None:
        for server, client in ((one, alice), (two, bob)):
            server.server.store.submit([SetRole(person_name(client.nick), "admin")]).result()
            client.send(f"OPER {client.nick} :{PASSWORD}")
            client.wait(" 381 ")
        alice.send("WALLOPS :all hands")
        bob.wait("WALLOPS :all hands")
        alice.send("AWAY :what was told before is heard by now")
        bob.wait(":alice!.* AWAY ")
        assert numbers(bob.ask("WHOIS alice"), "313")


class TestWhatEndsConnections:
    def test_kill(self, one: Running, two: Running, alice: IrcClient, bob: IrcClient) -> None:
        one.server.store.submit([SetRole(person_name("alice"), "admin")]).result()
        alice.send(f"OPER alice :{PASSWORD}")
        alice.wait(" 381 ")
        also = one.login("bob")
        also.sync()
        alice.send("KILL bob :spam")
        bob.rest()
        also.rest()
        assert any("Killed (alice (spam))" in line for line in bob.log)
        assert any("Killed (alice (spam))" in line for line in also.log)

    def test_suspension(self, one: Running, bob: IrcClient) -> None:
        one.server.store.submit([SuspendAccount(person_name("bob"), "spam")]).result()
        assert any("suspended" in line for line in bob.rest())

    def test_a_token_that_is_removed(self, one: Running, two: Running, alice: IrcClient) -> None:
        [added] = alice.parsed("TOKEN ADD :phone")
        number, token = added.params[1:3]
        phone = two.connect()
        phone.send("CAP LS 302", "NICK alice", "USER alice 0 * :A", "CAP REQ :sasl", "AUTHENTICATE PLAIN")
        phone.send(f"AUTHENTICATE {plain('alice', token)}", "CAP END")
        phone.wait(" 903 ")
        phone.wait(" (422|376) ")
        alice.send(f"TOKEN REMOVE {number}")
        assert any("removed" in line for line in phone.rest())

    def test_wrong_guesses_are_counted_by_both(
        self, one: Running, two: Running, alice: IrcClient, bob: IrcClient
    ) -> None:
        def guess(server: Running) -> str:
            client = server.connect()
            client.send("CAP LS 302", "CAP REQ :sasl", "AUTHENTICATE PLAIN")
            client.wait(r"AUTHENTICATE \+")
            client.send(f"AUTHENTICATE {plain('alice', 'wrong')}")
            answer = client.wait(" (904|900|FAIL) ")
            client.close()
            return answer

        answers = [guess(one) for _ in range(10)]
        assert not any("too many" in answer for answer in answers)
        alice.send("AWAY :what was told before is heard by now")
        bob.wait(":alice!.* AWAY ")
        assert "too many" in guess(two)


class TestOnePersonAtTwoServers:
    def test_they_are_here_until_the_last_connection_goes(self, servers: Callable[..., Running]) -> None:
        temporary: dict[str, dict[str, object]] = {"accounts": {"always_on": False, "guests": True}}
        one, two = servers(**temporary), servers(**temporary)
        alice = one.member("alice", CAPS)
        bob = two.member("bob", CAPS)
        alice.wait(":bob!.* JOIN ")
        also = two.login("alice")
        also.wait(" 366 ")
        alice.close()
        carol = guest(one, "carol")
        carol.ask("JOIN #main")
        bob.wait(":carol!.* JOIN ")
        assert not any(":alice!" in line and " QUIT" in line for line in bob.log)
        assert carol.ask("ISON alice")[0].endswith(":alice")
        also.send("QUIT :bye")
        bob.wait(":alice!.* QUIT ")
        carol.wait(":alice!.* QUIT ")

    def test_whoever_comes_back_to_a_server_that_has_not_heard_that_they_left(
        self, servers: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        temporary: dict[str, dict[str, object]] = {"accounts": {"always_on": False, "guests": True}}
        one, two = servers(**temporary), servers(**temporary)
        alice, bob = one.member("alice", CAPS), two.member("bob", CAPS)
        alice.wait(":bob!.* JOIN ")
        carol = guest(one, "carol")
        carol.ask("JOIN #main")
        bob.wait(":carol!.* JOIN ")
        with monkeypatch.context() as deaf:
            deaf.setattr(Bus, "came", lambda _self, _payload: [])
            alice.close()
            carol.wait(":alice!.* QUIT ")
            back = two.login("alice", CAPS)
        carol.send("PRIVMSG #main :first")
        bob.wait(":carol!.* PRIVMSG #main :first")
        assert shown(bob, r":alice!\S+ QUIT ")
        back.ask("JOIN #main")
        assert not shown(back, r":alice!\S+ QUIT ")
        assert len(shown(back, r":alice!\S+ JOIN ")) == 1
        carol.wait(":alice!.* JOIN ")
        carol.send("PRIVMSG #main :second")
        back.wait(":carol!.* PRIVMSG #main :second")
        assert not shown(back, ":carol!.* PRIVMSG #main :first")

    def test_a_member_who_stays_is_away_only_then(self, one: Running, two: Running, bob: IrcClient) -> None:
        also = two.login("alice", CAPS)
        also.wait(" 366 ")
        assert bob.ask("ISON alice")[0].endswith(":alice")

    def test_a_guest_logs_in_while_the_account_is_at_the_other_server(
        self, one: Running, two: Running, alice: IrcClient, bob: IrcClient
    ) -> None:
        visitor = two.connect()
        visitor.send("CAP LS 302", "CAP REQ :sasl", "NICK visitor", "USER visitor 0 * :V", "CAP END")
        visitor.wait(" (422|376) ")
        visitor.ask("JOIN #tea")
        alice.ask("JOIN #tea")
        visitor.wait(":alice!.* JOIN #tea")
        visitor.send("AUTHENTICATE PLAIN")
        visitor.wait(r"AUTHENTICATE \+")
        visitor.send(f"AUTHENTICATE {plain('alice')}")
        visitor.wait(" 903 ")
        alice.wait(":visitor!.* QUIT ")
        assert two.server.chat.hub.person("visitor") is None
        assert numbers(visitor.ask("ISON visitor alice"), "303")[0].endswith(":alice")
        alice.send("PRIVMSG #tea :both")
        visitor.wait("PRIVMSG #tea :both")

    def test_a_guest_with_rooms_becomes_the_account_everywhere(
        self, one: Running, two: Running, bob: IrcClient
    ) -> None:
        one.register("zoe").close()
        visitor = one.connect()
        visitor.send("CAP LS 302", "CAP REQ :sasl", "NICK visitor", "USER visitor 0 * :V", "CAP END")
        visitor.wait(" (422|376) ")
        visitor.ask("JOIN #main")
        bob.wait(":visitor!.* JOIN ")
        visitor.send("AUTHENTICATE PLAIN")
        visitor.wait(r"AUTHENTICATE \+")
        visitor.send(f"AUTHENTICATE {plain('zoe')}")
        visitor.wait(" 903 ")
        bob.wait(":visitor!.* ACCOUNT zoe")
        bob.wait(":visitor!.* NICK :?zoe")
        visitor.send("PRIVMSG #main :me")
        bob.wait(":zoe!u@user/zoe PRIVMSG #main :me")
        assert numbers(bob.ask("WHOIS zoe"), "330")


class TestWhatWasSaidBefore:
    """A client without CHATHISTORY is shown it when it joins, unless the server knows that there is nothing."""

    def test_elsewhere(self, one: Running, two: Running) -> None:
        watcher = guest(two, "watcher")
        watcher.ask("JOIN #tea")
        gus = guest(one, "gus")
        gus.ask("JOIN #tea")
        assert not shown(gus, " PRIVMSG ")
        gus.ask("PRIVMSG #tea :hello")
        watcher.wait(" PRIVMSG #tea :hello")
        assert joined(one, "gina") == joined(two, "greg") == ["hello"]

    def test_elsewhere_and_not_heard_of_yet(
        self, one: Running, two: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        watcher, gus = guest(two, "watcher"), guest(one, "gus")
        watcher.ask("JOIN #tea")
        gus.ask("JOIN #tea")
        watcher.wait(":gus!.* JOIN ")
        monkeypatch.setattr(Bus, "came", lambda _self, _payload: [])
        gus.ask("PRIVMSG #tea :hello")
        assert joined(two, "gina") == ["hello"]

    def test_before_the_server_started(self, one: Running, servers: Callable[..., Running]) -> None:
        gus = guest(one, "gus")
        gus.ask("JOIN #tea,#silent", "PRIVMSG #tea :hello")
        two = servers()
        assert joined(two, "gina") == ["hello"]
        assert joined(two, "greg", "#silent") == []


def joined(server: Running, nick: str, room: str = "#tea") -> list[str]:
    """What is shown to a guest who joins."""
    client = guest(server, nick)
    said = [line.rpartition(":")[2].split("] ")[-1] for line in client.ask(f"JOIN {room}") if " PRIVMSG " in line]
    client.close()
    return said


class TestTheDatabaseIsAway:
    def test_whoever_goes_meanwhile_is_gone_when_it_is_back(
        self, durable: Cluster, two: Running, alice: IrcClient
    ) -> None:
        alice.ask("MONITOR + visitor")
        visitor = guest(two, "visitor")
        alice.wait(" 730 .*visitor")
        durable.stop("fast")
        try:
            visitor.close()
        finally:
            durable.start()
        alice.wait(" 731 .*visitor")

    def test_user_modes_are_changed_at_all_servers_or_at_none(
        self, durable: Cluster, servers: Callable[..., Running], alice: IrcClient, bob: IrcClient
    ) -> None:
        durable.stop("fast")
        try:
            assert any("could not be stored" in line for line in alice.ask("MODE alice +B"))
            assert alice.ask("MODE alice")[-1].endswith(" 221 alice +")
        finally:
            durable.start()
        while not (done := [line for line in alice.ask("MODE alice +B") if " MODE alice +B" in line]):
            bob.sync()
        assert done == [":alice!u@user/alice MODE alice +B"]
        while not numbers(bob.ask("WHOIS alice"), "335"):
            alice.sync()
        assert numbers(guest(servers(), "visitor").ask("WHOIS alice"), "335")


class TestAdministration:
    def test_a_ban_closes_connections_everywhere_and_a_later_server_knows_it(
        self, one: Running, two: Running, servers: Callable[..., Running]
    ) -> None:
        olga, eve = admin(one), guest(two, "eve")
        olga.ask("BAN ADD eve * :flooding")
        assert "banned from this server: flooding" in eve.rest()[-1]
        three = servers()
        for server in (one, two, three):
            client = server.connect()
            client.send("NICK eve", "USER eve 0 * :eve")
            assert "flooding" in client.rest()[-1]
        at_two = two.login("olga", "chatstore/administration")
        assert [params[2] for params, _ in rows(at_two, "BAN LIST")] == ["eve!*@*"]
        at_two.ask("BAN REMOVE 1")
        while rows(olga, "BAN LIST"):
            pass  # told by the bus: soon
        guest(one, "eve")

    def test_a_suspension_a_link_and_the_log(self, one: Running, two: Running) -> None:
        olga, bob = admin(one), two.register("bob")
        olga.ask("PEOPLE SUSPEND bob * :spam")
        assert "suspended: spam" in bob.rest()[-1]
        olga.ask("PEOPLE RESTORE bob")
        at_two = two.login("olga", "chatstore/administration")
        assert [params[3] for params, _ in rows(at_two, "AUDIT LIST about=bob")] == [
            "account.restore",
            "account.suspend",
        ]
        code = next(line for line in at_two.parsed("PEOPLE RESET bob")).params[2]
        stranger = one.connect()
        stranger.ask("CAP LS 302", "NICK x", "USER x 0 * :x")
        assert stranger.parsed(f"INVITATION {code}")[0].params[2] == "reset"

    @pytest.mark.parametrize("asked_at", ["one", "two"])
    def test_whoever_waits_is_told_to_administrators_everywhere(
        self, one: Running, two: Running, asked_at: str
    ) -> None:
        olga = admin(one)
        at = one if asked_at == "one" else two
        at.server.store.submit([CreateAccount(person_name("carol"), "x", waits_at="192.0.2.7")]).result()
        assert olga.wait("ALLOWED").endswith("PEOPLE ALLOWED waiting=1")
