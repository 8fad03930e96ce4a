"""AUTHENTICATE and REGISTER: IRCv3 sasl-3.2 and draft/account-registration; one person, several connections."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import RemoveAccount, RestoreAccount, SuspendAccount
from chatstore.chat.model.names import person_name
from chatstore.irc.line import parse
from tests.running import PASSWORD, IrcClient, Running, plain


def sasl_client(server: Running) -> IrcClient:
    client = server.connect()
    client.send("CAP REQ :sasl")
    client.wait("ACK")
    return client


def numbers(client: IrcClient, *lines: str) -> list[str]:
    return [parse(line).command for line in client.ask(*lines)]


class TestSasl:
    def test_plain(self, server: Running) -> None:
        server.register("alice").close()
        client = sasl_client(server)
        lines = client.ask("NICK alice", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")
        assert lines[0] == "AUTHENTICATE +"
        assert [parse(line).command for line in lines[1:]] == ["900", "903"]
        assert parse(lines[1]).params[2] == "alice"

    def test_in_chunks_of_400(self, server: Running) -> None:
        """A response of exactly 400 characters is followed by an empty one."""
        password = "a good password of ten and more words ".ljust(300 - len("\0alice\0"), "x")
        client = server.connect()
        client.send("CAP LS", "NICK alice", f"REGISTER * * :{password}")
        client.wait("REGISTER SUCCESS")
        response = base64.b64encode(f"\0alice\0{password}".encode()).decode()
        assert len(response) == 400
        again = sasl_client(server)
        assert numbers(again, "AUTHENTICATE PLAIN", f"AUTHENTICATE {response}") == ["AUTHENTICATE"]
        assert numbers(again, "AUTHENTICATE +") == ["900", "903"]

    def test_failures_can_be_tried_again(self, server: Running) -> None:
        server.register("alice").close()
        client = sasl_client(server)
        assert numbers(client, "AUTHENTICATE NONE") == ["908", "904"]
        assert numbers(client, "AUTHENTICATE PLAIN", "AUTHENTICATE *") == ["AUTHENTICATE", "906"]
        assert numbers(client, "AUTHENTICATE PLAIN", "AUTHENTICATE !!!") == ["AUTHENTICATE", "904"]
        assert numbers(client, "AUTHENTICATE PLAIN", "AUTHENTICATE " + "A" * 401) == ["AUTHENTICATE", "905", "904"]
        assert numbers(client, "AUTHENTICATE PLAIN", "AUTHENTICATE +") == ["AUTHENTICATE", "904"]
        wrong = f"AUTHENTICATE {plain('alice', 'wrong')}"
        assert numbers(client, "AUTHENTICATE PLAIN", wrong) == ["AUTHENTICATE", "904"]
        right = f"AUTHENTICATE {plain('ALICE')}"
        assert numbers(client, "AUTHENTICATE PLAIN", right, "AUTHENTICATE PLAIN") == [
            "AUTHENTICATE", "900", "903", "907",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("response", "number"),
        [
            ("bob\0alice\0{}", "904"),
            ("alice\0alice\0{}", "903"),
            ("Alice\0ALICE\0{}", "903"),
            ("\0alice\0{}", "903"),
            ("alice\0\0{}", "904"),
            ("\0alice\0", "904"),
            ("alice\0{}", "904"),
            ("\0alice\0{}\0", "904"),
            ("", "904"),
        ],
    )
    def test_who_one_acts_for(self, server: Running, response: str, number: str) -> None:
        """RFC 4616: for oneself, named or not."""
        server.register("alice").close()
        client = sasl_client(server)
        encoded = base64.b64encode(response.format(PASSWORD).encode()).decode() or "+"
        assert numbers(client, "AUTHENTICATE PLAIN", f"AUTHENTICATE {encoded}")[-1] == number

    def test_numerics(self, server: Running) -> None:
        """IRCv3 sasl-3.1, "Numerics used by this extension"."""
        server.register("alice").close()
        client = sasl_client(server)
        lines = client.parsed("NICK al", "USER u 0 * :U", "AUTHENTICATE SCRAM-SHA-1")
        assert [line.params[:-1] for line in lines] == [("al", "PLAIN"), ("al",)]
        lines = client.parsed("AUTHENTICATE plain", f"AUTHENTICATE {plain('alice')}")
        assert [line.params[:-1] for line in lines[1:]] == [("al", "al!u@*", "alice"), ("al",)]
        client.send("CAP END")
        client.wait(" 422 ")
        assert numbers(client, "AUTHENTICATE PLAIN", "AUTHENTICATE *", "AUTHENTICATE") == ["907", "907", "461"]

    def test_after_the_welcome(self, run_server: Callable[..., Running]) -> None:
        server = run_server(accounts={"guests": True})
        server.register("alice").close()
        client = server.connect()
        client.send("NICK visitor", "USER v 0 * :V")
        client.wait(" 422 ")
        assert numbers(client, "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")[:3] == [
            "AUTHENTICATE", "900", "903",
        ]  # fmt: skip

    def test_wrong_name_and_wrong_password_sound_alike(self, server: Running) -> None:
        server.register("alice").close()
        client = sasl_client(server)
        said = [
            client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(name, 'wrong')}")[-1]
            for name in ("alice", "nobody")
        ]
        assert said[0] == said[1]

    def test_guessing_is_slowed_before_any_hashing(self, server: Running) -> None:
        server.register("alice").close()
        client = sasl_client(server)
        wrong = f"AUTHENTICATE {plain('alice', 'wrong')}"
        said = [client.ask("AUTHENTICATE PLAIN", wrong)[-1] for _ in range(11)]
        assert "wrong name or password" in said[9]
        assert "too many wrong passwords" in said[10]
        assert "too many wrong passwords" in client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")[-1]

    def test_without_the_capability(self, server: Running) -> None:
        """Bots are known not to ask for it."""
        server.register("alice").close()
        client = server.connect()
        client.send("CAP LS 302", "NICK alice", "USER a 0 * :A")
        assert numbers(client, "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")[-2:] == ["900", "903"]
        client.send("CAP END")
        client.wait(" 001 alice ")


class TestRegister:
    def test_codes(self, server: Running) -> None:
        client = server.connect()
        client.send("CAP LS")
        client.line()
        said = client.ask(
            f"REGISTER * * :{PASSWORD}",
            "NICK alice",
            "REGISTER * *",
            f"REGISTER a,b * :{PASSWORD}",
            "REGISTER * * :",
            "REGISTER * * x",
        )
        assert [parse(line).params[1] for line in said if " FAIL " in line] == [
            "NEED_NICK", "BAD_ACCOUNT_NAME", "UNACCEPTABLE_PASSWORD", "WEAK_PASSWORD",
        ]  # fmt: skip
        assert any(" 461 " in line for line in said)
        said = client.ask(f"REGISTER alice * :{PASSWORD}", f"REGISTER alice * :{PASSWORD}")
        assert said[0] == ":chatstore.local REGISTER SUCCESS alice :Account created"
        assert "FAIL REGISTER ALREADY_AUTHENTICATED alice" in said[-1]
        other = server.connect()
        assert "FAIL REGISTER ACCOUNT_EXISTS ALICE" in other.ask("NICK other", f"REGISTER ALICE * :{PASSWORD}")[0]

    def test_before_the_welcome_only_where_that_is_configured(self, run_server: Callable[..., Running]) -> None:
        server = run_server(accounts={"register_before_connect": False, "guests": True})
        client = server.connect()
        client.send("CAP LS 302")
        keys = re.search(r"draft/account-registration=(\S+)", client.line())
        assert keys is not None
        assert keys[1] == "custom-account-name"
        client.ask("NICK alice")
        for line, account in (
            (f"REGISTER * * :{PASSWORD}", "alice"),
            (f"REGISTER bob * :{PASSWORD}", "bob"),
            ("VERIFY x 1", "x"),
        ):
            (answer,) = client.parsed(line)
            assert answer.params[:3] == (line.split()[0], "COMPLETE_CONNECTION_REQUIRED", account)
        client.send("USER a 0 * :A", "CAP END")
        client.wait(" 422 ")
        assert "REGISTER SUCCESS alice" in client.ask(f"REGISTER * * :{PASSWORD}")[0]

    def test_another_name_only_where_that_is_configured(self, run_server: Callable[..., Running]) -> None:
        client = run_server(accounts={"custom_account_names": False}).connect()
        offered = " ".join(client.ask("CAP LS 302", "NICK alice"))
        assert "draft/account-registration=before-connect " in offered + " "
        (answer,) = client.parsed(f"REGISTER bob * :{PASSWORD}")
        assert answer.params[:3] == ("REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", "bob")
        assert "REGISTER SUCCESS ALICE" in client.ask(f"REGISTER ALICE * :{PASSWORD}")[0]

    def test_there_is_nothing_to_verify(self, server: Running) -> None:
        client = server.connect()
        client.ask("CAP LS")
        (answer,) = client.parsed("VERIFY alice 123456")
        assert answer.params[:3] == ("VERIFY", "INVALID_CODE", "alice")
        assert client.parsed("VERIFY alice")[0].command == "461"
        client.ask("NICK alice", f"REGISTER * * :{PASSWORD}")
        (answer,) = client.parsed("VERIFY alice 123456")
        assert answer.params[:3] == ("VERIFY", "ALREADY_AUTHENTICATED", "alice")

    def test_look_alikes_are_refused(self, server: Running) -> None:
        client = server.connect()
        said = client.ask("NICK x", f"REGISTER аlice * :{PASSWORD}")  # the first letter is Cyrillic
        assert "BAD_ACCOUNT_NAME" in said[0]

    def test_names_in_other_scripts(self, server: Running) -> None:
        for name in ("Иван", "Σοφία", "漢字"):
            member = server.member(name)
            assert parse(member.log[-1]).params[0] == name


class TestOnePerson:
    def test_two_connections_are_one_member_and_see_each_other(self, server: Running, bob: IrcClient) -> None:
        phone = server.member("alice")
        bob.wait("alice!.* JOIN")
        laptop = server.login("alice")
        laptop.wait(" 366 .*#main")
        assert bob.sync() == []
        names = parse(next(line for line in bob.ask("NAMES #main") if " 353 " in line)).params[-1]
        assert names.split() == ["alice", "bob"]
        laptop.ask("PRIVMSG #main :from the laptop")
        assert phone.wait("from the laptop").startswith(":alice!")
        assert not any("from the laptop" in line for line in laptop.log)
        laptop.send("QUIT")
        laptop.rest()
        assert [line.partition(" ")[2] for line in bob.sync()] == ["PRIVMSG #main :from the laptop"]

    def test_a_room_joined_on_one_connection_opens_on_the_other(self, server: Running) -> None:
        phone, laptop = server.register("alice"), server.login("alice")
        laptop.ask("JOIN #tea")
        phone.wait("alice!.* JOIN #tea")
        phone.wait(" 366 .*#tea")
        phone.ask("PART #tea :enough")
        assert laptop.wait(" PART #tea").endswith(":enough")

    def test_membership_outlives_the_connection_and_the_server(self, run_server: Callable[..., Running]) -> None:
        server = run_server()
        alice, bob = server.member("alice"), server.member("bob")
        alice.close()
        bob.ask("PRIVMSG #main :are you there?")
        flags = {line.params[5]: line.params[6] for line in bob.parsed("WHO #main") if line.command == "352"}
        assert flags == {"alice": "G", "bob": "H"}
        server.stop()
        again = run_server().login("alice")
        again.wait("alice!.* JOIN #main")
        names = parse(again.wait(" 353 ")).params[-1]
        assert names.split() == ["alice", "bob"]
        assert "are you there?" in again.wait("PRIVMSG")

    def test_where_accounts_are_not_always_on_the_last_connection_counts(
        self, run_server: Callable[..., Running]
    ) -> None:
        server = run_server(accounts={"always_on": False})
        alice, bob = server.member("alice"), server.member("bob")
        phone = server.login("alice")
        phone.wait(" 366 ")
        alice.send("QUIT")
        alice.rest()
        phone.send("QUIT :bye")
        assert bob.wait("alice!.* QUIT").endswith("Quit: bye")
        server.stop()
        again = run_server(accounts={"always_on": False}).login("bob")
        assert not any("JOIN" in line for line in again.sync())

    def test_the_nick_is_the_account(self, server: Running) -> None:
        server.register("alice").close()
        client = server.connect()
        client.send("CAP REQ :sasl", "NICK alice_", "USER a 0 * :A", "AUTHENTICATE PLAIN")
        client.send(f"AUTHENTICATE {plain('alice')}", "CAP END")
        assert parse(client.wait(" 001 ")).params[0] == "alice"
        client.wait(" 422 ")
        assert " 432 " in client.ask("NICK somebody")[0]
        assert client.ask("NICK Alice") == [":alice!u@user/alice NICK Alice"]

    def test_nicks_are_free_where_the_policy_says_so(self, run_server: Callable[..., Running]) -> None:
        server = run_server(accounts={"nick_must_be_account": False})
        alice, bob = server.member("alice"), server.member("bob")
        alice.wait("bob!.* JOIN")
        assert alice.ask("NICK ally") == [":alice!u@user/alice NICK ally"]
        assert bob.wait(" NICK ").startswith(":alice!")
        assert " 433 " in bob.ask("NICK Ally")[0]
        assert " 433 " in bob.ask("NICK alice")[0]
        alice.ask("PRIVMSG #main :same one")
        assert bob.wait("same one").startswith(":ally!u@user/alice ")


class TestNickOfAnAccount:
    """Where people choose their nicks, the one they come with is theirs."""

    @pytest.fixture
    def server(self, run_server: Callable[..., Running]) -> Running:
        return run_server(accounts={"nick_must_be_account": False, "guests": True})

    @staticmethod
    def come(server: Running, nick: str, account: str) -> IrcClient:
        client = sasl_client(server)
        client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(account)}")
        client.send(f"NICK {nick}", "USER u 0 * :U", "CAP END")
        return client

    def test_as_they_come(self, server: Running) -> None:
        bob = server.member("bob", "away-notify")
        server.member("alice").close()
        bob.wait("alice!.* AWAY")  # her connection is gone for the server too
        ally = self.come(server, "ally", "alice")
        assert parse(ally.wait(" 001 ")).params[0] == "ally"
        ally.wait(" JOIN #main")
        assert bob.wait(" NICK ") == ":alice!u@user/alice NICK ally"  # who stayed in the room
        bob.ask("PRIVMSG ally :hello")
        ally.wait(":hello")

    def test_the_person_who_is_here_keeps_what_they_are_called(self, server: Running) -> None:
        alice = server.register("alice")
        assert parse(self.come(server, "ally", "alice").wait(" 001 ")).params[0] == "alice"
        assert alice.sync() == []

    def test_taken(self, server: Running) -> None:
        server.register("bob").close()
        server.register("alice").close()
        guest = server.connect()
        guest.send("NICK visitor", "USER v 0 * :V")
        guest.wait(" 422 ")
        for nick in ("Visitor", "bob", "no*name"):  # somebody's who is here, an account's, nobody's
            client = self.come(server, nick, "alice")
            assert parse(client.wait(" 43[23] ")).params[:2] == ("*", nick)
            client.send("NICK alice")
            client.wait(" 001 alice ")
            client.send("QUIT")
            client.rest()


@pytest.mark.parametrize(
    "change", [SuspendAccount(person_name("alice"), "spam"), RemoveAccount(person_name("alice"))]
)
def test_an_ended_account_is_out_at_once(server: Running, change: SuspendAccount | RemoveAccount) -> None:
    alice = server.member("alice")
    server.server.store.submit([change]).result()
    assert alice.rest()[-1].startswith("ERROR :Closing link: your account ")
    client = sasl_client(server)
    said = client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")[-1]
    assert (" 902 " if isinstance(change, SuspendAccount) else " 904 ") in said
    assert ("suspended: spam" in said) == isinstance(change, SuspendAccount)
    if isinstance(change, SuspendAccount):
        server.server.store.submit([RestoreAccount(person_name("alice"))]).result()
        server.login("alice").wait(" 366 ")
