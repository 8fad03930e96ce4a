"""JOIN, PART, TOPIC, NAMES, LIST, WHO, WHOIS, MODE, KICK, INVITE, AWAY: Modern "Channel Operations" and others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.rooms import SetTopic
from chatstore.chat.events import SERVER
from chatstore.chat.messages import HistoryQuery, Page
from chatstore.irc.line import parse
from tests.running import IrcClient, Running


@pytest.fixture
def op(server: Running) -> IrcClient:
    """Somebody who has made #tea."""
    return server.member("olga", room="#tea")


@pytest.fixture
def guest(server: Running, op: IrcClient) -> IrcClient:
    """Somebody else in #tea."""
    client = server.member("gus", room="#tea")
    op.wait("gus!.* JOIN")
    return client


def numbers(client: IrcClient, *lines: str) -> list[str]:
    return [line.command for line in client.parsed(*lines)]


class TestJoinAndPart:
    def test_join_shows_the_room(self, server: Running, op: IrcClient) -> None:
        op.ask("TOPIC #tea :green")
        gus = server.register("gus")
        lines = gus.parsed("JOIN #TEA")
        assert [line.command for line in lines] == ["JOIN", "332", "333", "353", "366"]
        assert lines[0].params[0] == "#tea"
        assert lines[3].params[-1] == "gus @olga"
        assert op.wait(" JOIN ") == ":gus!u@user/gus JOIN #tea"

    def test_joining_twice_is_nothing(self, op: IrcClient) -> None:
        assert op.ask("JOIN #tea") == []

    def test_several_at_once(self, op: IrcClient) -> None:
        lines = op.parsed("JOIN #one,#two,bad,#three")
        assert [line.params[0] for line in lines if line.command == "JOIN"] == ["#one", "#two", "#three"]
        assert [line.command for line in lines if line.command.startswith("4")] == ["403"]
        assert numbers(op, "JOIN 0") == ["PART"] * 4
        assert numbers(op, "PART #one", "PART #nosuch", "PART") == ["442", "403", "461"]

    def test_bad_names(self, op: IrcClient) -> None:
        assert numbers(op, "JOIN #a*b", "JOIN ##x", "JOIN #", "JOIN #" + "x" * 65) == ["403"] * 4

    def test_keys_limits_bans_invitations(self, op: IrcClient, guest: IrcClient, server: Running) -> None:
        eve = server.register("eve")
        for mode, number in (("+l 2", "471"), ("+k secret", "475"), ("+i", "473"), ("+b eve", "474")):
            op.ask(f"MODE #tea {mode}")
            assert numbers(eve, "JOIN #tea") == [number]
        assert numbers(eve, "JOIN #tea wrong") == ["474"]
        assert numbers(op, "INVITE eve #tea") == ["341"]
        assert eve.wait(" INVITE ") == ":olga!u@user/olga INVITE eve #tea"
        assert "366" in numbers(eve, "JOIN #tea")
        eve.ask("PART #tea")
        assert numbers(eve, "JOIN #tea") == ["474"]  # an invitation lets in once
        op.ask("MODE #tea -bil eve!*@*", "MODE #tea -k x")
        assert "366" in numbers(eve, "JOIN #tea")

    def test_a_key_opens(self, op: IrcClient, server: Running) -> None:
        op.ask("MODE #tea +k secret")
        assert "366" in numbers(server.register("eve"), "JOIN #tea secret")

    def test_extended_join(self, server: Running, op: IrcClient) -> None:
        op.ask("CAP REQ :extended-join")
        server.member("gus", room="#tea")
        assert op.wait(" JOIN ") == ":gus!u@user/gus JOIN #tea gus :Gus"
        assert server.login("gus", "extended-join").wait(" JOIN ").endswith("JOIN #tea gus :Gus")

    def test_too_many_rooms(self, run_server: Callable[..., Running]) -> None:
        client = run_server(limits={"rooms_per_account": 2}).register("alice")
        lines = client.parsed("JOIN #a,#b,#c")
        assert lines[-1].command == "405"
        assert lines[-1].params[1] == "#c"


