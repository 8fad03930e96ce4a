"""HOOK and /hook: who manages the webhooks of a room, and what they are shown."""

from __future__ import annotations

import pytest

from tests.irc.administering import admin, one, refusal, rows
from tests.plain.talker import Talker
from tests.running import IrcClient, Running

URL = "https://hooks.example/x"


def test_an_incoming_webhook_from_its_beginning_to_its_end(hooked: Running, alice: IrcClient) -> None:
    params, made = one(alice, "HOOK ADD #tea in * :My CI")
    assert (params, made["text"]) == (("ADD", "#tea", "1"), "My_CI")
    path, _, token = made["url"].rpartition("/")
    assert (path, len(token)) == ("/hooks", 43), "there is no page here"
    assert token not in hooked.everything()
    assert refusal(alice, "HOOK ADD #tea in * :my_ci") == "NAME_TAKEN"
    [(params, listed)] = rows(alice, "HOOK LIST #tea")
    assert (params, listed["direction"], listed["state"], listed["owner"]) == (
        ("LIST", "#tea", "1"), "in", "on", "alice",
    )  # fmt: skip
    assert "used" not in listed
    alice.send("HOOK TEST #tea 1")
    assert ":My_CI/hook!" in alice.wait("PRIVMSG #tea :This is a test of the webhook My_CI, asked for by alice.")
    assert alice.sync()[-1].endswith("HOOK TEST #tea 1")
    assert "used" in rows(alice, "HOOK LIST #tea")[0][1]
    assert one(alice, "HOOK RENEW #tea 1")[1]["url"] != made["url"]
    assert one(alice, "HOOK SET #tea 1 state=off")[1]["state"] == "off"
    assert refusal(alice, "HOOK TEST #tea 1") == "TEST_FAILED"
    assert one(alice, "HOOK SET #tea 1 state=on;secret=s3cret")[1]["has-secret"] == "1"
    assert alice.ask("HOOK REMOVE #tea 1")[-1].endswith("HOOK REMOVE #tea 1")
    assert rows(alice, "HOOK LIST #tea") == []
    noted = [detail for (detail,) in hooked.rows("SELECT detail FROM audit WHERE action = 'room.hook' ORDER BY id")]
    assert noted[0] == "added My_CI (incoming)"
    assert noted[-1] == "removed My_CI"
    assert "s3cret" not in str(noted)


def test_an_outgoing_webhook(hooked: Running, alice: IrcClient) -> None:
    _, made = one(alice, f"HOOK ADD #tea out url={URL};trigger=command;word=!Deploy;answers=1 :Deploy")
    assert made["secret"].startswith("whsec_")
    [(_, listed)] = rows(alice, "HOOK LIST #tea")
    assert (listed["url"], listed["trigger"], listed["word"], listed["answers"]) == (URL, "command", "deploy", "1")
    assert one(alice, "HOOK RENEW #tea 1")[1]["secret"] != made["secret"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("HOOK ADD #tea up * :CI", "INVALID_PARAMETERS"),
        ("HOOK ADD #tea in * ://", "INVALID_NAME"),
        ("HOOK ADD #tea in url=https://example.org :CI", "INVALID_PARAMETERS"),
        ("HOOK ADD #tea out * :CI", "INVALID_PARAMETERS"),
        ("HOOK ADD #tea out url=ftp://example.org :CI", "INVALID_PARAMETERS"),
        ("HOOK ADD #tea out url=http://10.0.0.1/ :CI", "INVALID_PARAMETERS"),
        ("HOOK ADD #tea out url=http://[::1]/ :CI", "INVALID_PARAMETERS"),
        (f"HOOK ADD #tea out url={URL};trigger=word :CI", "INVALID_PARAMETERS"),
        (f"HOOK ADD #tea out url={URL};trigger=never :CI", "INVALID_PARAMETERS"),
        (f"HOOK ADD #tea out url={URL};answers=maybe :CI", "INVALID_PARAMETERS"),
        ("HOOK REMOVE #tea 7", "NO_SUCH_HOOK"),
        ("HOOK REMOVE #tea x", "INVALID_PARAMETERS"),
        ("HOOK SET #tea 7 state=on", "NO_SUCH_HOOK"),
        ("HOOK BREW #tea", "INVALID_PARAMETERS"),
        ("HOOK LIST #nowhere", "NO_SUCH_ROOM"),
    ],
)
def test_what_is_refused(alice: IrcClient, line: str, code: str) -> None:
    assert refusal(alice, line) == code


