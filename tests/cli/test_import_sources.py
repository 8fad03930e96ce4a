"""Each source as it is imported: small exports of all formats go into one database, and come out of it again."""

from __future__ import annotations

from pathlib import Path

from tests.cli.home import Home
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
from tests.importing.exports import packed

MADE_IDS = {"mattermost", "thelounge", "irc-logs"}
"""Those without ids of their own, which are imported twice."""


def exports(folder: Path) -> list[tuple[str, Path, str, list[str]]]:
    """Source, export, room, and what is said there."""
    slack = test_slack.export(folder / "slack.zip", test_slack.said("<@U2>: &lt;hi&gt; :tada:"))
    mattermost = test_mattermost.export(
        folder / "mm.zip", test_mattermost.post("b", 2000), test_mattermost.post("a", 1000)
    )
    discord = (
        packed(folder, {"d.json": test_discord.channel(test_discord.said(1, "x"), name="Täglich! 🦄")}) / "d.json"
    )
    zulip = test_zulip.export(folder / "z.tar.gz", test_zulip.said(1, "hello", subject="plans"))
    lounge = test_thelounge.database(folder / "ada.sqlite3", test_thelounge.row("a", "#lounge"))
    ergo = test_ergo.database(
        folder / "history.db", [test_ergo.item("a", "Ada"), test_ergo.item("b", second=2)], []
    )
    prosody = test_prosody.database(folder / "prosody.sqlite", test_prosody.said("a", room="club"))
    logs = packed(folder / "logs", {"libera/#irssi.log": test_irc_logs.IRSSI})
    return [
        ("slack", slack, "general", ["@grace: <hi> 🎉"]),
        ("mattermost", mattermost, "town", ["a", "b"]),
        ("discord", discord, "Täglich", ["x"]),
        ("zulip", zulip, "general-zulip", ["[plans] hello"]),
        ("thelounge", lounge, "lounge", ["a"]),
        ("ergo", ergo, "club", ["a", "b"]),
        ("prosody", prosody, "club-prosody", ["a"]),
        (
            "irc-logs",
            logs,
            "irssi",
            ["hello", "ada-irc-logs: good evening", "\x01ACTION waves\x01", "meeting", "hello", "hello"],
        ),
    ]


def test_every_source_is_imported_once(home: Home, tmp_path: Path) -> None:
    for source, path, room, texts in exports(tmp_path):
        for _ in range(2 if source in MADE_IDS else 1):
            zone = ["--timezone", "UTC"] if source == "irc-logs" else []
            result = home.run("import", source, str(path), *zone)
            assert result.exit_code == 0, result.output
        assert [said["body"] for said in home.records("--room", room)] == texts, source
