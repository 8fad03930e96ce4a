"""BATCH of a client: a message of several lines. Spec: IRCv3 draft/multiline; batch, for the references."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatstore.irc import numerics as n
from chatstore.irc.commands import Post, command
from chatstore.irc.commands.privmsg import client_only
from chatstore.irc.multiline import CAPABILITY, Multiline, fail

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation
    from chatstore.irc.line import Line

_REFERENCE = re.compile(r"[+-][A-Za-z0-9-]{1,64}", re.ASCII)


@command("BATCH", min_params=1, posts=True, spec="IRCv3 draft/multiline")
def batch(context: IrcConversation, line: Line) -> list[Post]:
    """Begin and end a message of several lines."""
    if not context.has(CAPABILITY):
        context.reply.numeric(n.ERR_UNKNOWNCOMMAND, line.command, text="unknown command")
    elif not _REFERENCE.fullmatch(line.params[0]):
        fail(context, "MULTILINE_INVALID", text="expected + or - and a reference")
    elif line.params[0].startswith("+"):
        _begin(context, line)
    else:
        return _end(context, line.params[0][1:])
    return []


def _begin(context: IrcConversation, line: Line) -> None:
    reference, before = line.params[0][1:], context.multiline
    if before is not None and before.target:
        before.pass_over(reference)
        fail(context, "MULTILINE_INVALID", text="there is a batch open already")
    elif line.param(1) != CAPABILITY or not line.param(2) or "," in line.param(2) or len(line.params) > 3:
        context.multiline = before or Multiline("", "", {}, 0.0)
        context.multiline.pass_over(reference)
        fail(context, "MULTILINE_INVALID", text=f"expected BATCH +reference {CAPABILITY} target")
    else:
        opened, tags = context.server.chat.clock(), client_only(context, line)
        context.multiline = Multiline(reference, line.params[2], tags, opened, context.keep_answer())
        if before is not None:
            context.multiline.passed_over = before.passed_over
            before.passed_over.pop(reference, None)


def _end(context: IrcConversation, reference: str) -> list[Post]:
    open_ = context.multiline
    if open_ is not None and reference in open_.passed_over:
        open_.passed_over.pop(reference, None)
        if not open_.target and not open_.passed_over:
            context.multiline = None
        return []
    if open_ is None or not open_.target or reference != open_.reference:
        fail(context, "MULTILINE_INVALID", text="there is no such batch")
        return []
    if not open_.body.strip("\n"):
        fail(context, "MULTILINE_INVALID", text="a message of nothing but blank lines")
        open_.passed_over.pop(reference, None)
        return []
    context.multiline = None
    if open_.answer is not None:
        context.resume_answer(open_.answer)
    unit = context.session.speech.several_lines(open_.target, open_.body, open_.kept_tags)
    return [Post(unit, "PRIVMSG", open_.target)]
