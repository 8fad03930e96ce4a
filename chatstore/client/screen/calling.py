"""What the person is called for: by the bell, and by a notification of the terminal."""

from __future__ import annotations

from chatstore.client.buffer import Buffer
from chatstore.client.buffers import Change
from chatstore.client.entries import Entry
from chatstore.client.screen.services import Services


def calls(services: Services, change: Change) -> tuple[Buffer, Entry] | None:
    """The last of the new entries that the person wants to be called for, unless they see it."""
    buffers = services.buffers
    buffer = buffers.by_key[change.key]
    if services.looking and change.key == buffers.current:
        return None
    for entry in reversed(buffer.entries[change.start :]):
        wanted = buffers.told.wants(buffer.name, entry, services.now(), room=buffer.room)
        meant = wanted and bool(buffer.name) and (entry.mention or entry.kind != "notice")
        meant = meant and entry.counts and not buffers.ignored.hides(entry)
        if meant and entry.time > max(buffer.read_until, services.begun):
            return buffer, entry
    return None
