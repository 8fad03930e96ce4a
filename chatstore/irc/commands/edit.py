"""EDIT: give one's own message another text. EDITS: read its earlier texts.

Spec: IRCv3 draft/message-edit (pull request 425 of ircv3-specifications). The message and its new text are
tags: `@draft/target-msgid=<msgid>;draft/edit-text=<text> EDIT <target>`. The draft leaves the errors open; they
are those of draft/message-redaction, with EDIT in place of REDACT.

A client without the capability sees an edit as a new message, `(edited) text`, which is a reply to the edited
one. In the history, the message has its newest text and, for clients with the capability, the tag
`chatstore/edited`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import OF_MESSAGES, about_message, middle
from chatstore.irc.line import timestamp

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

TARGET, TEXT = "draft/target-msgid", "draft/edit-text"
_CODES = {
    **OF_MESSAGES,
    Code.EDIT_FORBIDDEN: "EDIT_FORBIDDEN",
    Code.EDIT_WINDOW_EXPIRED: "EDIT_WINDOW_EXPIRED",
    Code.TOO_MANY_EDITS: "TOO_MANY_EDITS",
    Code.EMPTY_MESSAGE: "INVALID_EDIT",
    Code.MESSAGE_TOO_LONG: "INVALID_EDIT",
    Code.INVALID_TEXT: "INVALID_EDIT",
}


@command("EDIT", min_params=1, blocking=True, spec="IRCv3 draft/message-edit")
def edit(client: Client, line: Line) -> None:
    """Change the text of a message of one's own."""
    if not client.has("draft/message-edit"):
        client.reply.numeric(n.ERR_UNKNOWNCOMMAND, line.command, text="unknown command")
        return
    target, message, text = line.params[0], line.tags.get(TARGET, ""), line.tags.get(TEXT, "")
    if not message:
        client.reply.fail("EDIT", "INVALID_EDIT", middle(target), text=f"the tag {TARGET} is missing")
        return
    try:
        client.session.sending.edit(target, message, text).result()
    except ChatError as error:
        _refuse(client, "EDIT", target, message, error)


@command("EDITS", min_params=2, blocking=True, question=True, spec="chatstore/edited")
def edits(client: Client, line: Line) -> None:
    """List the earlier texts of a message, where the room keeps them: each is the tag `draft/edit-text` of a
    line, whose time is when it was said."""
    target, message = line.params[:2]
    try:
        conversation = client.session.history.conversation(target)
        texts = client.session.history.earlier_texts(conversation, message)
    except ChatError as error:
        _refuse(client, "EDITS", target, message, error)
        return
    for said, text in texts:
        client.reply.line("EDITS", target, message, tags={"time": timestamp(said), TEXT: text})
    client.reply.line("EDITS", target, message, "*")


def _refuse(client: Client, command: str, target: str, message: str, error: ChatError) -> None:
    code = _CODES.get(error.code)
    if code is None:
        raise error
    about = about_message(code, target, message)
    if error.code is Code.EDIT_WINDOW_EXPIRED:
        about.append(str(client.session.policy.history.edit_window))
    client.reply.fail(command, code, *about, text=error.text)
