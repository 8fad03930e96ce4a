"""TOKEN: device tokens made, listed, removed; and logging in by one, at every place that takes a password."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from unittest.mock import Mock, patch

import bcrypt
import pytest

from chatstore.chat.changes.accounts import RemoveAccount, RestoreAccount, SetPassword, SuspendAccount
from chatstore.chat.changes.tokens import RemoveTokens
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from chatstore.chat.model.tokens import MAX_TOKENS, PASSWORD_CHANGED, REMOVED, is_token
from chatstore.chat.session.logins import Logins
from chatstore.irc.line import Line, parse
from tests.irc.services import said
from tests.running import PASSWORD, IrcClient, Running, plain

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
GONE = f"ERROR :Closing link: {REMOVED}"
CHANGED = f"ERROR :Closing link: {PASSWORD_CHANGED}"
NEW = "nine-purple-kettles"


def both(old: str, new: str) -> str:
    return base64.b64encode(f"{old}\0{new}".encode()).decode()


@pytest.fixture
def hashing() -> Iterator[Mock]:
    with patch("bcrypt.checkpw", wraps=bcrypt.checkpw) as mock:
        yield mock


def add(client: IrcClient, label: str = "phone") -> Line:
    """The answer: ADD, the id, the token, the label."""
    [answer] = client.parsed(f"TOKEN ADD :{label}")
    assert answer.command == "TOKEN"
    return answer


def token_of(client: IrcClient, label: str = "phone") -> str:
    return add(client, label).params[2]


def by_sasl(server: Running, name: str, password: str) -> IrcClient:
    """A connection past the welcome, or where it is refused, before it."""
    client = server.connect()
    client.nick = name
    client.send("CAP LS 302", f"NICK {name}", f"USER {name} 0 * :U", "CAP REQ :sasl")
    client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(name, password)}")
    if " 903 " in client.wait(" (903|904|902) "):
        client.send("CAP END")
        client.wait(" (422|376) ")
    return client


def listed(client: IrcClient) -> list[tuple[str, ...]]:
    answers = client.parsed("TOKEN LIST")
    assert answers[-1].params == ("LIST", "*")
    return [answer.params[1:] for answer in answers[:-1]]


def change_password(server: Running, name: str, password: str) -> None:
    """As the administrator does."""
    server.server.store.submit([SetPassword(person_name(name), hash_password(password, 4))]).result()


def test_it_is_told_once_and_stored_as_a_hash(server: Running) -> None:
    alice = server.register("alice")
    answer = add(alice, "my laptop")
    assert answer.params[0] == "ADD"
    assert answer.params[3] == "my laptop"
    token = answer.params[2]
    assert is_token(token)
    assert re.fullmatch("cst_[A-Za-z0-9_-]{43}", token)
    [row] = server.rows("SELECT id, digest, label, last_used_at FROM device_tokens")
    assert row == (int(answer.params[1]), digest_of(token), "my laptop", None)
    assert token not in server.everything()
    assert token_of(alice) != token


def test_it_logs_in_without_hashing(server: Running, hashing: Mock) -> None:
    token = token_of(server.register("alice"))
    alice = by_sasl(server, "alice", token)
    assert alice.ask("JOIN #main")[0].startswith(":alice!")
    hashing.assert_not_called()


def test_what_is_listed(server: Running) -> None:
    alice = server.register("alice")
    first, second, third = (add(alice, label) for label in ("phone", "", "a b"))
    phone = by_sasl(server, "alice", first.params[2])
    by_sasl(server, "alice", third.params[2]).close()
    mine = listed(phone)
    assert [(each[0], each[3], each[4]) for each in mine] == [
        (first.params[1], "current", "phone"),
        (second.params[1], "offline", ""),
        (third.params[1], "offline", "a b"),
    ]
    assert all(re.fullmatch(TIME, each[1]) for each in mine)
    assert [bool(re.fullmatch(TIME, each[2])) for each in mine] == [True, False, True]
    assert mine[1][2] == "*"
    assert [each[3] for each in listed(alice)] == ["online", "offline", "offline"]
    assert listed(server.register("bob")) == []


def test_removing_one_ends_what_came_by_it_and_nothing_else(server: Running) -> None:
    alice = server.register("alice")
    one, other = add(alice), add(alice)
    first, again, second = (by_sasl(server, "alice", each.params[2]) for each in (one, one, other))
    assert alice.ask(f"TOKEN REMOVE {one.params[1]}") == [f":chatstore.local TOKEN REMOVE {one.params[1]}"]
    assert first.rest()[-1] == GONE
    assert again.rest()[-1] == GONE
    assert second.ask("TOKEN LIST")
    assert [each[0] for each in listed(alice)] == [other.params[1]]
    assert " 904 " in by_sasl(server, "alice", one.params[2]).log[-1]


def test_removing_ones_own_is_answered_and_then_the_end(server: Running) -> None:
    answer = add(server.register("alice"))
    alice = by_sasl(server, "alice", answer.params[2])
    alice.send(f"TOKEN REMOVE {answer.params[1]}")
    assert alice.rest()[-2:] == [f":chatstore.local TOKEN REMOVE {answer.params[1]}", GONE]


def test_what_is_wrong(server: Running) -> None:
    alice, bob = server.register("alice"), server.register("bob")
    theirs = add(bob).params[1]
    for wanted in (theirs, "0", "nothing", "9" * 30, "-1"):
        [line] = alice.ask(f"TOKEN REMOVE {wanted}")
        assert line.startswith(f":chatstore.local FAIL TOKEN NO_SUCH_TOKEN {wanted} :")
    for line in ("TOKEN", "TOKEN REMOVE", "TOKEN ADD a b", "TOKEN LIST x", "TOKEN SHOW"):
        [answer] = alice.parsed(line)
        assert answer.command == "461" or answer.params[:2] == ("TOKEN", "INVALID_PARAMETERS"), line
    assert len(listed(bob)) == 1
    stranger = server.connect()
    for line in ("TOKEN ADD :x", "TOKEN LIST", f"TOKEN REMOVE {theirs}"):
        assert "FAIL TOKEN ACCOUNT_REQUIRED" in str(stranger.ask(line))


def test_so_many_of_an_account(server: Running) -> None:
    alice = server.register("alice")
    alice.ask(*(f"TOKEN ADD :{n}" for n in range(MAX_TOKENS)))
    assert len(listed(alice)) == MAX_TOKENS == 50
    assert ":chatstore.local FAIL TOKEN LIMIT_REACHED :" in alice.ask("TOKEN ADD :one more")[0]
    alice.ask(f"TOKEN REMOVE {listed(alice)[0][0]}")
    assert add(alice).params[0] == "ADD"


def test_a_label_is_a_line_of_its_own(server: Running) -> None:
    alice = server.register("alice")
    add(alice, "x" * 300)
    assert listed(alice)[0][4] == "x" * 100


def test_with_labels(server: Running) -> None:
    alice = server.register("alice", "batch labeled-response")
    assert alice.ask("@label=a TOKEN ADD :x")[0].startswith("@label=a :chatstore.local TOKEN ADD ")
    lines = alice.ask("@label=b TOKEN LIST")
    assert lines[0].startswith("@label=b :chatstore.local BATCH +")
    assert len(lines) == 4


def test_before_the_welcome(server: Running) -> None:
    token = token_of(server.register("alice"))
    client = server.connect()
    client.send("CAP REQ :sasl", "NICK alice", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', token)}")
    client.wait(" 903 ")
    assert [each[3] for each in listed(client)] == ["current"]


# Whose it is, and what it is good for.


def test_another_accounts_token(server: Running) -> None:
    server.register("alice")
    token = token_of(server.register("bob"))
    refused = by_sasl(server, "alice", token).log[-1]
    assert refused == by_sasl(server, "alice", "wrong").log[-1]
    assert refused == by_sasl(server, "alice", "cst_" + "x" * 43).log[-1]
    assert refused == by_sasl(server, "nobody", token).log[-1].replace("nobody", "alice")


def test_guessing_is_slowed_as_of_passwords(server: Running, hashing: Mock) -> None:
    token = token_of(server.register("alice"))
    client = server.connect()
    client.send("CAP REQ :sasl")
    lines = [
        client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', f'cst_{n:043}')}")[-1] for n in range(11)
    ]
    assert "wrong name or password" in lines[9]
    assert "too many wrong passwords" in lines[10]
    right = client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', token)}")
    assert " 903 " in right[-1]  # which nobody guesses
    hashing.assert_not_called()


@pytest.mark.parametrize("given", ["alice:{}", "{}"])
def test_by_pass(server: Running, hashing: Mock, given: str) -> None:
    answer = add(server.register("alice"))
    client = server.connect()
    client.send(f"PASS {given.format(answer.params[2])}", "NICK alice", "USER a 0 * :A")
    assert "alice" in client.wait(" 900 ")
    client.wait(" 422 ")
    assert listed(client)[0][3] == "current"
    hashing.assert_not_called()


def test_by_nickserv(run_server: Callable[..., Running], hashing: Mock) -> None:
    server = run_server(accounts={"guests": True})
    alice = server.register("alice")
    answer = add(alice)
    guest = server.connect()
    guest.nick = "visitor"
    guest.send("NICK visitor", "USER v 0 * :V")
    guest.wait(" 422 ")
    assert "You are logged in as alice." in guest.ask(f"NS IDENTIFY alice {answer.params[2]}")[0]
    assert listed(guest)[0][3] == "current"
    hashing.assert_not_called()
    alice.ask(f"TOKEN REMOVE {answer.params[1]}")
    assert guest.rest()[-1] == GONE


def test_it_is_no_password_for_what_asks_for_it(server: Running) -> None:
    alice = server.register("alice")
    token = token_of(alice)
    assert said(alice, "NickServ", f"SET PASSWORD {token} other") == ["Wrong name or password."]
    assert said(alice, "NickServ", f"DROP alice {token}") == ["Wrong name or password."]
    assert " 464 " in alice.ask(f"OPER alice {token}")[0]


def test_no_password_looks_like_one(server: Running) -> None:
    client = server.connect()
    for password in ("cst_" + "x" * 43, "csi_" + "a" * 24):
        answer = client.ask("NICK alice", f"REGISTER * * {password}")[-1]
        assert "UNACCEPTABLE_PASSWORD" in answer
        assert "look like a token" in answer


def test_nickserv_lists_and_removes(server: Running) -> None:
    alice = server.register("alice")
    assert said(alice, "NickServ", "TOKENS") == ["Your account has no device tokens."]
    first, second = add(alice, "phone"), add(alice, "")
    phone = by_sasl(server, "alice", first.params[2])
    lines = said(phone, "NickServ", "TOKEN LIST")
    assert re.fullmatch(r"\d+ phone, since 20\S+, last used 20\S+, this connection's", " ".join(lines[0].split()))
    assert re.fullmatch(r"\d+ without a name, since 20\S+, never used", " ".join(lines[1].split()))
    assert "connected now" in said(alice, "NickServ", "TOKENS")[0]
    assert said(alice, "NickServ", f"TOKEN DEL {second.params[1]}") == [
        f"The token {second.params[1]} no longer logs in to your account."
    ]
    assert said(alice, "NickServ", f"TOKEN DEL {second.params[1]}") == [
        f"Your account has no token {second.params[1]}."
    ]
    for wrong in ("TOKEN DEL", "TOKEN DEL x", "TOKEN ADD"):
        assert said(alice, "NickServ", wrong) == ["Expected TOKEN LIST, or TOKEN DEL and a number from that list."]
    phone.send(f"PRIVMSG NickServ :TOKEN DEL {first.params[1]}")
    assert phone.rest()[-1] == GONE


# What ends them.


def test_a_new_password_ends_everything_else_and_renews_ones_own_token(server: Running) -> None:
    alice = server.register("alice")
    phone, tablet = add(alice, "phone"), add(alice, "tablet")
    on_phone, thief = (by_sasl(server, "alice", phone.params[2]) for _ in range(2))
    on_tablet = by_sasl(server, "alice", tablet.params[2])
    [changed] = on_phone.parsed(f"PASSWORD {both(PASSWORD, NEW)}")
    assert (changed.command, changed.params[0]) == ("PASSWORD", "SUCCESS")
    number, token = changed.params[1:]
    for other in (alice, thief, on_tablet):
        assert other.rest()[-1] == CHANGED
    assert listed(on_phone)[0][0::3] == (number, "current")
    assert " 904 " in by_sasl(server, "alice", phone.params[2]).log[-1]
    again = by_sasl(server, "alice", token)
    assert [each[4] for each in listed(again)] == ["phone"]
    again.send(f"TOKEN REMOVE {number}")
    assert on_phone.rest()[-1] == GONE


def test_a_new_password_by_nickserv_leaves_no_token(server: Running) -> None:
    server.register("alice")
    change_password(server, "alice", "first-one")
    phone = add(by_sasl(server, "alice", "first-one"), "phone")
    on_phone = by_sasl(server, "alice", phone.params[2])
    answer = " ".join(said(on_phone, "NickServ", f"SET PASSWORD first-one {NEW}"))
    assert "including the one you use now: create a new one" in answer
    assert listed(on_phone) == []
    assert add(on_phone).params[0] == "ADD"  # the password was shown


def test_a_new_password_by_the_administrator_ends_all(server: Running) -> None:
    token = token_of(server.register("alice"))
    phone = by_sasl(server, "alice", token)
    change_password(server, "alice", "another")
    assert phone.rest()[-1] == CHANGED


def test_a_login_that_is_not_done_yet_ends_too(server: Running) -> None:
    """Who knows the old password, and waits between the login and the welcome, makes no token any more."""
    alice = server.register("alice")
    early = server.connect()
    early.send("CAP REQ :sasl", "NICK alice", "USER a 0 * :A", "AUTHENTICATE PLAIN")
    early.send(f"AUTHENTICATE {plain('alice')}")
    early.wait(" 903 ")
    assert alice.parsed(f"PASSWORD {both(PASSWORD, NEW)}")[0].params == ("SUCCESS",)
    assert early.rest()[-1] == CHANGED


def test_it_makes_nothing_that_logs_in(server: Running) -> None:
    """Whoever stole a token has the account no longer than the token is there."""
    alice = server.register("alice")
    stolen = add(alice)
    thief = by_sasl(server, "alice", stolen.params[2])
    [answer] = thief.parsed("TOKEN ADD :mine")
    assert answer.params[:2] == ("TOKEN", "PASSWORD_REQUIRED")
    fingerprint = "ab" * 32
    assert "This needs your password" in said(thief, "NickServ", f"CERT ADD {fingerprint}")[0]
    assert said(thief, "NickServ", f"CERT ADD {fingerprint} wrong") == ["Wrong name or password."]
    assert said(thief, "NickServ", f"CERT ADD {fingerprint} {stolen.params[2]}") == ["Wrong name or password."]
    assert said(alice, "NickServ", "CERT LIST") == ["Your account has no certificates."]
    assert len(listed(alice)) == 1
    assert (
        "You can now log in with the certificate"
        in said(thief, "NickServ", f"CERT ADD {fingerprint} {PASSWORD}")[0]
    )
    assert "SHA-256" in said(alice, "NickServ", "CERT ADD abc")[0]
    alice.ask(f"TOKEN REMOVE {stolen.params[1]}")
    assert thief.rest()[-1] == GONE


def test_suspension_and_removal(server: Running) -> None:
    token = token_of(server.register("alice"))
    store, name = server.server.store, person_name("alice")
    phone = by_sasl(server, "alice", token)
    store.submit([SuspendAccount(name, "spam")]).result()
    assert "your account was suspended" in phone.rest()[-1]
    assert " 902 " in by_sasl(server, "alice", token).log[-1]
    store.submit([RestoreAccount(name)]).result()
    assert " 422 " in by_sasl(server, "alice", token).log[-1]
    account = store.accounts.named("alice")
    assert account is not None
    store.submit([RemoveAccount(name)]).result()
    assert store.tokens.of_account(account.id) == []
    assert " 904 " in by_sasl(server, "alice", token).log[-1]


def test_a_token_that_is_removed_between_login_and_welcome(server: Running) -> None:
    alice = server.register("alice")
    answer = add(alice)
    client = server.connect()
    client.send("CAP REQ :sasl", "NICK alice", "USER a 0 * :A", "AUTHENTICATE PLAIN")
    client.send(f"AUTHENTICATE {plain('alice', answer.params[2])}")
    client.wait(" 903 ")
    alice.ask(f"TOKEN REMOVE {answer.params[1]}")
    client.send("CAP END")
    lines = client.rest()
    assert lines[-1] == GONE
    assert not any(parse(line).command == "001" for line in lines)


def test_a_guest_whose_token_is_removed_while_it_logs_in(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = run_server(accounts={"guests": True})
    token = token_of(server.register("alice"))
    guest = server.connect()
    guest.send("CAP REQ :sasl", "NICK visitor", "USER v 0 * :V", "CAP END")
    guest.wait(" 422 ")
    check = Logins.check_token

    def removed_after(self: Logins, *given: str) -> tuple[Account, int]:
        found = check(self, *given)
        server.server.store.submit([RemoveTokens(found[0].id)]).result()
        return found

    monkeypatch.setattr(Logins, "check_token", removed_after)
    guest.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice', token)}")
    assert guest.rest()[-1] == GONE


def test_they_are_there_after_a_restart(run_server: Callable[..., Running]) -> None:
    server = run_server()
    answer = add(server.register("alice"), "phone")
    server.stop()
    alice = by_sasl(run_server(), "alice", answer.params[2])
    assert [(each[0], each[4]) for each in listed(alice)] == [(answer.params[1], "phone")]


def limited(client: IrcClient, attributes: str) -> str:
    [answer] = client.parsed(f"TOKEN ADD {attributes} :bot")
    assert answer.command == "TOKEN", answer
    return answer.params[2]


def test_a_token_may_allow_less(server: Running) -> None:
    alice, bob = server.register("alice"), server.register("bob")
    bob.ask("JOIN #in", "JOIN #out")
    alice.ask("JOIN #in", "JOIN #out")
    token = limited(alice, "scopes=read,write;rooms=#in")
    rows = [line.params for line in alice.parsed("TOKEN LIST") if line.params[0] == "SCOPES"]
    assert [row[2] for row in rows] == ["scopes=read,write;rooms=#in"]
    bot = by_sasl(server, "alice", token)
    bot.send("CAP REQ :standard-replies")
    bot.ask()
    assert bot.ask("PRIVMSG #in :hello") == []
    assert "hello" in bob.sync()[-1]
    for line in ("PRIVMSG #out :x", "JOIN #out", "TOPIC #in :x", "PRIVMSG bob :x", "EXPORT BEGIN", "NICK other"):
        answer = bot.ask(line)
        assert any("FAIL" in each and "OUTSIDE_SCOPE" in each for each in answer), (line, answer)
    assert not bob.sync()
    bob.ask("PRIVMSG #out :not for it", "PRIVMSG alice :nor this", "PRIVMSG #in :but this")
    assert [line.split(" :")[-1] for line in bot.sync()] == ["but this"]


def test_attributes_without_a_label_are_no_label(server: Running) -> None:
    alice = server.register("alice", "standard-replies")
    assert alice.parsed("TOKEN ADD scopes=read")[0].params[3] == ""
    assert alice.parsed("TOKEN ADD :scopes=rite")[0].params[:2] == ("TOKEN", "INVALID_PARAMETERS")
    rows = alice.parsed("TOKEN LIST")
    assert [line.params[2] for line in rows if line.params[0] == "SCOPES"] == ["scopes=read;rooms=*"]


@pytest.mark.parametrize("attributes", ["scopes=", "scopes=rite", "rooms=", "room=#in"])
def test_a_token_of_something_unknown_is_not_made(server: Running, attributes: str) -> None:
    alice = server.register("alice", "standard-replies")
    alice.ask("JOIN #in")
    assert alice.parsed(f"TOKEN ADD {attributes} :bot")[0].params[:2] == ("TOKEN", "INVALID_PARAMETERS")
    assert alice.parsed("TOKEN ADD rooms=#nowhere :bot")[0].params[:2] == ("TOKEN", "NO_SUCH_ROOM")


def test_a_new_password_renews_a_token_with_what_it_allowed(server: Running) -> None:
    alice = server.register("alice")
    bot = by_sasl(server, "alice", limited(alice, "scopes=read,manage"))
    [answer] = bot.parsed(f"PASSWORD {both(PASSWORD, NEW)}")
    assert answer.params[0] == "SUCCESS"
    assert server.rows("SELECT scopes, rooms FROM device_tokens") == [("read manage", None)]
