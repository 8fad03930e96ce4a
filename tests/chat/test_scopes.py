"""What a token lets its session do: every change, every question of a session, with every kind of grant.

Whoever adds a change or a method of a session is made to say here which scope it takes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chatstore.chat.changes.membership import JoinRoom
from chatstore.chat.changes.posting import SendTags
from chatstore.chat.changes.tokens import AddToken, RemoveTokens
from chatstore.chat.live.hub import Hub
from chatstore.chat.model.accounts import PeopleQuery
from chatstore.chat.model.audit import AuditQuery
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.hooks import NewHook
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import room_name
from chatstore.chat.model.room_events import MemberJoined, MessagePosted
from chatstore.chat.model.rooms import ModeChange, Role
from chatstore.chat.model.scopes import (
    CONNECTION,
    EVERYTHING,
    FILES,
    MANAGE,
    READ,
    SCOPES,
    TAKE_PART,
    WRITE,
    Grant,
    grant_of,
    read_scopes,
)
from chatstore.chat.model.tokens import REMOVED, new_token
from chatstore.chat.ports import Change
from chatstore.chat.session import Chat, Session, Unit
from chatstore.chat.session.history import Wanted
from chatstore.chat.session.views import ConversationView
from chatstore.irc.commands import all_commands
from chatstore.irc.renderer import IrcRenderer
from tests.running import PASSWORD, Running, start
from tests.storage.database import Do

KINDS = ("everything", "read", "write", "files", "manage", "room", "room-all")
"""`room` may read and write in #in alone; `room-all` has all scopes, and is limited to #in."""

NEEDS: dict[str, tuple[tuple[str, ...], bool]] = {
    "PostDirect": (WRITE, False),
    "PostRelayed": (WRITE, True),
    "PostOnce": (WRITE, True),
    "PostSlowly": (WRITE, True),
    "PostReaction": (WRITE, True),
    "SendTags": (WRITE, True),
    "RedactMessage": (WRITE, True),
    "EditMessage": (WRITE, True),
    "ReportMessage": (WRITE, True),
    "MarkRead": (READ, True),
    "JoinRoom": (TAKE_PART, True),
    "LeaveRoom": (TAKE_PART, True),
    "AddFile": (FILES, False),
    "RemoveFile": (FILES, False),
    "NoteActive": (CONNECTION, False),
    "LogInGuest": (WRITE, False),
    "QuitRooms": (CONNECTION, False),
    "NotePresence": (CONNECTION, False),
    "TakePart": (CONNECTION, False),
    "TellWrongGuess": (CONNECTION, False),
    "MarkSeen": (CONNECTION, False),
    "NoteNetwork": (CONNECTION, False),
    "MarkPresent": (CONNECTION, False),
    "UseToken": (CONNECTION, False),
    "Refused": (CONNECTION, False),
}
"""The scopes of which each change takes one, and whether it is of a room. All others take `manage`, which a grant
that is limited to rooms never covers."""


def test_every_change_says_what_it_takes() -> None:
    found = {kind.__name__: kind for kind in _below(Change) if kind.__module__.startswith("chatstore.chat.")}
    assert len(found) > 50
    assert NEEDS.keys() <= found.keys()
    for name, kind in found.items():
        needs, of_room = NEEDS.get(name, (MANAGE, False))
        assert kind.needs == needs, name
        assert (kind.place is not Change.place) == of_room, f"{name}: a change of no room is of no limited grant"


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


@pytest.mark.parametrize(
    ("grant", "covered"),
    [
        (EVERYTHING, {"read", "write", "files", "manage"}),
        (Grant(frozenset(SCOPES), frozenset({7})), {"files"}),
        (Grant(frozenset({"read", "write"})), {"read", "write"}),
        (Grant(frozenset()), set()),
    ],
)
def test_what_a_grant_covers_outside_of_rooms(grant: Grant, covered: set[str]) -> None:
    assert {scope for scope in SCOPES if grant.covers(scope)} == covered


def test_a_grant_limited_to_rooms_covers_these_alone_and_never_manages() -> None:
    grant = Grant(frozenset(SCOPES), frozenset({7}))
    assert {scope for scope in SCOPES if grant.covers(scope, 7)} == {"read", "write", "files"}
    assert {scope for scope in SCOPES if grant.covers(scope, 8)} == {"files"}
    assert grant_of(grant.scope_text, grant.room_text) == grant


