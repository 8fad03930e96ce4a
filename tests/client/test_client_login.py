"""Logging in, and making an account: lines in, lines out, and what was decided."""

from __future__ import annotations

import base64

import pytest

from chatstore.client.login import CAPS, UPDATE_CAPS, LoggedIn, Login, Refused
from chatstore.irc.line import LineError, parse

OFFER = ":s CAP * LS :sasl=PLAIN message-tags draft/chathistory draft/account-registration=before-connect"
ACK = ":s CAP * ACK :message-tags sasl draft/chathistory draft/account-registration"
REQUEST = "CAP REQ :message-tags sasl draft/chathistory draft/account-registration"
SECRET = base64.b64encode(b"\0bob\0pass word").decode()


def talk(login: Login, *lines: str) -> list[str]:
    return [sent for line in lines for sent in login.receive(parse(line))]


@pytest.fixture
def login() -> Login:
    return Login("bob", "pass word")


@pytest.fixture
def creating() -> Login:
    return Login("bob", "pass word", creating=True)


def test_a_login(login: Login) -> None:
    assert login.start() == ["CAP LS 302", "NICK bob", "USER u 0 * bob"]
    assert talk(login, ":s CAP * LS * :echo-message unknown") == []
    assert talk(login, OFFER) == [REQUEST.replace("message-tags ", "message-tags echo-message ")]
    assert talk(login, ACK, "AUTHENTICATE +") == ["AUTHENTICATE PLAIN", f"AUTHENTICATE {SECRET}"]
    assert talk(login, ":s 900 bob b!u@h bob :x", ":s 903 bob :ok") == ["CAP END"]
    assert login.outcome is None
    talk(login, ":s 001 Bob :hello")
    assert login.outcome == LoggedIn("Bob", frozenset(ACK.rpartition(":")[2].split()))
    assert not login.created


@pytest.mark.parametrize(("length", "chunks"), [(290, [396]), (295, [400, 1]), (400, [400, 140])])
def test_a_long_password_goes_in_chunks(length: int, chunks: list[int]) -> None:
    login = Login("bob", "x" * length)
    talk(login, OFFER, ACK)
    sent = talk(login, "AUTHENTICATE +")
    assert [len(line.removeprefix("AUTHENTICATE ")) for line in sent] == chunks


def test_a_wrong_password_may_be_an_unknown_account(login: Login) -> None:
    talk(login, OFFER, ACK, "AUTHENTICATE +", ":s 904 bob :wrong name or password")
    assert login.outcome == Refused("wrong name or password", unknown=True)


def test_without_registration_it_is_just_refused(login: Login) -> None:
    talk(login, ":s CAP * LS :sasl", ":s CAP * ACK :sasl", "AUTHENTICATE +", ":s 904 bob :wrong")
    assert login.outcome == Refused("wrong")


def test_a_new_account(creating: Login) -> None:
    assert talk(creating, OFFER, ACK)[-1] == "REGISTER bob * :pass word"
    assert talk(creating, ":s REGISTER SUCCESS bob :done") == ["CAP END"]
    talk(creating, ":s 001 bob :hello")
    assert isinstance(creating.outcome, LoggedIn)
    assert creating.created


def test_an_account_that_exists_is_logged_in_to(creating: Login) -> None:
    talk(creating, OFFER, ACK)
    assert talk(creating, ":s FAIL REGISTER ACCOUNT_EXISTS bob :taken") == ["AUTHENTICATE PLAIN"]
    talk(creating, "AUTHENTICATE +", ":s 904 bob :wrong password")
    assert creating.outcome == Refused("wrong password")


def test_an_account_that_exists_after_a_refusal_means_a_wrong_password() -> None:
    login = Login("bob", "x", creating=True, refusal="wrong name or password")
    talk(login, OFFER, ACK, ":s FAIL REGISTER ACCOUNT_EXISTS bob :taken")
    assert login.outcome == Refused("wrong name or password")


REFUSALS = [
    ":s FAIL REGISTER WEAK_PASSWORD bob :no",
    ":s FAIL REGISTER TEMPORARILY_UNAVAILABLE bob :no",
    ":s REGISTER VERIFICATION_REQUIRED bob :no",
    "ERROR :no",
    ":s 465 bob :no",
    ":s 417 bob :no",
]


@pytest.mark.parametrize("line", REFUSALS)
def test_no_account(creating: Login, line: str) -> None:
    talk(creating, OFFER, ACK, line)
    assert creating.outcome == Refused("no")


def test_a_server_without_registration_makes_none(creating: Login) -> None:
    talk(creating, ":s CAP * LS :sasl", ":s CAP * ACK :sasl")
    assert isinstance(creating.outcome, Refused)


