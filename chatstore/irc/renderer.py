"""IrcRenderer: events as IRC lines, for one set of capabilities.

An event has the same lines live, in a replay and in CHATHISTORY, except for the batch tag. The class adds
tags and batches. Below it, one function for each kind of event returns the lines without tags and CR LF.

An IRC line has 512 bytes. A long message is cut between words, and a message of several lines
(draft/multiline) at its line ends. If its sender's client cut a long line, it is cut again at the same place:
that client knew where words end.

Specs: Modern, the messages by their names; server-time, message-ids, account-tag, message-tags (client-only
tags), draft/multiline, extended-join, away-notify, account-notify, chghost ("Fallback"), setname,
invite-notify, monitor, draft/event-playback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from chatstore.chat.model.actors import SERVER, Actor
from chatstore.chat.model.events import (
    AccountChanged,
    AwayChanged,
    Event,
    HostChanged,
    InviteNoticed,
    LinkPreviewed,
    MetadataChanged,
    NotificationsChanged,
    OperatorsTold,
    PeaceIs,
    PersistenceChanged,
    PersonInvited,
    PersonKilled,
    PersonOffline,
    PersonOnline,
    PersonRenamed,
    ReadMarked,
    RealnameChanged,
    RoomOffered,
    SeenToBePromoted,
    SeenToJoin,
    SeenToQuit,
    TagsSent,
    WaitingForAdmins,
    is_ignored,
)
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import CUTS, action_text
from chatstore.chat.model.notifications import AccountNotifications, ConversationNotifications
from chatstore.chat.model.previews import FOLDER as PREVIEWS
from chatstore.chat.model.room_events import (
    EDITED,
    EVENT_KINDS,
    MESSAGE_KINDS,
    FounderChanged,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberQuit,
    MessageEdited,
    MessagePinned,
    MessagePosted,
    MessageRedacted,
    MessageUnpinned,
    ModesChanged,
    NickChanged,
    NoticePosted,
    RoomConfigured,
    RoomEvent,
    RoomMoved,
    RoomRenamed,
    TagsPosted,
    TopicChanged,
)
from chatstore.chat.model.room_settings import MOTD, STORED
from chatstore.chat.model.rooms import ModeChange, parse_modes, spell_modes
from chatstore.irc import numerics as n
from chatstore.irc.attributes import attributes
from chatstore.irc.line import MAX_BODY, escape, timestamp


@dataclass(frozen=True)
class IrcRenderer:
    """The capabilities that change how events look. Connections with the same ones share a renderer.

    `server`: the server's name, as the source of lines. `follows`: extended-monitor.
    """

    server: str
    echo_message: bool = False
    self_message: bool = False
    server_time: bool = False
    message_tags: bool = False
    account_tag: bool = False
    extended_join: bool = False
    channel_rename: bool = False
    message_redaction: bool = False
    message_edit: bool = False
    pins: bool = False
    batch: bool = False
    multiline: bool = False
    account_notify: bool = False
    persistence: bool = False
    away_notify: bool = False
    setname: bool = False
    chghost: bool = False
    invite_notify: bool = False
    follows: bool = False
    metadata_2: bool = False
    metadata_3: bool = False
    read_marker: bool = False
    room_settings: bool = False
    administration: bool = False
    relaymsg: bool = False
    notifications: bool = False
    previews: bool = False
    ignores: bool = False
    ignored: frozenset[int | str] = frozenset()
    """The people, by key, whose messages are left out: for clients that do not hide them by themselves
    (`ignores`)."""
    _heads: dict[tuple[int, str], _Head] = field(init=False, repr=False, compare=False)
    """By the id() of an actor and a room's name; for the last who spoke there. Not one for each renderer:
    clients choose among millions of sets of capabilities, and whom to ignore."""

    def __post_init__(self) -> None:
        # No cached_property: the compiled build computes that each time.
        stamped = self.server_time or self.message_tags
        heads = _heads_of(self.server, stamped, self.message_tags, self.account_tag, self.relaymsg)
        object.__setattr__(self, "_heads", heads)

    @property
    def echo(self) -> bool:
        """Whether clients get their own messages back (echo-message)."""
        return self.echo_message

    @property
    def shows_own(self) -> bool:
        """Whether clients see messages that their person sent from another connection."""
        return self.echo_message or self.self_message

    @property
    def follows_renames(self) -> bool:
        """Whether clients understand RENAME; the others see a PART and a JOIN."""
        return self.channel_rename

    def ignoring(self, people: frozenset[int | str]) -> IrcRenderer:
        """Return the same renderer without the messages of these people."""
        return self if self.ignores else replace(self, ignored=people)

    def render(
        self,
        event: Event,
        room: str,
        to: str = "",
        *,
        extra_tags: Mapping[str, str] | None = None,
        before: str = "",
    ) -> bytes:
        """Return the event's lines with CR LF.

        The event is of `room`, or (`room` empty) of a direct conversation, `to` a nick. `before`: put in
        front of a message's text (a time, for clients without server-time). `extra_tags`: put in front of the
        other tags (batch).
        """
        if self.ignored and is_ignored(event, self.ignored):
            return b""
        # Nearly everything is a message of one line to everybody in a room, without tags of its client. Such a
        # one is made here at once. render_any() would make the same of it, and makes everything else.
        if type(event) is MessagePosted and room and not (event.tags or event.audience or extra_tags or before):
            actor, body, time = event.actor, event.body, event.time
            head = self._heads.get((id(actor), room))
            if head is None or head.actor is not actor:
                head = self._keep_head(event, room)
            size = len(body) if body.isascii() else len(body.encode())
            if 0 < size <= head.most and time and event.seq and "\n" not in body:
                tags = ""
                if self.server_time:
                    tags = f"@time={timestamp(time)}"
                    if self.message_tags:
                        tags = f"{tags};msgid={msgid(event.room, event.seq, time)}"
                elif self.message_tags:
                    tags = f"@msgid={msgid(event.room, event.seq, time)}"
                return f"{tags}{head.text}{body}\r\n".encode()
        return self.render_any(event, room, to, extra_tags, before)

    def _keep_head(self, event: MessagePosted, room: str) -> _Head:
        if len(self._heads) >= _MOST_HEADS:
            self._heads.clear()
        head = self._heads[id(event.actor), room] = _Head(self, event, f"#{room}")
        return head

    def render_any(
        self, event: Event, room: str, to: str = "", extra_tags: Mapping[str, str] | None = None, before: str = ""
    ) -> bytes:
        """The same as render() for an event of any kind whose actor is not ignored."""
        if isinstance(event, MessageEdited) and not self.message_edit:
            if not event.body:
                return b""
            event = event.as_message()
        target = f"#{room}" if room else to
        tags = self._tags(event, extra_tags)
        several = self.multiline and self.batch
        if several and isinstance(event, MessagePosted) and not isinstance(event, NoticePosted):
            found = message_pieces(self, event, target, before)
            if len(found) > 1:
                return self._multiline(event, f"{event.audience}{target}", found, tags, extra_tags)
        body = [_cut(line) for line in lines(self, event, target, before)]
        if len(body) == 1:
            return f"{tags}{body[0]}\r\n".encode()
        if not tags:
            return "".join(f"{line}\r\n" for line in body).encode()
        # Only the first line of a long message carries its id (IRCv3 multiline, "Fallback").
        rest = self._tags(event, extra_tags, first=False)
        return "".join(f"{tags if i == 0 else rest}{line}\r\n" for i, line in enumerate(body)).encode()

    def _multiline(
        self,
        event: MessagePosted,
        target: str,
        pieces: Sequence[Piece],
        tags: str,
        extra: Mapping[str, str] | None,
    ) -> bytes:
        """Return a message of several lines as a batch of its own. The opening BATCH has the tags of the
        message."""
        source, reference = self.source(event.actor), f"m{msgid(event.room, event.seq, event.time)}"
        data = f"{tags}:{source} BATCH +{reference} draft/multiline {target}\r\n"
        for piece in pieces:
            joined = ";draft/multiline-concat" if piece.joined else ""
            data += f"@batch={reference}{joined} :{source} PRIVMSG {target} :{piece.text}\r\n"
        outer = f"@batch={extra['batch']} " if extra and "batch" in extra else ""
        return f"{data}{outer}:{source} BATCH -{reference}\r\n".encode()

    @cached_property
    def _tagless(self) -> bool:
        return not (self.server_time or self.message_tags or self.account_tag or self.relaymsg)

    def _tags(self, event: Event, extra: Mapping[str, str] | None, *, first: bool = True) -> str:
        if self._tagless and not extra:
            return ""
        tags = [f"{key}={value}" for key, value in extra.items()] if extra else []
        actor, time = getattr(event, "actor", None), getattr(event, "time", 0)
        if self.server_time and time:
            tags.append(f"time={timestamp(time)}")
        if self.message_tags and first and isinstance(event, RoomEvent) and event.seq:
            tags.append(f"msgid={msgid(event.room, event.seq, event.time)}")
        elif self.message_tags and isinstance(event, TagsSent):
            tags.append(f"msgid={event.id}")
        if isinstance(event, (PersonOnline, PersonOffline)):
            return f"@{';'.join(tags)} " if tags else ""  # a numeric comes from the server, which has no account
        if actor is not None:
            tags += self.actor_tags(actor)
        if self.message_tags and isinstance(event, (MessagePosted, TagsPosted, TagsSent)):
            for key, value in event.tags.items():
                if not key.startswith("+"):
                    continue  # the server's own notes about the message
                tags.append(f"{key}={escape(value)}" if value else key)
            if self.message_edit and EDITED in event.tags:
                tags.append(f"{EDITED_TAG}={timestamp(int(event.tags[EDITED]))}")
        elif self.message_tags and isinstance(event, MessageEdited):
            tags += [f"draft/target-msgid={event.target_id}", f"draft/edit-text={escape(event.body)}"]
        return f"@{';'.join(tags)} " if tags else ""

    def actor_tags(self, actor: Actor) -> list[str]:
        """Return the tags that say who this actor is."""
        tags = []
        if self.relaymsg and actor.relayed:
            tags.append(f"draft/relaymsg={escape(actor.relayed)}")
        if self.account_tag and actor.account and not actor.relayed:
            tags.append(f"account={actor.account}")
        if self.message_tags and actor.bot:
            tags.append("bot")
        return tags

    def source(self, actor: Actor) -> str:
        """Return the source of a line that this actor caused: the server's name, or a mask."""
        return self.server if actor.nick == "*" else actor.mask


