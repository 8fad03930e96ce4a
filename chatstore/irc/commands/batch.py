"""BATCH from a client: a message of several lines. Spec: IRCv3 draft/multiline; IRCv3 batch for the
references."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.client import Multiline
from chatstore.irc.commands import command
from chatstore.irc.multiline import CAPABILITY, fail
from chatstore.irc.posts import Post, client_only

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_REFERENCE = re.compile(r"[+-][A-Za-z0-9-]{1,64}", re.ASCII)


@command("BATCH", min_params=1, posts=True, spec="IRCv3 draft/multiline")
def batch(client: Client, line: Line) -> list[Post]:
    """Begin or end a message of several lines."""
    if not client.has(CAPABILITY):
        client.reply.numeric(n.ERR_UNKNOWNCOMMAND, line.command, text="unknown command")
    elif not _REFERENCE.fullmatch(line.params[0]):
        fail(client, "MULTILINE_INVALID", text="expected + or -, followed by a reference")
    elif line.params[0].startswith("+"):
        _begin(client, line)
    else:
        return _end(client, line.params[0][1:])
    return []


def _begin(client: Client, line: Line) -> None:
    """Open a batch, or fail it and ignore what follows under its reference."""
    reference, before = line.params[0][1:], client.multiline
    if before is not None and before.target:
        before.pass_over(reference)
        fail(client, "MULTILINE_INVALID", text="a batch is open already")
    elif line.param(1) != CAPABILITY or not line.param(2) or "," in line.param(2) or len(line.params) > 3:
        client.multiline = before or Multiline("", "", {}, 0.0)
        client.multiline.pass_over(reference)
        fail(client, "MULTILINE_INVALID", text=f"expected BATCH +reference {CAPABILITY} target")
    else:
        opened, tags = client.session.clock(), client_only(client, line)
        client.multiline = Multiline(reference, line.params[2], tags, opened, client.keep_answer())
        if before is not None:
            client.multiline.passed_over = before.passed_over
            before.passed_over.pop(reference, None)


def _end(client: Client, reference: str) -> list[Post]:
    """Close the open batch and return its message; a failed batch has none."""
    open_ = client.multiline
    if open_ is not None and reference in open_.passed_over:
        open_.passed_over.pop(reference, None)
        if not open_.target and not open_.passed_over:
            client.multiline = None
        return []
    if open_ is None or not open_.target or reference != open_.reference:
        fail(client, "MULTILINE_INVALID", text="no such batch")
        return []
    if not open_.body.strip("\n"):
        fail(client, "MULTILINE_INVALID", text="a message can't consist of blank lines only")
        open_.passed_over.pop(reference, None)
        return []
    client.multiline = None
    if open_.answer is not None:
        client.resume_answer(open_.answer)
    unit = client.session.sending.several_lines(open_.target, open_.body, open_.kept_tags)
    return [Post(unit, "PRIVMSG", open_.target)]