def test_members_strangers_and_administrators(hooked: Running, alice: IrcClient) -> None:
    bob, eve, olga = hooked.member("bob", "", "#tea"), hooked.register("eve"), admin(hooked)
    one(alice, "HOOK ADD #tea in * :CI")
    for line in ("HOOK LIST #tea", "HOOK ADD #tea in * :X", "HOOK RENEW #tea 1", "HOOK TEST #tea 1",
                 "HOOK SET #tea 1 state=off", "HOOK REMOVE #tea 1"):  # fmt: skip
        assert refusal(bob, line) == "OPERATOR_REQUIRED"
        assert refusal(eve, line) in ("OPERATOR_REQUIRED", "NO_SUCH_ROOM")
    assert rows(olga, "HOOK LIST #tea")[0][1]["owner"] == "alice"
    assert one(olga, "HOOK ADD #tea in * :Ops")[1]["url"]
    assert rows(olga, "HOOK LIST #tea")[1][1]["owner"] == "olga"
    assert olga.ask("HOOK REMOVE #tea 1")[-1].endswith("HOOK REMOVE #tea 1")
    assert ("olga", "removed CI") in hooked.rows("SELECT actor, detail FROM audit WHERE action = 'room.hook'")


def test_administrators_see_those_of_all_rooms(hooked: Running, alice: IrcClient) -> None:
    alice.ask("JOIN #coffee")
    for room, name in (("#tea", "One"), ("#coffee", "Two"), ("#tea", "Three")):
        one(alice, f"HOOK ADD {room} in * :{name}")
    assert refusal(alice, "HOOK LIST *") == "ADMIN_REQUIRED"
    olga = admin(hooked)
    listed = [("LIST", "#tea", "1"), ("LIST", "#coffee", "2"), ("LIST", "#tea", "3")]
    assert [params for params, _ in rows(olga, "HOOK LIST *")] == listed
    assert [params for params, _ in rows(olga, "HOOK LIST * after=1;limit=1")] == listed[1:2]
    assert {values["owner"] for _, values in rows(olga, "HOOK LIST *")} == {"alice"}
    assert refusal(olga, "HOOK LIST * after=x") == "INVALID_PARAMETERS"


def test_one_whose_owner_left_is_stopped(hooked: Running, alice: IrcClient) -> None:
    bob = hooked.member("bob", "", "#tea")
    alice.ask("MODE #tea +o bob")
    one(bob, "HOOK ADD #tea in * :CI")
    alice.ask("KICK #tea bob")
    [(_, listed)] = rows(alice, "HOOK LIST #tea")
    assert (listed["state"], "bob" in listed["error"]) == ("stopped", True)
    one(alice, "HOOK RENEW #tea 1")
    assert rows(alice, "HOOK LIST #tea")[0][1]["state"] == "on"


def test_the_plain_door(hooked: Running) -> None:
    talker = Talker(hooked.port("plain"))
    talker.register("carol")
    talker.ask("/join tea")
    assert talker.ask("/hook") == ["-- tea has no webhooks. /hook add NAME makes one."]
    (made,) = talker.ask("/hook add CI")
    assert made.startswith("-- CI posts what is sent to /hooks/")
    (made,) = talker.ask(f"/hook add Deploy {URL} !deploy")
    assert made.startswith("-- Deploy signs what it sends with whsec_")
    assert talker.ask("/hook add ci") == ["-- this room has a webhook named ci: choose another name"]
    assert talker.ask("/hook")[1:] == [
        "--   1: CI posts here, never used",
        f"--   2: Deploy sends !deploy to {URL}, never used",
    ]
    assert "CI/hook [bot]: This is a test of the webhook CI, asked for by carol." in " ".join(
        talker.ask("/hook test 1")
    )
    assert talker.ask("/hook off 1", "/hook on 1") == ["-- CI is off.", "-- CI is on."]
    assert talker.ask("/hook renew 2")[0].startswith("-- Deploy signs")
    assert talker.ask("/hook remove 1") == ["-- Webhook 1 was removed."]
    assert "usage" in talker.ask("/hook brew 1")[0].lower()
    talker.close()
