"""Tab completion of the word before the cursor: nicks, rooms, commands and :emoji:."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from chatstore.client.buffer import Buffer
from chatstore.client.names import fold, is_room, search_key

_MAX_EMOJI = 30
"""The most emoji that are offered."""


@dataclass(frozen=True)
class Completion:
    """`start`: the column where the word begins. `choices`: (text to insert, text to show)."""

    start: int
    choices: tuple[tuple[str, str], ...] = ()


def complete(line: str, commands: Iterable[str], now_in: Buffer, names: Sequence[str], own: str) -> Completion:
    """`line`: up to the cursor. `names`: of all buffers. `own`: our nick, which is not offered."""
    start = max(line.rfind(" "), line.rfind("\t")) + 1
    word = line[start:]
    if start == 0 and word.startswith("/") and not word.startswith("//"):
        found = sorted(name for name in commands if name.startswith(word[1:].lower()))
        return Completion(0, tuple((f"/{name} ", f"/{name}") for name in found))
    if is_room(word):
        rooms = [name for name in names if is_room(name) and search_key(name).startswith(search_key(word))]
        return Completion(start, tuple((f"{room} ", room) for room in sorted(rooms, key=fold)))
    if word.startswith(":") and len(word) > 1:
        return Completion(start, tuple((f"{emoji} ", f"{emoji} {name}") for name, emoji in emojis(word[1:])))
    end = ": " if start == 0 else " "
    at = "@" if word.startswith("@") else ""
    nicks = _nicks(word.removeprefix("@"), now_in, names, own) if word else []
    return Completion(start, tuple((f"{at}{nick}{end}", nick) for nick in nicks))


def _nicks(prefix: str, now_in: Buffer, names: Sequence[str], own: str) -> list[str]:
    """Those who spoke last first, then the members, then the people of direct conversations."""
    spoke = {fold(entry.nick): entry.nick for entry in now_in.entries[-200:] if entry.said and entry.nick}
    ordered = {
        **dict(reversed(spoke.items())),
        **{key: member.nick for key, member in sorted(now_in.members.items())},
        **{fold(name): name for name in names if name and not is_room(name)},
    }
    wanted = search_key(prefix)
    return [nick for key, nick in ordered.items() if search_key(nick).startswith(wanted) and key != fold(own)]


def emojis(text: str) -> list[tuple[str, str]]:
    """(`:tada:`, the emoji): names that begin with the text before names that contain it, shorter ones
    first."""
    wanted = text.lower().strip(":").replace(" ", "_")
    found = sorted(
        (not name.startswith(f":{wanted}"), len(name), name) for name in _emoji_names() if wanted in name
    )
    chosen: dict[str, str] = {}
    for _, _, name in found:
        chosen.setdefault(_emoji_names()[name], name)
    return [(name, emoji) for emoji, name in chosen.items()][:_MAX_EMOJI]


@lru_cache(maxsize=1)
def _emoji_names() -> dict[str, str]:
    """`:name:` → emoji, with the aliases of other chats, without skin tones. Loaded when it is first needed,
    because that takes a moment."""
    import emoji

    names: dict[str, str] = {}
    for text, data in emoji.EMOJI_DATA.items():
        if data["status"] == emoji.STATUS["fully_qualified"] and "skin_tone" not in data["en"]:
            for name in (data["en"], *data.get("alias", ())):
                names.setdefault(name, text)
    return names
