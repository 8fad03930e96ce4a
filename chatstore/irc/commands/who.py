"""WHO and WHOIS: who somebody is. Spec: Modern, "User-Based Queries"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.errors import ChatError
from chatstore.chat.live import LiveRoom
from chatstore.chat.people import Person
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.show import prefix

if TYPE_CHECKING:
    from chatstore.irc.conversation import IrcConversation
    from chatstore.irc.line import Line


@command("WHO", min_params=1, blocking=True)
def who(context: IrcConversation, line: Line) -> None:
    """Find people by room or by mask."""
    mask = line.params[0]
    try:
        if mask.startswith("#"):
            live = context.session.sees.room(mask)
            for member in live.sorted_members():
                _who_reply(context, member.person, live)
        else:
            _who_reply(context, context.session.sees.person(mask), None)
    except ChatError:
        pass  # nothing matches, which the end of the list says
    context.reply.numeric(n.RPL_ENDOFWHO, middle(mask), text="end of WHO")


def _who_reply(context: IrcConversation, person: Person, live: LiveRoom | None) -> None:
    flags = ("G" if person.away_message else "H") + ("*" if person.operator else "")
    if live is not None:
        member = live.members.get(person.actor.key)
        flags += prefix(context, member.role) if member is not None else ""
    flags += "B" if person.bot else ""
    actor, name = person.actor, f"#{live.name}" if live is not None else "*"
    realname = person.realname or person.nick
    context.reply.numeric(
        n.RPL_WHOREPLY,
        name,
        actor.user,
        actor.host,
        context.server.name,
        actor.nick,
        flags,
        text=f"0 {realname}",
    )


@command("WHOIS", min_params=1, blocking=True, missing=(n.ERR_NONICKNAMEGIVEN, "no nickname given"))
def whois(context: IrcConversation, line: Line) -> None:
    """Who somebody is: `WHOIS nick`, or `WHOIS server nick`."""
    nick = line.params[-1].split(",")[0]
    session, reply = context.session, context.reply
    try:
        person = session.sees.person(nick)
    except ChatError as error:
        context.refuse("WHOIS", error, nick)
    else:
        actor = person.actor
        reply.numeric(n.RPL_WHOISUSER, actor.nick, actor.user, actor.host, "*", text=person.realname or actor.nick)
        _whois_channels(context, person)
        reply.numeric(n.RPL_WHOISSERVER, actor.nick, context.server.name, text=context.server.network)
        if person.away_message:
            reply.numeric(n.RPL_AWAY, actor.nick, text=person.away_message)
        if actor.account is not None:
            reply.numeric(n.RPL_WHOISACCOUNT, actor.nick, actor.account, text="is logged in as")
        if person.bot:
            reply.numeric(n.RPL_WHOISBOT, actor.nick, text=f"is a bot on {context.server.network}")
        if person.online:
            idle = max(0, int(session.chat.clock() - person.last_active))
            signed_on = str(int(person.signed_on))
            reply.numeric(n.RPL_WHOISIDLE, actor.nick, str(idle), signed_on, text="seconds idle, signon time")
        nick = actor.nick
    reply.numeric(n.RPL_ENDOFWHOIS, middle(nick), text="end of WHOIS")


def _whois_channels(context: IrcConversation, person: Person) -> None:
    names = []
    for live in context.session.sees.rooms():
        member = live.members.get(person.actor.key)
        if member is not None:
            names.append(f"{prefix(context, member.role)}#{live.name}")
    for start in range(0, len(names), 5):
        context.reply.numeric(n.RPL_WHOISCHANNELS, person.nick, text=" ".join(names[start : start + 5]))
