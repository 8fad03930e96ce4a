"""The rows of the two lists: buffers with their unread counts, and members with their presence. Without
I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len

from chatstore.chat.model.text import printable
from chatstore.client.buffer import Buffer
from chatstore.client.buffers import Buffers
from chatstore.client.members import Member
from chatstore.client.names import fold
from chatstore.client.screen.colors import Styles
from chatstore.client.screen.formatting import Piece
from chatstore.client.screen.side_list import Row
from chatstore.client.screen.wrapping import cut, fit
from chatstore.client.told import Level

SERVER = "server"
_DIGITS = 9
_NARROWEST, _WIDEST, _AROUND = 14, 26, 10
"""Columns. Around a name stand a mark, a digit, the mark of unread threads and the unread count."""
_RANKS = "~&@%+"
_PRESENCE = {"here": "●", "away": "◐", "offline": "○", "": "·"}


def conversation_rows(
    conversations: Sequence[Buffer],
    current: str,
    styles: Styles,
    levels: Mapping[str, Level],
    threads: Mapping[str, int],
) -> list[Row]:
    """`current`: the key of the visible buffer. `levels`: what the person wants to be told of, by key. `threads`:
    how many threads have unread replies. The first nine have the digit of their Alt key."""
    rows: list[Row] = []
    kind = ""
    for place, one in enumerate(conversations):
        now = "Rooms" if one.room else "People" if one.name else ""
        if now != kind:
            rows += [_heading("", styles)] if rows else []
            rows += [_heading(now, styles)] if now else []
            kind = now
        key = fold(one.name) if one.name else ""
        rows.append(_conversation(one, place, key, current, styles, levels[key], threads[key]))
    return rows


def badge(one: Buffer, level: Level) -> int:
    """How many unread messages the person wants to be told of."""
    return {"all": one.unread if one.room else one.mentions, "mentions": one.named, "nothing": 0}[level]


def next_unread(buffers: Buffers, now: int) -> str:
    """The key of the conversation to go to next: one with messages that the person wants to be told of, otherwise
    the one with the newest; "" for none. Muted ones are no reason to go there."""
    found = [
        (bool(badge(one, level)), one.last, fold(one.name) if one.name else "")
        for one in buffers.in_order
        if one.unread and one is not buffers.current_buffer and (level := buffers.level(one, now)) != "nothing"
    ]
    return max(found)[2] if found else ""


def width_for(conversations: Sequence[Buffer]) -> int:
    """The columns that the longest name needs, with what stands around it."""
    longest = max(cell_len(shown_name(one)) + (0 if one.room or not one.name else 2) for one in conversations)
    return min(_WIDEST, max(_NARROWEST, longest + _AROUND))


def shown_name(buffer: Buffer) -> str:
    return printable(buffer.name) or SERVER


def _heading(text: str, styles: Styles) -> Row:
    return Row("", lambda width: [(cut(f" {text}", width), styles.dim)])


def _conversation(
    one: Buffer, place: int, key: str, current: str, styles: Styles, level: Level, threads: int
) -> Row:
    """A muted conversation has a mark in place of its unread count."""
    here, muted = key == current, level == "nothing"
    digit = str(place + 1) if place < _DIGITS else " "

    def pieces(width: int) -> list[Piece]:
        count = f" {min(one.unread, 999)} " if one.unread else ""
        if one.named and one.room:
            count = f" @{min(one.unread, 999)} "
        loud = styles.badge_mention if badge(one, level) else styles.badge
        mark = " ↳" if threads and not muted else ""
        if muted:
            count, loud = " ⊘ ", styles.dim
        style = styles.bold if (one.unread and not muted) or here else styles.text
        if (one.room and not one.joined) or (muted and not here):
            style = styles.dim
        lead = f"{'▌' if here else ' '}{digit} "
        dot = "" if one.room or not one.name else _PRESENCE[one.presence] + " "
        room = max(1, width - cell_len(lead + dot) - cell_len(mark + count) - 1)
        shown: list[Piece] = [(lead, styles.accent if here else styles.faint)]
        if dot:
            shown.append((dot, styles.good if one.presence == "here" else styles.dim))
        shown.append((fit(shown_name(one), room), style))
        if mark:
            shown.append((mark, styles.accent))
        if count:
            shown.append((count, loud))
        return [*shown, (" ", styles.plain)]

    return Row(key or SERVER, pieces, styles.selected if here else None, here)


def member_rows(buffer: Buffer, own: str, styles: Styles) -> list[Row]:
    members = sorted(buffer.members.values(), key=_rank)
    if not members:
        return []
    heading = f"{len(members)} {'member' if len(members) == 1 else 'members'}"
    return [_heading(heading, styles), *(_member(one, own, styles) for one in members)]


def _rank(member: Member) -> tuple[int, str]:
    return (_RANKS.find(member.prefix[0]) if member.prefix else len(_RANKS), fold(member.nick))


def _member(member: Member, own: str, styles: Styles) -> Row:
    style = styles.own_nick if fold(member.nick) == fold(own) else styles.nick(member.nick)
    style = styles.dim if member.away else style
    prefix = member.prefix[:1] or " "
    away = " ◐" if member.away else ""

    def pieces(width: int) -> list[Piece]:
        name = cut(printable(member.nick), max(1, width - 3 - len(away)))
        return [(f" {prefix}", styles.accent), (name, style), (away, styles.dim)]

    return Row(member.nick, pieces)
