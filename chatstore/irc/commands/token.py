"""TOKEN: device tokens, which log in to an account instead of its password.

Spec: chatstore/accounts, this server's own; docs/extensions.md has its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.tokens import REMOVED
from chatstore.irc.commands import command
from chatstore.irc.errors import fail_code, middle
from chatstore.irc.times import timestamp

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation
    from chatstore.irc.line import Line

_CODES = {Code.LOGIN_REQUIRED: "ACCOUNT_REQUIRED", Code.LIST_FULL: "LIMIT_REACHED"}


@command("TOKEN", min_params=1, registered=False, blocking=True, spec="chatstore/accounts")
def token(context: IrcConversation, line: Line) -> None:
    """Device tokens, by which a device logs in to one's account without its password: `TOKEN ADD :label`, `TOKEN
    LIST`, `TOKEN REMOVE id`."""
    about: list[str] = []
    try:
        match line.params[0].upper(), line.params[1:]:
            case "ADD", ([] | [_]):
                _add(context, line.param(1))
            case "LIST", []:
                _list(context)
            case "REMOVE", [wanted]:
                about = [middle(wanted)]
                _remove(context, wanted)
            case _:
                context.reply.fail("TOKEN", "INVALID_PARAMETERS", text="it is ADD :LABEL, LIST or REMOVE ID")
    except ChatError as error:
        context.reply.fail("TOKEN", _CODES.get(error.code) or fail_code(error), *about, text=error.text)


def _add(context: IrcConversation, label: str) -> None:
    added, text = context.session.tokens.add(label)
    context.reply.line("TOKEN", "ADD", str(added.id), text, added.label, trailing=True)


def _list(context: IrcConversation) -> None:
    for each, use in context.session.tokens.list():
        used = timestamp(each.last_used_at) if each.last_used_at is not None else "*"
        times = (timestamp(each.created_at), used)
        context.reply.line("TOKEN", "LIST", str(each.id), *times, use, each.label, trailing=True)
    context.reply.line("TOKEN", "LIST", "*")


def _remove(context: IrcConversation, wanted: str) -> None:
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0
    own = context.session.tokens.remove(number)
    context.reply.line("TOKEN", "REMOVE", str(number))
    if own:
        context.quit(REMOVED)