def test_a_grant_of_no_room_is_not_one_of_all() -> None:
    none = grant_of("read write", "")
    assert none.rooms == frozenset()
    assert not none.covers("read", 1)


def test_a_newer_versions_scope_is_nothing_here() -> None:
    assert grant_of("read everything", None) == Grant(frozenset({"read"}))
    assert grant_of("manage files write read", None) is EVERYTHING


@pytest.mark.parametrize("words", [[], [""], ["rite"], ["read", "rite"]])
def test_a_word_that_is_no_scope_is_refused(words: list[str]) -> None:
    with pytest.raises(ChatError) as refused:
        read_scopes(words)
    assert refused.value.code is Code.INVALID_TEXT


# The walk through the questions of a session.


class Told:
    """A connection that keeps what it is told."""

    def __init__(self) -> None:
        self.data = b""
        self.ends: list[str] = []

    def send(self, data: bytes) -> None:
        self.data += data

    def entered(self, room_id: int, joined: Any) -> None:
        pass

    def came_online(self, nick: str) -> None:
        pass

    def ended(self, reason: str) -> None:
        self.ends.append(reason)


class World:
    """A server with alice, an administrator, in #in and #out; and sessions by tokens of hers, by kind."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.alice, self.bob = server.register("alice", "message-tags echo-message"), server.register("bob")
        self.carol = server.register("carol")
        self.bob.ask("JOIN #elsewhere", "MODE #elsewhere +s")
        self.alice.ask("JOIN #new")
        for room in ("#in", "#out"):
            self.alice.ask(f"JOIN {room}", f"PRIVMSG {room} :a word in {room}")
            self.bob.ask(f"JOIN {room}", f"PRIVMSG {room} :bob was in {room}")
        self.bob.ask("PRIVMSG alice :a secret")
        self.alice.ask("PRIVMSG bob :another")
        [[self.id]] = server.rows("SELECT id FROM accounts WHERE folded = 'alice'")
        server.server.store.submit([Do(lambda tx: tx.accounts.update(self.id, role="admin"))]).result()
        hub: Hub = server.server.chat.hub
        self.rooms = {name: hub.room_keyed(name).room.id for name in ("#in", "#out")}  # type: ignore[union-attr]
        self.messages = {
            name: msgid(id_, event.seq, event.time)
            for name, id_ in self.rooms.items()
            for event in server.server.store.messages.page(HistoryQuery(id_, 50)).events
            if isinstance(event, MessagePosted) and event.actor.nick == "alice"
        }
        inside = frozenset({self.rooms["#in"]})
        self.grants = {
            "everything": EVERYTHING,
            "room": Grant(frozenset(("read", "write")), inside),
            "room-all": Grant(frozenset(SCOPES), inside),
            **{scope: Grant(frozenset({scope})) for scope in SCOPES},
        }
        self.sessions: dict[str, Session] = {}
        self.told: dict[str, Told] = {}

    def session(self, kind: str) -> Session:
        """The session of this kind, which has taken part; a new one if the last has ended."""
        if kind not in self.sessions:
            text, told = new_token(), Told()
            self.server.server.store.submit(
                [AddToken(self.id, digest_of(text), kind, allows=self.grants[kind])]
            ).result()
            renderer = IrcRenderer("test")
            session = Session(self.server.server.chat, told, "127.0.0.1", local=True, renderer=renderer)
            session.log_in("alice", text)
            rooms = session.enter("alice", "Alice")
            for room in rooms:
                session.release(room, 0)
            session.release_direct_conversations({})
            self.sessions[kind], self.told[kind] = session, told
        return self.sessions[kind]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:

    running = start(tmp_path_factory.mktemp("scopes") / "chat.db")
    yield World(running)
    running.stop()


Ask = Callable[[Session, World], Any]


def _conversation(world: World, name: str) -> ConversationView:
    live = world.server.server.chat.hub.room(world.rooms[name])
    assert live is not None
    return ConversationView.of(live.room, name[1:])


#  + allowed, - OUTSIDE_SCOPE: everything, read, write, files, manage, room, room-all
def _close(session: Session) -> None:
    session.administration.close_report(9, "", erase=False).result()


def _once(session: Session, target: str) -> Unit:
    return session.sending.once(session.sending.draft(target, "message", "x"), "key", "request")


def _may(**_: bool) -> bool:
    return True


VOICE = Role.VOICE
TYPES = {"+typing": "active"}
QUESTIONS: list[tuple[str, str, Ask]] = [
    ("history.conversation", "++---++", lambda s, w: s.history.conversation("#in")),
    ("history.conversation", "++-----", lambda s, w: s.history.conversation("#out")),
    ("history.conversation", "+++-+--", lambda s, w: s.history.conversation("#no-such-room")),
    ("history.conversation", "++-----", lambda s, w: s.history.conversation("bob")),
    ("history.page", "++---++", lambda s, w: s.history.page(HistoryQuery(w.rooms["#in"], 5))),
    ("history.page", "++-----", lambda s, w: s.history.page(HistoryQuery(w.rooms["#out"], 5))),
    ("history.page", "++-----", lambda s, w: s.history.page(HistoryQuery(_direct(w), 5))),
    ("history.seq_of", "++-----", lambda s, w: s.history.seq_of(_conversation(w, "#out"), w.messages["#out"])),
    ("history.search", "++---++", lambda s, w: s.history.search(Wanted(5, "#in", "word"))),
    ("history.search", "++-----", lambda s, w: s.history.search(Wanted(5, "#out", "word"))),
    ("history.search", "++-----", lambda s, w: s.history.search(Wanted(5, "bob", "secret"))),
    ("history.search", "++---++", lambda s, w: s.history.search(Wanted(50, "", "word"))),
    ("history.read_marker", "++-----", lambda s, w: s.history.read_marker("#out")),
    ("history.read_marker", "++-----", lambda s, w: s.history.read_marker("bob")),
    ("history.read_marker", "++---++", lambda s, w: s.history.read_marker("#in")),
    ("history.mark_read", "++---++", lambda s, w: s.history.mark_read("#in", 1).result()),
    ("history.mark_read", "++-----", lambda s, w: s.history.mark_read("#out", 1).result()),
    ("history.mark_read", "++-----", lambda s, w: s.history.mark_read("bob", 1).result()),
    ("history.first_seq_from", "++-----", lambda s, w: s.history.first_seq_from(w.rooms["#out"], 1)),
    ("history.earlier_texts", "++-----", lambda s, w: _earlier(s, w, "#out")),
    ("history.earlier_texts", "++---++", lambda s, w: _earlier(s, w, "#in")),
    ("history.pins", "++-----", lambda s, w: s.history.pins(_conversation(w, "#out"))),
    ("history.pins", "++---++", lambda s, w: s.history.pins(_conversation(w, "#in"))),
    ("history.conversations", "++---++", lambda s, w: s.history.conversations(-1, 2**60, 50)),
    ("sending.draft", "+-+--++", lambda s, w: s.submit([s.sending.draft("#in", "message", "x")]).result()),
    ("sending.draft", "+-+----", lambda s, w: s.submit([s.sending.draft("#out", "message", "x")]).result()),
    ("sending.draft", "+-+----", lambda s, w: s.submit([s.sending.draft("@#out", "notice", "x")]).result()),
    ("sending.draft", "+-+----", lambda s, w: s.submit([s.sending.draft("bob", "message", "x")]).result()),
    ("sending.several_lines", "+-+----", lambda s, w: s.submit([s.sending.several_lines("#out", "x\ny")]).result()),
    ("sending.tags_only", "+-+--++", lambda s, w: s.submit([s.sending.tags_only("#in", TYPES)]).result()),
    ("sending.tags_only", "+-+----", lambda s, w: s.submit([s.sending.tags_only("#out", TYPES)]).result()),
    ("sending.tags_only", "+-+----", lambda s, w: s.submit([s.sending.tags_only("bob", TYPES)]).result()),
    ("sending.once", "+-+----", lambda s, w: s.submit([_once(s, "#out")]).result()),
    ("sending.relay", "+-+--++", lambda s, w: s.submit([s.sending.relay("#in", "a/b", "x")]).result()),
    ("sending.relay", "+-+----", lambda s, w: s.submit([s.sending.relay("#out", "a/b", "x")]).result()),
    ("sending.redact", "+------", lambda s, w: s.sending.redact("#out", _bobs(w, "#out"), "x").result()),
    ("sending.redact", "+------", lambda s, w: s.sending.redact("#in", _bobs(w, "#in"), "x").result()),
    ("sending.edit", "+------", lambda s, w: s.sending.edit("#out", _own(s, "#out"), "y").result()),
    ("sending.edit", "+----++", lambda s, w: s.sending.edit("#in", _own(s, "#in"), "y").result()),
    ("sending.report", "+------", lambda s, w: s.sending.report("#out", _bobs(w, "#out"), "x").result()),
    ("rooms.join", "+++----", lambda s, w: _join(s, "#new")),
    ("rooms.join", "+++----", lambda s, w: _join(s, "#out")),
    ("rooms.joining", "+++----", lambda s, w: s.submit([s.rooms.joining("#newer")]).result()),
    ("rooms.join", "+++--++", lambda s, w: _join(s, "#in")),
    ("rooms.part", "+++----", lambda s, w: (s.rooms.part("#new", "").result(), _join(s, "#new"))),
    ("rooms.pin", "+---+--", lambda s, w: s.rooms.pin("#in", _bobs(w, "#in")).result()),
    ("rooms.set_topic", "+---+--", lambda s, w: s.rooms.set_topic("#in", "x").result()),
    ("rooms.set_modes", "+---+--", lambda s, w: s.rooms.set_modes("#in", [ModeChange(True, "t")]).result()),
    ("rooms.kick", "+---+--", lambda s, w: s.rooms.kick("#in", "carol", "").result()),
    ("rooms.invite", "+---+--", lambda s, w: s.rooms.invite("bob", "#in").result()),
    ("rooms.invites", "++-----", lambda s, w: s.rooms.invites()),
    ("rooms.invited_to", "++---++", lambda s, w: s.rooms.invited_to("#in")),
    ("rooms.invited_to", "++-----", lambda s, w: s.rooms.invited_to("#out")),
    ("rooms.revoke_invite", "+---+--", lambda s, w: s.rooms.revoke_invite("bob", "#in").result()),
    ("rooms.rename", "+---+--", lambda s, w: s.rooms.rename("#in", "#in").result()),
    ("rooms.configure", "+---+--", lambda s, w: s.rooms.configure("#in", {"motd": "x"}).result()),
    ("rooms.transfer", "+---+--", lambda s, w: s.rooms.transfer("#in", "alice").result()),
    ("rooms.accept", "+---+--", lambda s, w: s.rooms.transfer("#in", "alice").result()),
    ("rooms.decline", "+---+--", lambda s, w: s.rooms.set_topic("#in", "y").result()),
    ("metadata.set", "+---+--", lambda s, w: s.metadata.set(Subject("alice", actor=s.actor), "k", "v").result()),
    ("metadata.set", "+---+--", lambda s, w: s.metadata.set(s.metadata.subject("#in"), "k", "v").result()),
    ("metadata.clear", "+---+--", lambda s, w: s.metadata.clear(s.metadata.subject("#in")).result()),
    ("metadata.subject", "+++-+++", lambda s, w: s.metadata.subject("#in")),
    ("metadata.subject", "+++-+--", lambda s, w: s.metadata.subject("#out")),
    ("monitor.add", "++-----", lambda s, w: s.monitor.add(["bob"])),
    ("sees.room", "+++-+++", lambda s, w: s.sees.room("#in")),
    ("sees.room", "+++-+--", lambda s, w: s.sees.room("#out")),
    ("sees.room_id", "+++++++", lambda s, w: s.sees.room_id("#out")),
    ("sees.live_room", "+++-+--", lambda s, w: s.sees.live_room("#out")),
    ("sees.live_any_room", "+++-+--", lambda s, w: s.sees.live_any_room("#elsewhere")),
    ("sees.live_named", "+++-+--", lambda s, w: s.sees.live_named("#no-such-room")),
    ("files.begin", "+--+--+", lambda s, w: s.files.begin("a.txt", 1).abandon()),
    ("files.mine", "+--+---", lambda s, w: s.files.mine()),
    ("files.remove", "+--+---", lambda s, w: s.files.remove("x").result()),
    ("hooks.list", "+---+--", lambda s, w: s.hooks.list("#in")),
    ("hooks.everywhere", "+---+--", lambda s, w: s.hooks.everywhere(0, 5)),
    ("hooks.add", "+---+--", lambda s, w: s.hooks.add("#in", NewHook("in", "ci"))),
    ("hooks.renew", "+---+--", lambda s, w: s.hooks.renew("#in", 99)),
    ("hooks.set", "+---+--", lambda s, w: s.hooks.set("#in", 99)),
    ("hooks.remove", "+---+--", lambda s, w: s.hooks.remove("#in", 99)),
    ("hooks.test", "+---+--", lambda s, w: s.hooks.test("#in", 99)),
    ("notifications.all", "+---+--", lambda s, w: s.notifications.all()),
    ("notifications.conversations", "+---+--", lambda s, w: s.notifications.conversations()),
    ("notifications.set", "+---+--", lambda s, w: s.notifications.set({}).result()),
    ("notifications.set_for", "+---+--", lambda s, w: s.notifications.set_for("#in", "all").result()),
    ("notifications.mute", "+---+--", lambda s, w: s.notifications.mute("#in", muted=True).result()),
    ("notifications.muted", "+---+--", lambda s, w: s.notifications.muted()),
    ("favourites.named", "+---+--", lambda s, w: s.favourites.named()),
    ("favourites.set", "+---+--", lambda s, w: s.favourites.set("#in", favourite=True).result()),
    ("peace.ignored", "+---+--", lambda s, w: s.peace.ignored()),
    ("peace.direct", "+---+--", lambda s, w: s.peace.direct()),
    ("peace.ignore", "+---+--", lambda s, w: s.peace.ignore("x").result()),
    ("peace.heed", "+---+--", lambda s, w: s.peace.heed("x").result()),
    ("peace.take_direct", "+---+--", lambda s, w: s.peace.take_direct("known").result()),
    ("push.register", "+------", lambda s, w: s.push.register("http://x", "", "", "")),
    ("push.unregister", "+---+--", lambda s, w: s.push.unregister("http://x").result()),
    ("bots.list", "+---+--", lambda s, w: s.bots.list()),
    ("bots.add", "+---+--", lambda s, w: s.bots.add("x").result()),
    ("bots.add_token", "+---+--", lambda s, w: s.bots.add_token("x", "").result()),
    ("bots.tokens", "+---+--", lambda s, w: s.bots.tokens("x")),
    ("bots.revoke", "+---+--", lambda s, w: s.bots.revoke("x", 1).result()),
    ("bots.remove", "+---+--", lambda s, w: s.bots.remove("x").result()),
    ("own_data.begin", "+---+--", lambda s, w: s.own_data.begin()),
    ("own_data.part", "+---+--", lambda s, w: (s.own_data.begin(), [*iter(s.own_data.part, ())])),
    ("tokens.add", "+---+--", lambda s, w: s.tokens.add("x").result()),
    ("tokens.list", "+---+--", lambda s, w: s.tokens.list()),
    ("tokens.remove", "+---+--", lambda s, w: s.tokens.remove(999).result()),
    ("accounts.set_password", "+---+--", lambda s, w: s.accounts.set_password(PASSWORD, "x").result()),
    ("accounts.remove", "+---+--", lambda s, w: s.accounts.remove("wrong").result()),
    ("accounts.certificates", "+---+--", lambda s, w: s.accounts.certificates()),
    ("accounts.add_certificate", "+---+--", lambda s, w: s.accounts.add_certificate("ab" * 32).result()),
    ("accounts.remove_certificate", "+---+--", lambda s, w: s.accounts.remove_certificate("ab" * 32).result()),
    ("set_persistence", "+---+--", lambda s, w: s.set_persistence("on").result()),
    ("set_replay", "+---+--", lambda s, w: s.set_replay("on").result()),
    ("change_nick", "+---+--", lambda s, w: s.change_nick("alicia").result()),
    ("set_realname", "+---+--", lambda s, w: s.set_realname("x").result()),
    ("change_modes", "+---+--", lambda s, w: s.change_modes(add="B").result()),
    ("server_operator.begin", "+---+--", lambda s, w: s.server_operator.begin("alice", PASSWORD)),
    ("administration.acting", "+---+--", lambda s, w: s.administration.acting()),
    ("administration.need_own_password", "+---+--", lambda s, w: s.administration.need_own_password(_may)),
    ("administration.audit", "+---+--", lambda s, w: s.administration.audit(AuditQuery())),
    ("administration.accounts", "+---+--", lambda s, w: s.administration.accounts(PeopleQuery(0))),
    ("administration.account", "+---+--", lambda s, w: s.administration.account("bob")),
    ("administration.suspend", "+---+--", lambda s, w: s.administration.suspend("nobody", None, "").result()),
    ("administration.restore", "+---+--", lambda s, w: s.administration.restore("nobody").result()),
    ("administration.reset", "+---+--", lambda s, w: s.administration.reset("nobody").result()),
    ("administration.set_admin", "+---+--", lambda s, w: s.administration.set_admin("nobody", admin=True)),
    ("administration.devices", "+---+--", lambda s, w: s.administration.devices("bob")),
    ("administration.sign_out", "+---+--", lambda s, w: s.administration.sign_out("bob", 99).result()),
    ("administration.remove", "+---+--", lambda s, w: s.administration.remove("nobody").result()),
    ("administration.erase", "+---+--", lambda s, w: s.administration.erase("nobody", lambda _: None)),
    ("administration.waiting", "+---+--", lambda s, w: s.administration.waiting()),
    ("administration.waiting_accounts", "+---+--", lambda s, w: s.administration.waiting_accounts()),
    ("administration.approve", "+---+--", lambda s, w: s.administration.approve("nobody").result()),
    ("administration.refuse", "+---+--", lambda s, w: s.administration.refuse("nobody").result()),
    ("administration.open_reports", "+---+--", lambda s, w: s.administration.open_reports(0, 5)),
    ("administration.closed_reports", "+---+--", lambda s, w: s.administration.closed_reports(None, 5)),
    ("administration.close_report", "+---+--", lambda s, w: _close(s)),
    ("administration.remove_file", "+---+--", lambda s, w: s.administration.remove_file("x").result()),
    ("administration.bans", "+---+--", lambda s, w: s.administration.bans()),
    ("administration.ban", "+---+--", lambda s, w: s.administration.ban("x", None, "").result()),
    ("administration.end_ban", "+---+--", lambda s, w: s.administration.end_ban("x").result()),
    ("invitations.create", "+---+--", lambda s, w: s.invitations.create().result()),
    ("invitations.chosen", "+---+--", lambda s, w: s.invitations.chosen(None, None, 5)),
    ("invitations.revoke", "+---+--", lambda s, w: s.invitations.revoke(99).result()),
    ("invitations.check_allowed", "+---+--", lambda s, w: s.invitations.check_allowed()),
    ("room_administration.all", "+---+--", lambda s, w: s.room_administration.all("", "", 5)),
    ("room_administration.show", "+---+--", lambda s, w: s.room_administration.show("#out")),
    ("room_administration.members", "+---+--", lambda s, w: s.room_administration.members("#out", "", "", 5)),
    ("room_administration.configure", "+---+--", lambda s, w: s.room_administration.configure("#out", {})),
    ("room_administration.give", "+---+--", lambda s, w: s.room_administration.give("#out", "bob")),
    ("room_administration.set_role", "+---+--", lambda s, w: s.room_administration.set_role("#out", "x", VOICE)),
    ("room_administration.kick", "+---+--", lambda s, w: s.room_administration.kick("#out", "x", "").result()),
    ("room_administration.remove", "+---+--", lambda s, w: s.room_administration.remove("#out")),
]  # fmt: skip

FREE = set(
    "entered came_online end log_in_by_token log_in_again visit need_access here may_follow "
    "policy takes_part nick realname modes clock monotonic stays_by change_renderer answer_by hear heard "
    "worked answered speaks_for give_server_password may_register log_in log_in_by_certificate payers "
    "check_new_password register enter enter_as_guest entered_as_guest leave close stays replay set_away "
    "take_account release lay_down_operator release_direct_conversations present actor own_account now submit "
    "need note_presence changed may_send_password need_encryption need_welcome need_password check_password".split()
) | set(
    "accounts.named accounts.exists accounts.founder invitations.give tokens.wanted tokens.rooms_of metadata.of "
    "metadata.seconds_to_wait metadata.begin metadata.has_early metadata.wanted metadata.want metadata.unwant "
    "metadata.forget metadata.most_bytes "
    "metadata.hold metadata.everywhere metadata.around_room metadata.of_people monitor.status monitor.remove "
    "monitor.clear monitor.nicks monitor.people delivered.tick delivered.arrived delivered.ask delivered.answered "
    "delivered.at_the_end history.readable_from rooms.moved rooms.offers sees.rooms sees.own_rooms sees.own_room "
    "sees.is_in sees.room_by_id sees.rooms_by_id sees.rooms_of sees.members sees.people_in sees.person sees.find "
    "sees.matching sees.away_message sees.online sees.is_somebody sees.absent sees.whowas sees.counts "
    "sees.conversation sees.member_list sees.member_count sees.is_silent sees.shows "
    "sees.room_count sees.live_person sees.live_members administration.shown_password administration.submit "
    "administration.online server_operator.kill server_operator.tell_operators "
    "server_operator.may_reload files.offered files.limits files.find hooks.state peace.hides "
    "notifications.called push.key previews.of".split()
)
"""What refuses nobody: it belongs to the connection itself, is known of everybody here (who has a nick, and their
profile), or gives only what the grant covers (the tests below)."""


def _own(session: Session, room: str) -> str:
    """The id of a new message of one's own."""
    event = session.submit([session.sending.draft(room, "message", "x")]).result()
    return msgid(event.room, event.seq, event.time)


