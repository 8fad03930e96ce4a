"""Checks of what is in the tables, for every kind of database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, inspect

from chatstore.amounts import counted, sized, span
from chatstore.chat.model.room_events import MESSAGE_KINDS, RemovedMessage
from chatstore.storage import drivers, schema
from chatstore.storage.backend import Examined, Writing
from chatstore.storage.checks.finding import Finding, ok, problem, skipped, some, warning
from chatstore.storage.content_copies import Kept, contents_of
from chatstore.storage.contents import Folder
from chatstore.storage.rooms import Rooms

NEWEST = 1_000
"""The newest events of each room whose times are looked at; all of them with --deep."""
AHEAD = 60_000
"""Milliseconds that a message may be ahead of the clock: times rise, so a burst may be a little ahead."""
_DAY = 86_400_000
_PAGE = 5_000
LOST = (
    "something is lost here: look whether a backup is whole there (chatstore doctor FILE), and restore it"
    " (chatstore restore FILE) or keep the room as it is"
)
_TAKES_BACK = (
    "take the newest backup that is whole (chatstore doctor FILE), and restore it (chatstore restore FILE)"
)

_SEQS = """
    SELECT r.id, r.kind, r.name, r.first_seq, r.last_seq, count(m.seq), coalesce(min(m.seq), 0),
           coalesce(max(m.seq), 0)
    FROM rooms r LEFT JOIN messages m ON m.room_id = r.id
    GROUP BY r.id, r.kind, r.name, r.first_seq, r.last_seq ORDER BY r.id
"""
_GAP = """
    SELECT seq + 1 FROM messages m WHERE room_id = :room AND seq < :last AND NOT EXISTS (
        SELECT 1 FROM messages n WHERE n.room_id = :room AND n.seq = m.seq + 1
    ) ORDER BY seq LIMIT 1
"""
_TIMES = """
    SELECT room_id, min(seq), count(*) FROM (
        SELECT m.room_id, m.seq, m.id, m.sent_at,
               lag(m.sent_at) OVER seqs AS sent_before, lag(m.id) OVER seqs AS id_before
        FROM rooms r JOIN messages m ON m.room_id = r.id AND m.seq > r.last_seq - :newest
        WINDOW seqs AS (PARTITION BY m.room_id ORDER BY m.seq)
    ) pairs WHERE sent_before >= sent_at OR id_before >= id GROUP BY room_id ORDER BY room_id
"""
_LAST_TIMES = """
    SELECT r.id, m.seq FROM rooms r JOIN messages m ON m.room_id = r.id AND m.seq = r.last_seq
    WHERE m.sent_at > r.last_sent_at ORDER BY r.id
"""
_MEMBERS = """
    FROM memberships m LEFT JOIN rooms r ON r.id = m.room_id LEFT JOIN accounts a ON a.id = m.account_id
    WHERE r.id IS NULL OR (m.account_id IS NOT NULL AND a.id IS NULL)
       OR (m.account_id IS NULL AND m.guest IS NULL) OR (m.account_id IS NOT NULL AND m.guest IS NOT NULL)
"""
_MEMBERS_AHEAD = """
    SELECT count(*) FROM memberships m JOIN rooms r ON r.id = m.room_id
    WHERE m.joined_seq > r.last_seq OR m.seen_seq > r.last_seq
"""
_REACTIONS = f"""
    FROM reactions x LEFT JOIN messages m ON m.room_id = x.room_id AND m.seq = x.seq
    WHERE m.id IS NULL OR m.kind = '{RemovedMessage.kind}'
