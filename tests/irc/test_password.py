"""PASSWORD: change the password of the account. Spec: docs/extensions.md, chatstore/accounts."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from chatstore.chat.model.tokens import PASSWORD_CHANGED
from tests.running import PASSWORD, IrcClient, Running, plain

SERVER = ":chatstore.local"


def words(old: str, new: str) -> str:
    return base64.b64encode(f"{old}\0{new}".encode()).decode()


@pytest.fixture
def alice(server: Running) -> IrcClient:
    return server.register("alice")


def logs_in(server: Running, password: str) -> bool:
    client = server.connect()
    client.send("CAP LS 302", "NICK alice", "USER alice 0 * :Alice", "CAP REQ :sasl", "AUTHENTICATE PLAIN")
    client.send(f"AUTHENTICATE {plain('alice', password)}")
    return " 903 " in client.wait(" 90[34] ")


def test_another_one_with_spaces(server: Running, alice: IrcClient) -> None:
    new = "zwölf  small words"
    other = server.login("alice")
    assert alice.ask(f"PASSWORD {words(PASSWORD, new)}") == [f"{SERVER} PASSWORD SUCCESS"]
    assert other.rest()[-1] == f"ERROR :Closing link: {PASSWORD_CHANGED}"
    assert logs_in(server, new)
    assert not logs_in(server, PASSWORD)
    assert alice.ask(f"PASSWORD {words(new, PASSWORD)}") == [f"{SERVER} PASSWORD SUCCESS"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (words("wrong", "other"), "WRONG_CREDENTIALS"),
        (words(PASSWORD, ""), "UNACCEPTABLE_PASSWORD"),
        (words(PASSWORD, "x"), "WEAK_PASSWORD"),
        (words(PASSWORD, "password1"), "WEAK_PASSWORD"),
        (words(PASSWORD, "cst_" + "a" * 43), "UNACCEPTABLE_PASSWORD"),
        (base64.b64encode(b"no second one").decode(), "INVALID_PARAMETERS"),
        (words(PASSWORD, "one\0two"), "INVALID_PARAMETERS"),
        (base64.b64encode(b"\xff\0\xfe").decode(), "INVALID_PARAMETERS"),
        ("not,base64", "INVALID_PARAMETERS"),
    ],
)
def test_refused(server: Running, alice: IrcClient, given: str, code: str) -> None:
    [answer] = alice.ask(f"PASSWORD {given}")
    assert answer.startswith(f"{SERVER} FAIL PASSWORD {code} :")
    assert logs_in(server, PASSWORD)


def test_guests_have_none(run_server: Callable[..., Running]) -> None:
    guest = run_server(accounts={"guests": True}).connect()
    guest.send("NICK gus", "USER gus 0 * :Gus")
    guest.wait(" (422|376) ")
    [answer] = guest.ask(f"PASSWORD {words('a', 'b')}")
    assert answer.startswith(f"{SERVER} FAIL PASSWORD ACCOUNT_REQUIRED :")
