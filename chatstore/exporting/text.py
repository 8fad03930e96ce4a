"""Conversations as text files, one for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from chatstore.chat.model.room_events import RoomEvent
from chatstore.exporting.talks import events, talks
from chatstore.storage.exporting import Report, Scope, Snapshot


def write(
    snapshot: Snapshot, scope: Scope, folder: Path, render: Callable[[Sequence[RoomEvent]], str], done: Report
) -> tuple[int, int]:
    """Write the files into an empty folder. `render` turns events into lines. Returns the numbers of conversations
    and events."""
    total, conversations, count = len(found := talks(snapshot, scope)), 0, 0
    for number, talk in enumerate(found):
        done(number, total)
        said = 0
        with open(folder / f"{talk.file}.txt", "w", encoding="utf-8", newline="\n") as file:
            for some in events(snapshot, talk, scope):
                file.write(render(some))
                said += len(some)
        conversations, count = conversations + 1, count + said
    done(total, total)
    return conversations, count