"""
_TAGGED = "SELECT id, kind, tags FROM messages WHERE id > :after AND tags IS NOT NULL ORDER BY id LIMIT :most"


def whole_schema(subject: Examined) -> Finding:
    """Whether all tables and columns of this version are there."""
    if subject.older:
        return ok("written by an earlier version: chatstore server brings it to this one, after a copy")
    with subject.reading() as connection:
        found = inspect(connection)
        there = {
            table: {column["name"] for column in found.get_columns(table)} for table in found.get_table_names()
        }
    missing = [
        f"{table.name}.{column.name}" if table.name in there else table.name
        for table in schema.metadata.sorted_tables
        for column in table.columns
        if column.name not in there.get(table.name, ())
    ]
    if missing:
        names = [*dict.fromkeys(missing)]
        return problem(f"{some(names)} not there, which this version needs", _TAKES_BACK)
    return ok(f"{counted(len(there), 'table')}, as this version needs them")


def seqs(subject: Examined) -> Finding:
    """Whether every room has 1…n without a gap, from the first that it keeps."""
    wrong: list[str] = []
    with subject.reading() as connection:
        rows = _run(connection, _SEQS)
        for id_, kind, name, first, last, count, least, most in rows:
            if said := _wrong_seqs(connection, id_, (first, last), (count, least, most)):
                wrong.append(f"{room_name(id_, kind, name)} {said}")
    if wrong:
        return problem(some(wrong), LOST)
    events = sum(row[5] for row in rows)
    return ok(
        f"{counted(events, 'event')} in {counted(len(rows), 'room or conversation', 'rooms and conversations')}"
    )


def _wrong_seqs(connection: Connection, room: int, said: tuple[int, int], found: tuple[int, int, int]) -> str:
    """What is wrong with the seqs of a room; empty if nothing is. `said`: the first and last by its row.
    `found`: how many there are, the first and the last."""
    (first, last), (count, least, most) = said, found
    if not count:
        return "" if first == last + 1 else f"lacks all of {first} to {last}"
    if least < 1:
        return f"has number {least}"
    if least != first:
        return f"begins at {least}, not at {first}"
    if most != last:
        return f"ends at {most}, not at {last}"
    if count != last - first + 1:
        [(missing,)] = _run(connection, _GAP, {"room": room, "last": last})
        gaps = last - first + 1 - count
        return f"lacks {counted(gaps, 'event')}, the first of them {missing}"
    return ""


def times(subject: Examined) -> Finding:
    """Whether times and ids rise with seq, in every room."""
    newest = 2**62 if subject.deep else NEWEST
    with subject.reading() as connection:
        names = _names(connection)
        wrong = [
            f"{names.get(room, room)} {counted(count, 'time')}, the first at {seq}"
            for room, seq, count in _run(connection, _TIMES, {"newest": newest})
        ]
        behind = [f"{names.get(room, room)} at {seq}" for room, seq in _run(connection, _LAST_TIMES)]
    if wrong:
        text = f"times or ids go back: {some(wrong)}"
        return problem(text, f"messages may be found at wrong dates there; {LOST}")
    if behind:
        return problem(
            f"the next messages would get times before the last one: {some(behind)}",
            "stop the server and run chatstore doctor --repair",
        )
    return ok(
        "they rise in every room" if subject.deep else f"the newest {NEWEST:,} of each room rise; --deep: all"
    )


def repair_times(subject: Examined, writing: Writing) -> str:
    """Let rooms go on after their last message's time. A server takes times from these rows in each
    transaction."""
    with subject.reading() as connection:
        behind = [room for room, _ in _run(connection, _LAST_TIMES)]
    for room in behind:
        with writing() as connection:
            _run(
                connection,
                "UPDATE rooms SET last_sent_at = (SELECT max(sent_at) FROM messages WHERE room_id = :room)"
                " WHERE id = :room",
                {"room": room},
            )
    return f"the clock of {counted(len(behind), 'room')} was put after the last message" if behind else ""


def clock(subject: Examined) -> Finding:
    """Whether messages or retention are ahead of the clock."""
    with subject.reading() as connection:
        ahead = Rooms(connection).ahead(subject.now + AHEAD)
        trusted = _run(connection, "SELECT trusted_at, doubted_since FROM retention_time")
    if ahead:
        words = [f"{name} by {span((until - subject.now) / 1000)}" for name, until in ahead]
        return warning(
            f"ahead of the clock: {some(words)}",
            "check the machine's clock; new messages get times just after these until the clock is there",
        )
    if trusted and trusted[0][1] is not None:
        return warning(
            "retention doubts the clock, which was far ahead of its last pass",
            "check the machine's clock; if it is right, retention goes on after a day",
        )
    if trusted and trusted[0][0] > subject.now + _DAY:
        return warning(
            f"retention has measured from {span((trusted[0][0] - subject.now) / 1000)} ahead of the clock",
            "check the machine's clock",
        )
    return ok("nothing is ahead of it")


def members(subject: Examined) -> Finding:
    """Whether every member has a room, and is somebody."""
    with subject.reading() as connection:
        lost = _run(connection, f"SELECT m.id, m.room_id {_MEMBERS} ORDER BY m.id")
        [(ahead,)] = _run(connection, _MEMBERS_AHEAD)
        [(count,)] = _run(connection, "SELECT count(*) FROM memberships")
    if lost:
        rooms = [*dict.fromkeys(f"room {room}" for _, room in lost)]
        return problem(
            f"{counted(len(lost), 'membership')} of rooms or accounts that are gone ({some(rooms)})",
            "run chatstore doctor --repair, which removes them",
        )
    if ahead:
        return problem(f"{counted(ahead, 'member')} joined or read after the last event of the room", LOST)
    return ok(counted(count, "membership"))


def repair_members(subject: Examined, writing: Writing) -> str:
    with writing() as connection:
        found = _run(connection, f"SELECT m.id {_MEMBERS}")
        for (id_,) in found:
            _run(connection, "DELETE FROM memberships WHERE id = :id", {"id": id_})
    return f"removed {counted(len(found), 'membership')} of what is gone" if found else ""


def reactions(subject: Examined) -> Finding:
    """Whether the counts of reactions belong to messages that are there."""
    with subject.reading() as connection:
        [(lost,)] = _run(connection, f"SELECT count(*) {_REACTIONS}")
        [(count,)] = _run(connection, "SELECT count(*) FROM reactions")
    if lost:
        return warning(
            f"{counted(lost, 'reaction')} to messages that are gone or erased",
            "run chatstore doctor --repair, which removes them",
        )
    return ok(counted(count, "reaction"))


def repair_reactions(subject: Examined, writing: Writing) -> str:
    with writing() as connection:
        found = _run(connection, f"SELECT x.id {_REACTIONS}")
        for (id_,) in found:
            _run(connection, "DELETE FROM reactions WHERE id = :id", {"id": id_})
    return f"removed {counted(len(found), 'reaction')} to what is gone" if found else ""


def tags(subject: Examined) -> Finding:
    """Whether what is stored with events can be read (with --deep)."""
    wrong: list[str] = []
    count = 0
    with subject.reading() as connection:
        for id_, kind, text in _tagged(connection):
            count += 1
            if not _readable(kind, text):
                wrong.append(str(id_))
    if wrong:
        return problem(f"tags that can't be read, in messages with the ids {some(wrong)}", _TAKES_BACK)
    return ok(f"{counted(count, 'event')} with tags")


def _tagged(connection: Connection) -> Iterator[Any]:
    after = -(2**62)
    while rows := _run(connection, _TAGGED, {"after": after, "most": _PAGE}):
        yield from rows
        after = rows[-1][0]


def _readable(kind: str, text: str) -> bool:
    try:
        found = json.loads(text)
        return isinstance(found, dict) and (kind != "redact" or int(found["seq"]) > 0)
    except (ValueError, KeyError, TypeError):
        return False


def messages_in(connection: Connection) -> int:
    """How many messages people have said."""
    kinds = ", ".join(f"'{kind}'" for kind in MESSAGE_KINDS)
    return int(_run(connection, f"SELECT count(*) FROM messages WHERE kind IN ({kinds})")[0][0])


def room_name(id_: int, kind: str, name: str) -> str:
    return f"conversation {id_}" if kind == "direct" else f"#{name}"


def _names(connection: Connection) -> dict[int, str]:
    return {row[0]: room_name(*row) for row in _run(connection, "SELECT id, kind, name FROM rooms")}


def _run(connection: Connection, sql: str, parameters: Any = ()) -> Sequence[Any]:
    return drivers.of(connection).run(connection, sql, parameters)


def uploads(subject: Examined) -> Finding:
    """Whether the contents of files are there, and with --deep, whether they are what they were."""
    if subject.copy or subject.older:
        return skipped("not looked at: they are beside the database")
    with subject.reading() as connection:
        kept = contents_of(connection)
    folder, deep = subject.contents, subject.deep
    if kept and folder is None:
        return problem(f"{counted(len(kept), 'content')} of files, and no folder for them", "set [files] folder")
    missing = [one.place for one in kept if folder is not None and not _is_content(folder, one, deep)]
    if not missing:
        checked = "" if deep else "; --deep: whether each is what it was"
        return ok(f"{counted(len(kept), 'content')} of files, {sized(sum(one.size for one in kept))}{checked}")
    lost = f"{counted(len(missing), 'content')} of files missing or damaged"
    return problem(
        f"{lost} in {folder.folder if folder is not None else ''}: {some(missing)}",
        "copy them from the folder of files beside a backup (NAME.files), at the same places",
    )


def _is_content(folder: Folder, one: Kept, deep: bool) -> bool:
    try:
        if folder.path(one.place).stat().st_size != one.size:
            return False
        return not deep or folder.digest(one.place) == one.digest
    except OSError:
        return False
