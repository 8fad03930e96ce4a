"""The commands of the plain endpoint for those whose room it is, for finding messages again, and for presence."""

from __future__ import annotations

import re

import pytest

from tests.plain.talker import Talker
from tests.running import IrcClient, Running


@pytest.fixture
def owner(ann: Talker, ben: Talker) -> Talker:
    """ann, in a room of hers with ben."""
    ann.ask("/join dev")
    ben.ask("/join dev")
    ann.sync()
    return ann


@pytest.mark.parametrize(
    "line",
    ["/kick", "/ban a b", "/unban", "/invite", "/rename", "/search", "/search @ben", "/whois"],
)
def test_without_what_it_needs(ann: Talker, line: str) -> None:
    (answer,) = ann.ask(line)
    assert answer.startswith(f"-- usage: {line.split()[0]} ")


class TestRoles:
    def test_op_and_deop(self, owner: Talker, ben: Talker) -> None:
        assert owner.ask("/op ben") == ["-- ann made ben an operator"]
        assert ben.wait("ann made ben an operator$")
        assert owner.ask("/op ben") == ["-- Nothing changed."]
        assert ben.ask("/topic mine now") == ["-- ben set the topic: mine now"]
        assert owner.ask("/deop ben")[-1] == "-- ann took the operator's role from ben"
        assert ben.ask("/op")[-1] == "-- you are not an operator of dev"

    def test_voice_in_a_moderated_room(self, owner: Talker, ben: Talker) -> None:
        assert owner.ask("/set moderated on") == ["-- ann let only operators and members with voice speak"]
        assert ben.ask("hello?")[-1] == "-- you may not speak in dev: it is moderated"
        owner.ask("/voice ben")
        ben.ask("thanks")
        assert owner.wait("^ben: thanks$")
        owner.ask("/devoice ben")
        assert ben.ask("and now?")[-1].startswith("-- you may not speak")

    def test_nobody_of_that_name(self, owner: Talker) -> None:
        assert owner.ask("/op zoe") == ["-- there is nobody called zoe"]

    def test_in_no_room(self, ann: Talker) -> None:
        ann.ask("/part")
        for line in ("/op", "/kick ben", "/ban ben", "/invite ben", "/set", "/rename x", "/redact", "/search x"):
            assert ann.ask(line) == ["-- you have no current room: /join ROOM goes to one (/rooms lists yours)"]


class TestKeepingOut:
    def test_kick(self, owner: Talker, ben: Talker) -> None:
        assert owner.ask("/kick @ben too loud") == ["-- ann removed ben (too loud)"]
        assert ben.wait("ann removed ben")
        assert ben.ask("hello")[-1].startswith("-- you are not in dev any more")
        assert owner.ask("/kick ben") == ["-- ben is not in this room"]
        ben.ask("/join dev")
        assert ben.ask("/kick ann")[-1] == "-- you are not an operator of dev"

    def test_ban_and_unban(self, owner: Talker, ben: Talker) -> None:
        assert owner.ask("/ban ben") == [
            "-- ann banned ben",
            "-- /kick removes somebody who is in the room. /unban lifts the ban.",
        ]
        assert owner.ask("/ban ben") == ["-- ben is already banned."]
        heading, entry = owner.ask("/ban")
        assert heading == "-- Banned from dev:"
        assert re.fullmatch(r"--   ben, by ann on \d{4}-\d\d-\d\d", entry)
        owner.ask("/kick ben")
        assert ben.ask("/join dev")[-1] == "-- you are banned from dev"
        assert owner.ask("/ban nobody")[1].startswith("-- There is nobody called nobody, and no such account: ")
        owner.ask("/unban nobody")
        assert owner.ask("/unban zoe") == ["-- #dev has no ban on zoe"]
        assert owner.ask("/unban ben") == ["-- ann lifted the ban on ben"]
        assert any("You are in dev" in line for line in ben.ask("/join dev"))

    def test_a_private_room_by_invitation(self, ann: Talker, ben: Talker) -> None:
        ann.ask("/join den", "/set private on", "/set inviteonly on")
        assert not any("den" in line for line in ben.ask("/rooms"))
        assert ben.ask("/join den") == ["-- den is invite only"]
        assert ann.ask("/invite ben") == ["-- ben is invited to den."]
        assert ben.wait("invites you to den")
        assert any("You are in den" in line for line in ben.ask("/join den"))


