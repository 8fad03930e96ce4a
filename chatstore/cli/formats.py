"""The formats of history: `table` and `text` for people, `json`, `jsonl`, `csv` and `tsv` for programs.

A format turns whole pages of events into text. JSON is lossless. CSV and TSV spell out control characters,
and put an apostrophe before a cell that a spreadsheet would read as a formula.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
import msgspec
from tabulate import tabulate

from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.model.text import spelled_out
from chatstore.cli import sentences
from chatstore.cli.times import local_time, utc_time

FIELDS = ("room", "seq", "msgid", "time", "account", "nick", "kind", "body", "tags")

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""Characters with which a formula begins. The last four are wide forms that some spreadsheets read as the
same."""
_UNPRINTED = re.compile(r"[^\x20-\x7e]")


class Format:
    """A format for one room, or for a direct conversation: then `room` is empty and `direct` has the two
    accounts."""

    machine = True
    """Whether it is for programs: then it is UTF-8, whatever the terminal's encoding."""
    endless = True
    """Whether it can be written before the last event is known."""

    def __init__(self, room: str, direct: Sequence[str] = ()) -> None:
        self.room = room
        self.direct = list(direct)

    def head(self) -> str:
        return ""

    def page(self, events: Sequence[RoomEvent]) -> str:
        raise NotImplementedError

    def foot(self) -> str:
        return ""

    def record(self, event: RoomEvent) -> dict[str, Any]:
        """An event by the names of FIELDS; `direct` only in a direct conversation."""
        fields: dict[str, Any] = {
            "room": self.room or None,
            "seq": event.seq,
            "msgid": msgid(event.room, event.seq, event.time),
            "time": utc_time(event.time),
            "account": event.actor.account,
            "nick": event.actor.nick,
            "kind": f"{event.kind}{event.audience}",
            "body": event.body,
            "tags": dict(event.tags),
        }
        return {**fields, "direct": self.direct} if self.direct else fields


class Text(Format):
    machine = False

    def page(self, events: Sequence[RoomEvent]) -> str:
        return "".join(f"{local_time(event.time)} {sentences.line(event)}\n" for event in events)


class Table(Format):
    """Column widths depend on every row, so all rows are kept and written at the end."""

    machine = False
    endless = False

    def __init__(self, room: str, direct: Sequence[str] = ()) -> None:
        super().__init__(room, direct)
        self._rows: list[tuple[str, ...]] = []

    def page(self, events: Sequence[RoomEvent]) -> str:
        self._rows += [
            (
                local_time(event.time),
                msgid(event.room, event.seq, event.time),
                sentences.nick(event),
                sentences.message(event),
            )
            for event in events
        ]
        return ""

    def foot(self) -> str:
        return table(("time", "msgid", "nick", "message"), self._rows)


class JsonLines(Format):
    def page(self, events: Sequence[RoomEvent]) -> str:
        return "".join(f"{json_text(self.record(event))}\n" for event in events)


class Json(Format):
    endless = False
    _before = "[\n"

    def page(self, events: Sequence[RoomEvent]) -> str:
        text = ""
        for event in events:
            text += self._before + json_text(self.record(event))
            self._before = ",\n"
        return text

    def foot(self) -> str:
        return "[]\n" if self._before == "[\n" else "\n]\n"


class Csv(Format):
    def head(self) -> str:
        return self._written([(*FIELDS, "direct") if self.direct else FIELDS])

    def page(self, events: Sequence[RoomEvent]) -> str:
        return self._written([[cell(value) for value in self.record(event).values()] for event in events])

    def _written(self, rows: Sequence[Sequence[str]]) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        return text.getvalue()


class Tsv(Csv):
    """TSV has no quotes: a tab in a cell is spelled out like other control characters."""

    def _written(self, rows: Sequence[Sequence[str]]) -> str:
        return "".join("\t".join(row) + "\n" for row in rows)


FORMATS: Mapping[str, type[Format]] = {
    "table": Table,
    "text": Text,
    "json": Json,
    "jsonl": JsonLines,
    "csv": Csv,
    "tsv": Tsv,
}


def cell(value: Any) -> str:
    """A cell of CSV or TSV: without control characters, never a formula; tags are JSON."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        value = json_text(value) if value else ""
    elif isinstance(value, list):
        value = " ".join(value)
    text = value or ""
    shown = spelled_out(text)
    return f"'{shown}" if text.startswith(_FORMULA) or shown.startswith(_FORMULA) else shown


def json_text(value: Any) -> str:
    """JSON on one line. Letters of all scripts stay; what a terminal would obey is escaped."""
    text = msgspec.json.encode(value).decode()
    if text.isprintable():
        return text
    return _UNPRINTED.sub(lambda match: match[0] if match[0].isprintable() else json.dumps(match[0])[1:-1], text)


def json_array(records: Iterable[Any]) -> str:
    """A JSON array with one record a line."""
    rows = [json_text(record) for record in records]
    return "[\n" + ",\n".join(rows) + "\n]\n" if rows else "[]\n"


def labelled(lines: Iterable[tuple[str, str]]) -> str:
    """Lines of a label and a value, for people; the values are aligned."""
    lines = list(lines)
    width = max([9, *(len(label) for label, _ in lines)]) + 1
    return "".join(f"{label:{width}}{value}\n" for label, value in lines)


def listing(headers: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> str:
    """A table for people. Without rows it is empty, and standard error gets the sentence `nothing`."""
    if rows:
        return table(headers, rows)
    click.echo(nothing, err=True)
    return ""


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for people. Cells are shown as they are."""
    return tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True) + "\n"
