"""The JSON of DiscordChatExporter, as its JsonMessageWriter.cs writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatstore.importing.source import Attachment, Options, Reaction, SourceError, person_mark, room_mark
from chatstore.importing.sources import open_source
from tests.importing.exports import NOTHING, Read, packed, read

ADA = {"id": "1", "name": "ada", "discriminator": "0000", "nickname": "Ada L.", "isBot": False}
GRACE = {"id": "2", "name": "grace", "discriminator": "1234", "nickname": "grace", "isBot": False}
GUILD = {"id": "77", "name": "The Club", "iconUrl": "x"}


def said(
    number: int, content: str, author: object = ADA, kind: str = "Default", **more: object
) -> dict[str, object]:
    time = f"2024-01-02T03:04:{number % 60:02}.1234567+01:00"
    return {"id": str(number), "type": kind, "timestamp": time, "content": content, "author": author, **more}


def channel(*messages: object, number: str = "100", name: str = "general", **more: object) -> dict[str, object]:
    fields = {
        "id": number,
        "type": "GuildTextChat",
        "categoryId": "9",
        "category": "Text",
        "name": name,
        "topic": None,
    }
    return {
        "guild": GUILD,
        "channel": fields | more,
        "dateRange": {"after": None, "before": None},
        "exportedAt": "2024-02-02T00:00:00+00:00",
        "messages": list(messages),
        "messageCount": len(messages),
    }


def discord(path: Path, *channels: object, options: Options = NOTHING) -> Read:
    files = {f"The Club - Text - {number} [10{number}].json": content for number, content in enumerate(channels)}
    return read("discord", packed(path / "export.zip", files), options)


@pytest.mark.parametrize("name", ["export.zip", "export", "one.json"])
def test_a_message_its_room_and_its_people(tmp_path: Path, name: str) -> None:
    content = channel(said(5, "hello", timestampEdited="2024-01-02T03:05:00+01:00"), topic="talk")
    if name == "one.json":
        path = packed(tmp_path, {name: content}) / name
    else:
        path = packed(tmp_path / name, {"a.json": content, "notes.txt": "x"})
    opened = open_source("discord", path, NOTHING)
    assert (opened.scope, opened.title) == ("77", "the Discord server The Club")
    found = read("discord", path)
    (message,) = found.messages
    assert (message.id, message.room, message.who, message.text) == ("5", "100", "1", "hello")
    assert (message.at, message.edited, message.bot) == (1704161045123, True, False)
    assert (found.rooms["general"].private, found.rooms["general"].topic) == (False, "talk")
    assert found.people == {"1": "ada"}
    assert found.problems == []
    assert read("discord", path, Options(private=True)).rooms["general"].private


def test_messages_come_in_their_time_from_several_files_and_backwards(tmp_path: Path) -> None:
    found = discord(tmp_path, channel(said(3, "c"), said(4, "d")), channel(said(2, "b"), said(1, "a")))
    assert found.texts == ["a", "b", "c", "d"]
    assert list(found.rooms) == ["general"]


def test_answers_reactions_attachments_and_forwards(tmp_path: Path) -> None:
    reference = {"messageId": "1", "channelId": "100", "guildId": "77"}
    url = "https://cdn.discordapp.com/a/plan.pdf"
    found = discord(tmp_path, channel(
        said(1, "first", reactions=[
            {"emoji": {"id": "", "name": "👍", "code": "x"}, "count": 2, "users": [GRACE, {**ADA, "id": "3"}]},
            {"emoji": {"id": "55", "name": "corp"}, "count": 1, "users": []},
        ]),
        said(2, "answer", GRACE, "Reply", reference=reference),
        said(3, "", attachments=[{"url": url, "fileName": "plan.pdf"}, {"url": "media/x.png", "fileName": "x.png"}],
             stickers=[{"name": "Wave", "sourceUrl": url}]),
        said(4, "", reference={**reference, "type": "Forward"}, forwardedMessage={"content": "psst"}),
        said(5, "pinned", reference=reference),
    ))  # fmt: skip
    first, answer, file, forward, pinned = found.messages
    assert first.reactions == [Reaction("👍", ("2", "3")), Reaction(":corp:", ())]
    assert (answer.answers, pinned.answers, forward.answers) == ("1", "", "")
    assert file.attachments == [
        Attachment("plan.pdf", url, ""),
        Attachment("x.png", file=""),
        Attachment("Wave", url),
    ]
    assert forward.text == "Forwarded:\npsst"


def test_a_threads_messages_answer_what_began_it(tmp_path: Path) -> None:
    found = discord(
        tmp_path,
        channel(said(1, "shall we?"), said(2, "plan", kind="ThreadCreated")),
        channel(said(3, "", kind="21"), said(4, "yes"), said(5, "no", kind="Reply", reference={"messageId": "4"}),
                number="1", name="plan", type="GuildPublicThread", categoryId="100", category="general"),
        channel(said(6, "psst"), number="6", name="quiet", type="GuildPrivateThread", categoryId="100"),
        channel(said(7, "how?"), said(8, "so"), number="7", name="how", type="GuildPublicThread", categoryId="300",
                category="questions"),
    )  # fmt: skip
    where = {message.text: (message.room, message.answers) for message in found.messages}
    assert where == {
        "shall we?": ("100", ""),
        "yes": ("100", "1"),
        "no": ("100", "4"),
        "psst": ("6", ""),
        "how?": ("300", ""),
        "so": ("300", "7"),
    }
    rooms = {name: (room.private, tuple(room.members)) for name, room in found.rooms.items()}
    assert rooms == {"general": (False, ()), "quiet": (True, ("1",)), "questions": (False, ())}
    assert found.skipped == {"began a thread": 2}


def test_what_is_no_message_is_counted_and_what_is_unknown_is_reported(tmp_path: Path) -> None:
    found = discord(tmp_path, channel(
        said(1, "Joined.", kind="GuildMemberJoin"),
        said(2, "Pinned.", kind="ChannelPinnedMessage"),
        said(3, "", kind="8"),
        said(4, ""),
        said(5, "what?", kind="Hologram"),
        {**said(6, "when?"), "timestamp": "yesterday"},
        {**said(7, "when?"), "timestamp": "2024-13-45T00:00:00"},
        said(8, "who?", None),
        "no message",
        said(9, "and it goes on"),
    ))  # fmt: skip
    assert found.texts == ["and it goes on"]
    assert found.skipped == {"joined": 1, "pinned a message": 1, "boosted the server": 1, "had no text": 1}
    assert [problem.partition(", ")[2] for problem in found.problems] == [
        "message 5: an unknown type of message: Hologram",
        "message 6: 'yesterday' is no time",
        "message 7: '2024-13-45T00:00:00' is no time",
        "message 8: it has no id, or nobody is named who said it",
        "message 9: an unknown type of message: None",
    ]


def test_bots_hooks_and_the_deleted(tmp_path: Path) -> None:
    hook = {"id": "50", "discriminator": "0000", "isBot": True}
    embed = {"title": "Build 7", "url": "https://ci.org/7", "description": "failed", "fields": [
        {"name": "branch", "value": "main"}]}  # fmt: skip
    found = discord(tmp_path, channel(
        said(1, "push", {**hook, "name": "GitHub"}),
        said(2, "", {**hook, "name": "CI"}, embeds=[embed]),
        said(3, "see https://x.org", embeds=[{"title": "X", "url": "https://x.org"}]),
        said(4, "bye", {"id": "456226577798135808", "name": "Deleted User", "discriminator": "0000"}),
        said(5, "pong", {"id": "60", "name": "bot", "isBot": True}, "20"),
        said(6, "two", {**GRACE, "id": "9"}),
    ))  # fmt: skip
    assert [(found.people[message.who], message.bot) for message in found.messages] == [
        ("GitHub", True),
        ("CI", True),
        ("ada", False),
        ("Deleted User", False),
        ("bot", True),
        ("grace", False),
    ]
    assert found.texts[1:3] == ["Build 7\nhttps://ci.org/7\nfailed\nbranch: main", "see https://x.org"]


def test_text_is_what_people_saw(tmp_path: Path) -> None:
    text = "<@1> <@!2> <@404> in <#100> <#404> <:corp:55> <a:dance:56> <t:1700000000:R> a < b\r\n\x00\ud83d end"
    (message,) = discord(tmp_path, channel(said(1, text, mentions=[GRACE]))).messages
    ada, grace = person_mark("1"), person_mark("2")
    assert message.text == (
        f"@{ada} @{grace} <@404> in {room_mark('100')} <#404> :corp: :dance: <t:1700000000:R> a < b\n end"
    )


def test_direct_conversations_and_rooms_that_the_operator_calls_private(tmp_path: Path) -> None:
    found = discord(
        tmp_path,
        channel(said(1, "hi"), said(2, "hi", GRACE), number="10", name="grace", type="DirectTextChat"),
        channel(said(3, "there?"), number="11", name="bob", type="DirectTextChat"),
        channel(said(4, "all"), said(5, "yes", GRACE), number="12", name="we", type="DirectGroupTextChat"),
    )
    rooms = {room.id: (room.kind, room.private, list(room.members)) for room in found.rooms.values()}
    assert rooms == {
        "10": ("direct", True, ["1", "2"]),
        "11": ("direct", True, ["1", "11:bob"]),
        "12": ("room", True, ["1", "2"]),
    }
    private = discord(tmp_path, channel(said(1, "x")), options=Options(private=True)).rooms["general"]
    assert (private.private, private.members) == (True, ["1"])


def test_a_file_that_breaks_off_costs_its_rest_only(tmp_path: Path) -> None:
    whole = packed(tmp_path, {"a.json": channel(said(1, "one"), said(2, "two"))}) / "a.json"
    text = whole.read_bytes()
    whole.write_bytes(b"\xef\xbb\xbf" + text[: text.index(b'"two"')])
    path = packed(tmp_path / "x.zip", {
        "a.json": whole.read_bytes(),
        "b.json": channel(said(3, "safe"), number="101", name="other"),
        "c.json": {"messages": []},
        "d.json": "[]",
    })  # fmt: skip
    found = read("discord", path)
    assert found.texts == ["one", "safe"]
    assert found.problems == [
        "c.json: this is no channel of Discord: it does not name its channel",
        "d.json: this is no channel of Discord: '[' where '{' should be",
        "a.json, message 2: the rest of the file can't be read: it ends in the middle",
    ]


def test_what_is_no_export_of_discord(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match=r"has no channel that DiscordChatExporter wrote.*export again with `-f Json`"
    ):
        open_source("discord", packed(tmp_path / "x.zip", {"general.html": "<html>"}), NOTHING)
    with pytest.raises(SourceError, match="has no channel that DiscordChatExporter wrote"):
        open_source("discord", packed(tmp_path / "y.zip", {"general.json": {}}), NOTHING)
