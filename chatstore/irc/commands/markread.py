"""MARKREAD: up to where somebody has read. Spec: IRCv3 draft/read-marker.

A marker belongs to one person. Only their own connections are told. It never moves back, and never beyond the
present and the newest message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.line import parse_timestamp
from chatstore.irc.show import send_read_marker

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_NO_SUCH = (Code.NO_SUCH_ROOM, Code.NO_SUCH_PERSON, Code.INVALID_NAME)


_A_COMMIT = 0.004
"""Seconds of work that storing a marker counts as: it takes little processor time, and some of the disk's."""


@command("MARKREAD", blocking=True, question=True, spec="IRCv3 draft/read-marker")
def markread(client: Client, line: Line) -> None:
    """Set or get the time up to which you have read a room or a direct conversation."""
    if not line.param(0):
        client.reply.fail("MARKREAD", "NEED_MORE_PARAMS", text="not enough parameters")
        return
    target = middle(line.params[0])
    shown = _called(client, target)
    if len(line.params) == 1:
        send_read_marker(client, shown, client.session.history.read_marker(target))
        return
    kind, _, value = line.params[1].partition("=")
    time = parse_timestamp(value) if kind == "timestamp" else None
    if time is None:
        text = "expected timestamp=2026-11-22T18:52:38.123Z"
        client.reply.fail("MARKREAD", "INVALID_PARAMS", target, middle(line.params[1]), text=text)
        return
    client.worked += _A_COMMIT
    try:
        send_read_marker(client, shown, client.session.history.mark_read(target, time).result())
    except ChatError as error:
        code = "INVALID_PARAMS" if error.code in _NO_SUCH else "INTERNAL_ERROR"
        client.reply.fail("MARKREAD", code, target, text=error.text)


def _called(client: Client, target: str) -> str:
    """Return the current name of the room or person, if this client may know it; otherwise the name as
    typed."""
    try:
        if target.startswith("#"):
            return f"#{client.session.sees.room(target).name}"
        return client.session.sees.person(target).nick
    except ChatError:
        return target
