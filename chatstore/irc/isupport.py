"""What RPL_ISUPPORT (005) says: Modern, "RPL_ISUPPORT Parameters"."""

from __future__ import annotations

from chatstore.chat.limits import Limits
from chatstore.chat.names import NICK_LENGTH, ROOM_LENGTH

CHANNEL_MODES = "b,k,l,imnst"
"""CHANMODES: lists; always with a parameter; with one when set; never."""
TOKENS_A_LINE = 13


def tokens(network: str, limits: Limits) -> list[str]:
    """The tokens, in the order they are sent."""
    return [
        f"NETWORK={network.replace(' ', chr(92) + 'x20')}",
        "CASEMAPPING=ascii",
        "CHANTYPES=#",
        "PREFIX=(ov)@+",
        f"CHANMODES={CHANNEL_MODES}",
        f"NICKLEN={NICK_LENGTH}",
        f"CHANNELLEN={ROOM_LENGTH + 1}",
        f"TOPICLEN={limits.topic_length}",
        f"KICKLEN={limits.reason_length}",
        f"AWAYLEN={limits.away_length}",
        f"MAXLIST=b:{limits.bans_per_room}",
        f"CHANLIMIT=#:{limits.rooms_per_account}",
        "MODES",
        f"TARGMAX=PRIVMSG:{limits.targets},NOTICE:{limits.targets},JOIN:,PART:,KICK:1,NAMES:1,LIST:,WHOIS:1",
        "UTF8ONLY",
        f"CHATHISTORY={limits.history_page}",
        "MSGREFTYPES=msgid,timestamp",
    ]


def lines(network: str, limits: Limits) -> list[list[str]]:
    """The same, cut into lines of at most 13 tokens."""
    every = tokens(network, limits)
    return [every[start : start + TOKENS_A_LINE] for start in range(0, len(every), TOKENS_A_LINE)]