class TestTopic:
    def test_read_set_clear(self, op: IrcClient, guest: IrcClient) -> None:
        assert numbers(op, "TOPIC #tea") == ["331"]
        op.ask("TOPIC #tea :green: today")
        assert guest.wait(" TOPIC ") == ":olga!u@user/olga TOPIC #tea :green: today"
        lines = guest.parsed("TOPIC #tea")
        assert [line.command for line in lines] == ["332", "333"]
        assert lines[1].params[2] == "olga"
        assert numbers(op, "TOPIC #tea :") == ["TOPIC"]
        assert numbers(op, "TOPIC #tea") == ["331"]

    def test_a_topic_that_is_too_long_for_a_line_loses_its_end(self, server: Running, op: IrcClient) -> None:
        topic = "я" * 390
        server.server.store.submit([SetTopic(SERVER, 2, topic)]).result()
        shown = op.wait(" TOPIC ")
        assert len(shown.encode()) <= 510
        assert topic.startswith(parse(shown).params[-1])
        assert len(parse(shown).params[-1]) > 200

    def test_who_may(self, op: IrcClient, guest: IrcClient, server: Running) -> None:
        assert numbers(guest, "TOPIC #tea :mine") == ["482"]
        op.ask("MODE #tea -t")
        guest.sync()
        assert numbers(guest, "TOPIC #tea :mine") == ["TOPIC"]
        assert numbers(server.register("eve"), "TOPIC #tea :x", "TOPIC #nosuch :x") == ["442", "403"]


