"""REDACT: delete a message. Spec: IRCv3 draft/message-redaction.

A message that does not exist, is deleted already or is not visible to the client gives the same answer,
UNKNOWN_MSGID. A room or direct conversation that the client may not read gives INVALID_TARGET, whether it
exists or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import OF_MESSAGES, about_message

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_CODES = {
    **OF_MESSAGES,
    Code.REDACT_FORBIDDEN: "REDACT_FORBIDDEN",
    Code.REDACT_WINDOW_EXPIRED: "REDACT_WINDOW_EXPIRED",
}


@command("REDACT", min_params=2, blocking=True, spec="IRCv3 draft/message-redaction")
def redact(client: Client, line: Line) -> None:
    """Delete a message."""
    if not client.has("draft/message-redaction"):
        client.reply.numeric(n.ERR_UNKNOWNCOMMAND, line.command, text="unknown command")
        return
    target, message = line.params[:2]
    policy = client.session.policy
    try:
        client.session.sending.redact(target, message, line.param(2)[: policy.limits.reason_length]).result()
    except ChatError as error:
        code = _CODES.get(error.code)
        if code is None:
            raise
        about = about_message(code, target, message)
        if error.code is Code.REDACT_WINDOW_EXPIRED:
            about.append(str(policy.history.redact_window))
        client.reply.fail("REDACT", code, *about, text=error.text)