def _earlier(session: Session, world: World, room: str) -> object:
    return session.history.earlier_texts(_conversation(world, room), world.messages[room])


def _bobs(world: World, room: str) -> str:
    """The id of a new message of bob's."""
    world.bob.ask(f"PRIVMSG {room} :bob was here")
    [*_, event] = world.server.server.store.messages.page(HistoryQuery(world.rooms[room], 1)).events
    return msgid(event.room, event.seq, event.time)


def _direct(world: World) -> int:
    [[id_]] = world.server.rows("SELECT id FROM rooms WHERE kind = 'direct' LIMIT 1")
    return int(id_)


def _join(session: Session, room: str) -> None:
    try:
        session.rooms.join(room).result()
    except ChatError as error:
        if error.code is not Code.ALREADY_A_MEMBER:
            raise


@pytest.mark.parametrize("kind", KINDS)
def test_every_question_of_a_session_with_every_kind_of_grant(world: World, kind: str) -> None:
    wrong = []
    for name, outcomes, ask in QUESTIONS:
        refused = False
        session = world.session(kind)
        try:
            ask(session, world)
        except ChatError as error:
            refused = error.code is Code.OUTSIDE_SCOPE
        except ValueError:
            pass
        session.operator, session.operator_account = False, None
        if refused != (outcomes[KINDS.index(kind)] == "-"):
            wrong.append((name, outcomes, "refused" if refused else "allowed"))
    assert not wrong