class _Head:
    """What all messages from one actor to everybody in one room have alike, for all renderers that show the same
    of an actor (`_heads_of`). It depends on nothing that changes: an actor is replaced when anything about a
    person does."""

    __slots__ = ("actor", "most", "text")

    def __init__(self, renderer: IrcRenderer, event: MessagePosted, target: str) -> None:
        self.actor = event.actor
        """Kept, so that its id() is no other actor's."""
        head = _head(renderer, event, target)
        self.most = MAX_BODY - 2 - len(head.encode())
        """The bytes of text that fit into a line behind it; negative if the head alone does not."""
        tags, stamped = ";".join(renderer.actor_tags(event.actor)), renderer.server_time or renderer.message_tags
        if tags:
            tags = f"{';' if stamped else '@'}{tags}"
        self.text = f"{tags} {head}" if tags or stamped else head
        """What stands between the time and the msgid, if the renderer shows them, and the message's text."""


_MOST_HEADS = 4096
"""The most heads that are kept together. When there are more, all of them are forgotten."""


@lru_cache(maxsize=16)
def _heads_of(
    _server: str, _stamped: bool, _bots: bool, _accounts: bool, _relayed: bool
) -> dict[tuple[int, str], _Head]:
    """Return the heads of all renderers with the same of what a head depends on."""
    return {}


