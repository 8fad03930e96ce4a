"""WEBPUSH: registering push subscriptions, and what ends them. Spec: soju.im/webpush.

What is sent to them: tests/push/.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import (
    AddCertificate,
    RemoveAccount,
    RemoveCertificate,
    SetPassword,
    SuspendAccount,
)
from chatstore.chat.changes.push import RegisterPush
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from chatstore.chat.model.push import MOST_SUBSCRIPTIONS, decoded, encoded
from chatstore.irc.line import parse
from tests.irc.test_isupport import tokens
from tests.irc.test_token import by_sasl
from tests.running import IrcClient, Running

KEYS = f"p256dh={encoded(bytes([4]) + bytes(64))};auth={encoded(bytes(16))}"
URL = "https://push.example/abc"
CAPS = "standard-replies soju.im/webpush"


def registered(server: Running) -> list[str]:
    return [row[0] for row in server.rows("SELECT endpoint FROM push_subscriptions ORDER BY id")]


@pytest.fixture
def alice(server: Running) -> IrcClient:
    return server.register("alice", CAPS)


def test_the_key_is_for_those_who_asked(server: Running, alice: IrcClient) -> None:
    key = tokens(alice)["VAPID"]
    assert len(decoded(key)) == 65
    assert decoded(key)[0] == 4
    assert tokens(server.register("dana", "draft/webpush"))["VAPID"] == key
    assert "VAPID" not in tokens(server.register("bob"))
    alice.log.clear()
    alice.ask("ISUPPORT")
    assert tokens(alice)["VAPID"] == key


def test_it_is_registered_and_unregistered(server: Running, alice: IrcClient) -> None:
    assert alice.ask(f"WEBPUSH REGISTER {URL} {KEYS}") == [f":chatstore.local WEBPUSH REGISTER {URL}"]
    assert registered(server) == [URL]
    assert alice.ask(f"webpush register {URL} {KEYS};more=x") == [f":chatstore.local WEBPUSH REGISTER {URL}"]
    assert registered(server) == [URL]
    assert alice.ask("WEBPUSH UNREGISTER https://push.example/other") == [
        ":chatstore.local WEBPUSH UNREGISTER https://push.example/other"
    ]
    assert registered(server) == [URL]
    alice.ask(f"WEBPUSH UNREGISTER {URL}")
    assert registered(server) == []


def test_an_endpoint_is_the_last_ones_who_registered_it(server: Running, alice: IrcClient) -> None:
    bob = server.register("bob", CAPS)
    alice.ask(f"WEBPUSH REGISTER {URL} {KEYS}")
    bob.ask(f"WEBPUSH UNREGISTER {URL}")
    assert registered(server) == [URL]  # it is not his
    bob.ask(f"WEBPUSH REGISTER {URL} {KEYS}")
    name = "SELECT name FROM accounts JOIN push_subscriptions ON account_id = accounts.id"
    assert server.rows(name) == [("bob",)]


BAD = [
    "WEBPUSH",
    "WEBPUSH WHAT",
    "WEBPUSH REGISTER",
    f"WEBPUSH REGISTER {URL}",
    f"WEBPUSH REGISTER {URL} {KEYS} more",
    "WEBPUSH UNREGISTER",
    f"WEBPUSH REGISTER {URL} p256dh=abc;auth=def",
    f"WEBPUSH REGISTER {URL} {KEYS.replace('p256dh=BA', 'p256dh=AA')}",
    f"WEBPUSH REGISTER {URL} {KEYS.partition(';')[0]}",
    f"WEBPUSH REGISTER {URL} {KEYS.replace('auth=AA', 'auth=+A')}",
    *(
        f"WEBPUSH REGISTER {url} {KEYS}"
        for url in (
            "http://push.example/abc",
            "https://127.0.0.1/abc",
            "https://[::1]/abc",
            "https://[::ffff:7f00:1]/",
            "https://2130706433/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://user@push.example/",
            "https://push.example:25/",
            "ftp://push.example/",
            "push.example",
            f"https://push.example/{'x' * 1024}",
        )
    ),
]


@pytest.mark.parametrize("line", BAD)
def test_what_cannot_be(server: Running, alice: IrcClient, line: str) -> None:
    [answer] = alice.parsed(line)
    assert answer.command == "FAIL"
    assert answer.params[:2] == ("WEBPUSH", "INVALID_PARAMS")
    assert registered(server) == []


def test_networks_of_the_operator(run_server: Callable[..., Running]) -> None:
    server = run_server(push={"allowed": ["127.0.0.0/8"]})
    alice = server.register("alice", CAPS)
    assert parse(alice.ask(f"WEBPUSH REGISTER http://127.0.0.1:8080/a {KEYS}")[0]).command == "WEBPUSH"
    assert parse(alice.ask(f"WEBPUSH REGISTER http://10.0.0.1:8080/a {KEYS}")[0]).command == "FAIL"


def test_the_urls_of_some_services_are_longer_than_other_lines(server: Running, alice: IrcClient) -> None:
    url = f"https://wns2.push.example/w/?token={'x' * 900}"
    assert alice.ask(f"WEBPUSH REGISTER {url} {KEYS}") == [f":chatstore.local WEBPUSH REGISTER {url}"]
    assert registered(server) == [url]
    assert " 417 " in alice.ask(f"WEBPUSH REGISTER {url}{'x' * 1000} {KEYS}")[0]
    assert " 417 " in alice.ask(f"NOTIFY SET * keywords={'x' * 600}")[0]


def test_a_server_without_push(run_server: Callable[..., Running]) -> None:
    client = run_server(push={"enabled": False}).register("alice", "standard-replies")
    assert parse(client.ask("CAP REQ :soju.im/webpush")[0]).params[1] == "NAK"
    assert parse(client.ask(f"WEBPUSH REGISTER {URL} {KEYS}")[0]).command == "FAIL"


def test_a_guest_has_none(run_server: Callable[..., Running]) -> None:
    guest = run_server(accounts={"guests": True}).connect()
    guest.nick = "gast"
    guest.send("CAP REQ :standard-replies soju.im/webpush", "NICK gast", "USER g 0 * :G", "CAP END")
    guest.wait(" 422 ")
    assert parse(guest.ask(f"WEBPUSH REGISTER {URL} {KEYS}")[0]).params[1] == "ACCOUNT_REQUIRED"


def test_one_more_than_the_most_takes_the_place_of_the_oldest(server: Running, alice: IrcClient) -> None:
    alice.ask(*(f"WEBPUSH REGISTER {URL}{n} {KEYS}" for n in range(MOST_SUBSCRIPTIONS + 1)))
    assert registered(server) == [f"{URL}{n}" for n in range(1, MOST_SUBSCRIPTIONS + 1)]


def test_it_ends_with_the_token_that_its_client_logged_in_by(server: Running, alice: IrcClient) -> None:
    added = [alice.parsed(f"TOKEN ADD :{label}")[0].params for label in ("phone", "tablet")]
    for number, added_token in enumerate(added):
        client = by_sasl(server, "alice", added_token[2])
        client.ask(f"WEBPUSH REGISTER {URL}{number} {KEYS}")
        client.close()
    assert registered(server) == [f"{URL}0", f"{URL}1"]
    alice.ask(f"TOKEN REMOVE {added[0][1]}")
    assert registered(server) == [f"{URL}1"]


@pytest.mark.parametrize(
    "change",
    [
        lambda: SetPassword(person_name("alice"), hash_password("another-long-one", 4)),
        lambda: SuspendAccount(person_name("alice"), "spam"),
        lambda: RemoveAccount(person_name("alice")),
    ],
    ids=["password", "suspended", "removed"],
)
def test_it_ends_with_the_access_of_the_account(
    server: Running, alice: IrcClient, change: Callable[[], object]
) -> None:
    bob = server.register("bob", CAPS)
    alice.ask(f"WEBPUSH REGISTER {URL} {KEYS}")
    bob.ask(f"WEBPUSH REGISTER {URL}bob {KEYS}")
    server.server.store.submit([change()]).result()  # type: ignore[list-item]
    assert registered(server) == [f"{URL}bob"]


def test_it_ends_with_the_certificate(server: Running, alice: IrcClient) -> None:
    store, alices = server.server.store, person_name("alice")
    shown, keys = "ab" * 32, (encoded(bytes([4]) + bytes(64)), encoded(bytes(16)))

    def register(endpoint: str, certificate: str) -> RegisterPush:
        return RegisterPush(1, endpoint, "https://push.example", keys, "", (None, certificate, 0), "127.0.0.1")

    with pytest.raises(ChatError, match="certificate"):
        store.submit([register(URL, shown)]).result()
    store.submit([AddCertificate(alices, shown)]).result()
    store.submit([register(URL, shown)]).result()
    alice.ask(f"WEBPUSH REGISTER {URL}2 {KEYS}")
    assert registered(server) == [URL, f"{URL}2"]
    store.submit([RemoveCertificate(alices, shown)]).result()
    assert registered(server) == [f"{URL}2"]