@pytest.mark.pure
def test_the_walk_covers_every_method_of_a_session(world: World) -> None:
    session = world.session("everything")
    public = [name for name in dir(session) if not name.startswith("_")]
    parts = {"": session, **{name: part for name in public if _is_part(part := getattr(session, name))}}
    assert len(parts) > 12
    methods = {
        f"{name}.{method}".lstrip(".")
        for name, part in parts.items()
        for method, _ in inspect.getmembers(type(part), lambda each: callable(each) or isinstance(each, property))
        if not method.startswith("_") and f"{name}{method}" not in parts
    }
    tried = {name for name, _, _ in QUESTIONS}
    unknown = methods - tried - FREE
    assert not unknown, f"say in QUESTIONS what these take: {sorted(unknown)}"
    assert not (tried | FREE) - methods


def _is_part(value: object) -> bool:
    return type(value).__module__.startswith("chatstore.chat.session.") and not isinstance(value, (Session, Chat))


@pytest.mark.parametrize("kind", ["room", "room-all"])
def test_a_session_limited_to_a_room_sees_no_other(world: World, kind: str) -> None:
    session = world.session(kind)
    assert {room.name for room in session.sees.rooms()} == {"in"}
    assert {room.name for room in session.sees.own_rooms()} == {"in"}
    assert {each.room for each in session.sees.rooms_of("bob")} == {"in"}
    assert session.sees.room_by_id(world.rooms["#out"]) is None
    assert (session.sees.member_count(world.rooms["#in"]), session.sees.member_count(world.rooms["#out"])) == (2, 0)
    silent = [MemberJoined(world.rooms[room], 1, 0, session.actor) for room in ("#in", "#out")]
    assert [session.sees.is_silent(joined) for joined in silent] == [True, False]
    assert {each.conversation.name for each in session.history.conversations(-1, 2**60, 50)} == {"in"}
    hits, _ = session.history.search(Wanted(50, "", "word"))
    assert {hit.conversation.name for hit in hits} == {"in"}
    assert session.rooms.offers() == ()
    assert set(session.missed) <= {world.rooms["#in"]}