EDITED_TAG = "chatstore/edited"
"""The tag of a message whose text is not its first: when it was edited last."""

Say = Callable[["IrcRenderer", Any, str], Sequence[str]]
"""From a renderer, an event and its target (`#room`, or the nick of a direct message's recipient) to the
lines; no lines if such clients do not get the event."""
_Function = TypeVar("_Function", bound=Say)
_table: dict[type, Say] = {}
_MAX_URL = 120
"""Characters of a URL that a preview has beside its texts."""
_MIN_PIECE = 64
"""Bytes of text that a line carries at least, even behind a very long source and target."""
_SURELY_FITS = (MAX_BODY - 2) // 4
"""A text of this many characters fits into a line, because UTF-8 has at most four bytes per character."""


def lines(renderer: IrcRenderer, event: Event, target: str, before: str = "") -> Sequence[str]:
    """Return the lines of an event. `before`: put in front of a message's text."""
    if before and isinstance(event, MessagePosted):
        return _message(renderer, event, target, before)
    say = _table.get(type(event))
    return say(renderer, event, target) if say is not None else ()


def _of(*kinds: type) -> Callable[[_Function], _Function]:
    """Register the function that renders these kinds of events."""

    def add(function: _Function) -> _Function:
        _table.update(dict.fromkeys(kinds, function))
        return function

    return add


