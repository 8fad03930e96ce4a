"""NickServ, and what is said to services and about them. By custom; Modern only knows that there are services."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import SetPassword
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from chatstore.irc.services import NICKSERV, all_commands
from tests.irc.services import HOST, heard, said
from tests.running import PASSWORD, IrcClient, Running

SECRET = "hunter2-and-more"


@pytest.fixture
def open_server(run_server: Callable[..., Running]) -> Running:
    return run_server(accounts={"guests": True})


@pytest.fixture
def guest(open_server: Running) -> IrcClient:
    client = open_server.connect()
    client.nick = "visitor"
    client.send("NICK visitor", "USER v 0 * :V")
    client.wait(" 422 ")
    return client


class TestAccounts:
    def test_register_and_identify(self, open_server: Running, guest: IrcClient) -> None:
        guest.send(f"PRIVMSG NickServ :REGISTER {SECRET} visitor@example.org")
        assert guest.wait(" NOTICE ").endswith(
            f":NickServ!{HOST} NOTICE visitor :You have registered the account visitor and are logged in to it."
        )
        assert guest.wait(" 900 ").endswith("You are now logged in as visitor")
        guest.sync()
        assert open_server.server.store.accounts.named("visitor") is not None
        assert said(guest, "nickserv", f"REGISTER {SECRET}") == ["You are already logged in as visitor."]
        again = open_server.connect()
        again.send("NICK other", "USER v 0 * :V")
        again.wait(" 422 ")
        again.send(f"PRIVMSG NickServ :identify visitor {SECRET}")
        again.wait("You are logged in as visitor")
        again.wait(" 900 ")
        again.sync()
        assert "330" in [line.command for line in guest.parsed("WHOIS visitor")]

    def test_identify_with_the_nick_one_has_tried(self, open_server: Running, guest: IrcClient) -> None:
        open_server.register("alice")
        assert said(guest, "NickServ", "IDENTIFY wrong") == ["Wrong name or password."]
        assert said(guest, "NickServ", "IDENTIFY alice wrong") == ["Wrong name or password."]
        guest.send(f"PRIVMSG NickServ :IDENTIFY alice {PASSWORD}")  # of two words
        guest.wait("You are logged in as alice")

    def test_a_label_marks_the_answer(self, guest: IrcClient) -> None:
        guest.ask("CAP REQ :labeled-response batch")
        answer = guest.ask("@label=one PRIVMSG NickServ :INFO zoe")
        assert answer == [f"@label=one :NickServ!{HOST} NOTICE visitor :There is nobody called zoe."]

    def test_a_password_is_changed(self, server: Running) -> None:
        alice = server.register("alice")
        assert said(alice, "NickServ", f"SET PASSWORD wrong {SECRET}") == ["Wrong name or password."]
        for wrong in (f"PASSWORD {SECRET}", "PASSWORD a b c", "PERSISTENCE MAYBE", "COLOUR red"):
            assert said(alice, "NickServ", f"SET {wrong}") == [
                "Expected SET PASSWORD OLD NEW, PERSISTENCE ON, OFF or DEFAULT,"
                " or REPLAY ON, OFF, MISSED or DEFAULT."
            ]
        server.server.store.submit([_password("alice", "first-one")]).result()
        assert "password of your account was changed" in alice.rest()[-1]
        alice = server.connect()
        alice.nick = "alice"
        alice.send("PASS alice:first-one", "NICK alice", "USER a 0 * :A")
        alice.wait(" 422 ")
        assert "at least 8 characters" in said(alice, "NickServ", "SET PASSWORD first-one x")[0]
        assert said(alice, "NickServ", f"SET PASSWORD first-one {SECRET}") == [
            "Your password is changed. Your other connections are closed and your device tokens are removed."
        ]
        again = server.connect()
        again.send(f"PASS alice:{SECRET}", "NICK alice", "USER a 0 * :A")
        again.wait(" 001 ")

    def test_persistence(self, open_server: Running, guest: IrcClient) -> None:
        server = open_server
        alice = server.register("alice")
        again = server.login("alice", "draft/persistence")
        assert said(alice, "NickServ", "SET PERSISTENCE off") == [
            "You leave your rooms when your last connection ends."
        ]
        assert again.wait("PERSISTENCE STATUS OFF").endswith(" OFF OFF")
        assert said(alice, "NickServ", "SET PERSISTENCE ON") == [
            "You stay in your rooms when your last connection ends."
        ]
        assert said(guest, "NickServ", "SET PERSISTENCE ON") == ["Log in first."]

    def test_certificates(self, open_server: Running, guest: IrcClient) -> None:
        server = open_server
        alice, bob, mine = server.register("alice"), server.register("bob"), "ab" * 32
        assert said(alice, "NickServ", "CERT LIST") == ["Your account has no certificates."]
        written = ":".join(["AB"] * 32)
        assert said(alice, "NickServ", f"CERT ADD {written}") == [
            f"You can now log in with the certificate {mine} (SASL EXTERNAL)."
        ]
        assert said(bob, "NickServ", f"cert add {mine}") == ["That certificate logs in to alice already."]
        assert said(alice, "NickServ", "CERT LIST")[0].startswith(f"{mine}, since 20")
        assert said(bob, "NickServ", f"CERT DEL {mine}") == [f"Your account has no certificate {mine}."]
        assert server.server.store.accounts.with_certificate(mine) is not None
        assert said(alice, "NickServ", f"CERT DEL {mine}") == [
            f"The certificate {mine} no longer logs in to your account."
        ]
        assert server.server.store.accounts.with_certificate(mine) is None
        for wrong in ("ADD", "DEL", "ADD xyz"):
            assert "64 hexadecimal digits" in said(alice, "NickServ", f"CERT {wrong}")[0]
        assert said(alice, "NickServ", "CERT SHOW") == ["Expected CERT LIST, CERT ADD or CERT DEL."]
        for command in ("LIST", f"ADD {mine}", f"DEL {mine}"):
            assert said(guest, "NickServ", f"CERT {command}") == ["Log in first."]

    def test_so_many_certificates(self, server: Running) -> None:
        alice = server.register("alice")
        alice.ask(*(f"NS CERT ADD {i:064x}" for i in range(20)))
        assert said(alice, "NickServ", f"CERT ADD {20:064x}") == ["There are 20 certificates already."]
        assert len(said(alice, "NickServ", "CERT LIST")) == 20

    def test_info(self, server: Running) -> None:
        alice = server.register("alice")
        server.register("bob")
        assert said(alice, "NickServ", "INFO bob")[0].startswith("bob registered on 20")
        assert len(said(alice, "NickServ", "INFO")) == 2
        assert said(alice, "NickServ", "INFO zoe") == ["There is nobody called zoe."]

    def test_drop(self, server: Running) -> None:
        alice, bob = server.register("alice"), server.register("bob")
        assert said(alice, "NickServ", f"DROP bob {PASSWORD}") == [
            "You can delete only your own account, and you must be logged in to it."
        ]
        assert said(alice, "NickServ", "DROP alice wrong") == ["Wrong name or password."]
        alice.send(f"PRIVMSG NickServ :DROP alice {PASSWORD}")
        assert "your account was removed" in alice.rest()[-1]
        assert said(bob, "NickServ", "INFO alice") == ["There is nobody called alice."]

    def test_what_is_not_needed_here(self, open_server: Running, guest: IrcClient) -> None:
        server = open_server
        assert "IDENTIFY" in said(guest, "NickServ", "GHOST visitor")[0]
        alice = server.register("alice")
        for command in ("GHOST alice", "RECOVER alice", "REGAIN alice", "RELEASE alice"):
            assert "share your nick" in said(alice, "NickServ", command)[0]
        assert "connect again without" in said(alice, "NickServ", "LOGOUT")[0]

    def test_registration_may_be_closed(self, run_server: Callable[..., Running]) -> None:
        client = run_server(accounts={"guests": True, "registration": "closed"}).connect()
        client.send("NICK visitor", "USER v 0 * :V")
        client.wait(" 422 ")
        assert said(client, "NickServ", f"REGISTER {SECRET}") == [
            "You can't register from here: ask the administrator."
        ]


class TestTalking:
    @pytest.mark.parametrize("service", ["NickServ", "ChanServ"])
    def test_help_names_every_command(self, server: Running, service: str) -> None:
        alice = server.register("alice")
        text = "\n".join(said(alice, service, "HELP"))
        table = next(table for known, table in all_commands().items() if known.nick == service)
        for command in table.values():
            assert command.name in text
            (line,) = said(alice, service, f"help {command.name.lower()}")
            assert command.does.split()[0] in line
        assert said(alice, service, "HELP nothing") == ["No such command."]
        assert said(alice, service, "jump") == [f"Unknown command. /msg {service} HELP lists the commands."]

    @pytest.mark.parametrize("line", ["NS INFO alice", "NICKSERV INFO alice", "NS :INFO alice"])
    def test_as_a_command(self, server: Running, line: str) -> None:
        alice = server.register("alice")
        alice.send(line)
        assert heard(alice)[0].startswith("alice registered on")
        alice.send("CS INFO #main", "CHANSERV INFO #main")
        assert len([text for text in heard(alice) if text.startswith("#main exists")]) == 2
        alice.send("NS")
        assert heard(alice)[0].startswith("NickServ: register an account")

    def test_with_a_server_behind_the_nick(self, server: Running) -> None:
        alice = server.register("alice")
        assert said(alice, f"NickServ@{HOST}", "INFO alice")[0].startswith("alice registered on")

    def test_nothing_answers_a_notice_or_ctcp(self, server: Running) -> None:
        alice = server.register("alice", "message-tags")
        assert alice.ask("NOTICE NickServ :HELP", "@+typing=active TAGMSG NickServ") == []
        assert said(alice, "NickServ", "\x01VERSION\x01") == []

    def test_nobody_can_have_their_names(self, open_server: Running, guest: IrcClient) -> None:
        for name in ("NickServ", "chanserv", "OperServ"):
            assert guest.parsed(f"NICK {name}")[-1].command == "432"
            client = open_server.connect()
            client.send("CAP LS", f"NICK {name}", "USER v 0 * :V")
            assert "FAIL REGISTER BAD_ACCOUNT_NAME" in client.ask(f"REGISTER * * {SECRET}")[-1]
            client.send("CAP END")
            assert client.wait(" 432 ")

    def test_whois_ison_monitor(self, server: Running) -> None:
        alice = server.register("alice")
        lines = alice.parsed("WHOIS nickserv")
        assert [line.command for line in lines] == ["311", "312", "335", "318"]
        assert lines[0].params[1:4] == ("NickServ", "services", "services.chatstore.local")
        assert alice.parsed("ISON alice ChanServ nobody")[0].params[1] == "alice ChanServ"
        assert alice.parsed("MONITOR + NickServ,nobody")[0].params[1].startswith("NickServ!")


class TestPasswords:
    def test_they_are_kept_nowhere(
        self, open_server: Running, guest: IrcClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Not in the log, at any level, and not in the database."""
        caplog.set_level(logging.DEBUG)
        open_server.register("alice")
        for text in ("IDENTIFY {}", "IDENTIFY alice {}", "REGISTER {}", "{}", "DROP alice {}", "GHOST alice {}"):
            guest.ask(f"PRIVMSG NickServ :{text.format(SECRET)}", f"NS {text.format(SECRET)}")
            guest.ask(f"NOTICE NickServ :{text.format(SECRET)}")
        open_server.stop()
        assert SECRET not in caplog.text
        assert SECRET not in open_server.everything()

    def test_nobody_else_is_told(self, server: Running, alice: IrcClient, bob: IrcClient) -> None:
        alice.sync()
        bob.sync()
        for line in (
            f"PRIVMSG NickServ,#main,bob :IDENTIFY {SECRET}",
            f"PRIVMSG #main,nickserv :IDENTIFY {SECRET}",
            f"NOTICE #main,nickserv :IDENTIFY {SECRET}",
            f"PRIVMSG #main :msg NickServ IDENTIFY {SECRET}",
            f"PRIVMSG #main : /msg NickServ IDENTIFY alice {SECRET}",
            f"PRIVMSG bob :/msg ns identify {SECRET}",
            f"PRIVMSG #main :NickServ register {SECRET}",
            f"PRIVMSG #main :.msg nickserv set password {SECRET} {SECRET}",
            f"NOTICE #main :/msg NickServ IDENTIFY {SECRET}",
        ):
            answer = alice.ask(line)
            assert len(answer) == (0 if line.startswith("NOTICE") else 1)
        assert bob.sync() == []

    @pytest.mark.parametrize(
        "text", ["/msg NickServ IDENTIFY <password>", "ask NickServ", "nickserv is a service", "msg me later"]
    )
    def test_who_talks_about_them_is_heard(self, alice: IrcClient, bob: IrcClient, text: str) -> None:
        alice.wait("bob.* JOIN")
        assert alice.ask(f"PRIVMSG #main :{text}") == []
        assert bob.wait(" PRIVMSG ").endswith(text)


def test_the_table_has_no_doubles() -> None:
    assert {"REGISTER", "IDENTIFY", "SET", "INFO"} <= all_commands()[NICKSERV].keys()


def _password(name: str, password: str) -> SetPassword:
    return SetPassword(person_name(name), hash_password(password, 4))
