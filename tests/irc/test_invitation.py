"""INVITATION, and REGISTER by it: who gets in, once, and as what."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from chatstore.chat.changes.invitations import FirstInvitation, InviteFirstAdmin, InviteToServer, RevokeInvitation
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.invitations import new_code
from chatstore.chat.model.names import person_name
from chatstore.first_start import invite_first_admin
from chatstore.irc.line import Line
from tests.irc.services import said
from tests.running import PASSWORD, IrcClient, Running
from tests.storage.database import Do

RunServer = Callable[..., Running]
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
REGISTRATION = "draft/account-registration"


@pytest.fixture
def server(run_server: RunServer) -> Running:
    """Nobody makes an account but the invited."""
    return run_server(accounts={"registration": "invite"}, listen={"web": "127.0.0.1:0"})


def invite(server: Running, name: str = "", **values: Any) -> str:
    """The code of a new one, made at the command line."""
    code = new_code()
    wanted = person_name(name) if name else None
    server.server.store.submit([InviteToServer(digest_of(code), wanted, **values)]).result()
    return code


def client_of(server: Running, nick: str = "alice") -> IrcClient:
    """Before its welcome."""
    client = server.connect()
    client.nick = nick
    client.ask("CAP LS 302", f"NICK {nick}", "USER u 0 * :U")
    return client


def account(server: Running, name: str) -> Account | None:
    return server.server.store.accounts.named(name)


def codes(lines: list[Line]) -> list[str]:
    return [f"{line.params[0]} {line.params[1]}" for line in lines if line.command == "FAIL"]


def admin(server: Running) -> IrcClient:
    """Of the first link."""
    code = invite_first_admin(server.server.store, server.server.config.policy).code
    client = client_of(server, "root")
    client.ask(f"INVITATION {code}", f"REGISTER * * :{PASSWORD}", "CAP END")
    return client


def test_by_a_code_an_account_is_made_once(server: Running) -> None:
    alice, code = client_of(server), invite(server)
    assert codes(alice.parsed(f"REGISTER * * :{PASSWORD}")) == ["REGISTER INVITATION_REQUIRED"]
    answer = alice.ask(f"INVITATION {code}")[0]
    assert re.fullmatch(rf":chatstore\.local INVITATION {code} {TIME} user \*", answer)
    assert account(server, "alice") is None
    assert ":chatstore.local REGISTER SUCCESS alice :Account created" in alice.ask(f"REGISTER * * :{PASSWORD}")
    assert not account(server, "alice").admin  # type: ignore[union-attr]
    alice.ask("CAP END")
    bob = client_of(server, "bob")
    assert codes(bob.parsed(f"INVITATION {code}")) == ["INVITATION INVALID_CODE"]
    assert codes(bob.parsed(f"REGISTER * * :{PASSWORD}")) == ["REGISTER INVITATION_REQUIRED"]
    [row] = server.rows(
        "SELECT digest, used_at IS NOT NULL, accounts.name FROM account_invitations"
        " JOIN accounts ON accounts.id = used_by"
    )
    assert row == (digest_of(code), True, "alice")
    assert code not in server.everything()


@pytest.mark.parametrize("written", ["{}", "http://127.0.0.1:8097/#invite={}", "https://x.example/chat/#invite={}"])
def test_a_link_and_capitals_do_as_well(server: Running, written: str) -> None:
    code = invite(server)
    given = written.format(code.upper())
    assert client_of(server).parsed(f"INVITATION {given}")[0].params[0] == code


def test_all_that_is_wrong_sounds_alike(server: Running) -> None:
    used, void, old = invite(server), invite(server), invite(server, life=0)
    client_of(server).ask(f"INVITATION {used}", f"REGISTER * * :{PASSWORD}")
    server.server.store.submit([RevokeInvitation(2)]).result()
    bob = client_of(server, "bob")
    answers = [bob.ask(f"INVITATION {code}") for code in (used, void, old, new_code(), "nonsense", "csi_")]
    assert answers[0][0].startswith(":chatstore.local FAIL INVITATION INVALID_CODE :")
    assert answers == [answers[0]] * 6


def test_guessing_is_slowed(server: Running) -> None:
    bob, right = client_of(server, "bob"), invite(server)
    said = [codes(bob.parsed(f"INVITATION {new_code()}")) for _ in range(21)]
    assert said == [["INVITATION INVALID_CODE"]] * 20 + [["INVITATION THROTTLED"]]
    assert bob.parsed(f"INVITATION {right}")[0].command == "INVITATION"  # nobody guesses that one


def test_right_codes_are_no_guesses(server: Running) -> None:
    bob, right = client_of(server, "bob"), invite(server)
    assert [bob.parsed(f"INVITATION {right}")[0].command for _ in range(30)] == ["INVITATION"] * 30


def test_for_one_name_only(server: Running) -> None:
    alice, code = client_of(server), invite(server, "Carol")
    assert alice.parsed(f"INVITATION {code}")[0].params[3] == "Carol"
    assert codes(alice.parsed(f"REGISTER * * :{PASSWORD}")) == ["REGISTER BAD_ACCOUNT_NAME"]
    assert any("REGISTER SUCCESS carol" in line for line in alice.ask(f"REGISTER carol * :{PASSWORD}"))


def test_as_an_admin(server: Running) -> None:
    alice, code = client_of(server), invite(server, role="admin")
    assert alice.parsed(f"INVITATION {code}")[0].params[2:] == ("admin", "*")
    alice.ask(f"REGISTER * * :{PASSWORD}")
    assert account(server, "alice").admin  # type: ignore[union-attr]


def test_a_registration_that_is_refused_does_not_use_it_up(server: Running) -> None:
    client_of(server).ask(f"INVITATION {invite(server)}", f"REGISTER * * :{PASSWORD}")
    bob = client_of(server, "bob")
    bob.ask(f"INVITATION {invite(server)}")
    assert codes(bob.parsed("REGISTER alice * :x", "REGISTER * * :")) == [
        "REGISTER ACCOUNT_EXISTS",
        "REGISTER UNACCEPTABLE_PASSWORD",
    ]
    assert "REGISTER SUCCESS bob" in str(bob.ask(f"REGISTER * * :{PASSWORD}"))


def test_of_two_who_use_it_at_once_one_gets_in(server: Running) -> None:
    """Both have shown it before either registers."""
    for turn in range(5):
        code = invite(server)
        clients = [client_of(server, f"{name}{turn}") for name in ("ann", "ben")]
        for client in clients:
            client.ask(f"INVITATION {code}")
        start, answers = threading.Barrier(2), ["", ""]

        def register(place: int, clients: list[IrcClient], start: threading.Barrier, answers: list[str]) -> None:
            start.wait(60)
            answers[place] = str(clients[place].ask(f"REGISTER * * :{PASSWORD}"))

        threads = [threading.Thread(target=register, args=(place, clients, start, answers)) for place in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted("SUCCESS" in answer for answer in answers) == [False, True]
        assert sorted("FAIL REGISTER INVALID_CODE" in answer for answer in answers) == [False, True]
        made = [account(server, client.nick) is not None for client in clients]
        assert made == ["SUCCESS" in answer for answer in answers]
        loser = clients[made.index(False)]
        assert codes(loser.parsed(f"REGISTER * * :{PASSWORD}")) == ["REGISTER INVITATION_REQUIRED"]
        for client in clients:
            client.close()


# What is offered.


def offered(client: IrcClient) -> bool:
    return any(REGISTRATION in line for line in client.ask("CAP LS 302") if " LS " in line)


def test_registration_is_offered_to_the_invited(server: Running) -> None:
    alice = client_of(server)
    assert not offered(alice)
    lines = alice.ask(f"INVITATION {invite(server)}")
    assert lines[1] == f":chatstore.local CAP alice NEW :{REGISTRATION}=before-connect,custom-account-name"
    assert offered(alice)
    old = server.connect()
    old.ask("NICK bob", "CAP LS")
    assert len(old.ask(f"INVITATION {invite(server)}")) == 1


def test_what_a_stolen_token_made_goes_with_it(server: Running) -> None:
    root = admin(server)
    tokens = [root.parsed(f"TOKEN ADD :{label}")[0].params[1:3] for label in ("mine", "stolen")]
    mine, thief = (server.connect() for _ in tokens)
    for client, (_, token) in zip((mine, thief), tokens, strict=True):
        client.nick = root.nick
        client.send(f"PASS {root.nick}:{token}", f"NICK {root.nick}", "USER r 0 * :R")
        client.wait(" 422 ")
    by_password, by_mine, by_thief = (
        next(line.params[1] for line in client.parsed("INVITATION CREATE") if line.command == "INVITATION")
        for client in (root, mine, thief)
    )

    def good() -> list[bool]:
        asked = [client_of(server, "x").parsed(f"INVITATION {code}") for code in (by_password, by_mine, by_thief)]
        return [answer[0].command == "INVITATION" for answer in asked]

    assert good() == [True, True, True]
    root.ask(f"TOKEN REMOVE {tokens[1][0]}")
    assert good() == [True, True, False]
    mine.send(f"TOKEN REMOVE {tokens[0][0]}")  # signing out is no reason to take an invitation back
    mine.rest()
    assert good() == [True, True, False]
    old_and_new = base64.b64encode(f"{PASSWORD}\0nine purple kettles".encode()).decode()
    assert root.parsed(f"PASSWORD {old_and_new}")[0].params == ("SUCCESS",)
    assert good() == [True, False, False]


@pytest.mark.parametrize(("registration", "from_elsewhere"), [("open", True), ("local", True), ("local", False)])
def test_where_others_make_accounts_too(
    run_server: RunServer, monkeypatch: pytest.MonkeyPatch, registration: str, from_elsewhere: bool
) -> None:
    if from_elsewhere:
        monkeypatch.setattr("chatstore.server._is_local", lambda _peer: False)
    server = run_server(accounts={"registration": registration, "unencrypted_passwords": "everywhere"})
    alice = client_of(server)
    code = invite(server, role="admin")
    if (registration, from_elsewhere) == ("local", True):
        assert codes(alice.parsed(f"REGISTER * * :{PASSWORD}")) == ["REGISTER INVITATION_REQUIRED"]
        assert not offered(alice)
    alice.ask(f"INVITATION {code}", f"REGISTER * * :{PASSWORD}")
    assert account(server, "alice").admin  # type: ignore[union-attr]


def test_where_it_is_closed_the_invited_are_out_too(run_server: RunServer) -> None:
    server = run_server(accounts={"registration": "closed"})
    alice = client_of(server)
    code = invite(server)
    assert codes(alice.parsed(f"INVITATION {code}", f"REGISTER * * :{PASSWORD}")) == [
        "INVITATION INVALID_CODE",
        "REGISTER TEMPORARILY_UNAVAILABLE",
    ]
    assert invite_first_admin(server.server.store, server.server.config.policy).code == ""


def test_the_invited_need_no_server_password(run_server: RunServer) -> None:
    server = run_server(accounts={"registration": "open"}, server={"password": "let me in"})
    alice = client_of(server)
    assert "this server has a password" in str(alice.ask(f"REGISTER * * :{PASSWORD}"))
    assert "SUCCESS" in str(alice.ask(f"INVITATION {invite(server)}", f"REGISTER * * :{PASSWORD}"))


def test_a_secret_is_not_taken_in_the_clear_from_afar(
    run_server: RunServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatstore.server._is_local", lambda _peer: False)
    server = run_server(accounts={"registration": "invite"})
    assert codes(client_of(server).parsed(f"INVITATION {invite(server)}")) == ["INVITATION ENCRYPTION_REQUIRED"]


def test_nickserv_registers_by_it(run_server: RunServer) -> None:
    server = run_server(accounts={"guests": True, "registration": "invite"})
    guest = client_of(server, "visitor")
    guest.ask("CAP END")
    assert said(guest, "NickServ", "REGISTER secret-one") == [
        "You need an invitation to register: ask the administrator."
    ]
    guest.ask(f"INVITATION {invite(server)}")
    assert any("You have registered the account visitor" in line for line in guest.ask("NS REGISTER secret-one"))


# Made by administrators.


def test_an_admin_invites(server: Running) -> None:
    root = admin(server)
    [answer] = root.parsed("INVITATION CREATE")
    word, code, expires, name, link = answer.params
    assert (word, name, link) == ("CREATE", "*", f"http://127.0.0.1:{server.port('web')}/#invite={code}")
    assert re.fullmatch(TIME, expires)
    assert root.parsed("invitation create Carol")[0].params[3] == "Carol"
    alice = client_of(server)
    assert alice.parsed(f"INVITATION {link}")[0].params == (code, expires, "user", "*")
    assert "SUCCESS" in str(alice.ask(f"REGISTER * * :{PASSWORD}"))
    assert codes(root.parsed("INVITATION CREATE alice", "INVITATION CREATE a:b")) == [
        "INVITATION NAME_TAKEN",
        "INVITATION INVALID_NAME",
    ]
    made = server.server.store.invitations.all()
    root_id = account(server, "root").id  # type: ignore[union-attr]
    assert [each.made_by for each in made] == [None, root_id, root_id]


def test_nobody_else_does(server: Running) -> None:
    alice = client_of(server)
    assert codes(alice.parsed("INVITATION CREATE")) == ["INVITATION ACCOUNT_REQUIRED"]
    alice.ask(f"INVITATION {invite(server)}", f"REGISTER * * :{PASSWORD}")
    assert codes(alice.parsed("INVITATION CREATE")) == ["INVITATION ADMIN_REQUIRED"]
    root = admin(server)
    server.server.store.submit([Do(lambda tx: tx.accounts.update(2, role="user"))]).result()
    assert account(server, "root").role == "user"  # type: ignore[union-attr]
    assert codes(root.parsed("INVITATION CREATE")) == ["INVITATION ADMIN_REQUIRED"]  # asked again, each time


def test_who_may_invite_is_told_and_nothing_is_made(server: Running) -> None:
    alice, root = client_of(server), admin(server)
    assert codes(alice.parsed("INVITATION ALLOWED")) == ["INVITATION ACCOUNT_REQUIRED"]
    alice.ask(f"INVITATION {invite(server)}", f"REGISTER * * :{PASSWORD}")
    assert codes(alice.parsed("INVITATION ALLOWED")) == ["INVITATION ADMIN_REQUIRED"]
    before = len(server.server.store.invitations.all())
    assert [line.params for line in root.parsed("INVITATION allowed")] == [("ALLOWED",)]
    assert len(server.server.store.invitations.all()) == before
    root_id = account(server, "root").id  # type: ignore[union-attr]
    server.server.store.submit([Do(lambda tx: tx.accounts.update(root_id, role="user"))]).result()
    assert codes(root.parsed("INVITATION ALLOWED")) == ["INVITATION ADMIN_REQUIRED"]


def test_without_a_page_there_is_no_link(run_server: RunServer) -> None:
    root = admin(run_server(accounts={"registration": "invite"}))
    assert root.parsed("INVITATION CREATE")[0].params[4] == ""


# The first administrator.


def test_the_first_admins_is_void_when_there_is_one_or_a_newer(server: Running) -> None:
    store, policy = server.server.store, server.server.config.policy
    first, second = (invite_first_admin(store, policy).code for _ in range(2))
    alice = client_of(server)
    assert codes(alice.parsed(f"INVITATION {first}")) == ["INVITATION INVALID_CODE"]
    assert alice.parsed(f"INVITATION {second}")[0].params[2:] == ("admin", "*")
    other = client_of(server, "other")
    other.ask(f"INVITATION {invite(server, role='admin')}", f"REGISTER * * :{PASSWORD}")
    assert codes(alice.parsed(f"REGISTER * * :{PASSWORD}")) == ["REGISTER INVALID_CODE"]
    assert invite_first_admin(store, policy).code == ""
    assert store.submit([InviteFirstAdmin(new_code())]).result() == FirstInvitation()