class TestSettings:
    def test_how_it_is(self, owner: Talker) -> None:
        owner.ask(
            "/topic tools", "/set motd be kind", "/set retention 30", "/set history members", "/set key sesame"
        )
        first, *said = owner.ask("/set")
        assert first.startswith("-- dev exists since 20")
        assert first.endswith(" and has 2 members.")
        assert said == [
            "-- It was founded by ann.",
            "-- Topic: tools",
            "-- Members see messages from when they joined.",
            "-- Messages are kept for 30 days.",
            "-- Slow mode is off.",
            "-- Links have previews, where the server makes any.",
            "-- The earlier texts of edited messages are erased.",
            "-- It lets only operators set the topic, has a key.",
            "-- Message of the day: be kind",
        ]

    def test_everybody_is_told(self, owner: Talker, ben: Talker) -> None:
        for line in ("/set retention 30", "/set history members", "/set motd be kind"):
            owner.ask(line)
        assert ben.wait("settings: messages are kept for 30 days")
        assert ben.wait("settings: members see messages from when they joined")
        assert ben.wait("settings: a new message of the day")
        assert owner.ask("/set retention 30") == ["-- Nothing changed."]
        assert owner.ask("/set moderated off") == ["-- Nothing changed."]

    def test_a_key(self, owner: Talker, ben: Talker) -> None:
        owner.ask("/set key sesame")
        ben.ask("/part")
        assert "/join ROOM KEY" in ben.ask("/join dev")[-1]
        assert any("You are in dev" in line for line in ben.ask("/join dev sesame"))
        assert owner.ask("/set key off")[-1] == "-- ann removed the key"

    def test_it_is_given_away(self, owner: Talker, ben: Talker) -> None:
        assert "offered" in owner.ask("/set founder ben")[0]
        told = "-- ann offers you the room dev: /accept dev or /decline dev"
        assert ben.wait("offers you") == told
        assert ben.ask("/offers")[0].startswith("-- #dev is offered to you by ann since 2")
        assert ben.ask("/decline dev") == ["-- You declined dev."]
        assert ben.ask("/accept dev") == ["-- nobody has offered you the room dev"]
        owner.ask("/set founder ben")
        ben.wait("offers you")
        assert ben.ask("/accept dev")[0] == "-- ben accepted the room"
        assert "-- It was founded by ben." in ben.ask("/set")

    def test_modes_in_words(self, owner: Talker, ben: Talker) -> None:
        assert owner.ask("/set private on") == ["-- ann made the room private"]
        assert owner.ask("/set private off") == ["-- ann made the room visible to everyone"]
        assert owner.ask("/voice ben") == ["-- ann gave ben voice"]

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            ("/set colour red", "there is no setting colour: /set help lists the settings"),
            ("/set private soon", "private is on or off"),
            ("/set history nobody", "history is everyone or members"),
            ("/set retention soon", "retention is a number of days from 0 to 36500"),
            ("/set retention 36501", "retention is a number of days from 0 to 36500"),
            ("/set slowmode 99999999", "slowmode is a number of seconds from 0 to 21600"),
            ("/set key a b", "a key is a word of at most 32 characters, without commas and colons"),
            ("/set founder", "founder is the name of one account"),
        ],
    )
    def test_what_can_not_be_set(self, owner: Talker, line: str, why: str) -> None:
        assert owner.ask(line) == [f"-- {why}"]

    def test_an_offer_is_withdrawn(self, owner: Talker) -> None:
        assert owner.ask("/set founder ann") == ["-- The room is yours already."]
        assert owner.ask("/set founder ben")[0].startswith("-- You have offered the room.")
        assert owner.ask("/set founder ann") == ["-- You have withdrawn the offer."]
        assert owner.ask("/offers") == ["-- No room is offered to you, or by you."]

    def test_its_own_help(self, owner: Talker) -> None:
        text = " ".join(" ".join(owner.ask("/set help")).replace("-- ", "").split())
        for word in (
            "topic TEXT ",
            "private ON|OFF ",
            "retention DAYS ",
            "key KEY|OFF ",
            "founder ACCOUNT ",
            "Slow mode: seconds between two messages of a member; 0: off",
            "(members too, unless topiclock is on)",
            "(only the founder)",
        ):
            assert word in text

    def test_not_by_everybody(self, owner: Talker, ben: Talker) -> None:
        before = owner.ask("/set")
        for line in ("/set private on", "/set retention 1", "/set motd x", "/set topic x", "/set founder ben"):
            assert re.match("-- (only|you are not) ", ben.ask(line)[-1]), line
        assert owner.ask("/set") == before

    def test_another_name(self, owner: Talker, ben: Talker) -> None:
        assert owner.ask("/rename tools for all") == ["-- ann renamed dev to tools (for all)"]
        ben.ask("still here")
        assert owner.wait("^ben: still here$")
        assert owner.ask("/rename main") == ["-- the room main exists already"]
        assert ben.ask("/rename mine")[-1] == "-- you are not an operator of tools"