@pytest.mark.parametrize("offer", [":s CAP * LS :", ":s CAP * LS :sasl=EXTERNAL"])
def test_a_server_without_passwords(login: Login, offer: str) -> None:
    talk(login, offer, ":s CAP * ACK :sasl")
    assert isinstance(login.outcome, Refused)


def test_a_busy_server_is_no_refusal(login: Login) -> None:
    talk(login, OFFER, ACK, "AUTHENTICATE +", ":s FAIL * BUSY :later")
    assert login.outcome == Refused("later", busy=True)


def test_a_nick_that_is_ours_elsewhere_is_taken_after_the_password(login: Login) -> None:
    talk(login, ":s 433 * bob :in use", OFFER, ACK, "AUTHENTICATE +")
    assert talk(login, ":s 903 bob :ok") == ["NICK bob", "CAP END"]
    talk(login, ":s 433 * bob :in use")
    assert login.outcome == Refused("in use")


def test_ping_is_answered_before_the_welcome(login: Login) -> None:
    assert talk(login, "PING :x y") == ["PONG :x y"]


@pytest.mark.parametrize("password", ["a\0b", "a\nb"])
def test_a_password_that_no_line_can_carry(password: str) -> None:
    with pytest.raises(LineError):
        Login("bob", password).start()


INVITED = ":s CAP * LS :sasl=PLAIN chatstore/accounts"
INVITED_ACK = ":s CAP * ACK :sasl chatstore/accounts"


def test_an_invitation_makes_the_account() -> None:
    login = Login("bob", "pass word", creating=True, invitation="https://chat.example.org/#invite=csi_abc")
    assert talk(login, INVITED, INVITED_ACK)[-1] == "INVITATION :https://chat.example.org/#invite=csi_abc"
    assert talk(login, ":s INVITATION csi_abc 2026-12-02T23:10:00.000Z user *") == ["REGISTER bob * :pass word"]
    assert talk(login, ":s REGISTER SUCCESS bob :done") == ["CAP END"]
    assert login.created


def test_an_invitation_that_is_not_taken() -> None:
    login = Login("bob", "pass word", creating=True, invitation="csi_old")
    talk(login, INVITED, INVITED_ACK, ":s FAIL INVITATION INVALID_CODE :no such invitation")
    assert login.outcome == Refused("no such invitation")


def test_an_invitation_for_an_account_that_exists_is_a_login() -> None:
    login = Login("bob", "pass word", creating=True, invitation="csi_abc")
    talk(login, INVITED, INVITED_ACK, ":s INVITATION csi_abc 2026-12-02T23:10:00.000Z user *")
    assert talk(login, ":s FAIL REGISTER ACCOUNT_EXISTS bob :taken") == ["AUTHENTICATE PLAIN"]


def test_where_only_the_invited_make_accounts_it_is_told(login: Login, creating: Login) -> None:
    talk(login, INVITED, INVITED_ACK, "AUTHENTICATE +", ":s 904 bob :wrong name or password")
    assert login.outcome == Refused("wrong name or password", invited_only=True)
    talk(creating, INVITED, INVITED_ACK)
    assert creating.outcome == Refused("this server requires an invitation to create an account", invited_only=True)


def test_a_guest_logs_in_to_nothing() -> None:
    guest = Login("bob", "")
    assert talk(guest, ":s CAP * LS :multi-prefix", ":s CAP * ACK :multi-prefix")[-1] == "CAP END"
    talk(guest, ":s 433 * bob :in use")
    assert guest.outcome == Refused("in use")


def test_a_server_that_knows_no_capabilities() -> None:
    assert talk(Login("bob", ""), ":s 421 bob CAP :Unknown command") == ["CAP END"]


def test_a_screen_asks_for_more() -> None:
    offer = ":s CAP * LS :sasl draft/read-marker"
    assert talk(Login("bob", "x"), offer) == ["CAP REQ :sasl"]
    assert talk(Login("bob", "x", updates=True), offer) == ["CAP REQ :sasl draft/read-marker"]


def test_all_that_a_screen_asks_for_fits_into_lines_and_each_is_waited_for() -> None:
    login = Login("bob", "x", updates=True)
    offer = " ".join([*CAPS, *UPDATE_CAPS])
    requests = talk(login, f":s CAP * LS :{offer}")
    assert [name for line in requests for name in line.partition(" :")[2].split()] == [*CAPS, *UPDATE_CAPS]
    assert len(requests) > 1
    assert all(len(line) < 500 for line in requests)
    for line in requests[:-1]:
        assert talk(login, f":s CAP * ACK :{line.partition(' :')[2]}") == []
    assert talk(login, f":s CAP * NAK :{requests[-1].partition(' :')[2]}") == ["AUTHENTICATE PLAIN"]