@_of(*(EVENT_KINDS[kind] for kind in MESSAGE_KINDS))
def message(renderer: IrcRenderer, event: MessagePosted, target: str) -> Sequence[str]:
    return _message(renderer, event, target, "")


def _message(renderer: IrcRenderer, event: MessagePosted, target: str, before: str) -> Sequence[str]:
    head, said = _head(renderer, event, target), event.body
    if not before and len(head) + len(said) <= _SURELY_FITS and "\n" not in said and CUTS not in event.tags:
        return [head + said] if said else ()
    return [head + piece.text for piece in message_pieces(renderer, event, target, before) if piece.text]


def message_pieces(renderer: IrcRenderer, event: MessagePosted, target: str, before: str = "") -> list[Piece]:
    """Return the text of a message in pieces, one for each line. `before`: put in front of the text."""
    said = _readable(event, before) if before else event.body
    shift = len(said) - len(event.body)
    cuts = [int(place) + shift for place in event.tags.get(CUTS, "").split(",") if place]
    return cut(said, len(_head(renderer, event, target).encode()), cuts)


def _head(renderer: IrcRenderer, event: MessagePosted, target: str) -> str:
    command = "NOTICE" if isinstance(event, NoticePosted) else "PRIVMSG"
    return f":{renderer.source(event.actor)} {command} {event.audience}{target} :"


@_of(MemberJoined, RoomMoved)
def joined(renderer: IrcRenderer, event: MemberJoined, target: str) -> Sequence[str]:
    realname = event.tags.get("realname", event.actor.nick)
    account = f" {event.actor.account or '*'} :{realname}" if renderer.extended_join else ""
    return [f":{renderer.source(event.actor)} JOIN {target}{account}"]


@_of(MemberLeft)
def left(renderer: IrcRenderer, event: MemberLeft, target: str) -> Sequence[str]:
    reason = f" :{event.body}" if event.body else ""
    return [f":{renderer.source(event.actor)} PART {target}{reason}"]


@_of(MemberQuit)
def quit_(renderer: IrcRenderer, event: MemberQuit, _target: str) -> Sequence[str]:
    return [f":{renderer.source(event.actor)} QUIT :{event.body}"]


@_of(MemberKicked)
def kicked(renderer: IrcRenderer, event: MemberKicked, target: str) -> Sequence[str]:
    return [f":{renderer.source(event.actor)} KICK {target} {event.target} :{event.body or event.actor.nick}"]


@_of(TopicChanged)
def topic(renderer: IrcRenderer, event: TopicChanged, target: str) -> Sequence[str]:
    return [f":{renderer.source(event.actor)} TOPIC {target} :{event.body}"]


@_of(RoomRenamed)
def room_renamed(renderer: IrcRenderer, event: RoomRenamed, _target: str) -> Sequence[str]:
    """Clients without the capability get a PART and a JOIN instead (draft/channel-rename, "Fallback")."""
    if not renderer.channel_rename:
        return []
    return [f":{renderer.source(event.actor)} RENAME #{event.before} #{event.body} :{event.reason}"]


@_of(ModesChanged)
def modes(renderer: IrcRenderer, event: ModesChanged, target: str) -> Sequence[str]:
    """Return one line, or several if the arguments do not fit into one."""
    head = f":{renderer.source(event.actor)} MODE {target} "
    if len(head) + len(event.body) <= _SURELY_FITS:
        return [head + event.body]
    together: list[list[ModeChange]] = [[]]
    for change in parse_modes(event.body):
        if len(f"{head}{spell_modes([*together[-1], change])}".encode()) > MAX_BODY - 2 and together[-1]:
            together.append([])
        together[-1].append(change)
    return [head + spell_modes(changes) for changes in together]


@_of(NickChanged)
def nick(renderer: IrcRenderer, event: NickChanged, _target: str) -> Sequence[str]:
    return [f":{renderer.source(event.actor)} NICK {event.body}"]


