"""Who may do or see what, tested over TCP: every role, in every kind of room, with every command that takes a
room or a message id.

An outcome is `+` (done or shown), `-` (refused), or `?` (the answer is, to the letter, that for a room that
does not exist). `.` is not tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from chatstore.chat.changes.accounts import RemoveAccount
from chatstore.chat.model.names import person_name
from chatstore.irc.commands import all_commands
from chatstore.irc.line import parse
from tests.running import IrcClient, Running
from tests.storage.database import Do

ROLES = ("outsider", "banned", "member", "voice", "operator", "founder", "admin")
"""The admin of the server is in none of the rooms. The banned person was a member once."""
KINDS = ("open", "secret", "closed", "moderated")
"""`closed` is invite only and has a key."""
CAPS = (
    "message-tags echo-message batch standard-replies draft/chathistory draft/event-playback "
    "draft/message-redaction draft/message-edit draft/channel-rename draft/metadata-3 draft/multiline "
    "draft/read-marker soju.im/search chatstore/pins"
)

NO_ROOM = set(
    "ADMIN AUDIT AUTHENTICATE AWAY BAN BOT CAP DLINE EXPORT FILES HELP HELPOP IGNORE INFO INVITATION ISON "
    "ISUPPORT KILL KLINE LINKS LUSERS MONITOR MOTD NICK NICKSERV NS OPER PASS PASSWORD PEOPLE PERSISTENCE PING "
    "PONG QUIT REGISTER REHASH REPLAY REPORTS SETNAME SILENCE STATS STATUS TIME TOKEN UNDLINE UNKLINE USER "
    "USERHOST VERIFY VERSION WALLOPS WEBIRC WEBPUSH WHOWAS".split()
)
"""Commands that take neither a room nor the id of a message."""


class Try(NamedTuple):
    """A line, with `{room}` and `{msgid}` (of a new message of the founder's); what shows that it was done:
    verbs, numerics or codes of a FAIL, empty if that is the room's name in the answer; and the outcomes by
    role in an open, a secret, a closed and a moderated room (the last two default to those of the open one)."""

    line: str
    done: str
    open: str
    secret: str
    closed: str = ""
    moderated: str = ""

    def expected(self, kind: str) -> str:
        return str(getattr(self, kind)) or self.open


#                                                        outsider, banned, member, voice, operator, founder, admin
TRIES = [
    Try("TOPIC {room}", "331 332", "+++++++", "??++++?"),
    Try("TOPIC {room} :x{n}", "TOPIC", "----++-", "??--++?"),
    Try("NAMES {room}", "353", "+++++++", "??++++?"),
    Try("LIST {room}", "322", "+++++++", "??++++?"),
    Try("WHO {room}", "352", "+++++++", "??++++?"),
    Try("WHO {room} %cn", "354", "+++++++", "??++++?"),
    Try("WHOIS fay", "", "+++++++", "??++++?"),
    Try("MODE {room}", "324", "+++++++", "??++++?"),
    Try("MODE {room} b", "368", "--++++-", "??++++?"),
    Try("MODE {room} eI", "349", "--++++-", "??++++?"),
    Try("MODE {room} +l {n}", "MODE", "----++-", "??--++?"),
    Try("MODE {room} +b x{n}", "MODE", "----++-", "??--++?"),
    Try("MODE {room} +v nobody", "401", "----++-", "??--++?"),
    Try("MODE {room} -o fay", "MODE", "-----+-", "??---+?"),
    Try("KICK {room} out2", "441", "----++-", "??--++?"),
    Try("KICK {room} fay", "KICK", "-----.-", "??---.?"),
    Try("INVITE out2 {room}", "341", "--++++-", "??++++?", closed="----++-"),
    Try("RENAME {room} {room}", "CANNOT_RENAME", "----++-", "??--++?"),
    Try("JOIN {room}", "JOIN", "+-....+", "+-....+", closed="--....-"),
    Try("JOIN {room} key", "JOIN", "+-....+", "+-....+", closed="--....-"),
    Try("PART {room}", "PART", "--....-", "??....?"),
    Try("PRIVMSG {room} :x", "PRIVMSG", "--++++-", "??++++?", moderated="---+++-"),
    Try("PRIVMSG @{room} :x", "PRIVMSG", "--++++-", "??++++?", moderated="---+++-"),
    Try("PRIVMSG +{room} :x", "PRIVMSG", "--++++-", "??++++?", moderated="---+++-"),
    Try("BATCH +r draft/multiline {room}\r\n@batch=r PRIVMSG {room} :a\r\n@batch=r PRIVMSG {room} :b\r\nBATCH -r",
        "BATCH", "--++++-", "??++++?", moderated="---+++-"),
    Try("RELAYMSG {room} a/b :x", "PRIVMSG", "----++-", "??--++?"),
    Try("HOOK LIST {room}", "HOOK", "----+++", "??--+++"),
    Try("NOTICE {room} :x", "NOTICE", "??++++?", "??++++?", moderated="???+++?"),
    Try("@+typing=active TAGMSG {room}", "TAGMSG", "--++++-", "??++++?", moderated="---+++-"),
    Try("CHATHISTORY LATEST {room} * 50", "JOIN PRIVMSG", "??++++?", "??++++?"),
    Try("CHATHISTORY AROUND {room} msgid={msgid} 5", "PRIVMSG", "??++++?", "??++++?"),
    Try("CHATHISTORY AFTER {room} timestamp=2020-01-01T00:00:00.000Z 5", "JOIN PRIVMSG", "??++++?", "??++++?"),
    Try("CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2099-01-01T00:00:00.000Z 50", "",
        "??++++?", "??++++?"),
    Try("SEARCH in={room}", "PRIVMSG", "??++++?", "??++++?"),
    Try("MARKREAD {room} timestamp=2020-01-01T00:00:00.000Z", "MARKREAD", "??++++?", "??++++?"),
    Try("NOTIFY SET {room} level=all", "NOTIFY", "??++++?", "??++++?"),
    Try("REDACT {room} {msgid} :x", "REDACT", "??--+++", "??--+++"),
    Try("@draft/target-msgid={msgid};draft/edit-text=x{n} EDIT {room}", "EDIT", "??---+?", "??---+?"),
    Try("EDITS {room} {msgid}", "EDITS", "??++++?", "??++++?"),
    Try("PIN {room} {msgid}", "PIN", "----++-", "??--++?"),
    Try("PINS {room}", "BATCH", "??++++?", "??++++?"),
    Try("UNPIN {room} 1-zz", "UNKNOWN_MSGID", "--++++-", "??++++?"),
    Try("REPORT {room} {msgid} :x", "REPORT", "??+++-?", "??+++-?"),
    Try("ROOMS SHOW {room}", "ROOMS", "??????+", "??????+"),
    Try("ROOMS MEMBERS {room}", "ROOMS", "??????+", "??????+"),
    Try("ROOMS SET {room} retention={n}", "ROOMS", "??????+", "??????+"),
    Try("METADATA {room} GET k", "761", "+++++++", "??++++?", closed="--++++-"),
    Try("METADATA {room} LIST", "BATCH", "+++++++", "??++++?"),
    Try("METADATA {room} SET k{n} v", "761", "----+++", "??--++?"),
    Try("METADATA {room} CLEAR", "BATCH", "----+++", "??--++?"),
    Try("METADATA {room} SYNC", "BATCH", "+++++++", "??++++?"),
    Try("ROOM {room}", "ROOM", "+++++++", "??++++?"),
    Try("ROOM {room} retention={n}", "ROOM", "----++-", "??--++?"),
    Try("CS INVITES {room}", "", "????++?", "????++?"),
    Try("CS TRANSFER {room} out2", "", "?????++", "?????+?"),
    Try("CS INFO {room}", "", "+++++++", "??++++?"),
    Try("CHANSERV INFO {room}", "", "+++++++", "??++++?"),
]  # fmt: skip


class Walk:
    """A server with four rooms, each with a person of every role; `people` has them by role."""

    def __init__(self, server: Running) -> None:
        self.server = server
        names = dict(zip(ROLES, ("out", "ban", "mel", "vic", "opal", "fay", "adm"), strict=True))
        admin = server.register("adm")
        admin.close()
        server.server.store.submit([Do(lambda tx: tx.accounts.update(_id(tx, "adm"), role="admin"))]).result()
        self.people: dict[str, IrcClient] = {}
        for role, name in names.items():
            self.people[role] = server.login(name, CAPS) if role == "admin" else server.register(name, CAPS)
        self.other = server.register("out2")
        self.founder = self.people["founder"]
        self._number = 10
        for kind in KINDS:
            self._furnish(f"#{kind}")
        self.founder.ask("MODE #secret +s", "MODE #closed +ik key", "MODE #moderated +m")

    def _furnish(self, room: str) -> None:
        self.founder.ask(f"JOIN {room}")
        for role in ("banned", "member", "voice", "operator"):
            self.people[role].ask(f"JOIN {room}")
        self.founder.ask(f"MODE {room} +ovb opal vic ban", f"KICK {room} ban", f"METADATA {room} SET k v")

    def outcome(self, role: str, room: str, attempt: Try) -> str:
        """The outcome of a try; changes are undone afterwards."""
        client, self._number = self.people[role], self._number + 1
        msgid = self._message(room) if "{msgid}" in attempt.line else ""
        answer = self._ask(client, attempt.line.format(room=room, msgid=msgid, n=self._number))
        done = attempt.done.split() or [f"{room}"]
        if any(word in done for line in answer for word in _words(line)) or (
            not attempt.done and room in str(answer)
        ):
            if attempt.line.startswith("JOIN"):
                client.ask(f"PART {room}")
            self.founder.ask(f"MODE {room} +o fay")
            return "+"
        if not attempt.done:
            return "?"
        if attempt.line.startswith("JOIN"):
            return "-"  # a missing room would be made
        unknown = self._ask(client, attempt.line.format(room="#nowhere", msgid=msgid, n=self._number))
        return "?" if [line.replace("#nowhere", room) for line in unknown] == answer else "-"

    def _message(self, room: str) -> str:
        said = self.founder.ask(f"PRIVMSG {room} :look")
        return next(line.tags["msgid"] for line in map(parse, said) if line.command == "PRIVMSG")

    @staticmethod
    def _ask(client: IrcClient, line: str) -> list[str]:
        client.sync()
        return [re.sub(r"(BATCH [+-]|batch=)\w+", r"\1", said) for said in client.ask(line)]


def _words(line: str) -> Iterator[str]:
    parsed = parse(line)
    yield parsed.command
    if parsed.command in ("FAIL", "WARN"):
        yield parsed.params[1]


def _id(tx: object, name: str) -> int:
    return tx.accounts.named(name).id  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def walk(run_server: Callable[..., Running]) -> Walk:
    return Walk(run_server(limits={"lines_per_second": 0.0}))


def command_of(attempt: Try) -> str:
    return next(word for word in attempt.line.split() if not word.startswith("@"))


def test_every_command_has_its_place() -> None:
    """A new command is either walked below or takes no room and no message."""
    walked = {command_of(attempt) for attempt in TRIES}
    assert set(all_commands()) - NO_ROOM == walked
    assert not walked & NO_ROOM


@pytest.mark.parametrize("kind", KINDS)
def test_the_walk(walk: Walk, kind: str) -> None:
    wrong = {}
    for attempt in TRIES:
        expected = attempt.expected(kind)
        got = "".join(
            "." if wanted == "." else walk.outcome(role, f"#{kind}", attempt)
            for role, wanted in zip(ROLES, expected, strict=True)
        )
        if got != expected:
            wrong[attempt.line] = f"{got}, not {expected}"
    assert not wrong


READS = [
    attempt for attempt in TRIES if attempt.line.startswith(("CHATHISTORY", "REDACT", "PRIVMSG", "MODE {room} b"))
]


def verbs(client: IrcClient, *lines: str) -> list[str]:
    client.sync()
    return [line.command for line in client.parsed(*lines)]


def outcomes(walk: Walk, role: str, room: str) -> list[str]:
    return [walk.outcome(role, room, attempt) for attempt in READS]


def column(role: str, kind: str) -> list[str]:
    """The outcomes in the table for a role."""
    return [attempt.expected(kind)[ROLES.index(role)] for attempt in READS]


def test_after_a_kick_one_is_an_outsider(walk: Walk) -> None:
    for role, name in (("member", "mel"), ("voice", "vic"), ("operator", "opal")):
        walk.founder.ask(f"KICK #secret {name}")
        assert outcomes(walk, role, "#secret") == column("outsider", "secret"), role


def test_after_parting_too(walk: Walk) -> None:
    walk.people["operator"].ask("PART #secret")
    assert outcomes(walk, "operator", "#secret") == column("outsider", "secret")
    walk.people["operator"].ask("JOIN #secret")
    assert outcomes(walk, "operator", "#secret") == column("member", "secret")  # the former role does not count


def test_a_ban_takes_the_voice_and_not_the_history(walk: Walk) -> None:
    walk.founder.ask("MODE #open +b mel")
    expected = column("member", "open")
    for place, attempt in enumerate(READS):
        if attempt.line.startswith("PRIVMSG"):
            expected[place] = "-"
    assert outcomes(walk, "member", "#open") == expected


def test_after_a_rename_everybody_is_who_they_were(walk: Walk) -> None:
    walk.founder.ask("RENAME #secret #hidden")
    for role in ROLES:
        assert outcomes(walk, role, "#hidden") == column(role, "secret"), role
    walk.people["outsider"].ask("JOIN #secret")  # another room now, where nobody of the old one is anybody
    for role in ("member", "operator", "founder"):
        assert verbs(walk.people[role], "MODE #secret +m") == ["442"], role


def test_a_message_is_judged_by_its_own_room(walk: Walk) -> None:
    """The room named beside the id does not count."""
    elsewhere = walk.people["outsider"]
    elsewhere.ask("JOIN #own")
    msgid = walk._message("#secret")
    (refused,) = elsewhere.parsed(f"REDACT #own {msgid} :x")
    assert refused.params[:2] == ("REDACT", "UNKNOWN_MSGID")
    page = elsewhere.ask(f"CHATHISTORY AROUND #own msgid={msgid} 5")
    assert not any("look" in line for line in page)


def test_a_removed_account_is_nobody(walk: Walk) -> None:
    walk.server.server.store.submit([RemoveAccount(person_name("opal"))]).result()
    assert any("removed" in line for line in walk.people["operator"].rest())
    walk.founder.sync()
    assert not any("opal" in line for line in walk.founder.ask("NAMES #open"))
    again = walk.server.connect()
    again.send("CAP LS 302", "NICK opal", "USER opal 0 * :Opal", "REGISTER * * :correct horse")
    assert "REGISTER" in again.wait("FAIL|REGISTER SUCCESS")
    assert " FAIL " in again.log[-1]  # the name stays taken: nobody else becomes opal


def test_rights_belong_to_the_account_and_not_to_the_nick(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"nick_must_be_account": False}, limits={"lines_per_second": 0.0})
    fay, opal, eve = server.member("fay", room="#tea"), server.member("opal", room="#tea"), server.register("eve")
    opal.ask("NICK zed")
    fay.ask("MODE #tea +o zed", "MODE #tea +i")
    assert verbs(opal, "MODE #tea +m") == ["MODE"]
    opal.ask("NICK opal")
    eve.ask("NICK zed")
    assert verbs(eve, "MODE #tea -m", "TOPIC #tea :x", "JOIN #tea") == [
        "442",
        "442",
        "473",
    ]
    opal.sync()
    assert verbs(opal, "MODE #tea -m") == ["MODE"]
    ann = server.register("ann")
    ann.ask("NICK bob")
    fay.ask("INVITE bob #tea")
    ann.ask("NICK ann")
    eve.ask("NICK bob")
    assert verbs(eve, "JOIN #tea") == ["473"]
    assert "366" in verbs(ann, "JOIN #tea")


def test_a_guest_of_the_same_nick_is_another_guest(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True}, limits={"lines_per_second": 0.0})
    fay = server.member("fay", room="#tea")

    def visitor() -> IrcClient:
        client = server.connect()
        client.send("NICK visitor", "USER v 0 * :V")
        client.wait(" (422|376) ")
        return client

    first = visitor()
    first.ask("JOIN #tea")
    fay.ask("MODE #tea +o visitor")
    first.ask("JOIN #mine")
    first.send("QUIT")
    first.rest()
    fay.wait(" QUIT ")
    second = visitor()
    assert verbs(second, "MODE #tea +m") == ["442"]
    second.ask("JOIN #tea,#mine")
    assert verbs(second, "MODE #tea +m", "MODE #mine +m") == ["482", "482"]
