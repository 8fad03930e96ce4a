"""What lines say about messages that are elsewhere: reactions, and what was taken back. Functions of the state.

Whichever of two such lines comes first, live or in a page, a screen puts them together by the message's id. So
nothing of this waits for history. Specs: IRCv3 client-tags/react, draft/message-redaction, client-tags/typing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.client import news
from chatstore.client.items import nick_of, replied_to, time_of
from chatstore.client.targets import Target
from chatstore.irc.line import Line

if TYPE_CHECKING:
    from chatstore.client.state import ChatState

_REACT = {"+draft/react": False, "+react": False, "+draft/unreact": True, "+unreact": True}


def tell_about(state: ChatState, target: Target, line: Line) -> None:
    """Whatever a line of this target says about another one."""
    if line.command == "REDACT":
        target.take_back(line.param(1))
    if not state.picture:
        return
    nick, time = nick_of(line.source), time_of(line, state.now)
    if line.command == "REDACT":
        state.tell(news.Redacted(target.name, time, nick, line.param(1), line.param(2)))
        return
    about = replied_to(line)
    for tag, back in _REACT.items() if about and line.command in ("TAGMSG", "PRIVMSG") else ():
        if line.tags.get(tag):
            state.tell(news.Reacted(target.name, time, nick, about, line.tags[tag], back))


def types(state: ChatState, target: Target, line: Line) -> None:
    """TAGMSG with +typing, of somebody else."""
    typing = line.tags.get("+typing", "")
    nick = nick_of(line.source)
    if typing in ("active", "paused", "done") and not state.is_me(nick):
        state.tell(news.Typing(target.name, state.now, nick, typing))  # type: ignore[arg-type]
