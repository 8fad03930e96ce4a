"""What outgoing webhooks send: JSON in the words of the HTTP API, in the envelope of Standard Webhooks."""

from __future__ import annotations

from typing import Any

import msgspec

from chatstore.api.vocabulary import message_of, time_text
from chatstore.chat.model.hooks import COMMAND_SIGN, Hook
from chatstore.chat.model.room_events import RoomEvent

_encode = msgspec.json.Encoder().encode


def message_body(hook: Hook, event: RoomEvent, room: str) -> bytes:
    """A message. `trigger` and `word` say why it is sent, `arguments` what stands behind the word of a command."""
    told = {"trigger": hook.trigger, "word": hook.word or None, "arguments": None, "data": message_of(event, room)}
    if hook.trigger == "command":
        told["arguments"] = event.body.strip()[len(COMMAND_SIGN) + len(hook.word) :].strip()
    return _encode(_envelope(hook, "message.created", event.time, told))


def test_body(hook: Hook, at: int) -> bytes:
    """What a test sends. `at`: ms since 1970 UTC."""
    return _encode(_envelope(hook, "hook.test", at, {"data": {}}))


def _envelope(hook: Hook, kind: str, at: int, more: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "timestamp": time_text(at), "hook": {"id": hook.id, "name": hook.name}, **more}
