"""What the bus has told becomes events to publish: the rows behind it are read, all in one statement."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from chatstore.chat.model.events import Event, Published, RoomOpened
from chatstore.chat.model.room_events import RoomEvent
from chatstore.storage.catch_up import CatchUp, Span
from chatstore.storage.messages import event_of
from chatstore.storage.postgresql import driver
from chatstore.storage.postgresql.bus import Heard, Lost
from chatstore.storage.postgresql.presence import Presences
from chatstore.storage.schema import MESSAGE_COLUMNS

_SPANS = f"""
    SELECT {", ".join(f"found.{column}" for column in MESSAGE_COLUMNS)}, accounts.name
    FROM unnest(CAST(:rooms AS bigint[]), CAST(:after AS bigint[]), CAST(:last AS bigint[]))
         AS wanted (room, after_seq, last_seq)
    CROSS JOIN LATERAL (
        SELECT * FROM messages
        WHERE messages.room_id = wanted.room AND messages.seq > wanted.after_seq AND messages.seq <= wanted.last_seq
          AND NOT EXISTS (
              SELECT 1 FROM imported_spans AS span
              WHERE span.room_id = messages.room_id
                AND span.first_seq <= messages.seq AND span.last_seq >= messages.seq
          )
        ORDER BY messages.seq LIMIT :most
    ) AS found
    LEFT JOIN accounts ON accounts.id = found.account_id
    ORDER BY found.id
"""
"""Ids rise in the order in which a batch was stored, and with the seqs of a room. `most` is at least what there is.
It lets PostgreSQL know that a span is short, so it goes by the index of rooms and seqs, whatever it believes of the
table."""


def read_spans(connection: Connection, wanted: Mapping[int, Span]) -> list[RoomEvent]:
    """A Read of CatchUp."""
    spans = [*wanted.values()]
    values = {
        "rooms": [*wanted],
        "after": [span.after for span in spans],
        "last": [span.last for span in spans],
        "most": max((span.last - span.after for span in spans), default=0),
    }
    return [event_of(row) for row in driver.run(connection, _SPANS, values)]


def take_over(
    connection: Connection, catch_up: CatchUp, node: str, heard: deque[Heard], published: list[Published]
) -> None:
    """Add what is to be published of what was heard to `published`, in the order in which it was told. What was
    published here already, because the writer met it, is left out. Where something was lost, the whole state is
    compared: after what was heard before, which it may contradict. `node`: the own one.

    What is done with leaves `heard`. After an error, the rest is still there, and what was added to `published`
    counts as published all the same."""
    rows = _rows(connection, catch_up, [each for each in heard if isinstance(each, dict)])
    losses = sum(isinstance(each, Lost) for each in heard)
    while heard:
        match heard[0]:
            case Lost():
                losses -= 1
                if not losses:
                    published += catch_up.find(connection)
                    published += [(Presences(connection, node).snapshot(), None)] if node else []
            case dict() as each:
                published += [(event, None) for event in _new(connection, catch_up, each, rows)]
            case event:
                published.append((_from_its_beginning(event, catch_up), None))
                catch_up.remember(published[-1:])
        heard.popleft()


def _from_its_beginning(event: Event, catch_up: CatchUp) -> Event:
    """A room that nobody here has heard of begins without events, however many another node had seen by then: who
    stored those may be heard later."""
    if isinstance(event, RoomOpened) and event.room.id not in catch_up.last_seqs:
        return replace(event, room=replace(event.room, last_seq=0))
    return event


def _new(
    connection: Connection, catch_up: CatchUp, told: Mapping[int, int], rows: Mapping[int, deque[_Place]]
) -> Sequence[Event]:
    """What is to be published of rooms of which these last seqs were told."""
    after = catch_up.after
    last = {room_id: seq for room_id, seq in told.items() if seq > after(room_id)}
    new = sorted(place for room_id, seq in last.items() for place in _up_to(rows.get(room_id, deque()), seq))
    return catch_up.read(connection, last, [event for _, event in new if event.seq > after(event.room)])


_Place = tuple[int, RoomEvent]
"""A row, with its place among all that were read."""


def _rows(
    connection: Connection, catch_up: CatchUp, told: Sequence[Mapping[int, int]]
) -> Mapping[int, deque[_Place]]:
    """The rows behind what was told, by room."""
    last: dict[int, int] = {}
    for each in told:
        for room_id, seq in each.items():  # what several nodes tell need not come in the order of the seqs
            last[room_id] = max(seq, last.get(room_id, 0))
    wanted = {
        room_id: Span(catch_up.after(room_id), seq)
        for room_id, seq in last.items()
        if seq > catch_up.after(room_id)
    }
    rows: dict[int, deque[_Place]] = {}
    for place, event in enumerate(read_spans(connection, wanted) if wanted else ()):
        rows.setdefault(event.room, deque()).append((place, event))
    return rows


def _up_to(rows: deque[_Place], seq: int) -> Iterator[_Place]:
    while rows and rows[0][1].seq <= seq:
        yield rows.popleft()
