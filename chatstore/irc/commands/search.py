"""SEARCH: find messages by words, sender, room and time.

Spec: soju.im/search (soju, doc/ext/search.md), which leaves the matching of texts to the server. Here every
word of the text must be the beginning of a word in the message, in any order and any case. Words in quotes,
`"several words"`, must follow each other. See chat.phrases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError
from chatstore.chat.session.history import Wanted
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.line import parse_tags, parse_timestamp
from chatstore.irc.show import send_hits

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

CAPABILITY = "soju.im/search"
_USUAL_LIMIT = 100
_ATTRIBUTES = {"in", "from", "after", "before", "text", "limit"}


@command("SEARCH", min_params=1, searches=True, question=True, spec="soju.im/search")
def search(client: Client, line: Line) -> None:
    """Search the messages you may read."""
    if not client.has(CAPABILITY):
        client.reply.numeric(n.ERR_UNKNOWNCOMMAND, line.command, text="unknown command")
        return
    asked = parse_tags(line.params[0])
    wanted, wrong = _read(asked, client.session.policy.limits.history_page)
    if wrong or not asked or len(line.params) > 1:
        client.reply.fail("SEARCH", "INVALID_PARAMS", *map(middle, wrong), text="invalid parameters")
        return
    try:
        hits, complete = client.session.history.search(wanted)
    except ChatError as error:
        client.reply.fail("SEARCH", "INTERNAL_ERROR", text=error.text)
        return
    complete = send_hits(client, hits, CAPABILITY, newest=wanted.after is None) and complete
    if not complete and client.has("standard-replies"):
        text = "there are too many messages to search all of them: add a room or a time"
        client.reply.line("WARN", "SEARCH", "INCOMPLETE", text, trailing=True)


def _read(asked: Mapping[str, str], most: int) -> tuple[Wanted, list[str]]:
    """Return the search, and the names of invalid attributes."""
    wrong = [key for key in asked if key not in _ATTRIBUTES]
    times: dict[str, int | None] = {}
    for key in ("after", "before"):
        times[key] = parse_timestamp(asked[key]) if key in asked else None
        if key in asked and times[key] is None:
            wrong.append(key)
    limit = asked.get("limit", str(_USUAL_LIMIT))
    if not (limit.isascii() and limit.isdigit() and len(limit) < 10 and int(limit)):
        wrong.append("limit")
        limit = "1"
    shown = min(int(limit), most)
    text, author = asked.get("text", ""), asked.get("from", "")
    return Wanted(shown, asked.get("in", ""), text, author, times["after"], times["before"]), wrong
