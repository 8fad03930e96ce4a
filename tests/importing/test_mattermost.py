"""Mattermost's bulk export, as <https://docs.mattermost.com/onboard/bulk-loading-data-format.html> describes
it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatstore.importing.source import Attachment, Options, Reaction, SourceError, person_mark, room_mark
from chatstore.importing.sources import open_source
from tests.importing.exports import NOTHING, Read, packed, read


def line(kind: str, **fields: object) -> str:
    return json.dumps({"type": kind, kind: fields})


def channel(name: str, kind: str = "O", **more: object) -> str:
    return line("channel", team="main", name=name, type=kind, display_name=name.title(), **more)


def user(name: str, *channels: str, **more: object) -> str:
    teams = [{"name": "main", "channels": [{"name": channel} for channel in channels]}]
    return line("user", username=name, teams=teams, **more)


def post(text: object, at: object = 1_600_000_000_000, who: str = "ada", **more: object) -> str:
    return line(
        "post", **{"team": "main", "channel": "town", "user": who, "message": text, "create_at": at, **more}
    )


def reply(text: str, at: object, **more: object) -> dict[str, object]:
    return {"user": "grace", "message": text, "create_at": at, **more}


PEOPLE = (
    channel("town", header="the market"),
    channel("vault", "P"),
    user("ada", "town", "vault", nickname="Ada", first_name="Ada", last_name="L."),
    user("grace", "town", delete_at=5),
    user("a.b-c_d"),
)
VERSION = '{"type": "version", "version": 1}'


def export(path: Path, *lines: str) -> Path:
    text = "\n".join((VERSION, line("team", name="main"), *PEOPLE, *lines)) + "\n"
    if path.suffix == ".zip":
        return packed(path, {"import.jsonl": text, "data/plan.pdf": b"x"})
    path.write_text(text)
    return path


def mattermost(path: Path, *lines: str, options: Options = NOTHING) -> Read:
    return read("mattermost", export(path / "export.jsonl", *lines), options)


@pytest.mark.parametrize("name", ["export.zip", "export.jsonl"])
def test_a_message_its_room_and_its_people(tmp_path: Path, name: str) -> None:
    found = read("mattermost", export(tmp_path / name, post("hello", edit_at=1_600_000_000_500)))
    (message,) = found.messages
    assert (message.room, message.who, message.at, message.text) == ("main/town", "ada", 1_600_000_000_000, "hello")
    assert (message.edited, message.bot, message.place.line) == (True, False, 8)
    town, vault = found.rooms["town"], found.rooms["vault"]
    assert (town.private, town.topic, town.members) == (False, "the market", ("ada", "grace"))
    assert (vault.private, vault.members) == (True, ("ada",))
    assert found.problems == []


def test_messages_come_in_their_time_and_answers_in_theirs(tmp_path: Path) -> None:
    found = mattermost(
        tmp_path,
        post("second", 2000),
        post("first", 1000, replies=[reply("answer", 3000, edit_at=1), reply("again", 4000)]),
        post("third", 3500),
    )
    assert found.texts == ["first", "second", "answer", "third", "again"]
    first, _, answer, third, again = found.messages
    assert (answer.answers, again.answers, third.answers, answer.edited) == (first.id, first.id, "", True)


def test_ids_stay_although_a_post_was_edited_meanwhile(tmp_path: Path) -> None:
    before = mattermost(tmp_path, post("teh", 1000), post("same", 2000), post("same", 2000))
    after = mattermost(
        tmp_path, post("the", 1000, edit_at=9), post("same", 2000), post("same", 2000), post("new", 3000)
    )
    assert [message.id for message in after.messages][:3] == [message.id for message in before.messages]


def test_what_is_no_message_is_counted_and_what_is_unknown_is_reported(tmp_path: Path) -> None:
    found = mattermost(
        tmp_path,
        post("ada joined", type="system_join_channel"),
        post("ada joined the channel."),
        post("grace added to the channel by ada."),
        post("ada joined the channel.", 500, type=""),
        post(""),
        post("what", type="hologram"),
        post("no time", "yesterday"),
        post("no time", None),
        line("post", team="main", channel="town", message="by nobody", create_at=1),
        '{"type": "telepathy", "telepathy": {}}',
        "{broken",
        "[1]",
        post("x", channel="gone"),
        post("answers", 1000, replies=[reply("bad", "soon"), "no", reply("good", 2000)]),
        post("ada changed it", type="system_header_change"),
        post("what is new since", type="system_some_news"),
    )
    assert found.texts == ["ada joined the channel.", "answers", "good", "x"]
    assert found.skipped == {"joined": 3, "changed the topic": 1, "some news": 1, "had no text": 1}
    assert [problem.partition(":")[2] for problem in found.problems] == [
        "13: an unknown type of post: hologram",
        "14: 'yesterday' is no time",
        "15: None is no time",
        "16: it has no user",
        "17: an unknown type of line: telepathy",
        "18: this line is not JSON",
        "19: an unknown type of line: None",
        "20: no line names the channel main/gone: it becomes a private room",
        "21: an answer: 'soon' is no time",
        "21: an answer: None is no time",
    ]
    assert found.rooms["gone"].private


def test_reactions_attachments_me_bots_and_hooks(tmp_path: Path) -> None:
    hook = {
        "from_webhook": "true",
        "override_username": "ci",
        "attachments": [{"title": "Build 7", "text": "failed"}],
    }
    found = mattermost(
        tmp_path,
        post(
            "liked", 1000, reactions=[{"user": "grace", "emoji_name": "+1"}, {"user": "old", "emoji_name": "corp"}]
        ),
        post("file", 2000, attachments=[{"path": "data/plan.pdf"}, {"path": "..\\..\\x"}]),
        post("*waves*", 3000, type="me"),
        post("", 4000, type="slack_attachment", props=hook),
        post("beep", 5000, who="bot", props={"from_bot": "true"}),
        post("ask @ada, @a.b-c_d. or @nobody in ~town! a@ada.org :tada:", 6000),
    )
    liked, file, me, ci, bot, mention = found.messages
    assert liked.reactions == [Reaction("👍", ("grace",)), Reaction(":corp:", ("old",))]
    assert file.attachments == [Attachment("plan.pdf", file=""), Attachment("x", file="")]
    assert (me.text, me.action) == ("waves", True)
    assert (ci.text, found.people[ci.who], ci.bot) == ("Build 7\nfailed", "ci", True)
    assert (bot.bot, found.people["bot"]) == (True, "bot")
    ada, other, town = person_mark("ada"), person_mark("a.b-c_d"), room_mark("main/town")
    assert mention.text == f"ask @{ada}, @{other}. or @nobody in {town}! a@ada.org 🎉"


def test_direct_conversations_and_groups(tmp_path: Path) -> None:
    found = mattermost(
        tmp_path,
        line("direct_channel", members=["grace", "ada"], header="us"),
        line("direct_post", channel_members=["ada", "grace"], user="ada", message="you", create_at=1000),
        line("direct_post", channel_members=["ada"], user="ada", message="me", create_at=1000),
        line("direct_post", channel_members=["ada", "grace", "eve"], user="eve", message="all", create_at=1000,
             replies=[reply("yes", 2000)]),
        line("direct_post", channel_members=[], user="eve", message="?", create_at=1000),
    )  # fmt: skip
    rooms = {room.id: (room.kind, room.private, list(room.members)) for room in found.rooms.values()}
    del rooms["main/town"], rooms["main/vault"]
    assert rooms == {
        "direct:ada,grace": ("direct", True, ["ada", "grace"]),
        "direct:ada": ("direct", True, ["ada"]),
        "direct:ada,eve,grace": ("room", True, ["ada", "eve", "grace"]),
    }
    assert found.texts == ["you", "me", "all", "yes"]
    assert found.problems == ["export.jsonl:12: a direct conversation without members"]


def test_windows_ends_a_mark_and_what_is_no_utf8(tmp_path: Path) -> None:
    path = export(tmp_path / "export.jsonl", post("größe\r\nzwei"))
    text = path.read_text().replace("\n", "\r\n").encode()
    path.write_bytes(b"\xef\xbb\xbf" + text.replace(b"gr\\u00f6\\u00dfe", b"gr\xf6\xdfe"))
    assert read("mattermost", path).texts == ["größe\nzwei"]


def test_every_room_is_private_if_the_operator_says_so(tmp_path: Path) -> None:
    town = mattermost(tmp_path, post("x"), options=Options(private=True)).rooms["town"]
    assert (town.private, town.members) == (True, ("ada", "grace"))


def test_what_is_no_export_of_mattermost(tmp_path: Path) -> None:
    for name, text in (("a.jsonl", "hello\n"), ("b.jsonl", '{"type": "post"}\n'), ("c.bin", "x")):
        with pytest.raises(SourceError, match="is no bulk export of Mattermost"):
            open_source("mattermost", packed(tmp_path, {name: text}) / name, NOTHING)
    (tmp_path / "x.jsonl").write_text('{"type": "version", "version": 2}\n')
    with pytest.raises(SourceError, match="has version 2 of Mattermost's format, and only 1 is known"):
        open_source("mattermost", tmp_path / "x.jsonl", NOTHING)
