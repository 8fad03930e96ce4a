"""REPORT and REPORTS: who reports what, and what administrators make of it."""

from __future__ import annotations

import pytest

from chatstore.chat.changes import reports
from tests.irc.administering import admin, refusal, rows
from tests.running import IrcClient, Running

CAPS = "message-tags echo-message draft/message-redaction"


@pytest.fixture
def olga(server: Running) -> IrcClient:
    return admin(server)


@pytest.fixture
def eve(server: Running) -> IrcClient:
    return server.member("eve", CAPS, "#tea")


@pytest.fixture
def bob(server: Running, eve: IrcClient) -> IrcClient:
    return server.member("bob", CAPS, "#tea")


def say(client: IrcClient, text: str, target: str = "#tea") -> str:
    """The id of a new message."""
    client.send(f"PRIVMSG {target} :{text}")
    return client.wait(f"PRIVMSG {target} :{text}").partition("msgid=")[2].partition(";")[0].partition(" ")[0]


def test_a_message_is_reported_and_the_report_closed(
    server: Running, olga: IrcClient, eve: IrcClient, bob: IrcClient
) -> None:
    """The administrator is not in the room."""
    said = say(eve, "you are all fools")
    assert bob.ask(f"REPORT #tea {said} :insults")[-1] == f":chatstore.local REPORT #tea {said} :insults"
    assert olga.wait("ALLOWED").endswith("PEOPLE ALLOWED reports=1")
    [(params, values)] = rows(olga, "REPORTS LIST")
    assert (params, values["text"]) == (("LIST", "1"), "insults")
    assert (values["room"], values["msgid"], values["author"], values["by"]) == ("#tea", said, "eve", "bob")
    assert values["state"] == "open"
    assert olga.ask("REPORTS CLOSE 1 :warned her")[-1].endswith("REPORTS CLOSE 1")
    assert rows(olga, "REPORTS LIST") == []
    [(_, closed)] = rows(olga, "REPORTS LIST state=closed")
    assert (closed["closer"], closed["decision"], closed["state"]) == ("olga", "warned her", "closed")
    [(_, noted)] = rows(olga, "AUDIT LIST action=report")
    assert (noted["about"], noted["text"]) == ("#tea", "of bob, about eve: warned her")


def test_the_words_are_shown_and_can_be_erased(
    server: Running, olga: IrcClient, eve: IrcClient, bob: IrcClient
) -> None:
    """All reports about the message are closed then, and the room sees who erased it."""
    said = say(eve, "fools")
    ann = server.member("ann", CAPS, "#tea")
    for each in (bob, ann):
        each.ask(f"REPORT #tea {said} :rude")
    assert "text=fools :rude" in olga.ask("REPORTS LIST")[-2]
    assert olga.ask("REPORTS REDACT 2 :against the rules")[-1].endswith("REPORTS REDACT 2")
    assert bob.wait("REDACT").partition(" ")[2] == f":olga!u@user/olga REDACT #tea {said} :against the rules"
    assert rows(olga, "REPORTS LIST") == []
    assert "fools" not in server.everything()
    assert refusal(olga, "REPORTS REDACT 1") == "NO_SUCH_MESSAGE"
    assert [values["about"] for _, values in rows(olga, "AUDIT LIST action=room.redact")] == ["#tea"]


def test_again_by_the_same_person(olga: IrcClient, eve: IrcClient, bob: IrcClient) -> None:
    said = say(eve, "fools")
    bob.ask(f"REPORT #tea {said} :rude", f"REPORT #tea {said} :very rude")
    assert [values["text"] for _, values in rows(olga, "REPORTS LIST")] == ["very rude"]
    olga.ask("REPORTS CLOSE 1")
    bob.ask(f"REPORT #tea {said} :still there")
    assert [params[1] for params, _ in rows(olga, "REPORTS LIST")] == ["1"]


