"""The readers: each format is a file, and has a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from chatstore.importing.source import Options, Source

SOURCES: Mapping[str, str] = {
    "slack": "Slack's export: the ZIP, or its folder",
    "mattermost": "Mattermost's bulk export: the ZIP, or its JSONL file",
    "discord": "Discord: the JSON files of DiscordChatExporter",
    "zulip": "Zulip's export: the tarball, or its folder",
    "thelounge": "The Lounge: the SQLite database of one of its people",
    "ergo": "Ergo's history: its SQLite database, a MySQL dump, or what HistServ exports",
    "prosody": "Prosody's archives of rooms and conversations, in its SQLite database",
    "irc-logs": "logs of irssi, WeeChat, ZNC, EnergyMech or Eggdrop: files, or a folder of them",
}
"""The name of each source, as `chatstore import` takes it, and what it reads, in a few words."""

OPTIONS: Mapping[str, Sequence[str]] = {
    "slack": ["--no-attachments", "--option file-tokens"],
    "mattermost": ["--no-attachments"],
    "discord": ["--no-attachments"],
    "zulip": ["--no-attachments", "--option topics", "--option url"],
    "thelounge": ["--option me"],
    "irc-logs": ["--format", "--encoding", "--timezone", "--room", "--option network", "--option me"],
}
"""What a source has besides the options that all have."""


def open_source(name: str, path: Path, options: Options) -> Source:
    """Open an export. The reader of `irc-logs` is `open_source` of the module `irc_logs`. Raises
    SourceError."""
    opener: Callable[[Path, Options], Source] = import_module(f"{__name__}.{name.replace('-', '_')}").open_source
    return opener(path, options)
