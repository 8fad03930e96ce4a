"""What each kind of fact says in IRC: one function each, from the fact to its lines without tags and CR LF.

Specs: Modern, the messages by their names; extended-join; away-notify, account-notify, chghost ("Fallback"),
setname, invite-notify, monitor; draft/event-playback (history says the same).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from chatstore.chat.model.events import (
    EVENT_KINDS,
    AccountChanged,
    AwayChanged,
    Event,
    FounderChanged,
    HostChanged,
    InvitationNoticed,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberQuit,
    MessagePosted,
    MessageRedacted,
    MetadataChanged,
    ModesChanged,
    NickChanged,
    NoticePosted,
    OperatorsRedacted,
    OperatorsTold,
    PersistenceChanged,
    PersonInvited,
    PersonKilled,
    PersonOffline,
    PersonOnline,
    PersonRenamed,
    ReadMarked,
    RealnameChanged,
    RoomConfigured,
    RoomMoved,
    RoomOffered,
    RoomRenamed,
    SeenToBePromoted,
    SeenToJoin,
    SeenToQuit,
    TagsPosted,
    TagsSent,
    TopicChanged,
    VoicedRedacted,
)
from chatstore.chat.model.kinds import SAID_KINDS
from chatstore.chat.model.messages import CUTS, action_text, msgid
from chatstore.chat.model.room_settings import MOTD, STORED
from chatstore.chat.model.rooms import ModeChange, parse_modes, spell_modes
from chatstore.irc import numerics as n
from chatstore.irc.line import MAX_BODY, escape
from chatstore.irc.pieces import Piece, cut
from chatstore.irc.times import timestamp

if TYPE_CHECKING:
    from chatstore.irc.render import IrcView

Say = Callable[["IrcView", Any, str], Sequence[str]]
"""From a view, a fact and its target (`#room`, or the nick a direct message is to) to the lines; none for a view
that isn't told such facts."""
_Function = TypeVar("_Function", bound=Say)
_table: dict[type, Say] = {}
_SURELY_FITS = (MAX_BODY - 2) // 4
"""Characters, of at most four bytes each."""


def lines(view: IrcView, event: Event, target: str, before: str = "") -> Sequence[str]:
    """The lines of a fact. `before` is put in front of what was said."""
    if before and isinstance(event, MessagePosted):
        return _message(view, event, target, before)
    say = _table.get(type(event))
    return say(view, event, target) if say is not None else ()


def _of(*kinds: type) -> Callable[[_Function], _Function]:
    def add(function: _Function) -> _Function:
        _table.update(dict.fromkeys(kinds, function))
        return function

    return add


@_of(*(EVENT_KINDS[kind] for kind in SAID_KINDS))
def message(view: IrcView, event: MessagePosted, target: str) -> Sequence[str]:
    return _message(view, event, target, "")


def _message(view: IrcView, event: MessagePosted, target: str, before: str) -> Sequence[str]:
    head, said = _head(view, event, target), event.body
    if not before and len(head) + len(said) <= _SURELY_FITS and "\n" not in said and CUTS not in event.tags:
        return [head + said] if said else ()
    return [head + piece.text for piece in message_pieces(view, event, target, before) if piece.text]


def message_pieces(view: IrcView, event: MessagePosted, target: str, before: str = "") -> list[Piece]:
    """What was said, as the lines that carry it. `before` is put in front of it."""
    said = _readable(event, before) if before else event.body
    shift = len(said) - len(event.body)
    cuts = [int(place) + shift for place in event.tags.get(CUTS, "").split(",") if place]
    return cut(said, len(_head(view, event, target).encode()), cuts)


def _head(view: IrcView, event: MessagePosted, target: str) -> str:
    command = "NOTICE" if isinstance(event, NoticePosted) else "PRIVMSG"
    return f":{view.source(event.actor)} {command} {event.audience}{target} :"


@_of(MemberJoined, RoomMoved)
def joined(view: IrcView, event: MemberJoined, target: str) -> Sequence[str]:
    realname = event.tags.get("realname", event.actor.nick)
    account = f" {event.actor.account or '*'} :{realname}" if view.extended_join else ""
    return [f":{view.source(event.actor)} JOIN {target}{account}"]


@_of(MemberLeft)
def left(view: IrcView, event: MemberLeft, target: str) -> Sequence[str]:
    reason = f" :{event.body}" if event.body else ""
    return [f":{view.source(event.actor)} PART {target}{reason}"]


@_of(MemberQuit)
def quit_(view: IrcView, event: MemberQuit, _target: str) -> Sequence[str]:
    return [f":{view.source(event.actor)} QUIT :{event.body}"]