def test_a_direct_message(olga: IrcClient, eve: IrcClient, bob: IrcClient) -> None:
    """The one to whom it was sent reports it; nobody else, and no administrator erases it."""
    eve.send("PRIVMSG bob :psst")
    said = bob.wait("PRIVMSG bob").partition("msgid=")[2].partition(";")[0].partition(" ")[0]
    assert refusal(olga, f"REPORT bob {said} :x") in ("UNKNOWN_MSGID", "INVALID_TARGET")
    assert bob.ask(f"REPORT eve {said} :threats")[-1].endswith(":threats")
    line = olga.ask("REPORTS LIST")[-2]
    assert "room=*;" in line
    assert "text=psst :threats" in line
    assert refusal(olga, "REPORTS REDACT 1") == "REDACT_FORBIDDEN"


def test_what_nobody_reports(server: Running, eve: IrcClient, bob: IrcClient) -> None:
    said, own = say(eve, "fools"), say(bob, "mine")
    stranger = server.register("zoe")
    assert refusal(stranger, f"REPORT #tea {said} :x") == "INVALID_TARGET"
    assert refusal(bob, f"REPORT #tea {own} :x") == "OWN_MESSAGE"
    assert refusal(bob, "REPORT #tea 1-999 :x") == refusal(bob, "REPORT #tea nonsense :x") == "UNKNOWN_MSGID"
    assert refusal(bob, f"REPORT #nowhere {said} :x") == "INVALID_TARGET"
    assert refusal(bob, "REPORTS LIST") == refusal(bob, "REPORTS CLOSE 1") == "ADMIN_REQUIRED"


def test_not_too_many(olga: IrcClient, eve: IrcClient, bob: IrcClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_OPEN", 1)
    one, two = say(eve, "one"), say(eve, "two")
    bob.ask(f"REPORT #tea {one} :x")
    assert refusal(bob, f"REPORT #tea {two} :x") == "LIMIT_REACHED"
    olga.ask("REPORTS CLOSE 1")
    assert bob.ask(f"REPORT #tea {two} :x")[-1].endswith(":x")
    for line in ("REPORTS CLOSE 9", "REPORTS REDACT 9"):
        assert refusal(olga, line) == "NO_SUCH_REPORT"
    for line in ("REPORTS CLOSE x", "REPORTS LIST state=odd"):
        assert refusal(olga, line) == "INVALID_PARAMETERS"


def test_page_by_page(olga: IrcClient, eve: IrcClient, bob: IrcClient) -> None:
    """Nobody hides an open report behind later ones: the oldest come first."""
    for text in ("one", "two", "three"):
        bob.ask(f"REPORT #tea {say(eve, text)} :x")

    def ids(attributes: str) -> list[str]:
        return [params[1] for params, _ in rows(olga, f"REPORTS LIST {attributes}".rstrip())]

    assert ids("") == ids("state=open") == ["1", "2", "3"]
    assert (ids("limit=2"), ids("after=2;limit=2"), ids("after=3")) == (["1", "2"], ["3"], [])
    olga.ask("REPORTS CLOSE 1", "REPORTS CLOSE 3")
    assert (ids(""), ids("state=closed"), ids("state=closed;limit=1")) == (["2"], ["3", "1"], ["3"])
    assert (ids("state=closed;before=3"), ids("state=closed;before=1")) == (["1"], [])
    for given in ("before=3", "state=closed;after=1", "after=x"):
        assert refusal(olga, f"REPORTS LIST {given}") == "INVALID_PARAMETERS"


def test_a_long_message_still_fits_into_a_line(olga: IrcClient, eve: IrcClient, bob: IrcClient) -> None:
    said = say(eve, "x" * 350)
    bob.ask(f"REPORT #tea {said} :{'y' * 200}")
    line = olga.ask("REPORTS LIST")[-2]
    assert len(line) <= 510
    assert "author=eve;" in line
    assert "state=open" in line
