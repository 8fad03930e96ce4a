"""registration = "approval": who waits, who decides, and what the one who waits is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes import accounts
from chatstore.chat.changes.accounts import AddCertificate
from chatstore.chat.changes.invitations import InviteToServer
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.invitations import new_code
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from tests.irc.administering import account, admin, asked, one, refusal, rows
from tests.plain.talker import Talker
from tests.running import PASSWORD, IrcClient, Running, plain

RunServer = Callable[..., Running]


@pytest.fixture
def server(run_server: RunServer) -> Running:
    return run_server(accounts={"registration": "approval"}, listen={"plain": "127.0.0.1:0"})


@pytest.fixture
def olga(server: Running) -> IrcClient:
    return admin(server)


def newcomer(server: Running, nick: str = "carol") -> IrcClient:
    client = server.connect()
    client.nick = nick
    client.ask("CAP LS 302", f"NICK {nick}", f"USER {nick} 0 * :U")
    return client


def ask(server: Running, nick: str = "carol") -> list[str]:
    return newcomer(server, nick).ask(f"REGISTER * * :{PASSWORD}")


def log_in(server: Running, password: str = PASSWORD) -> list[str]:
    client = newcomer(server)
    client.ask("CAP REQ sasl", "AUTHENTICATE PLAIN")
    return client.ask(f"AUTHENTICATE {plain('carol', password)}")


def test_who_asks_waits_and_is_approved(server: Running, olga: IrcClient) -> None:
    assert "chatstore-approval" in " ".join(newcomer(server, "x").ask("CAP LS 302"))
    [answer] = ask(server)
    assert answer.startswith(
        ":chatstore.local REGISTER VERIFICATION_REQUIRED carol :an administrator has to approve"
    )
    refused = log_in(server)
    assert refused[0].startswith(":chatstore.local FAIL AUTHENTICATE ACCOUNT_WAITING carol :")
    assert " 904 " in refused[1]
    assert "ACCOUNT_WAITING" not in " ".join(log_in(server, "a wrong password"))
    [(params, values)] = rows(olga, "PEOPLE WAITING")
    assert (params[1], values["address"]) == ("carol", "127.0.0.1")
    assert one(olga, "PEOPLE SHOW carol")[1]["status"] == "waiting"
    assert one(olga, "PEOPLE APPROVE Carol")[0] == ("APPROVE", "carol")
    assert any(" 900 " in line for line in log_in(server))
    assert rows(olga, "PEOPLE WAITING") == []
    assert refusal(olga, "PEOPLE APPROVE carol") == "NO_SUCH_PERSON"


def test_who_is_refused_leaves_nothing(server: Running, olga: IrcClient) -> None:
    """The name is free again, for somebody else with another password."""
    ask(server)
    assert "ACCOUNT_EXISTS" in ask(server)[0]
    assert one(olga, "PEOPLE REFUSE carol")[0] == ("REFUSE", "carol")
    assert server.rows("SELECT count(*) FROM account_requests") == [(0,)]
    assert "VERIFICATION_REQUIRED" in ask(server)[0]
    assert rows(olga, "PEOPLE LIST status=removed") == []
    [(password,)] = server.rows("SELECT password FROM accounts WHERE folded LIKE 'refused#%'")
    assert password == "", "the row stays: SQLite would look through all messages to delete it"


def test_the_invited_do_not_wait(server: Running) -> None:
    code, client = new_code(), newcomer(server)
    server.server.store.submit([InviteToServer(digest_of(code))]).result()
    client.ask(f"INVITATION {code}")
    assert any("REGISTER SUCCESS carol" in line for line in client.ask(f"REGISTER * * :{PASSWORD}"))


def test_administrators_see_at_once_how_many_wait(server: Running, olga: IrcClient) -> None:
    assert olga.ask("PEOPLE ALLOWED") == [":chatstore.local PEOPLE ALLOWED *"]
    without = admin(server, "otto", caps="")
    ask(server)
    assert olga.wait("ALLOWED") == ":chatstore.local PEOPLE ALLOWED waiting=1"
    server.server.warnings.set("disk", "the disk is nearly full: make room")
    assert ":chatstore.local PEOPLE ALLOWED waiting=1;warnings=1" in olga.ask("PEOPLE ALLOWED")
    olga.ask("PEOPLE APPROVE carol")
    assert ":chatstore.local PEOPLE ALLOWED *" in olga.log
    assert not any("ALLOWED" in line for line in without.sync() + without.log)
    ask(server, "dave")
    olga.sync()
    answer = olga.ask("@label=x PEOPLE APPROVE dave")
    assert "@label=x :chatstore.local PEOPLE APPROVE dave" in answer
    assert ":chatstore.local PEOPLE ALLOWED warnings=1" not in answer
    assert ":chatstore.local PEOPLE ALLOWED *" in answer


def test_the_queue_has_an_end(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_WAITING", 1)
    assert "VERIFICATION_REQUIRED" in ask(server, "ann")[0]
    assert "too many accounts wait" in ask(server, "bob")[0]
    assert server.server.store.accounts.named("bob") is None


def test_one_network_does_not_fill_it(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_WAITING_THERE", 2)

    def asks(name: str, address: str) -> Code | None:
        change = accounts.CreateAccount(person_name(name), hash_password(PASSWORD, 4), waits_at=address)
        try:
            server.server.store.submit([change]).result()
        except ChatError as error:
            return error.code
        return None

    given = ["2001:db8::1", "192.0.2.1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1", "192.0.2.2"]
    refused = [asks(f"p{place}", address) for place, address in enumerate(given)]
    assert refused == [None, None, None, Code.THROTTLED, None, None]


def test_nobody_waits_for_ever(server: Running, olga: IrcClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(server)
    store = server.server.store
    store.submit([AddCertificate(person_name("carol"), "ab" * 32)]).result()
    assert store.submit([accounts.RefuseForgotten()]).result() == []
    monkeypatch.setattr(accounts, "WAITING_DAYS", -1)
    [gone] = store.submit([accounts.RefuseForgotten()]).result()
    assert (gone.name, store.accounts.named("carol")) == ("carol", None)
    [(_, noted)] = rows(olga, "AUDIT LIST action=account.refuse")
    assert (noted["about"], noted["text"]) == ("carol", "nobody decided within -1 days")


def test_the_server_looks_for_them_itself(run_server: RunServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatstore.housekeeping._PRESENT_SECONDS", 0.05)
    server = run_server(accounts={"registration": "approval"})
    olga = admin(server)
    ask(server)
    assert olga.wait("ALLOWED").endswith("PEOPLE ALLOWED waiting=1")
    monkeypatch.setattr(accounts, "WAITING_DAYS", -1)
    assert olga.wait("ALLOWED").endswith("PEOPLE ALLOWED *")


def test_who_waits_is_approved_or_refused_and_nothing_else(server: Running, olga: IrcClient) -> None:
    """The end of a suspension, too, would let them in without approval."""
    ask(server)
    for act in ("SUSPEND carol * :x", "RESTORE carol"):
        [refused] = asked(olga, f"PEOPLE {act}")
        assert refused.params[1] == "ACCOUNT_WAITING"
        assert "approve or refuse it" in refused.params[-1]
    assert one(olga, "PEOPLE APPROVE carol")[0] == ("APPROVE", "carol")


def test_at_the_plain_endpoint(server: Running) -> None:
    carol = Talker(server.port("plain"))
    carol.say("carol")
    carol.wait("^There is no account carol yet")
    carol.say(PASSWORD, PASSWORD)
    carol.wait("Your account was made: an administrator has to approve")
    again = Talker(server.port("plain"))
    again.say("carol")
    again.wait("^Password of carol")
    again.say(PASSWORD)
    again.wait("an administrator has to approve this account")


def test_a_removed_one_does_not_wait_any_more(server: Running, olga: IrcClient) -> None:
    ask(server)
    olga.ask("PEOPLE REMOVE carol")
    assert rows(olga, "PEOPLE WAITING") == []
    account(server, "dora")
    assert hash_password(PASSWORD, 4)
