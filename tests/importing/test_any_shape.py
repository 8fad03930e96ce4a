"""Exports in which any one value is something else: a reader says what is wrong, and reads the rest.

Every value of a small export, at any depth, is replaced by what it can't be, one after the other.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from chatstore.importing.source import SourceError
from tests.importing import (
    test_discord,
    test_ergo,
    test_irc_logs,
    test_mattermost,
    test_prosody,
    test_slack,
    test_thelounge,
    test_zulip,
)
from tests.importing.exports import packed, read

OTHERS: list[Any] = [None, -1.5e300, 10**30, "", "1e999999", "x\0\ud83d\r\n", [None], {"id": None, "name": 7}]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something is in a value: the keys and numbers that lead there."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def changed(value: Any) -> Iterator[Any]:
    """The value with one thing in it replaced, in all ways."""
    for path in list(places(value))[1:]:
        for other in OTHERS:
            made = copy.deepcopy(value)
            holder = made
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = copy.deepcopy(other)
            yield made


def slack() -> dict[str, Any]:
    messages = [
        test_slack.said(
            "<@U1> <#C1> <!here> <https://x.org|x> :tada:",
            thread_ts="1.0",
            edited={"user": "U1"},
            reactions=[{"name": "+1", "users": ["U1"]}],
            files=[{"id": "F1", "name": "a", "alt_txt": "x", "url_private": "https://x.org/?t=xoxe-1"}],
            attachments=[{"title": "a", "fields": [{"title": "b", "value": "c"}]}],
            user_profile={"name": "x"},
        ),
        {"type": "message", "subtype": "bot_message", "bot_id": "B1", "username": "ci", "text": "x", "ts": "2.0",
         "bot_profile": {"name": "ci"}},
    ]  # fmt: skip
    return {
        "users.json": [test_slack.USERS[0]],
        "channels.json": [test_slack.GENERAL],
        "dms.json": [{"id": "D1", "members": ["U1", "U2"]}],
        "general/2016-06-16.json": messages,
        "D1/2016-06-16.json": [test_slack.said("you")],
        "__uploads/F1/a": "x",
    }


def discord() -> dict[str, Any]:
    message = test_discord.said(
        1,
        "<@1> <#100> <:a:5>",
        kind="Reply",
        reference={"messageId": "9", "type": "Default"},
        reactions=[{"emoji": {"id": "", "name": "👍"}, "users": [test_discord.GRACE]}],
        attachments=[{"url": "https://x.org", "fileName": "a"}, {"url": "a.json_Files\\b", "fileName": "b"}],
        embeds=[{"title": "a", "fields": [{"name": "b", "value": "c"}]}],
        stickers=[{"name": "a", "sourceUrl": "https://x.org"}],
        mentions=[test_discord.GRACE],
        forwardedMessage={"content": "x", "attachments": [], "stickers": []},
    )
    direct = test_discord.channel(test_discord.said(2, "x"), number="10", name="bob", type="DirectTextChat")
    return {"a.json": test_discord.channel(message), "b.json": direct, "a.json_Files/b": "x"}


def zulip() -> dict[str, Any]:
    realm = {name: rows[-2:] if isinstance(rows, list) else rows for name, rows in test_zulip.REALM.items()}
    del realm["zerver_useractivity"]
    messages = [
        test_zulip.said(1, "@**Grace Hopper** #**general**", subject="a", edit_history='[{"prev_content": "x"}]'),
        test_zulip.said(2, "[a](/user_uploads/2/a)", recipient=105),
    ]
    return {"realm.json": realm, "messages-000001.json": {"zerver_message": messages}, "uploads/2/a": "x"}


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("made", [slack, discord, zulip])
def test_files_of_json(tmp_path: Path, made: Callable[[], dict[str, Any]], step: int) -> None:
    """Every fifth change, which is each of OTHERS in turn; all of them when asked for."""
    for files in islice(changed(made()), 0, None, step):
        path = packed(tmp_path, {name: json.dumps(content) for name, content in files.items()})
        survives(made.__name__, path)


def test_mattermost_lines(tmp_path: Path) -> None:
    attached = [{"title": "a", "fields": [{"title": "b", "value": "c"}]}]
    more = {
        "reactions": [{"user": "ada", "emoji_name": "a"}],
        "attachments": [{"path": "plan.pdf"}],
        "props": {"from_webhook": "true", "override_username": "x", "attachments": attached},
    }
    for line in (
        test_mattermost.channel("town"),
        test_mattermost.user("ada", "town"),
        test_mattermost.post("@ada ~town", replies=[test_mattermost.reply("x", 1)], **more),
        test_mattermost.line("direct_channel", members=["a", "b"]),
        test_mattermost.line("direct_post", channel_members=["a", "b"], user="a", message="x", create_at=1),
    ):
        for value in changed(json.loads(line)):
            survives("mattermost", test_mattermost.export(tmp_path / "x.zip", json.dumps(value)))


def test_json_in_databases(tmp_path: Path) -> None:
    message = json.loads(str(test_thelounge.row("x")[-1]))
    rows = [("n1", "#club", 1000, "message", json.dumps(value)) for value in changed(message)]
    for column in range(5):
        for other in (None, -1, 1.5e300, "", b"\xff"):
            made = list(test_thelounge.row("x"))
            made[column] = other
            rows.append(tuple(made))
    survives("thelounge", test_thelounge.database(tmp_path / "x.sqlite3", *rows))
    item = test_ergo.item("x", Tags={"+draft/reply": "a", "+draft/react": "b"})
    item["Message"] = {"Message": "x", "Split": [{"Message": "a"}], "Msgid": "1", "Time": "2024-01-02T03:04:05Z"}
    items = [value for value in changed(item) if json.dumps(value).count('"Msgid": "1"') == 0]
    survives("ergo", test_ergo.database(tmp_path / "x.db", items, []))
    cut = [test_prosody.said("x<b/>&amp;", key=str(number)) for number in range(400)]
    stanzas = [(*row[:-1], str(row[-1])[:number]) for number, row in enumerate(cut)]
    survives("prosody", test_prosody.database(tmp_path / "p.sqlite", *stanzas))


@pytest.mark.parametrize("name", ["IRSSI", "WEECHAT", "ZNC", "EGGDROP"])
def test_logs(tmp_path: Path, name: str) -> None:
    text = getattr(test_irc_logs, name).encode()
    chance = random.Random(name)
    for _ in range(80):
        made = bytearray(text)
        for _ in range(chance.randrange(1, 12)):
            at = chance.randrange(len(made))
            made[at : at + chance.randrange(3)] = chance.choice(
                [b"", b"\n", b"\r", b"\0", b"\xff\xfe", b"[", b"<", b"9", b"\t"]
            )
        path = packed(tmp_path, {"#club_20240101.log": bytes(made)}) / "#club_20240101.log"
        survives("irc-logs", path)


def survives(source: str, path: Path) -> None:
    """It is read, with what `read` holds for every export; or it is none, and the reader says so in one
    line."""
    try:
        found = read(source, path, ordered=source != "irc-logs")
    except SourceError as refused:
        lines = [str(refused)]
    else:
        lines = found.problems
    assert all("\n" not in line for line in lines)