@pytest.mark.parametrize("kind", ["write", "files", "manage"])
def test_a_session_without_the_scope_read_is_told_nothing(world: World, kind: str) -> None:
    session, told = world.session(kind), world.told[kind]
    told.data = b""
    world.bob.ask("PRIVMSG #in :for readers", "PRIVMSG #out :for readers", "PRIVMSG alice :for readers")
    world.bob.ask("TOPIC #in :for readers")
    world.bob.sync()
    assert b"for readers" not in told.data
    assert [each.nick for room in session.sees.own_rooms() for each in session.sees.members(room)] == (
        ["alice"] * len(session.sees.own_rooms())
    )


def test_a_session_limited_to_a_room_is_told_of_this_one_alone(world: World) -> None:
    told, reader = world.told, ("room", "room-all", "read", "everything")
    for kind in reader:
        world.session(kind)
        told[kind].data = b""
    world.bob.ask("PRIVMSG #in :hear one", "PRIVMSG #out :hear two", "PRIVMSG alice :hear three")
    world.bob.ask("PART #out", "JOIN #out", "JOIN #fourth", "INVITE alice #fourth")
    world.alice.ask("MARKREAD #out timestamp=2099-01-01T00:00:00.000Z")
    for kind in reader[:2]:
        assert b"hear one" in told[kind].data
        assert not any(word in told[kind].data for word in (b"#out", b"two", b"three", b"#fourth")), told[kind].data
    for kind in reader[2:]:
        assert all(word in told[kind].data for word in (b"hear one", b"two", b"three", b"#fourth"))