@_of(MemberKicked)
def kicked(view: IrcView, event: MemberKicked, target: str) -> Sequence[str]:
    return [f":{view.source(event.actor)} KICK {target} {event.target} :{event.body or event.actor.nick}"]


@_of(TopicChanged)
def topic(view: IrcView, event: TopicChanged, target: str) -> Sequence[str]:
    return [f":{view.source(event.actor)} TOPIC {target} :{event.body}"]


@_of(RoomRenamed)
def room_renamed(view: IrcView, event: RoomRenamed, _target: str) -> Sequence[str]:
    """Views without the capability are told a PART and a JOIN instead (draft/channel-rename, "Fallback")."""
    if not view.channel_rename:
        return []
    return [f":{view.source(event.actor)} RENAME #{event.before} #{event.body} :{event.reason}"]


@_of(ModesChanged)
def modes(view: IrcView, event: ModesChanged, target: str) -> Sequence[str]:
    """One line; several where IRC has no room for so many arguments in one."""
    head = f":{view.source(event.actor)} MODE {target} "
    if len(head) + len(event.body) <= _SURELY_FITS:
        return [head + event.body]
    together: list[list[ModeChange]] = [[]]
    for change in parse_modes(event.body):
        if len(f"{head}{spell_modes([*together[-1], change])}".encode()) > MAX_BODY - 2 and together[-1]:
            together.append([])
        together[-1].append(change)
    return [head + spell_modes(changes) for changes in together]


@_of(NickChanged)
def nick(view: IrcView, event: NickChanged, _target: str) -> Sequence[str]:
    return [f":{view.source(event.actor)} NICK {event.body}"]


@_of(PersonRenamed)
def renamed(view: IrcView, event: PersonRenamed, _target: str) -> Sequence[str]:
    return [f":{view.source(event.actor)} NICK {event.nick}"]


@_of(PersonInvited)
def invited(view: IrcView, event: PersonInvited, target: str) -> Sequence[str]:
    return [f":{view.source(event.actor)} INVITE {event.target.nick} {target}"]


@_of(RoomOffered)
def offered(view: IrcView, event: RoomOffered, target: str) -> Sequence[str]:
    return [offer_notice(view.server, event.target.nick, event.actor.nick, target)]


def offer_notice(server: str, nick: str, by: str, room: str) -> str:
    """What ChanServ says to whom a room is offered."""
    text = f"{by} offers you {room}: /msg ChanServ ACCEPT {room} makes it yours, DECLINE {room} does not."
    return f":ChanServ!services@services.{server} NOTICE {nick} :{text}"


@_of(InvitationNoticed)
def invitation_noticed(view: IrcView, event: InvitationNoticed, target: str) -> Sequence[str]:
    return invited(view, event, target) if view.invite_notify else ()


@_of(AwayChanged)
def away(view: IrcView, event: AwayChanged, _target: str) -> Sequence[str]:
    message = f" :{event.message}" if event.message else ""
    return [f":{view.source(event.actor)} AWAY{message}"] if view.away_notify else ()


@_of(RealnameChanged)
def realname(view: IrcView, event: RealnameChanged, _target: str) -> Sequence[str]:
    return [f":{view.source(event.actor)} SETNAME :{event.realname}"] if view.setname else ()


@_of(AccountChanged)
def account(view: IrcView, event: AccountChanged, _target: str) -> Sequence[str]:
    return [f":{view.source(event.actor)} ACCOUNT {event.account}"] if view.account_notify else ()


@_of(HostChanged)
def host(view: IrcView, event: HostChanged, _target: str) -> Sequence[str]:
    after = event.after
    return [f":{view.source(event.actor)} CHGHOST {after.user} {after.host}"] if view.chghost else ()


@_of(SeenToQuit)
def seen_to_quit(view: IrcView, event: SeenToQuit, _target: str) -> Sequence[str]:
    return () if view.chghost else [f":{view.source(event.actor)} QUIT :Changing host"]


@_of(SeenToJoin)
def seen_to_join(view: IrcView, event: SeenToJoin, target: str) -> Sequence[str]:
    if view.chghost:
        return ()
    source, who = view.source(event.actor), event.actor
    more = f" {who.account or '*'} :{event.realname or who.nick}" if view.extended_join else ""
    away = [f":{source} AWAY :{event.away}"] if event.away and view.away_notify else []
    return [f":{source} JOIN {target}{more}", *away]