@_of(PersonRenamed)
def renamed(renderer: IrcRenderer, event: PersonRenamed, _target: str) -> Sequence[str]:
    return [f":{renderer.source(event.actor)} NICK {event.nick}"]


@_of(PersonInvited)
def invited(renderer: IrcRenderer, event: PersonInvited, target: str) -> Sequence[str]:
    return [f":{renderer.source(event.actor)} INVITE {event.target.nick} {target}"]


@_of(RoomOffered)
def offered(renderer: IrcRenderer, event: RoomOffered, target: str) -> Sequence[str]:
    return [offer_notice(renderer.server, event.target.nick, event.actor.nick, target)]


def offer_notice(server: str, nick: str, by: str, room: str) -> str:
    """Return the line with which ChanServ tells an account that a room is offered to it."""
    text = f"{by} offers you {room}: /msg ChanServ ACCEPT {room}, or DECLINE {room}."
    return f":ChanServ!services@services.{server} NOTICE {nick} :{text}"


@_of(InviteNoticed)
def invite_noticed(renderer: IrcRenderer, event: InviteNoticed, target: str) -> Sequence[str]:
    return invited(renderer, event, target) if renderer.invite_notify else ()


@_of(AwayChanged)
def away(renderer: IrcRenderer, event: AwayChanged, _target: str) -> Sequence[str]:
    message = f" :{event.message}" if event.message else ""
    return [f":{renderer.source(event.actor)} AWAY{message}"] if renderer.away_notify else ()


@_of(RealnameChanged)
def realname(renderer: IrcRenderer, event: RealnameChanged, _target: str) -> Sequence[str]:
    return [f":{renderer.source(event.actor)} SETNAME :{event.realname}"] if renderer.setname else ()


@_of(AccountChanged)
def account(renderer: IrcRenderer, event: AccountChanged, _target: str) -> Sequence[str]:
    return [f":{renderer.source(event.actor)} ACCOUNT {event.account}"] if renderer.account_notify else ()


@_of(HostChanged)
def host(renderer: IrcRenderer, event: HostChanged, _target: str) -> Sequence[str]:
    after = event.after
    return [f":{renderer.source(event.actor)} CHGHOST {after.user} {after.host}"] if renderer.chghost else ()


@_of(SeenToQuit)
def seen_to_quit(renderer: IrcRenderer, event: SeenToQuit, _target: str) -> Sequence[str]:
    return () if renderer.chghost else [f":{renderer.source(event.actor)} QUIT :Changing host"]


@_of(SeenToJoin)
def seen_to_join(renderer: IrcRenderer, event: SeenToJoin, target: str) -> Sequence[str]:
    if renderer.chghost:
        return ()
    source, who = renderer.source(event.actor), event.actor
    more = f" {who.account or '*'} :{event.realname or who.nick}" if renderer.extended_join else ""
    away = [f":{source} AWAY :{event.away}"] if event.away and renderer.away_notify else []
    return [f":{source} JOIN {target}{more}", *away]


@_of(SeenToBePromoted)
def seen_to_be_promoted(renderer: IrcRenderer, event: SeenToBePromoted, target: str) -> Sequence[str]:
    nicks = " ".join([event.nick] * len(event.modes))
    return () if renderer.chghost else [f":{renderer.source(event.actor)} MODE {target} +{event.modes} {nicks}"]


@_of(PersonOnline)
def online(renderer: IrcRenderer, event: PersonOnline, _target: str) -> Sequence[str]:
    return [f":{renderer.server} 730 * :{event.actor.mask}"]


@_of(PersonOffline)
def offline(renderer: IrcRenderer, event: PersonOffline, _target: str) -> Sequence[str]:
    return [f":{renderer.server} 731 * :{event.actor.nick}"]


@_of(PersistenceChanged)
def persistence(renderer: IrcRenderer, event: PersistenceChanged, _target: str) -> Sequence[str]:
    return (
        [f":{renderer.server} {persistence_status(event.persistence, event.stays)}"] if renderer.persistence else ()
    )


@_of(NotificationsChanged)
def notifications(renderer: IrcRenderer, event: NotificationsChanged, _target: str) -> Sequence[str]:
    if not renderer.notifications:
        return ()
    said = account_notifications(event.account) if event.account is not None else ""
    if event.conversation is not None:
        said = conversation_notifications(event.conversation)
    return [f":{renderer.server} NOTIFY SET {event.shown} {said}"]


