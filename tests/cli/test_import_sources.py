"""Each source as it is imported: small exports of all formats go into one database, and come out of it again."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.home import Home, seen
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
from tests.postgres import Cluster

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


def with_files(path: Path) -> Path:
    """A Slack export with files beside it, as slackdump makes it."""
    link = "https://files.slack.com/F1/plan.txt"
    files = [
        {"id": f"F{n}", "name": f"{name}.txt", "url_private": link}
        for n, name in enumerate(("plan", "big", "lost"))
    ]
    said = [{"type": "message", "user": "U1", "text": "look", "ts": "1709280000.0001", "files": files}]
    return packed(path, {
        "users.json": [{"id": "U1", "name": "ada"}], "channels.json": [{"id": "C1", "name": "general"}],
        "general/2024-03-01.json": said,
        "__uploads/F0/plan.txt": b"the plan", "__uploads/F1/big.txt": b"x" * 100_000,
    })  # fmt: skip


def test_files_of_an_export_become_files(home: Home, tmp_path: Path) -> None:
    path, config = str(with_files(tmp_path / "club.zip")), tmp_path / "chat.toml"
    config.write_text('[web]\nurl = "https://chat.example"\n[files]\nfile_bytes = 50000\nfree_bytes = 0\n')
    counts = ("stay names and links (too large): 1", "stay names and links (not in the export): 1", "1 note")
    for more, became in (("--dry-run", "can become"), ("", "became")):
        done = home.run("import", "slack", path, "--config", str(config), *more.split())
        assert done.exit_code == 0, done.output
        assert f"attachments that {became} files of https://chat.example/: 1 (8 B)\n" in done.output
        assert "big.txt is not taken: a file may have 48.8 KiB at most" in done.output
        assert all(each in done.output for each in counts)
    _, id_, name = re.split(r"https://chat.example/files/|/", home.bodies("--room", "general")[0].split("\n")[1])
    assert name == "plan.txt"
    assert id_ in home.lines("files", "list", "ada")[2]
    assert not re.search("attachments that", home.run("import", "slack", path, "--config", str(config)).output)
    home.account("lovelace")
    assert "1 message and 1 file" in home.run("account", "claim", "lovelace", "--imported", "ada").output
    assert "lovelace" in home.lines("files", "usage")[2]


@pytest.mark.parametrize(("settings", "option", "why"), [
    ("", "--no-attachments", "--no-attachments was given"),
    ("[files]\nfile_bytes = 0\n", "", "[files] file_bytes is 0"),
    ('[listen]\nweb = "off"\n', "", "there is no page to fetch files from: set [listen] web, or [web] url"),
])  # fmt: skip
def test_files_that_are_not_wanted_stay_links(
    home: Home, tmp_path: Path, settings: str, option: str, why: str
) -> None:
    config = tmp_path / "chat.toml"
    config.write_text(settings)
    path = str(with_files(tmp_path / "club.zip"))
    done = home.run("import", "slack", path, "--config", str(config), *option.split())
    assert done.exit_code == 0, done.output
    assert f"attachments that stay names and links, because {why}: 2\n" in done.output
    assert home.bodies("--room", "general")[0].split("\n")[1] == "plan.txt: https://files.slack.com/F1/plan.txt"
    assert not home.path.with_name("chat.db.files").exists()


def test_a_source_without_attachments_has_no_such_option(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("")
    seen(home.run("import", "irc-logs", str(tmp_path), "--no-attachments"), 2, "irc-logs has no --no-attachments")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("[0-9a-f][0-9a-f]/*")}


@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz"])
def test_files_go_out_with_an_export_and_come_back(home: Home, tmp_path: Path, name: str) -> None:
    home.run("import", "slack", str(with_files(tmp_path / "club.zip")))
    (tmp_path / "out").mkdir()
    export, new = tmp_path / "out" / name, str(tmp_path / "new" / "chat.db")
    said = home.run("export", str(export), "--files").output
    assert "2 contents of files, 97.7 KiB, in " in said
    beside = contents(tmp_path / "out" / "all.jsonl.files")
    assert beside == contents(home.path.with_name("chat.db.files"))
    assert "with 2 contents of files\n" in home.run("import", "chatstore", str(export), "--database", new).output
    assert contents(tmp_path / "new" / "chat.db.files") == beside
    files = ["files", "list", "ada", "--format", "json"]
    before, after = home.lines(*files), home.lines(*files, "--database", new)
    assert before == after
    [line] = [line for line in home.lines("doctor", "--deep", "--database", new) if " uploads " in line]
    assert line.startswith("OK")
    shutil.rmtree(tmp_path / "out" / "all.jsonl.files")
    other = str(tmp_path / "other" / "chat.db")
    done = home.run("import", "chatstore", str(export), "--database", other)
    assert done.exit_code == 0
    assert "2 contents of files are not there: all.jsonl.files beside the export, which" in done.output


def test_an_export_names_files_as_the_api_does(home: Home, tmp_path: Path) -> None:
    home.run("import", "slack", str(with_files(tmp_path / "club.zip")))
    export = tmp_path / "all.jsonl"
    home.lines("export", str(export))
    records = [json.loads(line) for line in export.read_text().splitlines()]
    ids = {line.split()[0] for line in home.lines("files", "list", "ada")[2:]}
    assert {record["id"] for record in records if record["type"] == "file"} == ids
    assert {record["file_id"] for record in records if record["type"] == "file reference"} == ids
    assert not any("token" in record for record in records if record["type"] == "file")
    lines = export.read_text().splitlines()
    lost = [line for line in lines if '"type":"file",' not in line]
    number = 1 + next(n for n, line in enumerate(lost) if '"type":"file reference"' in line)
    (tmp_path / "lost.jsonl").write_text("\n".join(lost) + "\n")
    done = home.run("import", "chatstore", str(tmp_path / "lost.jsonl"), "--dry-run")
    seen(done, 1, f"line {number}: there is no file")


@pytest.mark.parametrize(
    "more", [["-"], ["pages"], ["a.jsonl", "--account", "ada"], ["a.jsonl", "--room", "general"]]
)
def test_what_files_contain_goes_with_everything_alone(home: Home, tmp_path: Path, more: list[str]) -> None:
    home.run("import", "slack", str(with_files(tmp_path / "club.zip")))
    seen(home.run("export", *more, "--files"), 2, "--files goes with a FILE in jsonl of everything")


def test_files_on_postgresql(home: Home, cluster: Cluster, tmp_path: Path) -> None:
    """They need a folder: without one they stay links, with one they go out and come back."""
    path, folder = str(with_files(tmp_path / "club.zip")), tmp_path / "contents"
    done = home.run("import", "slack", path, "--database", cluster.database())
    assert done.exit_code == 0, done.output
    assert "because files have no folder: set [files] folder: 2\n" in done.output
    config, home.url = tmp_path / "chat.toml", cluster.database()
    config.write_text(f'[files]\nfolder = "{folder}"\n')
    here = ["--config", str(config), "--database", home.url]
    for known in (0, 1):
        done = home.run("import", "slack", path, *here)
        assert done.exit_code == 0, done.output
        assert ("messages that were imported before: 1\n" in done.output) is bool(known)
    assert len(contents(folder)) == 2
    home.lines("export", str(tmp_path / "all.jsonl"), "--files", *here)
    home.lines("import", "chatstore", str(tmp_path / "all.jsonl"), "--database", str(tmp_path / "new.db"))
    assert contents(tmp_path / "new.db.files") == contents(folder)
