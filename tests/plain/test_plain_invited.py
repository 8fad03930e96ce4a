"""At the plain endpoint by a device token, and by an invitation: the code is taken wherever something is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.invitations import InviteToReset, InviteToServer, RevokeInvitation
from chatstore.chat.changes.tokens import AddToken, RemoveTokens
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.invitations import new_code
from chatstore.chat.model.names import person_name
from chatstore.chat.model.tokens import REMOVED, new_token
from tests.plain.talker import PASSWORD, Talker
from tests.running import Running

RunServer = Callable[..., Running]


@pytest.fixture
def server(run_server: RunServer) -> Running:
    """Nobody makes an account but the invited."""
    return run_server(accounts={"registration": "invite"})


def invite(server: Running, name: str = "", role: str = "user") -> str:
    code = new_code()
    wanted = person_name(name) if name else None
    server.server.store.submit([InviteToServer(digest_of(code), wanted, role)]).result()  # type: ignore[arg-type]
    return code


def talker(server: Running) -> Talker:
    return Talker(server.port("plain"))


def account(server: Running, name: str) -> int:
    found = server.server.store.accounts.named(name)
    assert found is not None
    return found.id


def test_an_invitation_code_is_accepted_instead_of_a_password(server: Running) -> None:
    ann = talker(server)
    ann.say("ann")
    ann.wait("^Password of ann, or your invitation's code ")
    ann.say(invite(server))
    ann.wait("^-- Your invitation is valid: you will be a member here.$")
    ann.wait("^There is no account ann yet. Choose a password")
    ann.say(PASSWORD, PASSWORD)
    ann.wait("^-- Hello ann")
    [used] = server.server.store.invitations.all()
    assert used.used_by == account(server, "ann")


def test_a_link_at_the_first_question_says_the_name_too(server: Running) -> None:
    ann = talker(server)
    ann.wait("^What is your name")
    ann.say(f"https://chat.example.org/#invite={invite(server, 'Ann', 'admin')}")
    ann.wait("^-- Your invitation is valid for Ann: you will be an administrator here.$")
    ann.wait("^There is no account Ann yet. Choose a password")
    ann.say(PASSWORD, PASSWORD)
    ann.wait("^-- Hello Ann")
    found = server.server.store.accounts.named("ann")
    assert found is not None
    assert found.admin


def test_a_one_use_link_sets_a_new_password(server: Running) -> None:
    ann = talker(server)
    ann.say(invite(server, "Ann"))
    ann.wait("^There is no account Ann yet")
    ann.say(PASSWORD, PASSWORD)
    ann.wait("^-- Hello Ann")
    code, again = new_code(), talker(server)
    server.server.store.submit([InviteToReset(digest_of(code), person_name("ann"))]).result()
    again.say(code)
    again.wait("^-- This link sets a new password of Ann.$")
    again.wait("^Choose a new password")
    again.say("another long secret", "another long secret")
    again.wait("^-- Hello Ann")


def test_without_a_name_it_is_asked_for_next(server: Running) -> None:
    ann = talker(server)
    ann.wait("^What is your name")
    ann.say(invite(server))
    ann.wait("^What is your name")
    ann.register("ann")


def test_three_wrong_codes_end_the_connection(server: Running) -> None:
    ann = talker(server)
    ann.say("ann", new_code(), new_code(), new_code())
    said = ann.rest()
    assert said.count("-- this invitation is not valid") == 3
    assert said[-1] == "-- too many wrong passwords"


def test_a_name_that_is_known_is_not_told_from_one_that_is_not(server: Running) -> None:
    first = talker(server)
    first.say(invite(server))
    first.register("ann")
    answers = []
    for name in ("ann", "zoe"):
        other = talker(server)
        other.say(name, "wrong", new_code())
        other.wait("is not valid")
        answers.append([line.replace(name, "NAME") for line in other.log])
    assert answers[0] == answers[1]


def test_an_account_that_is_there_logs_in_whatever_is_shown(server: Running) -> None:
    first = talker(server)
    first.say(invite(server))
    first.register("ann")
    again = talker(server)
    again.say(invite(server), "ann")
    again.wait(r"^Password of ann \(visible")
    again.say(PASSWORD)
    again.wait("^-- Hello ann")


def test_an_invitation_that_is_gone_meanwhile(server: Running) -> None:
    ann = talker(server)
    ann.say(invite(server), "ann")
    ann.wait("^There is no account ann yet")
    server.server.store.submit([RevokeInvitation(1)]).result()
    ann.say(PASSWORD, PASSWORD)
    ann.wait("^-- this invitation is not valid")
    ann.wait("^What is your name")
    ann.say("ann")
    ann.wait("^Password of ann, or your invitation's code ")


def test_the_invited_are_not_guests_and_need_no_server_password(run_server: RunServer) -> None:
    server = run_server(accounts={"guests": True}, server={"password": "let me in"})
    ann = talker(server)
    ann.say(invite(server), "ann")
    ann.wait("^There is no account ann yet")
    ann.say(PASSWORD, PASSWORD)
    ann.wait("^-- Hello ann")
    assert account(server, "ann")


def test_where_it_is_closed_no_code_is_asked_for(run_server: RunServer) -> None:
    server = run_server(accounts={"registration": "closed"})
    ann = talker(server)
    ann.say("ann")
    ann.wait(r"^Password of ann \(visible")
    ann.say(invite(server))
    ann.wait("is not valid")


def test_by_a_token_and_out_when_it_is_removed(run_server: RunServer) -> None:
    server = run_server()
    talker(server).register("ann")
    token = new_token()
    owner = account(server, "ann")
    server.server.store.submit([AddToken(owner, digest_of(token), "phone")]).result()
    ann = talker(server)
    ann.log_in("ann", token)
    server.server.store.submit([RemoveTokens(owner)]).result()
    assert ann.rest()[-1] == f"-- {REMOVED}"
    again = talker(server)
    again.say("ann", token)
    again.wait("^-- wrong name or password")