def test_a_change_of_a_token_that_was_removed_meanwhile_is_refused_by_the_writer(world: World) -> None:
    session = world.session("write")
    change = SendTags(session.actor, world.rooms["#in"], {"+typing": "x"}, "t1", grant=session.grant)
    change.by_token = session.token
    assert world.server.server.store.submit([change]).result() is None
    assert session.token is not None
    world.server.server.store.submit([RemoveTokens(world.id, only=session.token)]).result()
    assert world.told["write"].ends == [REMOVED]
    with pytest.raises(ChatError) as refused:
        world.server.server.store.submit([change]).result()
    assert refused.value.code is Code.WRONG_CREDENTIALS
    del world.sessions["write"]


def test_the_writer_asks_again_which_room_has_the_name(world: World) -> None:
    """A room may have another name by then, and another room this one."""
    session = world.session("room")
    change = JoinRoom(session.actor, room_name("#out"), "", 100, grant=session.grant, by_token=session.token)
    with pytest.raises(ChatError) as refused:
        world.server.server.store.submit([change]).result()
    assert refused.value.code is Code.OUTSIDE_SCOPE


def test_every_irc_command_is_walked() -> None:
    """What a command does goes through the session, so the walk above is of all of them; none has a way of its own
    to the store."""
    for name, command in all_commands().items():
        module = inspect.getmodule(command.run)
        assert module is not None
        assert ".store." not in inspect.getsource(module), name
