"""Slack's export, as <https://slack.com/help/articles/220556107> describes it, and what real ones have
besides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from chatstore.importing.source import Attachment, Options, Reaction, SourceError, person_mark, room_mark
from chatstore.importing.sources import open_source
from tests.importing.exports import NOTHING, Read, packed, read

USERS = [
    {"id": "U1", "team_id": "T1", "name": "ada", "profile": {"real_name": "Ada L.", "display_name": "Ada"}},
    {"id": "U2", "team_id": "T1", "name": "grace", "deleted": True, "profile": {"real_name": "Grace H."}},
    {"id": "U3", "team_id": "T1", "name": "ada", "profile": {"real_name": "another Ada"}},
    {"id": "U4", "team_id": "T1", "name": ".. ünï 🦄", "is_bot": True},
]
GENERAL = {
    "id": "C1",
    "name": "general",
    "creator": "U1",
    "members": ["U1", "U2"],
    "topic": {"value": "talk &amp; more"},
    "purpose": {"value": "not this"},
}


def said(text: str, ts: str = "1466037211.000002", user: str = "U1", **more: object) -> dict[str, object]:
    return {"type": "message", "user": user, "text": text, "ts": ts, **more}


def export(path: Path, *messages: object, **files: object) -> Path:
    """An export with these messages in general, and further files (`__` for `/`)."""
    contents: dict[str, object] = {"users.json": USERS, "channels.json": [GENERAL]}
    contents["general/2016-06-16.json"] = list(messages)
    contents |= {name.replace("__", "/") + ".json": content for name, content in files.items()}
    return packed(path, contents)


def slack(path: Path, *messages: object, options: Options = NOTHING, **files: object) -> Read:
    return read("slack", export(path / "export.zip", *messages, **files), options)


@pytest.mark.parametrize("name", ["export.zip", "export"])
def test_a_message_its_room_and_its_people(tmp_path: Path, name: str) -> None:
    path = export(tmp_path / name, said("hello"), {"type": "message", "subtype": "channel_join", "ts": "1.0"})
    opened = open_source("slack", path, NOTHING)
    assert (opened.scope, opened.title) == ("T1", f"the Slack export {name}")
    found = read("slack", path)
    (message,) = found.messages
    assert (message.id, message.room, message.who) == ("C1:1466037211.000002", "C1", "U1")
    assert (message.at, message.text, message.edited, message.bot) == (1466037211000, "hello", False, False)
    assert str(message.place) == "general/2016-06-16.json, message 1"
    room = found.rooms["general"]
    assert (room.topic, room.private, room.members, room.operators) == ("talk & more", False, ("U1", "U2"), ("U1",))
    assert found.people == {"U1": "ada", "U2": "grace"}
    assert found.skipped == {"joined": 1}
    assert found.problems == []


def test_a_folder_around_everything_in_the_archive(tmp_path: Path) -> None:
    inner = export(tmp_path / "Acme" / "Acme export Jan 1", said("hello"))
    assert read("slack", inner.parent).texts == ["hello"]


def test_what_is_left_out_is_counted_and_what_is_unknown_is_reported(tmp_path: Path) -> None:
    found = slack(
        tmp_path,
        said("topic", subtype="channel_topic"),
        said("This message was deleted.", subtype="tombstone"),
        said("secret", hidden=True),
        said("what?", subtype="hologram"),
        {"type": "telepathy", "ts": "1466037211.000002"},
        ["no", "message"],
        said("no time", ts="yesterday"),
        said("nan", ts="nan"),
        said("before there was time", ts="-1"),
        {"type": "message", "text": "by nobody", "ts": "1466037211.000002"},
        said(""),
        said("and it goes on", ts="1466037212.000002"),
    )
    assert found.texts == ["and it goes on"]
    assert found.skipped == {"changed the topic": 1, "was deleted": 1, "was hidden": 1, "had no text": 1}
    assert found.problems == [
        "general/2016-06-16.json, message 4: an unknown kind of message: hologram",
        "general/2016-06-16.json, message 5: an unknown type: telepathy",
        "general/2016-06-16.json, message 6: an unknown type: ['no', 'message']",
        "general/2016-06-16.json, message 7: 'yesterday' is no time",
        "general/2016-06-16.json, message 8: 'nan' is no time",
        "general/2016-06-16.json, message 9: '-1' is no time",
        "general/2016-06-16.json, message 10: nobody is named who said it",
    ]


def test_answers_reactions_edits_and_me(tmp_path: Path) -> None:
    found = slack(
        tmp_path,
        said("first", "1.0", thread_ts="1.0", edited={"user": "U1", "ts": "9.0"}),
        said("answer", "2.0", thread_ts="1.0", user="U2"),
        said("also to the room", "3.0", thread_ts="1.0", subtype="thread_broadcast"),
        said("waves", "4.0", subtype="me_message"),
        said("liked", "5.0", reactions=[
            {"name": "+1", "users": ["U2", "U9"], "count": 3},
            {"name": "shipit", "users": ["U1"], "count": 1},
            {"name": "wave::skin-tone-3", "users": ["U1"]},
        ]),
    )  # fmt: skip
    first, answer, also, waves, liked = found.messages
    assert (first.answers, first.edited) == ("", True)
    assert (answer.answers, also.answers) == (first.id, first.id)
    assert waves.action
    assert liked.reactions == [
        Reaction("👍", ("U2", "U9")),
        Reaction(":shipit:", ("U1",)),
        Reaction("👋🏼", ("U1",)),
    ]
    assert found.people["U9"] == "U9"


def test_answers_that_another_program_wrote_behind_the_first_message_come_in_their_time(tmp_path: Path) -> None:
    found = slack(tmp_path, said("a", "1.0"), said("answer", "9.0", thread_ts="1.0"), said("b", "2.0"))
    assert found.texts == ["a", "b", "answer"]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("*bold*, _italics_, ~gone~", "**bold**, _italics_, ~~gone~~"),
        ("(*two words*). *a*", "(**two words**). **a**"),
        ("*a link: <https://x.example/a*b|here>*", "**a link: here (https://x.example/a*b)**"),
        ("2 * 3 * 4, a*b*c, * not *, **strong**", "2 * 3 * 4, a*b*c, * not *, **strong**"),
        ("`*code*` and ```\n*x* ~y~\n```", "`*code*` and ```\n*x* ~y~\n```"),
        ("<https://x.example/~ann/~b>", "https://x.example/~ann/~b"),
        ("~/bin and ~/lib", "~/bin and ~/lib"),
        ("*over\nlines*", "*over\nlines*"),
    ],
)
def test_bold_and_struck_text_have_the_signs_that_mean_it_here(tmp_path: Path, theirs: str, ours: str) -> None:
    assert slack(tmp_path, said(theirs)).texts == [ours]


def test_bots_guests_of_other_workspaces_and_slackbot(tmp_path: Path) -> None:
    github = {"type": "message", "subtype": "bot_message", "bot_id": "B1", "username": "GitHub", "text": "push"}
    found = slack(
        tmp_path,
        {**github, "ts": "1.0"},
        {**github, "ts": "2.0", "username": "GitLab"},
        {"type": "message", "bot_id": "B2", "bot_profile": {"name": "Deploy"}, "text": "done", "ts": "3.0"},
        {"type": "message", "subtype": "bot_message", "bot_id": "B3", "text": "nameless", "ts": "4.0"},
        said("hi", "5.0", user="W7", user_profile={"name": "linus", "real_name": "Linus"}),
        said("reminder", "6.0", user="USLACKBOT"),
        said("i am a bot", "7.0", user="U4", bot_id="B4"),
    )
    names = [(found.people[message.who], message.bot) for message in found.messages]
    bots = [("GitHub", True), ("GitLab", True), ("Deploy", True), ("bot-B3", True)]
    assert names == [*bots, ("linus", False), ("slackbot", False), (".. ünï 🦄", True)]


def test_two_people_of_one_name_stay_two(tmp_path: Path) -> None:
    found = slack(tmp_path, said("one", "1.0"), said("two", "2.0", user="U3"))
    assert [message.who for message in found.messages] == ["U1", "U3"]
    assert found.people["U1"] == found.people["U3"] == "ada"


def test_text_is_what_people_saw(tmp_path: Path) -> None:
    text = (
        "<@U1> and <@U9|bob> in <#C1|general> and <#C8|gone>, <!here>, <!subteam^S1|@ops>: a &lt;b&gt; &amp;amp; "
        "<https://x.org/a?b=1&amp;c=2> <https://x.org|the site> <http://x.org|x.org> <mailto:a@b.org|a@b.org> "
        ":tada: :shipit: 10:30:45"
    )
    (message,) = slack(tmp_path, said(text)).messages
    assert message.text == (
        f"@{person_mark('U1')} and @bob in {room_mark('C1')} and #gone, @here, @ops: a <b> &amp; "
        "https://x.org/a?b=1&c=2 the site (https://x.org) http://x.org a@b.org "
        "🎉 :shipit: 10:30:45"
    )


def test_files_become_links_without_the_exports_token(tmp_path: Path) -> None:
    url = "https://files.slack.com/files-pri/T1-F1/plan.pdf"
    files = [{"name": "plan.pdf", "url_private": f"{url}?t=xoxe-1234"}, {"name": "old.txt", "mode": "tombstone"}]
    path = export(
        tmp_path / "export.zip",
        said("", files=files),
        said("x", "9999999999.0", subtype="file_share", file=files[0]),
    )
    one, two = read("slack", path).messages
    assert one.attachments == [Attachment("plan.pdf", url, ""), Attachment("old.txt (deleted)")]
    assert two.attachments == [Attachment("plan.pdf", url, "")]
    kept = read("slack", path, Options(more={"file-tokens": "keep"})).messages[0]
    assert kept.attachments[0] == Attachment("plan.pdf", f"{url}?t=xoxe-1234", "")


def test_what_programs_attach_is_their_text_and_previews_are_left_out(tmp_path: Path) -> None:
    preview = {"title": "X", "text": "about X", "from_url": "https://x.org", "fallback": "X"}
    build = {"title": "Build 7", "title_link": "https://ci.org/7", "text": "*failed*", "fields": [
        {"title": "branch", "value": "main"}]}  # fmt: skip
    found = slack(
        tmp_path,
        said("<https://x.org>", "1.0", attachments=[preview]),
        {"type": "message", "subtype": "bot_message", "username": "ci", "ts": "2.0", "attachments": [build]},
        {"type": "message", "subtype": "bot_message", "username": "ci", "ts": "3.0", "attachments": [
            {"fallback": "all well"}]},
    )  # fmt: skip
    assert found.texts == ["https://x.org", "Build 7\n**failed**\nbranch: main\nhttps://ci.org/7", "all well"]


def test_private_rooms_and_direct_conversations(tmp_path: Path) -> None:
    private: Mapping[str, object] = {"id": "G1", "name": "secrets", "members": ["U1"]}
    found = slack(
        tmp_path,
        said("open"),
        groups=[private],
        dms=[{"id": "D1", "members": ["U1", "U2"]}, {"id": "D2", "members": ["U1", "U1"]}],
        mpims=[
            {"id": "M1", "name": "mpdm-ada--grace--x-1", "members": ["U1", "U2", "U4"], "topic": {"value": "x"}}
        ],
        **{"secrets__2016-06-16": [said("psst")], "D1__2016-06-16": [said("you")], "D2__2016-06-16": [said("me")]},
        **{"mpdm-ada--grace--x-1__2016-06-16": [said("us")]},
    )
    where = {message.text: message.room for message in found.messages}
    assert where == {"open": "C1", "psst": "G1", "you": "D1", "me": "D2", "us": "M1"}
    rooms = {room.id: room for room in found.rooms.values()}
    assert (rooms["C1"].private, rooms["G1"].private, rooms["M1"].private) == (False, True, True)
    assert (rooms["D1"].kind, rooms["D1"].members) == ("direct", ("U1", "U2"))
    assert (rooms["D2"].kind, rooms["D2"].members) == ("direct", ("U1",))
    assert (rooms["M1"].kind, rooms["M1"].name, rooms["M1"].topic) == ("room", "ada-grace-.. ünï 🦄", "")
    assert slack(tmp_path, options=Options(private=True)).rooms["general"].private


def test_a_room_that_no_list_has_is_private(tmp_path: Path) -> None:
    found = slack(tmp_path, **{"lost__2016-06-16": [said("where am I")]})
    assert (found.rooms["lost"].private, found.rooms["lost"].members) == (True, ())
    assert found.problems == [
        "lost/2016-06-16.json: no list of rooms has 'lost': it becomes a private room without members"
    ]


def test_a_day_that_breaks_off_costs_its_rest_only(tmp_path: Path) -> None:
    path = packed(tmp_path / "export.zip", {
        "users.json": USERS,
        "channels.json": b"\xef\xbb\xbf" + b'[{"id": "C1", "name": "general"}, 7, {"id": "C2", "name": "other"}',
        "general/2016-06-16.json": '[{"type": "message", "user": "U1", "text": "one\\r\\ntwo \\u0000\\ud83d",'
        '"ts": "1.0"},'
        '\r\n {"text"',
        "general/2016-06-17.json": "",
        "other/2016-06-16.json": [said("safe")],
    })  # fmt: skip
    found = read("slack", path)
    assert found.texts == ["one\ntwo ", "safe"]
    assert found.problems == [
        "channels.json, entry 2: this is no entry with an id",
        "channels.json: the rest can't be read: it ends in the middle",
        "general/2016-06-16.json, message 2: the rest of the file can't be read: it ends in the middle",
        "general/2016-06-17.json, message 1: the rest of the file can't be read: it ends in the middle",
    ]


def test_what_is_no_export_of_slack(tmp_path: Path) -> None:
    for path in (packed(tmp_path / "x.zip", {"a.txt": "a"}), packed(tmp_path / "x", {"channels.json": []})):
        with pytest.raises(SourceError, match=r"is no export of Slack: there is no users\.json in it"):
            open_source("slack", path, NOTHING)
    with pytest.raises(SourceError, match="there is no"):
        open_source("slack", tmp_path / "nowhere.zip", NOTHING)
