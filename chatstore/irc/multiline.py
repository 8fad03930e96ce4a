"""A message of several lines on its way in: what a client has said of it between BATCH and BATCH.

Spec: IRCv3 draft/multiline. A batch that can't become a message is answered once, by the first thing that is
wrong with it; what follows under its reference, up to its end, is passed over.
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
"""Seconds in which a batch is to be ended."""
_MEANWHILE = frozenset({"BATCH", "PING", "PONG", "PRIVMSG", "NOTICE", "TAGMSG", "QUIT"})
"""What a client may say while its batch is open, and what fails it in a way of its own."""


def is_part(client: Client, line: Line) -> bool:
    """Whether a line belongs to the batch that is open."""
    batch = client.multiline
    return batch is not None and bool(batch.target) and line.tags.get("batch") == batch.reference


def collect(client: Client, line: Line) -> bool:
    """Take a line that says something, if it belongs to a batch; False when it stands for itself."""
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
    """Whether a command came while a batch is open that can't be in one: then the batch fails, and it is not
    done."""
    if client.multiline is None or not client.multiline.target or command in _MEANWHILE:
        return False
    fail(client, "MULTILINE_INVALID", text=f"{command} is not allowed while a batch is open")
    return True


def overdue(client: Client) -> bool:
    """Whether a batch has been open for too long."""
    batch = client.multiline
    return batch is not None and bool(batch.target) and client.session.clock() - batch.opened > _BATCH_TIMEOUT


def give_up(client: Client) -> None:
    """Fail a batch that is overdue."""
    if overdue(client):
        fail(client, "MULTILINE_INVALID", text="the batch was not closed in time")


def fail(client: Client, code: str, *about: str, text: str) -> None:
    """FAIL BATCH, as the answer to the open batch if there is one."""
    batch = client.multiline
    if batch is not None and batch.target:
        batch.target, batch.body, batch.cuts = "", "", []
        batch.pass_over(batch.reference)
        if batch.answer is not None:
            client.resume_answer(batch.answer)
            batch.answer = None
    client.reply.fail("BATCH", code, *about, text=text)
