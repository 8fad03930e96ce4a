"""Incoming messages of several lines: what a client sends between BATCH and BATCH.

Spec: IRCv3 draft/multiline. A batch that can't become a message gets one FAIL, for the first error. Later
lines under its reference are ignored until its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.irc.client import Multiline
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

CAPABILITY = "draft/multiline"
CONCAT = "draft/multiline-concat"
_BATCH_TIMEOUT = 60.0
"""Seconds in which the client must end a batch."""
_MEANWHILE = frozenset({"BATCH", "PING", "PONG", "PRIVMSG", "NOTICE", "TAGMSG", "QUIT"})
"""Commands that a client may send while its batch is open, or that fail in their own way."""


def is_part(client: Client, line: Line) -> bool:
    """Whether a line belongs to the open batch."""
    batch = client.multiline
    return batch is not None and bool(batch.target) and line.tags.get("batch") == batch.reference


def collect(client: Client, line: Line) -> bool:
    """Add a message to the batch that it belongs to. Returns False if it belongs to none."""
    batch, reference = client.multiline, line.tags.get("batch")
    if batch is None or not batch.target:
        if reference is None or not client.has(CAPABILITY):
            return False
        if batch is None or reference not in batch.passed_over:
            fail(client, "MULTILINE_INVALID", text="no such batch")
    elif reference is not None and reference in batch.passed_over:
        pass
    elif reference != batch.reference:
        fail(client, "MULTILINE_INVALID", text="this line does not belong to the open batch")
    elif line.command != "PRIVMSG" or len(line.params) < 2:
        fail(client, "MULTILINE_INVALID", text="a batch can contain only PRIVMSG")
    elif line.params[0].casefold() != batch.target.casefold():
        about = middle(batch.target), middle(line.params[0])
        fail(client, "MULTILINE_INVALID_TARGET", *about, text="the line and its batch have different targets")
    else:
        _add(client, batch, line.params[1], joined=CONCAT in line.tags)
    return True


def _add(client: Client, batch: Multiline, text: str, *, joined: bool) -> None:
    """Add a line to the batch. Fails the batch if it grows too long."""
    limits = client.session.policy.limits
    if joined and not text:
        fail(client, "MULTILINE_INVALID", text="a blank line can't be joined to the line before it")
        return
    if batch.lines and joined:
        batch.cuts.append(len(batch.body))
    batch.body += text if joined or not batch.lines else f"\n{text}"
    batch.lines += 1
    if batch.lines > limits.multiline_lines:
        most = str(limits.multiline_lines)
        fail(client, "MULTILINE_MAX_LINES", most, text=f"a message has at most {most} lines")
    elif len(batch.body.encode()) > limits.multiline_bytes:
        most = str(limits.multiline_bytes)
        fail(client, "MULTILINE_MAX_BYTES", most, text=f"a message has at most {most} bytes")


def interrupted(client: Client, command: str) -> bool:
    """Whether a command is not allowed because a batch is open. Then the batch fails, and the command is not
    run."""
    if client.multiline is None or not client.multiline.target or command in _MEANWHILE:
        return False
    fail(client, "MULTILINE_INVALID", text=f"{command} is not allowed while a batch is open")
    return True


def overdue(client: Client) -> bool:
    """Whether a batch has been open for too long."""
    batch = client.multiline
    return batch is not None and bool(batch.target) and client.session.clock() - batch.opened > _BATCH_TIMEOUT


def give_up(client: Client) -> None:
    """Fail the open batch if it is overdue. In a turn of the connection."""
    if overdue(client):
        fail(client, "MULTILINE_INVALID", text="the batch was not closed in time")


def fail(client: Client, code: str, *about: str, text: str) -> None:
    """Send FAIL BATCH, and stop the open batch, if there is one. The FAIL then has the label of the batch."""
    batch = client.multiline
    if batch is not None and batch.target:
        batch.target, batch.body, batch.cuts = "", "", []
        batch.pass_over(batch.reference)
        if batch.answer is not None:
            client.resume_answer(batch.answer)
            batch.answer = None
    client.reply.fail("BATCH", code, *about, text=text)
