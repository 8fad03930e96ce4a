"""What RPL_ISUPPORT (005) says: one table of tokens. Modern, "RPL_ISUPPORT Parameters", and the specs
named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from chatstore.chat.model.events import AUDIENCES
from chatstore.chat.model.names import ROOM_LENGTH
from chatstore.chat.rules.policy import Policy

CHANNEL_MODES = "beI,k,l,imnst"
"""CHANMODES: lists; always with a parameter; with one when set; never."""
TOKENS_A_LINE = 13


class Token(NamedTuple):
    """`value`: what stands after `=` under a policy; empty for a bare token, None where it isn't sent."""

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
"""In the order they are sent; NETWORK and INCARNATION, which are the server's own, go before them."""


INCARNATION = "chatstore/INCARNATION"
"""Ours: the incarnation of the database. Message ids and times that a client kept under another value are of
a database that went back in time or is another one, and are not to be believed."""


def tokens(network: str, policy: Policy, incarnation: str = "") -> dict[str, str]:
    """The tokens by name, each as it is sent."""
    every = {"NETWORK": f"NETWORK={_escaped(network)}"}
    if incarnation:
        every[INCARNATION] = f"{INCARNATION}={incarnation}"
    for token in TOKENS:
        value = token.value(policy)
        if value is not None:
            every[token.name] = f"{token.name}={_escaped(value)}" if value else token.name
    return every


def lines(texts: Iterable[str], room: int) -> list[list[str]]:
    """In lines of at most 13 tokens and `room` bytes."""
    found: list[list[str]] = [[]]
    for text in texts:
        if len(found[-1]) == TOKENS_A_LINE or (found[-1] and len(" ".join([*found[-1], text])) > room):
            found.append([])
        found[-1].append(text)
    return found


@lru_cache(maxsize=256)
def _escaped(value: str) -> str:
    r"""Modern, "RPL_ISUPPORT (005)": `=`, the backslash, and what isn't printable ASCII, are bytes as \xHH."""
    return "".join(
        chr(byte) if 0x20 < byte < 0x7F and byte not in b"=\\" else f"\\x{byte:02X}" for byte in value.encode()
    )
