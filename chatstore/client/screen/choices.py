"""What the popups offer for what is typed in them: buffers, emoji, search results. Without I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from rich.text import Text
from textual.fuzzy import FuzzySearch

from chatstore.amounts import counted
from chatstore.chat.model.text import printable, seen, without_formatting
from chatstore.client.buffer import Buffer
from chatstore.client.buffers import Buffers
from chatstore.client.events import SearchResults
from chatstore.client.names import search_key
from chatstore.client.screen.colors import Styles
from chatstore.client.screen.completion import emojis
from chatstore.client.screen.lists import badge, shown_name
from chatstore.client.screen.popups import Choice
from chatstore.client.screen.services import Services
from chatstore.client.screen.thread_view import unread_in
from chatstore.client.threads import newest_first

_USUAL = ("👍", "❤️", "😂", "🎉", "😮", "😢", "👀", "✅", "🙏")


def buffers_like(typed: str, buffers: Buffers, styles: Styles, now: int = 0) -> list[Choice]:
    """The buffers that match, the best first. With nothing typed: unread ones first that are not muted `now`, then
    those with the latest message. A name that matches nothing can still be joined or messaged."""
    wanted = typed.strip()
    search = FuzzySearch()
    scored = []
    for one in buffers.in_order:
        if one is buffers.current_buffer and not wanted:
            continue
        score = search.match(search_key(wanted), search_key(shown_name(one)))[0] if wanted else 1.0
        if score > 0:
            level = buffers.level(one, now)
            new = one.unread > 0 and level != "nothing"
            scored.append(((-score, -badge(one, level), -int(new), -one.last), one))
    choices = []
    for _, one in sorted(scored, key=lambda pair: pair[0]):
        text = Text(shown_name(one))
        if one.unread:
            text.append(f"  {one.unread} unread", styles.unread)
        if one.topic:
            text.append(f"  {printable(one.topic)}", styles.dim)
        choices.append(Choice(shown_name(one), text))
    if wanted and " " not in wanted and not any(choice.value == wanted for choice in choices):
        verb = "join" if wanted.startswith("#") else "message"
        choices.append(Choice(wanted, Text.assemble((f"{verb} ", styles.dim), printable(wanted))))
    return choices


def reactions_like(typed: str) -> list[Choice]:
    wanted = typed.strip()
    if not wanted:
        return [Choice(emoji, Text(emoji)) for emoji in _USUAL]
    if not wanted.isascii():
        return [Choice(wanted, Text(printable(wanted)))]
    return [Choice(emoji, Text(f"{emoji}  {name.strip(':').replace('_', ' ')}")) for name, emoji in emojis(wanted)]


def threads_like(typed: str, buffer: Buffer, services: Services) -> list[Choice]:
    """The threads of a conversation that contain what is typed: unread ones first, then by their last reply."""
    wanted, styles, choices = search_key(typed).split(), services.text_styles, []
    for thread in newest_first(buffer.threads.by_root.values(), lambda one: unread_in(services, one)):
        first, new = thread.first, unread_in(services, thread)
        hidden = first is None or bool(first.removed) or services.buffers.ignored.hides(first)
        nick, body = ("", "an earlier message") if hidden or first is None else (first.nick, first.text)
        shown = printable(seen(" ".join(without_formatting(body).split())))
        if not all(word in search_key(f"{nick} {shown}") for word in wanted):
            continue
        moment = datetime.fromtimestamp(thread.last / 1000, services.zone)
        text = Text(f"{moment:%Y-%m-%d %H:%M}  ", styles.dim, no_wrap=True, overflow="ellipsis")
        text.append(f"{counted(thread.count, 'reply', 'replies')}  ", styles.accent)
        if new:
            text.append(f"{new} new  ", styles.unread)
        text.append(f"{printable(nick)}: " if nick else "", styles.nick(nick) if nick else styles.dim)
        text.append(shown, styles.dim if hidden else styles.text)
        choices.append(Choice(thread.root, text))
    return choices


def hits_like(typed: str, found: SearchResults, styles: Styles, zone: tzinfo | None) -> Sequence[Choice]:
    """The search results that contain what is typed, the newest first."""
    wanted = search_key(typed).split()
    choices = []
    for hit in reversed(found.hits):
        body = printable(seen(" ".join(without_formatting(hit.body).split("\n"))))
        said = search_key(f"{hit.target} {hit.nick} {body}")
        if not all(word in said for word in wanted):
            continue
        moment = datetime.fromtimestamp(hit.time / 1000, zone)
        text = Text(f"{moment:%Y-%m-%d %H:%M}  ", styles.dim, no_wrap=True, overflow="ellipsis")
        text.append(f"{printable(hit.target)}  ", styles.accent)
        text.append(f"{printable(hit.nick)}: ", styles.nick(hit.nick))
        text.append(body, styles.text)
        choices.append(Choice(f"{hit.target}\x1f{hit.msgid}", text))
    return choices
