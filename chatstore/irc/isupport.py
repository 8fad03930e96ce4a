"""The tokens of RPL_ISUPPORT (005). Spec: Modern, "RPL_ISUPPORT Parameters", and the specifications in the
table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from chatstore.chat.model.names import ROOM_LENGTH
from chatstore.chat.model.peace import MAX_IGNORED
from chatstore.chat.model.room_events import AUDIENCES
from chatstore.chat.rules.policy import Policy

CHANNEL_MODES = "beI,k,l,imnst"
"""CHANMODES: lists; modes that always have a parameter; modes that have one when set; flags."""
TOKENS_A_LINE = 13
"""Tokens in a line: IRC allows 15 parameters, and the nick and the text are two of them."""


class Token(NamedTuple):
    """A token. `value`: the text behind `=` under a policy; an empty text for a bare token, None if it is not
    sent."""

    name: str
    value: Callable[[Policy], str | None] = lambda _: ""
    spec: str = "Modern"


def _targets(policy: Policy) -> str:
    most = policy.limits.targets
    return f"PRIVMSG:{most},NOTICE:{most},JOIN:,PART:,KICK:{most},NAMES:1,LIST:,WHOIS:{most}"


def _account_required(policy: Policy) -> str | None:
    return None if policy.accounts.guests else ""


TOKENS = (
    Token("CASEMAPPING", lambda _: "ascii"),
    Token("CHANTYPES", lambda _: "#"),
    Token("PREFIX", lambda _: "(ov)@+"),
    Token("STATUSMSG", lambda _: AUDIENCES),
    Token("CHANMODES", lambda _: CHANNEL_MODES),
    Token("NICKLEN", lambda policy: str(policy.limits.nick_length)),
    Token("CHANNELLEN", lambda _: str(ROOM_LENGTH + 1)),
    Token("TOPICLEN", lambda policy: str(policy.limits.topic_length)),
    Token("KICKLEN", lambda policy: str(policy.limits.reason_length)),
    Token("AWAYLEN", lambda policy: str(policy.limits.away_length)),
    Token("NAMELEN", lambda policy: str(policy.limits.realname_length), "IRCv3 setname"),
    Token("MONITOR", lambda policy: str(policy.limits.watched), "IRCv3 monitor"),
    Token("SILENCE", lambda _: str(MAX_IGNORED), "chatstore/ignore"),
    Token("BOT", lambda _: "B", "IRCv3 bot-mode"),
    Token("EXCEPTS", lambda _: "e"),
    Token("INVEX", lambda _: "I"),
    Token("EXTBAN", lambda _: ",am"),
    Token("ACCOUNTEXTBAN", lambda _: "a", "IRCv3 account-extban"),
    Token("MAXLIST", lambda policy: f"beI:{policy.limits.bans_per_room}"),
    Token("CHANLIMIT", lambda policy: f"#:{policy.limits.rooms_per_account}"),
    Token("MODES"),
    Token("ELIST", lambda _: "CMNTU"),
    Token("SAFELIST"),
    Token("WHOX", spec="IRCv3 whox"),
    Token("TARGMAX", _targets),
    Token("UTF8ONLY", spec="IRCv3 utf8-only"),
    Token("draft/ACCOUNTREQUIRED", _account_required, "IRCv3 draft/ACCOUNTREQUIRED"),
    Token("CHATHISTORY", lambda policy: str(policy.limits.history_page), "IRCv3 draft/chathistory"),
    Token("MSGREFTYPES", lambda _: "msgid,timestamp", "IRCv3 draft/chathistory"),
)
"""The tokens in the order in which they are sent, behind NETWORK and INCARNATION."""


INCARNATION = "chatstore/INCARNATION"
"""This server's own token: the incarnation of the database. If it changes, the database is another one or
went back in time, so a client must not trust message ids and times that it kept from before."""
FILEHOST = ("soju.im/FILEHOST", "draft/FILEHOST")
"""Where clients upload files. Spec: soju, doc/ext/filehost.md; IRCv3 discusses it under the second name."""
VAPID = "VAPID"
"""The public key by which push services know this server. Spec: soju.im/webpush, RFC 8292."""
NO_TOKENS: Mapping[str, str] = MappingProxyType({})


def tokens(network: str, policy: Policy, own: Mapping[str, str] = NO_TOKENS) -> dict[str, str]:
    """Return the tokens by name, each as it is sent. `own`: the values of those that say where this very server is
    or what it has, such as URLs."""
    every = {"NETWORK": f"NETWORK={_escaped(network)}"}
    every |= {name: f"{name}={_escaped(value)}" for name, value in own.items() if value}
    return {**every, **_by_policy(policy)}


class _Latest:
    """The tokens of the policy that was asked for last. Connections ask for the policy in force, until a reload
    replaces it."""

    known: tuple[Policy, Mapping[str, str]] | None = None


def _by_policy(policy: Policy) -> Mapping[str, str]:
    known = _Latest.known
    if known is None or known[0] is not policy:
        values = ((token.name, token.value(policy)) for token in TOKENS)
        made = {name: f"{name}={_escaped(value)}" if value else name for name, value in values if value is not None}
        known = _Latest.known = policy, made
    return known[1]


def lines(texts: Iterable[str], room: int) -> Sequence[Sequence[str]]:
    """Split the tokens into lines of at most TOKENS_A_LINE tokens and `room` bytes."""
    return _lines(tuple(texts), room)


@lru_cache(maxsize=256)
def _lines(texts: tuple[str, ...], room: int) -> Sequence[Sequence[str]]:
    """Most clients get one of a few results, which differ by the length of their nick."""
    found: list[list[str]] = [[]]
    for text in texts:
        if len(found[-1]) == TOKENS_A_LINE or (found[-1] and len(" ".join([*found[-1], text])) > room):
            found.append([])
        found[-1].append(text)
    return found


@lru_cache(maxsize=256)
def _escaped(value: str) -> str:
    """Escape a value (Modern, "RPL_ISUPPORT (005)"): `=`, backslashes and bytes that are not printable ASCII
    become \\xHH."""
    return "".join(
        chr(byte) if 0x20 < byte < 0x7F and byte not in b"=\\" else f"\\x{byte:02X}" for byte in value.encode()
    )
