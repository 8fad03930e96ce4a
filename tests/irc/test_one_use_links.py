"""One-use links for accounts that exist: who sets a new password by one, and what ends with the old one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import CreateAccount, RemoveAccount, SetPassword, SetRole, SuspendAccount
from chatstore.chat.changes.invitations import InviteToReset
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.invitations import new_code
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from chatstore.irc.line import Line
from tests.running import PASSWORD, IrcClient, Running, plain
from tests.storage.database import Do

RunServer = Callable[..., Running]
NEW = "another good long secret"


@pytest.fixture(params=["invite", "closed"])
def server(run_server: RunServer, request: pytest.FixtureRequest) -> Running:
    """Where nobody makes an account, either, a link for an account works."""
    running = run_server(accounts={"registration": request.param})
    change = CreateAccount(person_name("bob"), hash_password(PASSWORD, 4))
    running.server.store.submit([change]).result()
    return running


def link(server: Running, name: str = "bob", **values: int) -> str:
    code = new_code()
    server.server.store.submit([InviteToReset(digest_of(code), person_name(name), **values)]).result()
    return code


def client_of(server: Running, nick: str = "somebody") -> IrcClient:
    client = server.connect()
    client.nick = nick
    client.ask("CAP LS 302", f"NICK {nick}", "USER u 0 * :U")
    return client


def codes(lines: list[Line]) -> list[str]:
    return [f"{line.params[0]} {line.params[1]}" for line in lines if line.command == "FAIL"]


def logs_in(server: Running, password: str) -> bool:
    client = client_of(server, "bob")
    client.ask("CAP REQ sasl")
    answer = client.parsed("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('bob', password)}")
    return any(line.command == "900" for line in answer)


def test_the_password_is_set_once_and_everything_else_is_logged_out(server: Running) -> None:
    """Under another nick, too; the person is logged in then."""
    old = server.login("bob")
    code, somebody = link(server), client_of(server)
    assert somebody.parsed(f"INVITATION {code}")[0].params[2:] == ("reset", "bob")
    assert logs_in(server, PASSWORD)  # until it is used
    answer = somebody.ask(f"REGISTER bob * :{NEW}")
    assert ":chatstore.local REGISTER SUCCESS bob :Password changed" in answer
    assert any(" 900 " in line for line in answer)
    assert "the password of your account was changed" in old.rest()[-1]
    assert logs_in(server, NEW)
    assert not logs_in(server, PASSWORD)
    assert codes(client_of(server).parsed(f"INVITATION {code}")) == ["INVITATION INVALID_CODE"]
    assert code not in server.everything()
    assert server.rows("SELECT action, actor, about FROM audit WHERE action LIKE 'account.%' ORDER BY id") == [
        ("account.reset", "", "bob"),
        ("account.password", "bob", "bob"),
    ]


def test_it_is_for_that_account_and_needs_a_good_password(server: Running) -> None:
    code, somebody = link(server), client_of(server)
    somebody.ask(f"INVITATION {code}")
    assert codes(somebody.parsed(f"REGISTER eve * :{NEW}")) == ["REGISTER BAD_ACCOUNT_NAME"]
    assert codes(somebody.parsed("REGISTER bob * :123")) == ["REGISTER WEAK_PASSWORD"]
    assert any("SUCCESS" in line for line in somebody.ask(f"REGISTER bob * :{NEW}"))


@pytest.mark.parametrize("end", ["another", "removed", "password"])
def test_what_makes_it_void(server: Running, end: str) -> None:
    """A later link, the end of the account, or a password that its owner sets meanwhile."""
    code = link(server)
    somebody = client_of(server)
    somebody.ask(f"INVITATION {code}")
    if end == "another":
        link(server)
    elif end == "removed":
        server.server.store.submit([RemoveAccount(person_name("bob"))]).result()
    else:
        server.server.store.submit([SetPassword(person_name("bob"), hash_password(NEW, 4))]).result()
    assert codes(somebody.parsed(f"REGISTER bob * :{NEW}")) == ["REGISTER INVALID_CODE"]


def test_a_placeholder_becomes_an_account(server: Running) -> None:
    update = "UPDATE accounts SET status = 'placeholder', password = '' WHERE name = 'bob'"
    server.server.store.submit([Do(lambda tx: tx._connection.exec_driver_sql(update))]).result()
    assert not logs_in(server, PASSWORD)
    somebody = client_of(server)
    assert somebody.parsed(f"INVITATION {link(server)}")[0].params[2] == "activate"
    assert ":chatstore.local REGISTER SUCCESS bob :Account activated" in somebody.ask(f"REGISTER bob * :{NEW}")
    assert logs_in(server, NEW)


def test_a_suspended_account_stays_suspended(server: Running) -> None:
    server.server.store.submit([SuspendAccount(person_name("bob"), "spam")]).result()
    somebody = client_of(server)
    somebody.ask(f"INVITATION {link(server)}")
    [refused] = [line for line in somebody.parsed(f"REGISTER bob * :{NEW}") if line.command == "FAIL"]
    assert "suspended" in refused.params[-1]


def test_nobody_makes_an_account_by_it(server: Running) -> None:
    """Neither a new one nor, with the code of an invitation, another's password."""
    server.server.store.submit([SetRole(person_name("bob"), "admin")]).result()
    somebody = client_of(server, "eve")
    somebody.ask(f"INVITATION {link(server)}")
    assert codes(somebody.parsed(f"REGISTER * * :{NEW}")) == ["REGISTER BAD_ACCOUNT_NAME"]
    assert server.server.store.accounts.named("eve") is None
