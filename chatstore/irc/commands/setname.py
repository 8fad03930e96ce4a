"""SETNAME: change the real name. Spec: IRCv3 setname."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc.commands import command

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


@command("SETNAME", min_params=1, blocking=True, spec="IRCv3 setname")
def setname(client: Client, line: Line) -> None:
    """Change your real name. Everybody who shares a room with you is told, and you get the same line as the
    answer."""
    realname, most = line.params[-1], client.session.policy.limits.realname_length
    if not realname.strip() or len(realname) > most:
        why = f"a real name has at most {most} characters" if realname.strip() else "a real name can't be empty"
        client.reply.fail("SETNAME", "INVALID_REALNAME", text=why)
        return
    try:
        client.session.set_realname(realname).result()
    except ChatError as error:
        invalid = error.code is Code.INVALID_TEXT
        code = "INVALID_REALNAME" if invalid else "CANNOT_CHANGE_REALNAME"
        client.reply.fail("SETNAME", code, text=error.text)