@_of(SeenToBePromoted)
def seen_to_be_promoted(view: IrcView, event: SeenToBePromoted, target: str) -> Sequence[str]:
    nicks = " ".join([event.nick] * len(event.modes))
    return () if view.chghost else [f":{view.source(event.actor)} MODE {target} +{event.modes} {nicks}"]


@_of(PersonOnline)
def online(view: IrcView, event: PersonOnline, _target: str) -> Sequence[str]:
    return [f":{view.server} 730 * :{event.actor.mask}"]


@_of(PersonOffline)
def offline(view: IrcView, event: PersonOffline, _target: str) -> Sequence[str]:
    return [f":{view.server} 731 * :{event.actor.nick}"]


@_of(PersistenceChanged)
def persistence(view: IrcView, event: PersistenceChanged, _target: str) -> Sequence[str]:
    return [f":{view.server} {persistence_status(event.persistence, event.stays)}"] if view.persistence else ()


def persistence_status(wanted: str, stays: bool) -> str:
    """What the account has chosen, and what will happen."""
    return f"PERSISTENCE STATUS {wanted.upper()} {'ON' if stays else 'OFF'}"


@_of(PersonKilled)
def killed(view: IrcView, event: PersonKilled, _target: str) -> Sequence[str]:
    return [f":{view.source(event.actor)} KILL {event.target.nick} :{event.reason}"]


@_of(OperatorsTold)
def operators_told(view: IrcView, event: OperatorsTold, _target: str) -> Sequence[str]:
    return [f":{view.source(event.actor)} WALLOPS :{event.text}"]


@_of(TagsSent, TagsPosted)
def tags_only(view: IrcView, event: TagsSent | TagsPosted, target: str) -> Sequence[str]:
    return [f":{view.source(event.actor)} TAGMSG {event.audience}{target}"] if view.message_tags else ()


@_of(MessageRedacted, OperatorsRedacted, VoicedRedacted)
def redacted(view: IrcView, event: MessageRedacted, target: str) -> Sequence[str]:
    reason = f" :{event.body}" if event.body else ""
    what = f"{event.audience}{target} {msgid(event.room, event.target_seq, event.target_time)}{reason}"
    return [f":{view.source(event.actor)} REDACT {what}"] if view.message_redaction else ()


@_of(MetadataChanged)
def metadata(view: IrcView, event: MetadataChanged, target: str) -> Sequence[str]:
    """`target` is who is told, by whose nick a numeric begins (IRCv3 draft/metadata-3; -2 has a message for it)."""
    if view.metadata_3 and event.value:
        return [f":{view.server} {n.RPL_KEYVALUE} {target} {event.name} {event.key} * :{event.value}"]
    if view.metadata_3:
        return [f":{view.server} {n.RPL_KEYNOTSET} {target} {event.name} {event.key} :key not set"]
    if view.metadata_2:
        value = f" :{event.value}" if event.value else ""
        return [f":{view.source(event.actor)} METADATA {event.name} {event.key} *{value}"]
    return ()


@_of(RoomConfigured)
def configured(view: IrcView, event: RoomConfigured, target: str) -> Sequence[str]:
    if not view.room_settings:
        return ()
    values = event.values
    motd = f" :{values[MOTD.field]}" if MOTD.field in values else ""
    return [f":{view.source(event.actor)} ROOM {target} {room_settings(values)}{motd}"]


@_of(FounderChanged)
def given_away(view: IrcView, event: FounderChanged, target: str) -> Sequence[str]:
    told = f":{view.source(event.actor)} ROOM {target} {room_settings({}, event.body)}"
    return [told] if view.room_settings else ()


def room_settings(values: Mapping[str, Any], founder: str = "") -> str:
    """The middle parameter of ROOM: `history=members;retention=30;founder=bob`, what of it is there; `*` for
    nothing. `values`: by field of RoomSettings; the message of the day has a parameter of its own."""
    said = [
        f"{row.name}={escape(str(values[row.field]))}" for row in STORED if row.field in values and row is not MOTD
    ]
    return ";".join([*said, *([f"founder={escape(founder)}"] if founder else [])]) or "*"


@_of(ReadMarked)
def read_marked(view: IrcView, event: ReadMarked, target: str) -> Sequence[str]:
    return [f":{view.server} MARKREAD {target} timestamp={timestamp(event.time)}"] if view.read_marker else ()


def _readable(event: MessagePosted, before: str) -> str:
    """What was said with something in front of it, which CTCP ACTION's own notation has no place for."""
    action = action_text(event.body)
    return before + (event.body if action is None else f"* {event.actor.nick} {action}")