@_of(PeaceIs)
def peace(renderer: IrcRenderer, event: PeaceIs, _target: str) -> Sequence[str]:
    return [f":{renderer.server} IGNORE {event.what} {event.about}"] if renderer.ignores else ()


def account_notifications(settings: AccountNotifications) -> str:
    """Return what an account wants to be told of, as attributes."""
    said = {
        "rooms": settings.rooms,
        "direct": settings.direct,
        "keywords": ",".join(settings.keywords),
        "quiet": settings.quiet,
        "zone": settings.zone,
    }
    return ";".join(f"{key}={escape(value)}" for key, value in said.items())


def conversation_notifications(settings: ConversationNotifications) -> str:
    """Return the same for one conversation."""
    until = timestamp(settings.muted_until) if settings.muted_until else ""
    return f"level={settings.level or 'default'};muted-until={until}"


def persistence_status(wanted: str, stays: bool) -> str:
    """Return the answer of PERSISTENCE: the account's choice, and whether it stays in its rooms."""
    return f"PERSISTENCE STATUS {wanted.upper()} {'ON' if stays else 'OFF'}"


@_of(PersonKilled)
def killed(renderer: IrcRenderer, event: PersonKilled, _target: str) -> Sequence[str]:
    return [f":{renderer.source(event.actor)} KILL {event.target.nick} :{event.reason}"]


@_of(OperatorsTold)
def operators_told(renderer: IrcRenderer, event: OperatorsTold, _target: str) -> Sequence[str]:
    if renderer.administration and event.actor == SERVER:
        return ()  # it is told how many warnings stand, and asks for them
    return [f":{renderer.source(event.actor)} WALLOPS :{event.text}"]


@_of(WaitingForAdmins)
def waiting(renderer: IrcRenderer, event: WaitingForAdmins, _target: str) -> Sequence[str]:
    return [f":{renderer.server} PEOPLE ALLOWED {waiting_text(event)}"] if renderer.administration else ()


def waiting_text(event: WaitingForAdmins, **more: int) -> str:
    """How much waits for an administrator, as attributes; `*` for nothing."""
    counts = {"waiting": event.accounts, "reports": event.reports, **more}
    return ";".join(f"{name}={count}" for name, count in counts.items() if count) or "*"


@_of(LinkPreviewed)
def previewed(renderer: IrcRenderer, event: LinkPreviewed, target: str) -> Sequence[str]:
    """The preview of a link. A long URL is left out: it is the first in the message."""
    if not renderer.previews:
        return ()
    shown = event.preview
    head = f":{renderer.server} PREVIEW {target} {msgid(event.room, event.seq, event.time)} "
    values = {
        "title": shown.title,
        "site": shown.site,
        "image": f"{PREVIEWS}/{shown.image}" if shown.image else None,
        "width": shown.width,
        "height": shown.height,
        "url": shown.url if len(shown.url) <= _MAX_URL else None,
        "description": shown.description,
    }
    return [head + attributes(head, values)]


@_of(TagsSent, TagsPosted)
def tags_only(renderer: IrcRenderer, event: TagsSent | TagsPosted, target: str) -> Sequence[str]:
    return [f":{renderer.source(event.actor)} TAGMSG {event.audience}{target}"] if renderer.message_tags else ()


@_of(MessageRedacted)
def redacted(renderer: IrcRenderer, event: MessageRedacted, target: str) -> Sequence[str]:
    reason = f" :{event.body}" if event.body else ""
    what = f"{event.audience}{target} {msgid(event.room, event.target_seq, event.target_time)}{reason}"
    return [f":{renderer.source(event.actor)} REDACT {what}"] if renderer.message_redaction else ()


@_of(MessageEdited)
def edited(renderer: IrcRenderer, event: MessageEdited, target: str) -> Sequence[str]:
    """Return nothing for an edit whose text was erased. Clients without the capability get a message; see
    render()."""
    if not (event.body and renderer.message_edit and renderer.message_tags):
        return ()
    return [f":{renderer.source(event.actor)} EDIT {event.audience}{target}"]


@_of(MessagePinned, MessageUnpinned)
def pinned(renderer: IrcRenderer, event: MessagePinned, target: str) -> Sequence[str]:
    command = "UNPIN" if isinstance(event, MessageUnpinned) else "PIN"
    return [f":{renderer.source(event.actor)} {command} {target} {event.target_id}"] if renderer.pins else ()


