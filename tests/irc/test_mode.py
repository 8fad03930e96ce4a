"""MODE of rooms and of oneself: Modern "MODE message", "Channel Modes"."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from chatstore.irc.line import parse
from tests.running import IrcClient, Running, plain


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

    def test_it_is_said_why_one_may_not_speak(self, op: IrcClient, guest: IrcClient, server: Running) -> None:
        eve = server.register("eve")

        def told(client: IrcClient, mode: str = "", target: str = "#tea") -> str:
            if mode:
                op.ask(f"MODE #tea {mode}")
            client.sync()
            (line,) = client.parsed(f"PRIVMSG {target} :x")
            assert (line.command, line.params[1]) == ("404", "#tea")
            return line.params[2].partition(": ")[2]

        assert told(eve) == "you are not in it"
        assert told(eve, "-n", "@#tea") == "you are not in it"
        assert told(eve, "+m") == told(guest) == "it is moderated"
        assert told(guest, "+b m:gus") == "you are muted"
        assert told(guest, "+b gus") == "you are banned"

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

    def test_operator_and_voice_at_once(self, op: IrcClient, guest: IrcClient) -> None:
        guest.ask("CAP REQ :multi-prefix")
        op.ask("MODE #tea +vo gus gus", "MODE #tea +v olga")
        guest.sync()
        assert parse(guest.ask("NAMES #tea")[0]).params[-1] == "@+gus @+olga"
        assert parse(op.ask("NAMES #tea")[0]).params[-1] == "@gus @olga"
        op.ask("MODE #tea -o gus")
        assert parse(op.ask("NAMES #tea")[0]).params[-1] == "+gus @olga"
        assert op.ask("MODE #tea +v gus", "MODE #tea -o gus") == []

    def test_a_member_without_rights_gets_one_refusal(self, op: IrcClient, guest: IrcClient) -> None:
        for modes in ("+m", "+o gus", "+o nobody", "+o", "+k a,b", "+l x", "+b eve", "-v+t olga", "+Ib a b"):
            assert numbers(guest, f"MODE #tea {modes}") == ["482"], modes
        assert numbers(guest, "MODE #tea +z", "MODE #tea +zm") == ["472", "472", "482"]

    def test_errors_and_their_parameters(self, op: IrcClient, guest: IrcClient) -> None:
        def first(line: str) -> tuple[str, ...]:
            (said,) = op.parsed(line)
            return (said.command, *said.params[1:-1])

        assert first("MODE #tea +k :") == ("696", "#tea", "k", "*")
        assert first("MODE #tea +k") == ("696", "#tea", "k", "*")
        assert first("MODE #tea +k :two words") == ("525", "#tea")
        assert first("MODE #tea +k " + "x" * 33) == ("525", "#tea")
        for limit in ("0", "-1", "abc", "99999999", "1.5", "١"):
            assert first(f"MODE #tea +l {limit}") == ("696", "#tea", "l", limit)
        assert first("MODE #tea +l :") == ("696", "#tea", "l", "*")
        assert first("MODE #tea +b :two words") == ("696", "#tea", "b", "two")
        assert first("MODE #tea +X") == ("472", "X")
        assert first("MODE #tea +o nobody") == ("401", "nobody")
        assert first("MODE #nosuch +o gus") == ("403", "#nosuch")
        assert first("MODE") == ("461", "MODE")

    def test_what_can_be_done_is_done(self, op: IrcClient, guest: IrcClient) -> None:
        lines = op.parsed("MODE #tea +mzoolo-t+v gus a*b x nobody gus")
        assert sorted(line.command for line in lines) == ["401", "401", "472", "696", "MODE"]
        assert next(line for line in lines if line.command == "MODE").params == ("#tea", "+mo-t+v", "gus", "gus")

    def test_key_and_limit_come_and_go(self, op: IrcClient) -> None:
        assert op.parsed("MODE #tea +lk 5 sesame")[0].params == ("#tea", "+lk", "5", "sesame")
        assert op.parsed("MODE #tea -lk wrong")[0].params == ("#tea", "-lk", "*")
        assert op.ask("MODE #tea -lk", "MODE #tea -k x") == []
        assert op.parsed("MODE #tea -nt")[0].params == ("#tea", "-nt")
        assert op.parsed("MODE #tea")[0].params[2:] == ("+",)


LISTS = [("b", "367", "368"), ("e", "348", "349"), ("I", "346", "347")]


class TestLists:
    @pytest.mark.parametrize(("mode", "entry", "end"), LISTS)
    def test_set_list_and_unset(self, op: IrcClient, guest: IrcClient, mode: str, entry: str, end: str) -> None:
        assert op.parsed(f"MODE #tea +{mode} Eve")[0].params == ("#tea", f"+{mode}", "Eve!*@*")
        guest.sync()
        for ask in (f"MODE #tea {mode}", f"MODE #tea +{mode}", f"MODE #tea -{mode}", f"MODE #tea +{mode * 3}"):
            lines = guest.parsed(ask)
            assert [line.command for line in lines] == [entry, end]
            assert lines[0].params[1:4] == ("#tea", "Eve!*@*", "olga")
            assert abs(int(lines[0].params[4]) - time.time()) < 100
        assert op.ask(f"MODE #tea +{mode} EVE!*@*") == []
        assert op.parsed(f"MODE #tea -{mode} eve")[0].params == ("#tea", f"-{mode}", "Eve!*@*")
        assert numbers(op, f"MODE #tea {mode}") == [end]
        assert op.ask(f"MODE #tea -{mode} eve") == []

    def test_all_at_once(self, op: IrcClient) -> None:
        assert numbers(op, "MODE #tea beI") == ["368", "349", "347"]

    def test_who_may_not_see_them(self, op: IrcClient, server: Running) -> None:
        eve = server.register("eve")
        assert numbers(eve, "MODE #tea b", "MODE #tea e", "MODE #tea I") == ["442"] * 3
        op.ask("MODE #tea +s")
        assert numbers(eve, "MODE #tea b", "MODE #tea", "MODE #tea +m") == ["403"] * 3

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("eve", "eve!*@*"), ("*@host", "*!*@host"), ("eve!u", "eve!u@*"), ("eve!u@host", "eve!u@host"),
            ("@host", "*!*@host"), ("!u", "*!u@*"), ("*", "*!*@*"), ("a:eve", "a:eve"), ("A:Eve", "a:Eve"),
            ("m:eve", "m:eve!*@*"), ("M:a:eve", "m:a:eve"), ("m:*@host", "m:*!*@host"), ("m:", "m:!*@*"),
        ],
    )  # fmt: skip
    def test_masks_are_completed(self, op: IrcClient, typed: str, kept: str) -> None:
        assert op.parsed(f"MODE #tea +b {typed}")[0].params == ("#tea", "+b", kept)

    def test_they_survive_a_restart(self, run_server: Callable[..., Running]) -> None:
        server = run_server()
        server.member("olga", room="#tea").ask("MODE #tea +bbeI-b one two three four two")
        server.stop()
        again = run_server().login("olga")
        again.sync()
        listed = [line.params[2] for line in again.parsed("MODE #tea beI") if len(line.params) == 5]
        assert listed == ["one!*@*", "three!*@*", "four!*@*"]

    def test_they_are_full_together(self, run_server: Callable[..., Running]) -> None:
        op = run_server(limits={"bans_per_room": 2}).member("olga", room="#tea")
        assert any("MAXLIST=beI:2" in line for line in op.log)
        lines = op.parsed("MODE #tea +beI one two three")
        assert [line.command for line in lines] == ["MODE", "478"]
        assert lines[0].params == ("#tea", "+be", "one!*@*", "two!*@*")
        assert lines[1].params[1:3] == ("#tea", "I")

    def test_many_in_one_command_are_told_whole(self, op: IrcClient, guest: IrcClient) -> None:
        """With what is added to each, they have no room in one line any more."""
        masks = [f"{'x' * 12}{i:02}" for i in range(28)]
        op.ask(f"MODE #tea +{'b' * 28} {' '.join(masks)}")
        lines = [parse(line) for line in guest.sync()]
        assert len(lines) == 2
        assert all(len(line.encode()) <= 510 for line in guest.log)
        assert [mask for line in lines for mask in line.params[2:]] == [f"{mask}!*@*" for mask in masks]
        assert [line.params[1] for line in lines] == [f"+{'b' * (len(line.params) - 2)}" for line in lines]


class TestBansAndMutes:
    def test_tokens(self, op: IrcClient) -> None:
        for token in ("CHANMODES=beI,k,l,imnst", "EXCEPTS=e", "INVEX=I", "EXTBAN=,am", "ACCOUNTEXTBAN=a", "MODES"):
            assert any(f" {token} " in line for line in op.log), token

    def test_a_ban_is_for_joining_and_speaking(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("MODE #tea +b *!*@user/GUS")
        guest.sync()
        assert numbers(guest, "PRIVMSG #tea :x", "PART #tea", "JOIN #tea") == ["404", "PART", "474"]

    def test_an_account_is_banned_whatever_its_nick(self, run_server: Callable[..., Running]) -> None:
        server = run_server(accounts={"nick_must_be_account": False})
        op, eve = server.member("olga", room="#tea"), server.register("eve")
        eve.ask("NICK somebody")
        op.ask("MODE #tea +b a:EVE")
        assert numbers(eve, "JOIN #tea") == ["474"]
        assert "366" in numbers(server.register("somebody-else"), "JOIN #tea")

    def test_a_guest_is_no_account(self, run_server: Callable[..., Running]) -> None:
        server = run_server(accounts={"guests": True})
        op, guest = server.member("olga", room="#tea"), server.connect()
        op.ask("MODE #tea +b a:*")
        guest.send("NICK visitor", "USER v 0 * :V")
        guest.wait(" (422|376) ")
        assert "366" in numbers(guest, "JOIN #tea")
        assert numbers(server.register("eve"), "JOIN #tea") == ["474"]

    def test_a_mute_silences_and_lets_in(self, op: IrcClient, guest: IrcClient) -> None:
        assert op.parsed("MODE #tea +b m:GUS")[0].params == ("#tea", "+b", "m:GUS!*@*")
        guest.sync()
        assert "366" in numbers(guest, "PART #tea", "JOIN #tea")
        assert numbers(guest, "PRIVMSG #tea :x") == ["404"]
        op.sync()
        op.ask("MODE #tea +v gus")
        guest.sync()
        assert guest.ask("PRIVMSG #tea :x") == []
        op.ask("MODE #tea -v+e gus m:gus")
        guest.sync()
        assert guest.ask("PRIVMSG #tea :x") == []
        op.ask("MODE #tea -eb m:gus m:gus")
        guest.sync()
        assert guest.ask("PRIVMSG #tea :x") == []

    def test_the_user_that_whois_tells_is_good_in_a_list(self, op: IrcClient, guest: IrcClient) -> None:
        assert guest.parsed("WHOIS gus")[0].params[2] == "~gus"
        op.ask("MODE #tea +b m:*!~GUS@*")
        guest.sync()
        assert numbers(guest, "PRIVMSG #tea :x") == ["404"]
        op.ask("MODE #tea +e m:gus!~gus@user/gus")
        guest.sync()
        assert guest.ask("PRIVMSG #tea :x", "PART #tea") == [":gus!u@user/gus PART #tea"]
        op.ask("MODE #tea +b *!~gus@*")
        assert numbers(guest, "JOIN #tea") == ["474"]

    def test_it_stays_with_them_by_another_nick_and_when_they_log_in(
        self, run_server: Callable[..., Running]
    ) -> None:
        server = run_server(accounts={"guests": True, "nick_must_be_account": False})
        server.register("dora").close()
        op, guest = server.member("olga", room="#tea"), server.connect()
        op.ask("MODE #tea +b *!~evan@*")
        guest.send("CAP REQ :sasl", "NICK eve", "USER evan 0 * :Eve", "CAP END")
        guest.wait(" (422|376) ")
        assert numbers(guest, "JOIN #tea", "NICK eva", "JOIN #tea") == ["474", "NICK", "474"]
        guest.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('dora')}")
        guest.wait(" 903 ")
        assert numbers(guest, "JOIN #tea") == ["474"]

    def test_an_exception_lifts_a_ban(self, op: IrcClient, guest: IrcClient) -> None:
        op.ask("MODE #tea +be *!*@* a:gus")
        guest.sync()
        assert guest.ask("PRIVMSG #tea :x") == []
        assert "366" in numbers(guest, "PART #tea", "JOIN #tea")
        op.ask("MODE #tea -e a:gus")
        guest.sync()
        assert numbers(guest, "PRIVMSG #tea :x") == ["404"]


def test_the_founder_stays_operator(server: Running, op: IrcClient, guest: IrcClient) -> None:
    op.ask("PART #tea", "JOIN #tea")
    guest.sync()
    assert parse(guest.ask("NAMES #tea")[0]).params[-1] == "gus @olga"


def test_letters_that_can_be_no_parameter(server: Running) -> None:
    olga = server.member("olga", room="#tea")
    answers = olga.parsed("MODE #tea : :")
    assert [line.command for line in answers] == ["472", "472"]


@pytest.mark.sqlite
def test_a_key_is_not_stored_with_the_event(server: Running) -> None:
    """Members are told it; whoever reads the history is not."""
    op, member = server.member("olga", "draft/chathistory draft/event-playback batch"), server.member("gus")
    op.ask("JOIN #tea")
    member.ask("JOIN #tea")
    op.ask("MODE #tea +mk sesame", "MODE #tea -m")
    assert member.wait(" MODE ").endswith("+mk sesame")
    said = op.ask("CHATHISTORY LATEST #tea * 20")
    assert any(line.endswith("MODE #tea +mk *") for line in said)
    with closing(sqlite3.connect(server.database)) as connection:
        bodies = [body for (body,) in connection.execute("SELECT body FROM messages WHERE kind = 'mode'")]
        assert bodies[-2:] == ["+mk *", "-m"]
        connection.execute("UPDATE messages SET body = '+mk sesame' WHERE body = '+mk *'")
        connection.commit()
    said = op.ask("CHATHISTORY LATEST #tea * 20", "MODE #tea")
    assert any(line.endswith("MODE #tea +mk *") for line in said), "an earlier version stored it"
    assert any(" 324 " in line and line.endswith("sesame") for line in said)