class TestFindingAndTakingBack:
    def test_search_here_and_with_a_person(self, owner: Talker, ben: Talker) -> None:
        owner.ask(
            "the red door", "the blue door", "/msg ben my red coat", "/join main", "a red herring", "/join dev"
        )
        assert [line.split(" ", 1)[1] for line in owner.ask("/search RED d")] == ["ann: the red door"]
        assert [line.split(" ", 1)[1] for line in ben.ask("/search @ann red")][-1] == "[direct] ann: my red coat"
        assert owner.ask("/search green") == ["-- Nothing was found."]
        assert owner.ask("/search @zoe red") == ["-- there is nobody called zoe"]

    def test_ones_own_last_message(self, owner: Talker, ben: Talker) -> None:
        ben.ask("one", "two")
        owner.ask("three")
        assert ben.ask("/redact")[-1] == "-- Removed: two"
        assert owner.wait("ben removed a message of ben")
        assert ben.ask("/redact")[-1] == "-- Removed: one"
        assert ben.ask("/redact")[-1] == "-- no recent message of yours here"
        assert owner.ask("/search two")[-1] == "-- Nothing was found."

    def test_what_somebody_else_said(self, owner: Talker, ben: Talker) -> None:
        ben.ask("buy my watches")
        owner.ask("no")
        assert owner.ask("/redact BEN advertising") == ["-- Removed: buy my watches"]
        assert ben.wait("ann removed a message of ben").endswith("(advertising)")
        assert ben.ask("/redact ann")[-1] == "-- you may not take back what others said"
        assert owner.ask("/redact zoe") == ["-- no recent message of zoe here"]


class TestPresence:
    def test_away_and_back(self, ann: Talker, ben: Talker) -> None:
        assert ann.ask("/away at lunch") == ["-- You are away: at lunch. /back ends that."]
        assert ben.ask("/msg ann hungry?") == ["-- ann is away (at lunch) and will see your message later"]
        assert ben.ask("/whois ann")[-1] == "-- ann is away: at lunch"
        ann.sync()
        assert ann.ask("/back") == ["-- You are back."]
        assert ann.ask("/back") == ["-- You are already here."]
        assert ann.ask("/away") == ["-- You are away. /back ends that."]
        assert ben.ask("/msg ann hungry?") == ["-- ann is away and will see your message later"]
        assert ben.ask("/whois ann")[-1] == "-- ann is away."
        assert "ann (operator, away)" in ben.ask("/who")[-1] or "ann (away)" in ben.ask("/who")[-1]

    def test_whois(self, server: Running, ann: Talker, ben: Talker) -> None:
        ben.ask("/join dev")
        assert ann.ask("/whois BEN") == ["-- ben has the account ben.", "-- ben is in dev, main."]
        irc: IrcClient = server.register("ian")
        irc.ask("SETNAME :Ian Fleming", "MODE ian +B")
        assert ann.ask("/whois ian") == [
            "-- ian has the account ian, and is a bot.",
            "-- Real name: Ian Fleming",
        ]
        irc.send("QUIT")
        irc.rest()
        assert ann.ask("/whois ian") == ["-- ian has the account ian and is not connected."]
        assert ann.ask("/whois zoe") == ["-- there is nobody called zoe"]