class TestSeeing:
    def test_names_with_prefixes_and_hosts(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("MODE #tea +v gus")
        assert parse(op.ask("NAMES #tea")[0]).params[-1] == "+gus @olga"
        op.ask("CAP REQ :userhost-in-names")
        assert parse(op.ask("NAMES #tea")[0]).params[-1] == "+gus!u@user/gus @olga!u@user/olga"
        assert numbers(op, "NAMES #nosuch", "NAMES") == ["366", "366"]

    def test_a_full_room_takes_several_lines(self, server: Running, op: IrcClient) -> None:
        for i in range(30):
            server.member(f"member-with-a-long-name-{i:03}", room="#tea").close()
        op.sync()
        lines = op.parsed("NAMES #tea")
        assert len([line for line in lines if line.command == "353"]) > 1
        assert len([name for line in lines[:-1] for name in line.params[-1].split()]) == 31
        assert all(len(line.encode()) <= 510 for line in op.log)

    def test_list(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("TOPIC #tea :green")
        listed = {line.params[1]: line.params[2:] for line in op.parsed("LIST") if line.command == "322"}
        assert listed == {"#main": ("0", ""), "#tea": ("2", "green")}
        assert [line.params[1] for line in op.parsed("LIST #tea") if line.command == "322"] == ["#tea"]

    def test_secret_rooms_are_shown_to_members_only(self, op: IrcClient, server: Running) -> None:
        op.ask("MODE #tea +s")
        eve = server.register("eve")
        assert not any("#tea" in line for line in eve.ask("LIST", "WHOIS olga"))
        assert numbers(eve, "WHO #tea", "NAMES #tea", "MODE #tea", "TOPIC #tea", "PRIVMSG #tea :x") == [
            "315", "366", "403", "403", "403",
        ]  # fmt: skip
        assert any("#tea" in line for line in op.ask("LIST"))

    def test_who(self, op: IrcClient, guest: IrcClient) -> None:
        guest.ask("AWAY :lunch")
        shown = {line.params[5]: line for line in op.parsed("WHO #tea") if line.command == "352"}
        assert shown["olga"].params == (
            "olga", "#tea", "u", "user/olga", "chatstore.local", "olga", "H@", "0 Olga",
        )  # fmt: skip
        assert shown["gus"].params[6] == "G"
        assert numbers(op, "WHO gus", "WHO nobody") == ["352", "315", "315"]

    def test_whois(self, op: IrcClient, guest: IrcClient) -> None:
        guest.ask("AWAY :lunch")
        lines = {line.command: line.params for line in op.parsed("WHOIS gus")}
        assert lines["311"][1:] == ("gus", "u", "user/gus", "*", "Gus")
        assert lines["319"][-1] == "#tea"
        assert lines["301"][-1] == "lunch"
        assert lines["330"][2] == "gus"
        assert "317" in lines
        assert list(lines)[-1] == "318"
        assert numbers(op, "WHOIS nobody") == ["401", "318"]

    def test_away(self, op: IrcClient, guest: IrcClient) -> None:
        assert numbers(guest, "AWAY :lunch") == ["306"]
        assert op.ask("PRIVMSG gus :hi") == [":chatstore.local 301 olga gus :lunch"]
        assert op.ask("NOTICE gus :hi") == []
        assert numbers(guest, "AWAY")[-1] == "305"
        assert op.ask("PRIVMSG gus :hi") == []


class TestMode:
    def test_read(self, op: IrcClient, server: Running) -> None:
        op.ask("MODE #tea +kl secret 9")
        lines = op.parsed("MODE #tea")
        assert [line.command for line in lines] == ["324", "329"]
        assert lines[0].params[2:] == ("+ntkl", "secret", "9")
        assert parse(server.register("eve").ask("MODE #tea")[0]).params[2:] == ("+ntkl", "*", "9")

    def test_what_changes_is_told_once_as_one_line(self, op: IrcClient, guest: IrcClient) -> None:
        op.send("MODE #tea +mo-t+k gus secret")
        assert guest.wait(" MODE ") == ":olga!u@user/olga MODE #tea +mo-t+k gus secret"
        assert op.wait(" MODE ").endswith("+mo-t+k gus secret")
        assert op.ask("MODE #tea +m") == []

    def test_errors(self, op: IrcClient, guest: IrcClient, server: Running) -> None:
        _eve = server.register("eve")
        said = numbers(
            op, "MODE #tea +z", "MODE #tea +o nobody", "MODE #tea +o eve", "MODE #tea +l x", "MODE #tea +k a,b",
            "MODE #tea +o", "MODE #nosuch +m", "MODE olga", "MODE olga +x", "MODE gus", "MODE nobody",
        )  # fmt: skip
        assert said == ["472", "401", "441", "696", "525", "696", "403", "221", "501", "502", "401"]
        assert numbers(guest, "MODE #tea +m") == ["482"]

    def test_moderated_and_voice(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("MODE #tea +m")
        guest.sync()
        assert numbers(guest, "PRIVMSG #tea :x") == ["404"]
        op.ask("MODE #tea +v gus")
        guest.sync()
        assert guest.ask("PRIVMSG #tea :x") == []
        op.ask("MODE #tea -v gus")
        guest.sync()
        assert numbers(guest, "PRIVMSG #tea :x") == ["404"]

    def test_messages_from_outside(self, op: IrcClient, server: Running) -> None:
        eve = server.register("eve")
        assert numbers(eve, "PRIVMSG #tea :x") == ["404"]
        op.ask("MODE #tea -n")
        assert eve.ask("PRIVMSG #tea :x") == []
        assert op.wait("PRIVMSG").startswith(":eve!")

    def test_bans_silence_and_are_listed(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("MODE #tea +b GUS!*@*")
        guest.sync()
        assert numbers(guest, "PRIVMSG #tea :x") == ["404"]
        lines = guest.parsed("MODE #tea b")
        assert [line.command for line in lines] == ["367", "368"]
        assert lines[0].params[2:4] == ("GUS!*@*", "olga")

    def test_roles_and_modes_survive_a_restart(self, run_server: Callable[..., Running]) -> None:
        server = run_server()
        op = server.member("olga", room="#tea")
        server.member("gus", room="#tea")
        op.ask("MODE #tea +ovk-t gus gus secret", "MODE #tea +b eve")
        server.stop()
        again = run_server().login("olga")
        again.wait(" 366 .*#tea")
        assert parse(next(line for line in again.log if " 353 " in line)).params[-1] == "@gus @olga"
        assert parse(again.ask("MODE #tea")[0]).params[2:] == ("+nk", "secret")
        assert "eve!*@*" in again.ask("MODE #tea b")[0]

    def test_users_are_invisible_as_they_like(self, op: IrcClient) -> None:
        assert op.ask("MODE olga +i", "MODE olga") == [
            ":olga!u@user/olga MODE olga +i",
            ":chatstore.local 221 olga +i",
        ]
        assert op.ask("MODE olga -i", "MODE olga")[-1] == ":chatstore.local 221 olga +"

    def test_the_topic_of_a_room_without_a_founder_is_everybodys(self, server: Running) -> None:
        alice = server.member("alice")
        assert numbers(alice, "TOPIC #main :hello") == ["TOPIC"]


class TestKick:
    def test_kick(self, op: IrcClient, guest: IrcClient, server: Running) -> None:
        assert numbers(guest, "KICK #tea olga") == ["482"]
        op.ask("KICK #tea gus :too loud")
        assert guest.wait(" KICK ") == ":olga!u@user/olga KICK #tea gus :too loud"
        assert numbers(guest, "PRIVMSG #tea :x") == ["404"]
        op.ask("PRIVMSG #tea :without you")
        assert guest.sync() == []
        _eve = server.register("eve")
        assert numbers(op, "KICK #tea gus,eve,nobody", "KICK #nosuch gus") == ["441", "441", "401", "403"]

    def test_a_post_behind_a_kick_is_refused(self, op: IrcClient, guest: IrcClient) -> None:
        """Whatever the hub knew when the message came: the writer asks again."""
        op.send("KICK #tea gus :out")
        guest.wait(" KICK ")
        assert numbers(guest, "PRIVMSG #tea :still here?") == ["404"]

    def test_what_is_said_after_a_kick_is_not_shown(
        self, op: IrcClient, guest: IrcClient, server: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Even to a connection that comes in just then, and is about to be shown the last messages."""
        read = server.server.store.page

        def kick_first(query: HistoryQuery) -> Page:
            monkeypatch.undo()
            op.ask("KICK #tea gus :out", "PRIVMSG #tea :now that gus is gone")
            return read(query)

        monkeypatch.setattr(server.server.store, "page", kick_first)
        lines = server.login("gus").sync()
        assert any(" KICK #tea gus :out" in line for line in lines)
        assert not any("gus is gone" in line for line in lines)

    def test_changing_ones_nick_does_not_save_one(self, op: IrcClient, guest: IrcClient) -> None:
        """The case of a nick may always be changed; whoever is removed is removed by who they are."""
        guest.send(*(f"NICK {nick}" for nick in ("GUS", "gus") * 50))
        op.send("KICK #tea gus :out")
        guest.wait(" KICK #tea ")
        guest.sync()
        op.ask("PRIVMSG #tea :without you")
        assert not any("without you" in line for line in guest.sync())
        assert numbers(guest, "PRIVMSG #tea :still here?") == ["404"]
        assert parse(op.ask("NAMES #tea")[-2]).params[-1] == "@olga"

    def test_invite_errors(self, op: IrcClient, guest: IrcClient, server: Running) -> None:
        eve = server.register("eve")
        op.ask("MODE #tea +i")
        guest.sync()
        assert numbers(op, "INVITE gus #tea", "INVITE nobody #tea", "INVITE eve #nosuch") == ["443", "401", "403"]
        assert numbers(guest, "INVITE eve #tea") == ["482"]
        assert numbers(eve, "INVITE gus #tea") == ["442"]


def test_the_founder_stays_operator(server: Running, op: IrcClient, guest: IrcClient) -> None:
    op.ask("PART #tea", "JOIN #tea")
    guest.sync()
    assert parse(guest.ask("NAMES #tea")[0]).params[-1] == "gus @olga"
