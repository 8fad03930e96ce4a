"""The tables. Times are integer milliseconds since 1970 UTC. migrations/ must lead to exactly this."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from chatstore.chat.model.room_settings import STORED
from chatstore.chat.model.scopes import EVERYTHING
from chatstore.storage.sql import Integer, String, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("folded", String, nullable=False, unique=True),
    Column("nick", String, nullable=False),
    Column("role", String, nullable=False),
    Column("status", String, nullable=False),
    Column("status_reason", String, nullable=False),
    Column("password", String, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("last_seen_at", Integer),
    Column("persistence", String, nullable=False, server_default="default"),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("suspended_until", Integer),
    Column("skeleton", String, nullable=False, server_default=text("''")),
    Column("shown_skeleton", String, nullable=False, server_default=text("''")),
    Index(None, "skeleton"),
    Index(None, "shown_skeleton"),
    Column("replay", String, nullable=False, server_default="default"),
    Column("kind", String, nullable=False, server_default="person"),
    Column("owner_id", Integer),
    Index(None, "owner_id"),
    sqlite_autoincrement=True,
)
"""`epoch` counts the changes of the password; sessions of an earlier epoch end. `suspended_until` is null for
a suspension without an end. `skeleton` and `shown_skeleton` are what `folded` and `name` look like (UTS #39),
to refuse names that look the same; two old accounts may share one. `kind`: `person` or `bot`. `owner_id`: the
account whose bot it is; null for the server's own."""


def _settings() -> list[Column[Any]]:
    """A column for each setting of a room, by the name of its field."""
    types: dict[str, Any] = {"number": Integer, "choice": String, "text": Text}
    return [
        Column(row.field, types[row.kind], nullable=False, server_default=text(f"'{row.default}'"))
        for row in STORED
    ]


rooms = Table(
    "rooms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("topic", Text, nullable=False),
    Column("topic_by", String, nullable=False),
    Column("topic_at", Integer, nullable=False),
    Column("flags", String, nullable=False),
    Column("password", String, nullable=False),
    Column("member_limit", Integer, nullable=False),
    Column("founder_id", Integer, ForeignKey("accounts.id")),
    Column("created_at", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("last_sent_at", Integer, nullable=False),
    *_settings(),
    Column("first_seq", Integer, nullable=False, server_default="1"),
    Column("imported_people", Integer, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)
"""`first_seq`: the pruning mark; 1…n are all there from it on. The settings are described in
chat/model/room_settings.py."""

memberships = Table(
    "memberships",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id")),
    Column("guest", String),
    Column("nick", String, nullable=False),
    Column("role", Integer, nullable=False),
    Column("joined_seq", Integer, nullable=False),
    Column("joined_at", Integer, nullable=False),
    Column("seen_seq", Integer, nullable=False),
    UniqueConstraint("room_id", "account_id"),
    UniqueConstraint("room_id", "guest"),
    Index(None, "account_id"),
)
"""Either account_id or guest is set; nick is a guest's name, for accounts it is in `accounts`.

`seen_seq`: everything up to it has been delivered to some connection of the account (written when the last one
goes, so after a crash it is too low, never too high).
"""

_guests = memberships.c.guest.is_not(None)
Index("ix_memberships_guest", memberships.c.guest, postgresql_where=_guests, sqlite_where=_guests)
"""The rooms of a guest are asked for at each join."""

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("sent_at", Integer, nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id")),
    Column("nick", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("tags", Text),
    Column("guest", String),
    UniqueConstraint("room_id", "seq"),
    Column("audience", String, nullable=False, server_default=text("''")),
    sqlite_autoincrement=True,
)
"""Every event of every room. In one room, `id` rises with `seq`; over all rooms it rises from commit to commit
where one process writes, and inside one commit it may follow the rooms. Tags are a JSON object or null. `guest`:
the key of who said it, if that was no account. `audience`: who may read it: `@` for operators, `+` for those with
voice, too; empty for everybody."""

MESSAGE_COLUMNS = ("room_id", "seq", "sent_at", "account_id", "nick", "kind", "body", "tags", "guest", "audience")
"""The columns of an event, in the order in which it is stored and read."""

read_markers = Table(
    "read_markers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("person", String, nullable=False),
    Column("read_at", Integer, nullable=False),
    UniqueConstraint("room_id", "person"),
)
"""Up to when somebody has read a room or a direct conversation, as their clients say; it outlives the
membership. `person` is an account's id or a guest's key, as text."""

masks = Table(
    "masks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String, nullable=False),
    Column("mask", String, nullable=False),
    Column("set_by", String, nullable=False),
    Column("set_at", Integer, nullable=False),
    UniqueConstraint("room_id", "kind", "mask"),
)
"""The lists of a room. `kind` is the letter of the list's mode (b: bans; e: ban exceptions; I: invite
exceptions)."""

invitations = Table(
    "invitations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("person", String, nullable=False),
    Column("invited_by", String, nullable=False),
    Column("invited_at", Integer, nullable=False),
    Column("nick", String, nullable=False, server_default=text("''")),
    Column("inviter", String, nullable=False, server_default=text("''")),
    Column("opens", Integer, nullable=False, server_default="0"),
    UniqueConstraint("room_id", "person"),
)
"""Invites to a room. `person` and `inviter` are an account's id or a guest's key, as text. `opens` is 1 if an
operator sent it, so that it lets its owner join; 0 if it only tells them of the room."""

room_offers = Table(
    "room_offers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("offered_by", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("offered_at", Integer, nullable=False),
    UniqueConstraint("room_id"),
    Index(None, "account_id"),
)
"""Rooms that their founders have offered to an account, which has not accepted yet."""

reactions = Table(
    "reactions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("person", String, nullable=False),
    Column("value", Text, nullable=False),
    UniqueConstraint("room_id", "seq", "person", "value"),
    Index(None, "person"),
)
"""Who has reacted by what to which message, so that they can be counted; the events themselves are `messages`.
`person` is an account's id or a guest's key, as text."""

pins = Table(
    "pins",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("pinned_at", Integer, nullable=False),
    UniqueConstraint("room_id", "seq"),
)
"""The messages that a room's operators have pinned."""

metadata_items = Table(
    "metadata_items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE")),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE")),
    Column("key", String, nullable=False),
    Column("value", Text, nullable=False),
    UniqueConstraint("account_id", "key"),
    UniqueConstraint("room_id", "key"),
)
"""What clients store about accounts and rooms (IRCv3 metadata). Either account_id or room_id is set."""

retention_time = Table(
    "retention_time",
    metadata,
    Column("trusted_at", Integer, nullable=False),
    Column("doubted_since", Integer),
    Column("one", Integer, nullable=False, server_default="1"),
    Index(None, "one", unique=True),
)
"""At most one row (`one` is 1 and unique): the time that retention used last, and what a doubted clock showed
when the doubt began (ms since 1970 UTC)."""

certificates = Table(
    "certificates",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("fingerprint", String, nullable=False, unique=True),
    Column("added_at", Integer, nullable=False),
    Index(None, "account_id"),
)
"""Client certificates that log in to an account (SASL EXTERNAL): SHA-256 of the DER form, lower-case hex."""

known_networks = Table(
    "known_networks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("digest", String, nullable=False),
    Column("last_used_at", Integer, nullable=False),
    UniqueConstraint("account_id", "digest"),
)
"""The networks that an account has logged in from lately, so that other people's wrong guesses don't lock it
out there. `digest` covers the account and the network; see chat/session/logins.py."""

device_tokens = Table(
    "device_tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("digest", String, nullable=False, unique=True),
    Column("label", String, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("last_used_at", Integer),
    Column("scopes", String, nullable=False, server_default=text(f"'{EVERYTHING.scope_text}'")),
    Column("rooms", Text),
    Index(None, "account_id"),
    sqlite_autoincrement=True,
)
"""What devices log in with instead of a password. `digest`: SHA-256 of the token, lower-case hex. An id is
never another token's again. `scopes`: what it allows, as words; see chat/model/scopes.py. `rooms`: the ids of the
rooms that it is limited to, as words; null if it is not limited."""

push_keys = Table(
    "push_keys",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("private_key", Text, nullable=False),
    Column("public_key", String, nullable=False),
    Column("created_at", Integer, nullable=False),
)
"""One row, with the id 1, once a server was started: the key by which push services know this server, and all
nodes. See chat/model/push.py."""

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("service", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("digest", String, nullable=False, unique=True),
    Column("p256dh", String, nullable=False),
    Column("auth", String, nullable=False),
    Column("switches", Text, nullable=False),
    Column("token_id", Integer, ForeignKey("device_tokens.id", ondelete="CASCADE")),
    Column("certificate", String, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("address", String, nullable=False),
    Column("registered_at", Integer, nullable=False),
    Column("active_at", Integer, nullable=False),
    Index(None, "account_id"),
    Index(None, "token_id"),
    sqlite_autoincrement=True,
)
"""Where accounts are told of messages by Web Push; see Subscription in chat/model/push.py. `digest`: the
SHA-256 of the endpoint, because an index of PostgreSQL takes no long texts. It goes with the device token by
which its client had logged in."""

notifications = Table(
    "notifications",
    metadata,
    Column(
        "account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("rooms", String, nullable=False),
    Column("direct", String, nullable=False),
    Column("keywords", Text, nullable=False),
    Column("quiet", String, nullable=False),
    Column("zone", String, nullable=False),
)
"""What accounts want to be told of, in all conversations; no row for what an account begins with. `keywords`:
a JSON list. See chat/model/notifications.py."""

conversation_notifications = Table(
    "conversation_notifications",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("level", String, nullable=False),
    Column("muted_until", Integer, nullable=False),
    UniqueConstraint("account_id", "room_id"),
    Index(None, "room_id"),
    sqlite_autoincrement=True,
)
"""The same for one conversation. `level` is empty for that of all; `muted_until` is 0 for never."""

favourites = Table(
    "favourites",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    UniqueConstraint("account_id", "room_id"),
    Index(None, "room_id"),
    sqlite_autoincrement=True,
)
"""The conversations that accounts want at the top of their lists."""

ignores = Table(
    "ignores",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("person", String, nullable=False),
    Column("ignored_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE")),
    Column("nick", String, nullable=False),
    Column("since", Integer, nullable=False),
    UniqueConstraint("account_id", "person"),
    Index(None, "ignored_id"),
    sqlite_autoincrement=True,
)
"""Whom accounts ignore. `person`: the key of an account (`ignored_id`) or of a guest."""

peace = Table(
    "peace",
    metadata,
    Column(
        "account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("direct", String, nullable=False),
    Column("version", Integer, nullable=False),
)
"""From whom accounts take direct messages, and how often that or their list of ignored people has changed; no row
for an account that has never changed it. See chat/model/peace.py."""

account_invitations = Table(
    "account_invitations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("made_by", Integer, ForeignKey("accounts.id")),
    Column("first", Integer, nullable=False),
    Column("used_at", Integer),
    Column("used_by", Integer, ForeignKey("accounts.id")),
    Column("made_by_token", Integer),
    Column("account_id", Integer),
    sqlite_autoincrement=True,
)
"""Invitations to the server; invites to a room are in `invitations`. `digest` is the SHA-256 of the code in
lower-case hex. `name` is the account that it is for, or empty. `made_by_token` is the device token that its
maker had logged in by, which may be gone. `first` is 1 if it is for the server's first admin, otherwise 0.
`account_id`: the account that exists already, whose password it sets; null if it makes an account."""

account_requests = Table(
    "account_requests",
    metadata,
    Column(
        "account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("address", String, nullable=False),
)
"""Where the accounts that wait for an administrator's approval were asked for, until that is decided."""

server_bans = Table(
    "server_bans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mask", String, nullable=False, unique=True),
    Column("reason", Text, nullable=False),
    Column("set_by", String, nullable=False),
    Column("set_at", Integer, nullable=False),
    Column("until", Integer),
    sqlite_autoincrement=True,
)
"""Who may not come to the server: `mask` is a network (CIDR) or a mask of persons. `until` is null for a ban
without an end. See chat/model/server_bans.py."""

server_bans_version = Table(
    "server_bans_version",
    metadata,
    Column("version", Integer, nullable=False),
    Column("one", Integer, nullable=False, server_default="1"),
    Index(None, "one", unique=True),
)
"""At most one row (`one` is 1 and unique): how often the bans have changed."""

reports = Table(
    "reports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("reported_at", Integer, nullable=False),
    Column("closed_at", Integer),
    Column("closed_by", String, nullable=False, server_default=text("''")),
    Column("decision", Text, nullable=False, server_default=text("''")),
    UniqueConstraint("room_id", "seq", "account_id"),
    Index(None, "account_id"),
    sqlite_autoincrement=True,
)
_open = reports.c.closed_at.is_(None)
Index("ix_reports_open", reports.c.id, postgresql_where=_open, sqlite_where=_open)
"""Messages that somebody has reported to the administrators. `account_id`: who has. `closed_at` is null while
it is open."""

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Integer, nullable=False),
    Column("actor", String, nullable=False),
    Column("account_id", Integer),
    Column("via", String, nullable=False),
    Column("action", String, nullable=False),
    Column("about", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("actor_folded", String, nullable=False),
    Column("about_folded", String, nullable=False),
    Column("by_member", Integer, nullable=False),
    Index(None, "at"),
    Index(None, "actor_folded", "id"),
    Index(None, "about_folded", "id"),
    Index(None, "by_member", "id"),
    Index(None, "by_member", "at"),
    sqlite_autoincrement=True,
)
"""The audit log; see chat/model/audit.py. `account_id`: whose account did it, if one did; no foreign key,
because the log outlives what it is about. `actor_folded` and `about_folded` are compared, in any case.
`by_member`: 1 for an act in a room by somebody who was no administrator."""

hooks = Table(
    "hooks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("direction", String, nullable=False),
    Column("name", String, nullable=False),
    Column("digest", String, unique=True),
    Column("url", Text, nullable=False),
    Column("trigger", String, nullable=False),
    Column("word", String, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("secret", Text, nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id")),
    Column("created_at", Integer, nullable=False),
    Column("enabled", Integer, nullable=False, server_default="1"),
    Column("used_at", Integer),
    Column("failed_at", Integer),
    Column("failing_since", Integer),
    Column("error", Text, nullable=False, server_default=text("''")),
    Column("place", Integer, nullable=False, server_default="0"),
    Column("made_by_token", Integer),
    Index(None, "room_id"),
    Index(None, "account_id"),
    Index(None, "direction", "enabled"),
    sqlite_autoincrement=True,
)
"""Webhooks; see chat/model/hooks.py. `direction`: `in` or `out`. `digest`: for an incoming hook, the SHA-256 of the
token in its URL, lower-case hex. `account_id`: who made it; null for the administrator on the command line.
`made_by_token`: the device token that they had logged in with then, if any."""

hook_deliveries = Table(
    "hook_deliveries",
    metadata,
    Column("hook_id", Integer, ForeignKey("hooks.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("delivery", String, primary_key=True),
    Column("received_at", Integer, nullable=False),
    Index(None, "hook_id", "received_at"),
)
"""What incoming hooks have received lately, so that what is sent again is said once. `delivery`: a digest of the id
that its sender gave it."""

hook_retries = Table(
    "hook_retries",
    metadata,
    Column("hook_id", Integer, ForeignKey("hooks.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Integer, nullable=False),
)
"""The messages up to an outgoing hook's place that it could not deliver yet."""

answered_requests = Table(
    "answered_requests",
    metadata,
    Column(
        "account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("key", String, primary_key=True),
    Column("request", String, nullable=False),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("answered_at", Integer, nullable=False),
    Index(None, "account_id", "answered_at"),
    Index(None, "room_id"),
)
"""Which message a request of the HTTP API has made, for a day, so that it makes no other if it comes again. `key`:
SHA-256 of its Idempotency-Key in lower-case hex; `request`: of what it asked for."""

incarnations = Table(
    "incarnations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String, nullable=False),
    Column("identity", String, nullable=False, server_default=text("''")),
)
"""One row, or none before the first start of a server. `identity`: on PostgreSQL, what database the token was
made for."""

nodes = Table(
    "nodes",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("server", String, nullable=False),
    Column("version", String, nullable=False),
    Column("policy", String, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("started_at", Integer, nullable=False),
    Column("beat_at", Integer, nullable=False),
    Column("connections", Integer, nullable=False, server_default="0"),
    Column("lag", Integer, nullable=False, server_default="0"),
    Column("invited", Integer, nullable=False, server_default="0"),
)
"""The processes that write the database now; on PostgreSQL only. `id`: random, another one at each start.
`kind`: "server" or "command". `name`: where it runs. `server`: the name that its clients see (`[server]
name`). `policy`: a hash of the settings that all nodes should share. `batch`: the number of its last batch
that was committed (the receipt). `beat_at`: when it last wrote its row, by the database's clock. `lag`: ms
from another node's commit until this one had delivered it, lately. `invited`: the invitation for the first
admin that it has printed; 0 for none."""

presence = Table(
    "presence",
    metadata,
    Column("person", String, primary_key=True),
    Column("node", String, ForeignKey("nodes.id", ondelete="CASCADE"), primary_key=True),
    Column("nick", String, nullable=False),
    Column("called", String, nullable=False),
    Column("realname", Text, nullable=False),
    Column("modes", String, nullable=False),
    Column("secure", Integer, nullable=False),
    Column("operator", Integer, nullable=False),
    Column("signed_on", Integer, nullable=False),
    Column("away", Text, nullable=False),
    Column("away_at", Integer, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("killed", Text, nullable=False, server_default=text("''")),
    Index(None, "node"),
)
"""Who has a connection, and where; on PostgreSQL only. `person` is an account's id or a guest's key, as text.
`metadata`: a guest's, as a JSON object. `killed`: why an operator has closed the person's connections there;
the node reads it. See chat.model.presence."""

nicks = Table(
    "nicks",
    metadata,
    Column("folded", String, primary_key=True),
    Column("person", String, nullable=False),
    Index(None, "person"),
)
"""Who has which nick, for as long as they are here or a member of a room; on PostgreSQL only."""

imports = Table(
    "imports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("began_at", Integer, nullable=False),
    Column("runs", Integer, nullable=False),
    UniqueConstraint("source", "scope"),
    sqlite_autoincrement=True,
)
"""The chats of which something was imported. `source`: the kind, such as `slack`. `scope`: which one; see
chatstore/importing/source.py, also for the ids in the tables below. `runs` counts how often it was begun: a run
that is not the newest one stores nothing more."""

imported_people = Table(
    "imported_people",
    metadata,
    Column("import_id", Integer, ForeignKey("imports.id"), primary_key=True, autoincrement=False),
    Column("person", String, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Index(None, "account_id"),
)
"""Which account has what a person said there: a placeholder, or the account that was linked to it."""

imported_rooms = Table(
    "imported_rooms",
    metadata,
    Column("import_id", Integer, ForeignKey("imports.id"), primary_key=True, autoincrement=False),
    Column("room", String, primary_key=True),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Index(None, "room_id"),
)
"""Which rooms have what was said in a room there: more than one where what was imported later is older. Until the
import is complete, a room's kind is `import`: it has no name that anybody could use, and no server knows of it."""

imported_members = Table(
    "imported_members",
    metadata,
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column(
        "account_id", Integer, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("role", Integer, nullable=False),
    Column("standing", Integer, nullable=False),
    Index(None, "account_id"),
)
"""Who was in a private room there: once, they may join it, and see all that was imported. It is no membership:
nobody has to be there. `standing`: see chat/model/imports.py."""

imported_messages = Table(
    "imported_messages",
    metadata,
    Column("import_id", Integer, ForeignKey("imports.id"), primary_key=True, autoincrement=False),
    Column("message", String, primary_key=True),
    Column("room_id", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Which message was made of which, so that an import that is repeated stores none twice. A row stays when the
message or its room is removed: what was removed does not come back."""

imported_spans = Table(
    "imported_spans",
    metadata,
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("first_seq", Integer, primary_key=True, autoincrement=False),
    Column("last_seq", Integer, nullable=False),
)
"""The seqs of a room that were imported, both ends included. They are history, and news to nobody: a server that
finds them does not deliver them."""

blobs = Table(
    "blobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String, nullable=False, unique=True),
    Column("place", String, nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("thumbnail", Integer, nullable=False, server_default="0"),
    Column("stored_at", Integer, nullable=False),
    Column("due_at", Integer),
    Index(None, "due_at"),
    sqlite_autoincrement=True,
)
"""What files contain: bytes that lie beside the database, once for all files that are the same. `digest`:
SHA-256 in lower-case hex. `place`: the name in the folder of files, which is never given again. `thumbnail`:
the bytes of the small picture beside it; 0 if there is none. `due_at`: since when no file has it, perhaps;
null otherwise."""

files = Table(
    "files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String, nullable=False, unique=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("blob_id", Integer, ForeignKey("blobs.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("thumbnail", Integer, nullable=False),
    Column("digest", String, nullable=False),
    Column("uploaded_at", Integer, nullable=False),
    Column("due_at", Integer),
    Index(None, "account_id", "id"),
    Index(None, "blob_id"),
    Index(None, "due_at"),
    sqlite_autoincrement=True,
)
"""What people have uploaded. `token`: what its URL has, which nobody can guess. `width` and `height`: of a
picture, in pixels; 0 otherwise. `due_at`: when the collector removes it, if nothing refers to it then; null
while a message does. See chat/changes/files.py."""

file_references = Table(
    "file_references",
    metadata,
    Column("file_id", Integer, ForeignKey("files.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("room_id", Integer, ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Index(None, "room_id", "seq"),
)
"""The messages of a file's uploader that have its URL."""

link_previews = Table(
    "link_previews",
    metadata,
    Column("digest", String, primary_key=True),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("failure", Text, nullable=False),
    Column("image", String, unique=True),
    Column("media_type", String),
    Column("picture", LargeBinary),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("until", Integer, nullable=False),
    Index(None, "until"),
)
"""What pages that people linked say of themselves, until then. It is a cache: what is missing is asked again, and
no copy has it. `digest`: SHA-256 of the URL. `failure`: why there is no preview; empty if there is one. `image`:
the token in the URL of `picture`."""
