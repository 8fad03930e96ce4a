"""What the person has chosen in the full-screen client, kept in a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import msgspec
import platformdirs

from chatstore.client.screen.kept_files import keep


@dataclass
class Preferences:
    """`theme`: "light", "dark", or "" for what the terminal has. `members`, `rooms`: whether these lists are
    shown; None: if the terminal is wide enough. `notify`: whether a mention rings the bell. `typing`: whether
    others see that we type. `pictures`: whether pictures are drawn; None: where that is quick
    (pictures/choice.py)."""

    theme: str = ""
    members: bool | None = None
    rooms: bool | None = None
    notify: bool = True
    typing: bool = True
    pictures: bool | None = None


def preferences_file() -> Path:
    """screen.json in the folder for configuration of the user's system."""
    return platformdirs.user_config_path("chatstore") / "screen.json"


def load(path: Path) -> Preferences:
    """Read the file. What it lacks, or has with a wrong type, is the default."""
    try:
        read = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    except (OSError, msgspec.MsgspecError):
        return Preferences()
    preferences = Preferences()
    for one in fields(Preferences):
        value = read.get(one.name)
        if isinstance(value, bool if one.name != "theme" else str):
            setattr(preferences, one.name, value)
    return preferences


def save(preferences: Preferences, path: Path) -> None:
    """Write the file; see keep()."""
    keep(path, msgspec.json.format(msgspec.json.encode(asdict(preferences)), indent=2) + b"\n")
