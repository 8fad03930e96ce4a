"""Who comes in at the plain endpoint, and how: names, passwords, new accounts, guests, the server's password."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from chatstore.chat.changes.accounts import SuspendAccount
from chatstore.chat.live.hub import Hub
from chatstore.chat.model.names import person_name
from chatstore.chat.rules.flood import Flood
from chatstore.chat.rules.policy import Limits, Policy
from chatstore.plain.client import PlainServer
from chatstore.plain.protocol import PlainProtocol
from chatstore.turns import Pools
from tests.plain.talker import PASSWORD, Talker
from tests.running import Running

Connect = Callable[[], Talker]
RunServer = Callable[..., Running]


def test_a_new_account_is_made_and_placed_in_the_default_room(connect: Connect) -> None:
    ann = connect()
    assert ann.register("Ann") == ["-- You are in main (1 member)."]
    assert ann.ask("/who") == ["-- main has 1 member: Ann"]


def test_an_account_logs_in_whatever_the_case_of_its_name(ann: Talker, connect: Connect) -> None:
    other = connect()
    assert other.log_in("ANN") == ["-- You are in main (1 member)."]
    assert other.ask("/who") == ["-- main has 1 member: ann"]


def test_three_wrong_passwords_end_the_connection(ann: Talker, connect: Connect) -> None:
    other = connect()
    other.say("ann", "wrong", "wronger", "wrongest", PASSWORD)
    said = other.rest()
    assert said.count("-- wrong name or password") == 3
    assert said[-1] == "-- too many wrong passwords"
    assert not any("Hello" in line for line in said)


def test_a_wrong_password_can_be_followed_by_the_right_one(ann: Talker, connect: Connect) -> None:
    other = connect()
    other.say("ann", "wrong", PASSWORD)
    other.wait("^-- wrong name or password")
    other.wait("^-- Hello ann")


def test_another_name_can_be_taken_at_each_question(ann: Talker, connect: Connect) -> None:
    other = connect()
    other.say("ann")
    other.wait("^Password of ann")
    other.say("/back")
    other.wait("^What is your name")
    other.say("bena")
    other.wait("^There is no account bena yet")
    other.say("/back")
    other.wait("^What is your name")
    other.register("ben")


def test_the_two_new_passwords_must_be_the_same(connect: Connect) -> None:
    ann = connect()
    ann.say("ann", PASSWORD, "correct house")
    ann.wait("^-- the passwords do not match")
    ann.wait("^There is no account ann yet")
    ann.say(PASSWORD, PASSWORD)
    ann.wait("^-- Hello ann")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("one", "a password has at least 8 characters"),
        ("annannann", "too easy to guess: it is made of the account's name"),
        ("password1", "too easy to guess: many people use it"),
        ("abcdefghijk", "too easy to guess: it is a sequence"),
        ("12/12/1999", "too easy to guess: it is a date"),
        ("/join main", "a password can't begin like a command"),
    ],
)
def test_a_weak_password_is_refused_before_it_is_repeated(connect: Connect, password: str, why: str) -> None:
    ann = connect()
    ann.say("ann", password)
    ann.wait(f"^-- .*{why}")
    ann.wait("^There is no account ann yet")
    assert not any("Repeat" in line for line in ann.log)


def test_help_at_the_questions(connect: Connect) -> None:
    ann = connect()
    for line in ("help", "HELP", "?", "/help", "/who", "/nonsense"):
        ann.say(line)
        ann.wait("^-- Commands work after you have logged in")
        ann.wait("^What is your name")
    ann.say("ann", "/help")
    ann.wait("^-- The code or link of an invitation")
    ann.wait("^There is no account ann yet")
    ann.say(PASSWORD, "/help")
    ann.wait("^-- Commands work")
    ann.wait("^Repeat the password")
    ann.say(PASSWORD)
    ann.wait("^-- Hello ann")
    again = connect()
    again.say("ann", "/help")
    again.wait("^-- Commands work")
    again.wait("^Password of ann")
    again.say("/join main")  # it could be one
    again.wait("^-- wrong name or password")
    again.wait("^-- Commands work")
    again.say(PASSWORD)
    again.wait("^-- Hello ann")


def test_a_password_may_begin_with_a_slash(connect: Connect) -> None:
    password = "/correct horse battery"
    connect().register("ann", password)
    connect().log_in("ann", password)


def test_a_password_that_cannot_be_taken_is_asked_for_again(connect: Connect) -> None:
    ann = connect()
    ann.say("ann", "correct\x01horse")
    ann.wait("control characters")
    ann.wait("^There is no account ann yet")


@pytest.mark.parametrize("name", ["two words", "a:b", "-dash", "раypal", "x" * 40, "a\u202eb"])
def test_a_name_that_is_none_is_explained_and_asked_for_again(connect: Connect, name: str) -> None:
    ann = connect()
    ann.say(name)
    ann.wait("^-- a name ")
    ann.wait("^What is your name")


def test_a_closed_server_does_not_tell_which_names_it_knows(run_server: RunServer) -> None:
    opened = run_server()
    Talker(opened.port("plain")).register("ann")
    opened.stop()
    closed = run_server(accounts={"registration": "closed"})
    answers = []
    for name in ("ann", "zoe"):
        other = Talker(closed.port("plain"))
        other.say(name, "wrong")
        other.wait("wrong name or password")
        answers.append([line.replace(name, "NAME") for line in other.log])
    assert answers[0] == answers[1]


def test_guests_come_straight_in_but_not_under_the_name_of_an_account(run_server: RunServer) -> None:
    running = run_server(accounts={"guests": True})
    irc = running.member("ann")
    guest = Talker(running.port("plain"))
    guest.say("gus")
    guest.wait("^-- Hello gus")
    guest.wait("^-- You are in main")
    guest.say("hello")
    irc.wait(":gus!guest@guest PRIVMSG #main :hello")
    guest.say("/nick gustav")
    guest.wait("^-- gus is now known as gustav")
    second = Talker(running.port("plain"))
    second.say("gustav")
    second.wait("somebody here has that name")
    second.wait("^What is your name")
    second.say("ann")
    second.wait("^Password of ann")
    guest.say(".q")
    assert guest.rest()[-1] == "-- goodbye"
    irc.wait("QUIT")


def test_an_account_keeps_its_name(ann: Talker) -> None:
    assert ann.ask("/nick eve") == ["-- your nick is your account's name, ann"]
    assert ann.ask("/nick ann") == ["-- You are already ann."]


def test_newcomers_are_asked_for_the_servers_password(run_server: RunServer) -> None:
    running = run_server(server={"password": "open sesame"})
    ann = Talker(running.port("plain"))
    ann.say("ann")
    ann.wait("password for guests")
    ann.say("wrong")
    ann.wait("wrong server password")
    ann.say("open sesame")
    ann.wait("^There is no account ann yet")
    ann.say(PASSWORD, PASSWORD)
    ann.wait("^-- You are in main")
    Talker(running.port("plain")).log_in("ann")  # who has an account needs no other password
    eve = Talker(running.port("plain"))
    eve.say("eve", "a", "b", "c", "open sesame")
    assert eve.rest()[-1] == "-- too many wrong passwords"


def test_guests_need_the_servers_password_too(run_server: RunServer) -> None:
    running = run_server(server={"password": "open sesame"}, accounts={"guests": True})
    gus = Talker(running.port("plain"))
    gus.say("gus", "open sesame")
    gus.wait("^-- Hello gus")


def test_a_suspended_account_is_ended_and_stays_out(server: Running, ann: Talker, connect: Connect) -> None:
    server.server.store.submit([SuspendAccount(person_name("ann"), "too loud")]).result()
    assert ann.rest() == ["-- your account was suspended: too loud"]
    again = connect()
    again.say("ann", PASSWORD)
    assert again.rest()[-1] == "-- this account is suspended: too loud"


def test_one_can_leave_before_saying_who_one_is(connect: Connect) -> None:
    nobody = connect()
    nobody.say(".q")
    assert nobody.rest()[-1] == "-- goodbye"


def test_telnets_nul_after_a_carriage_return_does_no_harm(connect: Connect) -> None:
    ann = connect()
    ann.send_bytes(f"ann\r\0{PASSWORD}\r\0{PASSWORD}\r\0hello\r\0/who\r\0".encode())
    ann.wait("^-- main has 1 member: ann")


def test_what_is_no_text_is_ignored_and_the_question_asked_again(connect: Connect) -> None:
    ann = connect()
    ann.send_bytes(b"\xc3(\n")
    ann.wait("not valid UTF-8")
    ann.wait("^What is your name")
    ann.register("ann")


class FakeChat(SimpleNamespace):
    """As much of a chat as a conversation touches before somebody is in."""

    flood = Flood(Limits(), lambda: 0.0)


@pytest.mark.pure
def test_a_connection_without_a_login_is_closed_and_one_with_a_login_stays() -> None:
    now = [1000.0]
    chat: Any = FakeChat(policy=Policy(), clock=lambda: now[0], hub=Hub(), store=None)
    server = PlainServer(
        "net",
        "",
        chat,
        Pools(lambda job: True, lambda job, payers: True, lambda job: True),
    )
    sent: list[bytes] = []
    closed: list[str] = []

    def conversation() -> PlainProtocol:
        return PlainProtocol(server, "::1", local=True, send=sent.append, close=closed.append, push=print)

    silent = conversation()
    silent.tick(59.0)
    assert not closed
    silent.tick(61.0)
    assert closed == ["nobody logged in"]
    assert sent == [b"-- nobody logged in\n"]
    slow = conversation()
    now[0] += 181
    slow.tick(1.0)
    assert len(closed) == 2
    inside = conversation()
    inside.login.done = True
    now[0] += 100_000
    inside.tick(100_000.0)
    assert len(closed) == 2


@pytest.mark.pure
def test_a_busy_server_says_so_and_the_question_stays_open() -> None:
    chat: Any = FakeChat(policy=Policy(), clock=lambda: 0.0, hub=Hub(), store=None)
    server = PlainServer(
        "net",
        "",
        chat,
        Pools(lambda job: False, lambda job, payers: False, lambda job: False),
    )
    sent: list[bytes] = []
    conversation = PlainProtocol(server, "::1", local=True, send=sent.append, close=print, push=print)
    pause = conversation.lines_received(deque(["ann"]))
    assert callable(pause)
    resumed = threading.Event()
    pause(resumed.set)
    assert resumed.is_set()
    assert sent == [b"-- the server has too much to do: try again\n"]


def test_a_telnet_that_negotiates_first_is_asked_its_name(connect: Connect) -> None:
    telnet = connect()
    telnet.send_bytes(b"\xff\xfb\x1f\xff\xfb\x20\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0tess\r\0")
    telnet.wait("no account tess")
