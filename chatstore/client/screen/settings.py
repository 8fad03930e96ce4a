"""What the person has chosen in the screen, kept from one time to the next."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import msgspec
import platformdirs


@dataclass
class Settings:
    """`theme`: "light", "dark", or "" for what the terminal has. `members`, `rooms`: whether the lists are shown;
    None: when there is room."""

    theme: str = ""
    members: bool | None = None
    rooms: bool | None = None
    notify: bool = True
    typing: bool = True


def place() -> Path:
    return platformdirs.user_config_path("chatstore") / "screen.json"


def load(path: Path) -> Settings:
    """What is in the file, as far as it makes sense; the defaults for the rest."""
    try:
        read = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    except (OSError, msgspec.MsgspecError):
        return Settings()
    settings = Settings()
    for one in fields(Settings):
        value = read.get(one.name)
        if isinstance(value, bool if one.name != "theme" else str):
            setattr(settings, one.name, value)
    return settings


def save(settings: Settings, path: Path) -> None:
    """Nothing is said when that fails: the chat goes on, with this choice until its end."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(asdict(settings)), indent=2) + b"\n")
        draft.replace(path)
    except OSError:
        return
