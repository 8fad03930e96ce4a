"""IRC logs of irssi, WeeChat, ZNC, EnergyMech and Eggdrop, with their default settings."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from chatstore.importing.source import Options, SourceError, person_mark
from chatstore.importing.sources import open_source
from tests.importing.exports import Read, packed, read

UTC = Options(timezone="UTC")
OWN = "a notice of the log's owner"
IRSSI = """\
--- Log opened Mon Jan 01 23:58:00 2024
23:58 -!- Irssi: #club: Total of 2 nicks [1 ops, 0 halfops, 0 voices, 1 normal]
23:58 -!- grace [~grace@host.example] has joined #club
23:58 <@ada> hello
23:59 < grace> ada: good evening
23:59  * ada waves
--- Day changed Tue Jan 02 2024
00:00 -ada:#club- meeting
00:01 -!- mode/#club [+o grace] by ada
00:01 -!- ada is now known as ada_
00:02 -!- ada_ changed the topic of #club to: x
00:03 -!- grace was kicked from #club by ada_ [bye]
00:04 -!- ada_ [~ada@host.example] has quit [Ping timeout]
00:04 [notice(#club)] mine
00:05 <@grace> hello
00:05 <@grace> hello
--- Log closed Tue Jan 02 00:06:00 2024
"""
WEECHAT = """\
2024-01-01 23:58:01\t-->\tgrace (~grace@host) has joined #club
2024-01-01 23:58:02\t@ada\thello\twith a tab
2024-01-01 23:59:03\t *\tada waves
2024-01-02 00:00:00.123456\t--\tNotice(ada) -> #club: meeting
2024-01-02 00:00:01\t--\tMode #club [+o grace] by ada
2024-01-02 00:00:02\t<--\tada (~ada@host) has quit (gone)
2024-01-02 00:00:03\t--\tada is now known as ada_
2024-01-02 00:00:04\tgrace\t<b>hi</b>
2024-01-02 00:00:05\t--\tNotice -> #club: mine
"""
ZNC = """\
[23:58:00] *** Joins: grace (~grace@host)
[23:58:01] <ada> hello
[23:58:02] * ada waves
[23:58:03] -ada- meeting
[23:58:04] *** ada sets mode: +o grace
[23:58:05] *** ada is now known as ada_
[23:58:06] *** ada_ changes topic to 'x'
[23:58:07] *** grace was kicked by ada_ (bye)
[23:58:08] *** Parts: grace (~grace@host) (bye)
[23:58:09] *** Quits: ada (~ada@host) (gone)
[23:58:10] <***> Buffer Playback...
[23:58:11] <*status> connected
[23:58:12] Connected to IRC (127.0.0.1 16667)
"""
EGGDROP = """\
[23:58] ada (~ada@host) joined #club.
[23:58] <ada> hello
[23:59] Action: ada waves
[00:00] --- Tue Jan  2 2024
[00:00] -ada:#club- meeting
[00:01] #club: mode change '+o grace' by ada!~ada@host
[00:01] Nick change: ada -> ada_
[00:02] Topic changed on #club by ada!~ada@host: x
[00:03] grace kicked from #club by ada: bye
[00:04] ada (~ada@host) left irc: gone
[00:05] @#club (+nt) : [m/2 o/1 h/0 v/0 n/1 b/0 e/- I/-]
"""


def log(path: Path, text: str | bytes, options: Options = UTC) -> Read:
    packed(path.parent, {path.name: text})
    return read("irc-logs", path, options)


def said(found: Read) -> list[tuple[str, str, str, str]]:
    """When, how, by whom and what."""
    return [
        (
            datetime.fromtimestamp(message.at / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S"),
            "action" if message.action else "notice" if message.notice else "",
            found.people[message.who],
            message.text,
        )
        for message in found.messages
    ]


def test_irssi(tmp_path: Path) -> None:
    found = log(tmp_path / "#club.log", IRSSI)
    assert said(found) == [
        ("2024-01-01 23:58:00", "", "ada", "hello"),
        ("2024-01-01 23:59:00", "", "grace", f"{person_mark('/ada')}: good evening"),
        ("2024-01-01 23:59:00", "action", "ada", "waves"),
        ("2024-01-02 00:00:00", "notice", "ada", "meeting"),
        ("2024-01-02 00:05:00", "", "grace", "hello"),
        ("2024-01-02 00:05:00", "", "grace", "hello"),
    ]
    assert found.skipped == {
        "joined": 1,
        "left": 1,
        "changed their name": 1,
        "changed the topic": 1,
        "kicked somebody": 1,
        "changed modes": 1,
        OWN: 1,
        "from the program itself": 1,
    }
    assert found.problems == []
    assert str(found.messages[0].place) == "#club.log:4"
    assert not found.rooms["#club"].private


def test_weechat(tmp_path: Path) -> None:
    found = log(tmp_path / "irc.libera.#club.weechatlog", WEECHAT)
    assert said(found) == [
        ("2024-01-01 23:58:02", "", "ada", "hello\twith a tab"),
        ("2024-01-01 23:59:03", "action", "ada", "waves"),
        ("2024-01-02 00:00:00", "notice", "ada", "meeting"),
        ("2024-01-02 00:00:04", "", "grace", "<b>hi</b>"),
    ]
    assert found.skipped == {"joined": 1, "changed modes": 1, "left": 1, "changed their name": 1, OWN: 1}
    assert found.rooms["#club"].id == "libera/#club"


@pytest.mark.parametrize(
    "name", ["#club_20240101.log", "ada_libera_#club_20240101.log", "libera/#club/2024-01-01.log"]
)
@pytest.mark.parametrize("form", ["", "energymech"])
def test_znc_and_energymech(tmp_path: Path, name: str, form: str) -> None:
    packed(tmp_path / "logs", {name: ZNC})
    found = read("irc-logs", tmp_path / "logs", Options(timezone="UTC", format=form))
    assert said(found) == [
        ("2024-01-01 23:58:01", "", "ada", "hello"),
        ("2024-01-01 23:58:02", "action", "ada", "waves"),
        ("2024-01-01 23:58:03", "notice", "ada", "meeting"),
    ]
    assert list(found.rooms) == ["#club"]
    assert sum(found.skipped.values()) == 10
    assert found.problems == []


@pytest.mark.parametrize("name", ["club.log.01Jan2024", "club.log.20240101"])
def test_eggdrop(tmp_path: Path, name: str) -> None:
    found = log(tmp_path / name, EGGDROP)
    assert said(found) == [
        ("2024-01-01 23:58:00", "", "ada", "hello"),
        ("2024-01-01 23:59:00", "action", "ada", "waves"),
        ("2024-01-02 00:00:00", "notice", "ada", "meeting"),
    ]
    assert list(found.rooms) == ["club"], "a bot logs rooms"
    assert not found.rooms["club"].private
    assert (found.skipped["joined"], found.skipped["left"], found.problems) == (1, 1, [])


def test_eggdrop_with_seconds_and_its_own_lines(tmp_path: Path) -> None:
    """As Eggdrop 1.8 writes by default."""
    text = EGGDROP.replace("]", ":00]").replace("[", "[", 1) + "[00:06:00] * TERMINATE SIGNAL -- SIGNING OFF\n"
    found = log(tmp_path / "club.log.01Jan2024", text.replace("o/1 h/0 v/0 n/1 b/0 e/- I/-:00", ""))
    assert found.texts == ["hello", "waves", "meeting"]
    text = "[20:04:50] Trying server [127.0.0.1]:6667\n[20:04:54] eggy joined #club.\n[20:04:55] <ada> hi\n"
    found = log(tmp_path / "club.log.29Nov2026", text)
    assert (found.texts, found.skipped) == (["hi"], {"from the program itself": 1, "joined": 1})


def test_eggdrop_past_midnight_without_saying_so(tmp_path: Path) -> None:
    found = log(
        tmp_path / "club.log.01Jan2024", "[23:59] <ada> a\n[00:01] <ada> b\n", Options("eggdrop", timezone="UTC")
    )
    assert [when for when, *_ in said(found)] == ["2024-01-01 23:59:00", "2024-01-02 00:01:00"]


def test_lines_that_are_none_are_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    text = "23:00 <ada> when?\n" + IRSSI + "25:99 <ada> late\ngarbage\n\n00:07 <ada> \n00:08 <grace> end\n"
    found = log(tmp_path / "#club.log", text)
    assert found.texts[-1] == "end"
    assert found.problems == [
        "#club.log:1: no line before it, and not the file's name, says which day it was",
        "#club.log:19: this line is in none of the forms of irssi",
        "#club.log:20: this line is in none of the forms of irssi",
    ]
    assert found.skipped["had no text"] == 1


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff", "\u200e"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_ends_marks_and_encodings(tmp_path: Path, end: str, mark: str, encoding: str) -> None:
    text = IRSSI.replace("hello", "größe")
    found = log(tmp_path / "#club.log", "".join(mark + line + end for line in text.splitlines()).encode(encoding))
    assert found.texts[0] == "größe"
    assert found.problems == []


def test_lines_that_are_no_utf8(tmp_path: Path) -> None:
    text = IRSSI.replace("hello", "größe €", 1).encode("cp1252") + "00:07 <ada> größe ☃\n".encode()
    assert [log(tmp_path / "#club.log", text).texts[at] for at in (0, -1)] == ["größe €", "größe ☃"]
    cyrillic = IRSSI.replace("hello", "привет").encode("koi8-r")
    options = Options(timezone="UTC", encoding="koi8-r")
    assert log(tmp_path / "#club.log", cyrillic, options).texts[0] == "привет"


def test_local_times_and_the_hour_that_is_there_twice(tmp_path: Path) -> None:
    text = "--- Log opened Sun Oct 29 01:50:00 2023\n" + "".join(
        f"{time} <ada> {time}\n" for time in ("01:50", "02:10", "02:50", "02:10", "02:50", "03:10")
    )
    berlin = log(tmp_path / "#club.log", text, Options(timezone="Europe/Berlin"))
    hours = ["23:50", "00:10", "00:50", "01:10", "01:50", "02:10"]
    assert [when[11:16] for when, *_ in said(berlin)] == hours
    utc = log(tmp_path / "#club.log", text.replace("\n02:10 <ada> 02:10\n02:50 <ada> 02:50\n03", "\n03"), UTC)
    others = [message.id for message in berlin.messages]
    assert [message.id for message in utc.messages][:3] == others[:3], "ids don't depend on the time zone"


def test_a_log_that_has_grown_gives_its_beginning_the_same_ids(tmp_path: Path) -> None:
    before = [message.id for message in log(tmp_path / "#club.log", IRSSI).messages]
    after = [message.id for message in log(tmp_path / "#club.log", IRSSI + "00:05 <grace> hello\n").messages]
    assert after[:-1] == before


def test_files_come_by_their_days_whatever_their_names(tmp_path: Path) -> None:
    def day(which: str) -> str:
        return f"--- Log opened {which} 12:00:00 2024\n12:00 <ada> {which}\n"

    path = packed(tmp_path / "logs.zip", {
        "libera/#club.log.1": day("Tue Jan 02"),
        "libera/#club.log.2": day("Mon Jan 01"),
        "libera/#club.log": day("Wed Jan 03"),
        "oftc/#club.log": day("Sun Jun 30"),
        "libera/notes.bin": b"\x00\x01\x02\n" * 9,
    })  # fmt: skip
    found = read("irc-logs", path, UTC)
    assert found.texts == ["Mon Jan 01", "Tue Jan 02", "Wed Jan 03", "Sun Jun 30"]
    assert {message.room for message in found.messages} == {"libera/#club", "oftc/#club"}
    assert found.problems == ["libera/notes.bin: this file is no log of irssi"]


def test_conversations_are_of_those_who_speak(tmp_path: Path) -> None:
    path = packed(tmp_path / "logs", {
        "grace.log": "--- Log opened Mon Jan 01 12:00:00 2024\n12:00 <ada> hi\n12:01 <Grace> hi\n",
        "bob.log": "--- Log opened Mon Jan 01 12:00:00 2024\n12:00 <ada> are you there?\n",
        "carl.log": "--- Log opened Mon Jan 01 12:00:00 2024\n12:00 <carl> hello?\n",
        "eve.log": "--- Log opened Mon Jan 01 12:00:00 2024\n12:00 <ada> hi\n12:01 <eve> hi\n12:02 <eve_> back\n",
    })  # fmt: skip
    found = read("irc-logs", path, UTC)
    rooms = {name: (room.kind, room.private, sorted(room.members)) for name, room in found.rooms.items()}
    assert rooms == {
        "bob": ("direct", True, ["/ada", "/bob"]),
        "carl": ("direct", True, ["/ada", "/carl"]),
        "eve": ("room", True, ["/ada", "/eve", "/eve_"]),
        "grace": ("direct", True, ["/ada", "/grace"]),
    }
    alone = packed(
        tmp_path / "alone", {"carl.log": "--- Log opened Mon Jan 01 12:00:00 2024\n12:00 <carl> hello?\n"}
    )
    assert read("irc-logs", alone, UTC).rooms["carl"].members == ("/carl", "/unknown")
    named = Options(timezone="UTC", more={"me": "Ada"})
    assert read("irc-logs", alone, named).rooms["carl"].members == ("/carl", "/ada")
    assert log(tmp_path / "eve.log", IRSSI, Options(timezone="UTC", room="talk")).rooms["talk"].kind == "room"
    private = log(tmp_path / "#club.log", IRSSI, Options(timezone="UTC", private=True)).rooms["#club"]
    assert (private.private, sorted(private.members)) == (True, ["/ada", "/grace"])


def test_one_day_of_znc_by_itself_is_of_the_folders_room(tmp_path: Path) -> None:
    packed(tmp_path / "#club", {"2024-01-01.log": ZNC})
    assert list(read("irc-logs", tmp_path / "#club" / "2024-01-01.log", UTC).rooms) == ["#club"]


@pytest.mark.parametrize(
    ("words", "day"), [("Di Mär 05", "03-05"), ("ven. juil. 05", "07-05"), ("ti tammi 02", "01-02")]
)
def test_months_in_other_languages(tmp_path: Path, words: str, day: str) -> None:
    text = f"--- Log opened Mon Jan 01 12:00:00 2024\n--- Day changed {words} 2024\n12:00 <ada> hi\n"
    assert said(log(tmp_path / "#club.log", text))[0][0] == f"2024-{day} 12:00:00"


@pytest.mark.parametrize(
    ("text", "options", "why"),
    [
        ("nothing like a log\n", UTC, "has no log in a known form. Known are the logs of irssi, weechat, znc"),
        (IRSSI, Options(format="mirc"), "there is no format 'mirc' of IRC logs: it is one of irssi, weechat"),
        (IRSSI, Options(encoding="klingon"), "there is no encoding 'klingon'"),
        (
            IRSSI,
            Options(timezone="Moon/Crater"),
            "there is no time zone 'Moon/Crater'; its name is as Europe/Berlin",
        ),
        (IRSSI, Options(timezone="../../etc/passwd"), "there is no time zone"),
    ],
)
def test_what_is_no_log_and_options_that_are_none(tmp_path: Path, text: str, options: Options, why: str) -> None:
    (tmp_path / "#club.log").write_text(text)
    with pytest.raises(SourceError, match=why):
        open_source("irc-logs", tmp_path / "#club.log", options)
