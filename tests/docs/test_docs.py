"""The documents say what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from chatstore.config import AT_START, Config
from chatstore.irc.capabilities import all_capabilities
from chatstore.irc.commands import all_commands

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented_with_its_default() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    documented: dict[str, dict[str, str]] = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        if found := re.match(r"\[(\w+)\]", section):
            documented[found[1]] = dict(re.findall(r"^\| `(\w+)` \| `(.*?)` \|", section, flags=re.MULTILINE))
    defaults = msgspec.to_builtins(Config())
    expected = {
        table: {key: msgspec.json.encode(value).decode() for key, value in values.items()}
        for table, values in defaults.items()
    }
    assert documented == expected


def test_the_settings_that_wait_for_the_next_start_are_marked() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    marked = set()
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        if found := re.match(r"\[(\w+)\]", section):
            keys = re.findall(r"^\| `(\w+)` \| `.*?` \| ↻", section, flags=re.MULTILINE)
            marked |= {f"{found[1]}.{key}" for key in keys}
    assert marked == AT_START


def test_every_command_and_capability_has_a_spec_in_its_docstring() -> None:
    for command in all_commands().values():
        module = __import__(command.run.__module__, fromlist=["x"])
        assert re.search(r"Modern|IRCv3|RFC|soju|chatstore/", module.__doc__ or ""), command.name
    assert all(capability.spec for capability in all_capabilities().values())


def test_the_tour_has_every_transcript() -> None:
    text = (ROOT / "docs" / "tour.md").read_text()
    transcripts = dict(re.findall(r"^<!-- (\w+) -->\n```console\n(.*?)```$", text, flags=re.MULTILINE | re.DOTALL))
    assert list(transcripts) == ["server", "alice", "bob", "history"]
    for transcript in transcripts.values():
        assert transcript.startswith("$ ")
        assert len(transcript.splitlines()) > 5