@_of(MetadataChanged)
def metadata(renderer: IrcRenderer, event: MetadataChanged, target: str) -> Sequence[str]:
    """Return the change as a numeric (draft/metadata-3) or as METADATA (draft/metadata-2). `target`: the nick
    of the recipient, which a numeric contains."""
    if renderer.metadata_3 and event.value:
        return [f":{renderer.server} {n.RPL_KEYVALUE} {target} {event.name} {event.key} * :{event.value}"]
    if renderer.metadata_3:
        return [f":{renderer.server} {n.RPL_KEYNOTSET} {target} {event.name} {event.key} :key not set"]
    if renderer.metadata_2:
        value = f" :{event.value}" if event.value else ""
        return [f":{renderer.source(event.actor)} METADATA {event.name} {event.key} *{value}"]
    return ()


@_of(RoomConfigured)
def configured(renderer: IrcRenderer, event: RoomConfigured, target: str) -> Sequence[str]:
    if not renderer.room_settings:
        return ()
    values = event.values
    motd = f" :{values[MOTD.field]}" if MOTD.field in values else ""
    return [f":{renderer.source(event.actor)} ROOM {target} {room_settings(values)}{motd}"]


@_of(FounderChanged)
def given_away(renderer: IrcRenderer, event: FounderChanged, target: str) -> Sequence[str]:
    told = f":{renderer.source(event.actor)} ROOM {target} {room_settings({}, event.body)}"
    return [told] if renderer.room_settings else ()


def room_settings(values: Mapping[str, Any], founder: str = "") -> str:
    """Return the middle parameter of ROOM: `history=members;retention=30;founder=bob`; `*` without settings.

    `values`: by field of RoomSettings. The message of the day is left out, because it is a parameter of its
    own.
    """
    said = [
        f"{row.name}={escape(str(values[row.field]))}" for row in STORED if row.field in values and row is not MOTD
    ]
    return ";".join([*said, *([f"founder={escape(founder)}"] if founder else [])]) or "*"


@_of(ReadMarked)
def read_marked(renderer: IrcRenderer, event: ReadMarked, target: str) -> Sequence[str]:
    return (
        [f":{renderer.server} MARKREAD {target} timestamp={timestamp(event.time)}"] if renderer.read_marker else ()
    )


def _readable(event: MessagePosted, before: str) -> str:
    """Return the text with something in front. An action becomes `* nick text`, because CTCP ACTION has no
    place for it."""
    action = action_text(event.body)
    return before + (event.body if action is None else f"* {event.actor.nick} {action}")


def _cut(line: str) -> str:
    """Cut the end of a line that is too long for IRC, such as a topic in a script with several bytes per
    character."""
    if len(line) * 4 <= MAX_BODY - 2 or len(line.encode()) <= MAX_BODY - 2:
        return line
    return line.encode()[: MAX_BODY - 2].decode(errors="ignore")


class Piece(NamedTuple):
    """The text of one line. `joined`: it continues the line before it, without a line end in between."""

    text: str
    joined: bool


def cut(said: str, head: int, cuts: Iterable[int] = ()) -> list[Piece]:
    """Cut a text into pieces that fit into a line behind `head` bytes. `cuts`: the places, in characters,
    where the sender's client cut it."""
    places = sorted({0, len(said), *(place for place in cuts if 0 < place < len(said))})
    room = max(_MIN_PIECE, MAX_BODY - 2 - head)
    pieces: list[Piece] = []
    for start, end in pairwise(places):
        for number, line in enumerate(said[start:end].split("\n")):
            joined = start > 0 and number == 0
            for text in _fit(line, room):
                pieces.append(Piece(text, joined))
                joined = True
    return pieces


def _fit(line: str, room: int) -> list[str]:
    """Cut a line into parts of at most `room` bytes, between words if possible."""
    if len(line) * 4 <= room or len(line.encode()) <= room:
        return [line]
    pieces = []
    rest = line.encode()
    while len(rest) > room:
        end = room
        while end and rest[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        space = rest.rfind(b" ", end // 2, end)
        end = space + 1 if space > 0 else end
        pieces.append(rest[:end].decode())
        rest = rest[end:]
    return [*pieces, rest.decode()]
