"""Zulip's export, as its zerver/lib/export.py writes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatstore.importing.source import Options, Reaction, SourceError, person_mark, room_mark
from chatstore.importing.sources import open_source
from tests.importing.exports import NOTHING, Read, packed, read

REALM: dict[str, object] = {
    "zerver_realm": [{"id": 2, "string_id": "club", "name": "The Club", "uuid": "0b5"}],
    "zerver_userprofile": [
        {
            "id": 11,
            "full_name": "Ada Lovelace",
            "delivery_email": "ada@x.org",
            "email": "user11@x.org",
            "is_bot": False,
        },
        {"id": 12, "full_name": "Grace Hopper", "delivery_email": "grace@x.org", "is_active": False},
        {"id": 13, "full_name": "Ada Lovelace", "email": "other@x.org"},
        {"id": 14, "full_name": "CI", "email": "ci-bot@x.org", "is_bot": True},
    ],
    "zerver_userprofile_mirrordummy": [{"id": 15, "full_name": "", "email": "old@x.org"}],
    "zerver_userprofile_crossrealm": [{"id": 6, "email": "notification-bot@zulip.com"}],
    "zerver_stream": [
        {"id": 31, "name": "general", "invite_only": False, "description": "talk"},
        {"id": 32, "name": "board", "invite_only": True, "description": ""},
    ],
    "zerver_recipient": [
        {"id": 101, "type": 2, "type_id": 31},
        {"id": 102, "type": 2, "type_id": 32},
        {"id": 103, "type": 1, "type_id": 12},
        {"id": 104, "type": 3, "type_id": 41},
        {"id": 105, "type": 3, "type_id": 42},
    ],
    "zerver_subscription": [
        *({"recipient": 101, "user_profile": user, "active": True} for user in (11, 12)),
        {"recipient": 101, "user_profile": 13, "active": False},
        {"recipient": 102, "user_profile": 11, "active": True},
        *({"recipient": 104, "user_profile": user, "active": True} for user in (11, 12, 13)),
        *({"recipient": 105, "user_profile": user, "active": True} for user in (11, 12)),
    ],
    "zerver_reaction": [
        {
            "message": 1,
            "user_profile": 12,
            "emoji_name": "tada",
            "emoji_code": "1f389",
            "reaction_type": "unicode_emoji",
        },
        {"message": 2, "user_profile": 12, "emoji_name": "corp", "emoji_code": "5", "reaction_type": "realm_emoji"},
        {
            "message": 1,
            "user_profile": 11,
            "emoji_name": "tada",
            "emoji_code": "1f389",
            "reaction_type": "unicode_emoji",
        },
    ],
    "zerver_useractivity": [{"id": number} for number in range(100)],
}


def said(number: int, content: str, sender: int = 11, recipient: int = 101, **more: object) -> dict[str, object]:
    when = 1_600_000_000.5 + number
    return {"id": number, "sender": sender, "recipient": recipient, "date_sent": when, "content": content} | more


def export(path: Path, *messages: object, **tables: object) -> Path:
    around = "" if path.suffix else "zulip-export-abc/"
    half = len(messages) // 2
    return packed(path, {
        f"{around}messages-000002.json": {"zerver_usermessage": [{"id": 1}], "zerver_message": messages[half:]},
        f"{around}realm.json": REALM | tables,
        f"{around}messages-000001.json": {"zerver_message": messages[:half], "zerver_usermessage": []},
        f"{around}messages-000001.json.partial": "x",
        f"{around}attachment.json": {},
    })  # fmt: skip


def zulip(path: Path, *messages: object, options: Options = NOTHING, **tables: object) -> Read:
    return read("zulip", export(path / "export.tar.gz", *messages, **tables), options)


@pytest.mark.parametrize("name", ["export.tar.gz", "export.zip", "export"])
def test_a_message_its_room_and_its_people(tmp_path: Path, name: str) -> None:
    path = export(tmp_path / name, said(1, "hello", subject="plans"))
    opened = open_source("zulip", path, NOTHING)
    assert (opened.scope, opened.title) == ("0b5", "the Zulip organization The Club")
    found = read("zulip", path)
    (message,) = found.messages
    assert (message.id, message.room, message.who, message.text) == ("1", "stream:31", "11", "[plans] hello")
    assert (message.at, message.bot, message.edited) == (1600000001500, False, False)
    assert message.reactions == [Reaction("🎉", ["12", "11"])]
    general, board = found.rooms["general"], found.rooms["board"]
    assert (general.private, general.members, general.topic) == (False, ["11", "12"], "talk")
    assert (board.private, board.members) == (True, ["11"])
    assert found.people == {"11": "Ada Lovelace", "12": "Grace Hopper"}
    assert found.problems == []


def test_messages_come_in_their_time_whatever_the_order_of_the_files(tmp_path: Path) -> None:
    found = zulip(tmp_path, *(said(number, str(number)) for number in range(1, 9)))
    assert found.texts == [str(number) for number in range(1, 9)]
    assert found.messages[1].reactions == [Reaction(":corp:", ["12"])]


def test_direct_conversations_and_groups(tmp_path: Path) -> None:
    found = zulip(
        tmp_path,
        said(1, "to grace", recipient=103),
        said(2, "to herself", 12, recipient=103),
        said(3, "all of us", recipient=104),
        said(4, "grace again", recipient=105),
    )
    rooms = {room.id: (room.kind, room.private, list(room.members)) for room in found.rooms.values()}
    where = {message.text: rooms[message.room] for message in found.messages}
    assert where == {
        "to grace": ("direct", True, ["11", "12"]),
        "to herself": ("direct", True, ["12"]),
        "all of us": ("room", True, ["11", "12", "13"]),
        "grace again": ("direct", True, ["11", "12"]),
    }
    assert len({message.room for message in found.messages}) == 3, (
        "old and new ways of one conversation are one room"
    )


def test_what_is_no_message_is_counted_and_what_is_unknown_is_reported(tmp_path: Path) -> None:
    found = zulip(
        tmp_path,
        said(1, "Welcome!", 6),
        said(2, " \n".strip()),
        said(3, "when?", date_sent="yesterday"),
        said(4, "where?", recipient=999),
        {"id": 5},
        "no message",
        said(7, "by somebody gone", 99),
        said(8, "by a dummy", 15),
        zerver_recipient=[*REALM["zerver_recipient"], {"id": "x"}],  # type: ignore[misc]
    )
    assert found.texts == ["by somebody gone", "by a dummy"]
    assert [found.people[message.who] for message in found.messages] == ["user99", "old"]
    assert found.skipped == {"from Zulip's own bots": 1, "had no text": 1}
    assert sorted(found.problems) == [
        "messages-000001.json, message 3: 'yesterday' is no time",
        "messages-000001.json, message 4: it went to 999, which is no stream and nobody",
        "messages-000002.json, message 1: it has no id, sender or recipient",
        "messages-000002.json, message 2: it has no id, sender or recipient",
        "realm.json, zerver_recipient, entry 6: this entry can't be read",
    ]


def test_edits_me_bots_mentions_and_topics(tmp_path: Path) -> None:
    moved, changed = json.dumps([{"prev_topic": "a"}]), json.dumps([{"prev_content": "teh"}])
    text = (
        "@**Grace Hopper** @_**Ada Lovelace|11** @**Nobody** @**all** "
        "#**general** #**general>plans** #**gone** :tada:"
    )
    messages = (
        said(1, "moved", edit_history=moved, subject="new"),
        said(2, "the", edit_history=changed, subject=""),
        said(3, "the", last_edit_time=1.0),
        said(4, "/me waves", subject="plans"),
        said(5, "beep", 14),
        said(6, text),
        said(7, "[plan](/user_uploads/2/ab/plan.pdf)"),
    )
    found = zulip(tmp_path, *messages)
    assert [message.edited for message in found.messages] == [False, True, True, False, False, False, False]
    assert found.texts[:2] == ["[new] moved", "the"]
    assert (found.texts[3], found.messages[3].action, found.messages[4].bot) == ("[plans] waves", True, True)
    ada, grace, general = person_mark("11"), person_mark("12"), room_mark("stream:31")
    assert found.texts[5] == f"@{grace} @{ada} @Nobody @all {general} {general} > plans #gone 🎉"
    options = Options(more={"topics": "none", "url": "https://zulip.x.org/"})
    found = zulip(tmp_path, *messages, options=options)
    assert found.texts[0] == "moved"
    assert found.texts[6] == "[plan](https://zulip.x.org/user_uploads/2/ab/plan.pdf)"


def test_two_people_of_one_name_stay_two(tmp_path: Path) -> None:
    found = zulip(tmp_path, said(1, "one"), said(2, "two", 13))
    assert [message.who for message in found.messages] == ["11", "13"]


def test_a_file_that_breaks_off_costs_its_rest_only(tmp_path: Path) -> None:
    broken = json.dumps({"zerver_message": [said(1, "one"), said(2, "two")]})
    path = packed(tmp_path / "x.zip", {
        "realm.json": REALM,
        "messages-000001.json": broken[: broken.index('"two"')],
        "messages-000002.json": {"zerver_message": [said(3, "safe")]},
    })  # fmt: skip
    found = read("zulip", path)
    assert found.texts == ["one", "safe"]
    assert found.problems == [
        "messages-000001.json, message 2: the rest of the file can't be read: it ends in the middle"
    ]


def test_what_is_no_export_of_zulip(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"is no export of Zulip: there is no realm\.json in it"):
        open_source("zulip", packed(tmp_path / "x.tar.gz", {"a.json": "{}"}), NOTHING)
    with pytest.raises(SourceError, match=r"realm\.json can't be read: it ends in the middle"):
        open_source("zulip", packed(tmp_path / "y.tar.gz", {"realm.json": '{"zerver_realm": ['}), NOTHING)
