"""The plans that PostgreSQL really had for what was executed, by its module auto_explain."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event, text

_SETTINGS = (
    "LOAD 'auto_explain'",
    "SET auto_explain.log_min_duration = 0",
    "SET auto_explain.log_nested_statements = on",  # those of foreign keys
    "SET auto_explain.log_format = json",
    "SET auto_explain.log_level = notice",
    "SET client_min_messages = notice",
)


class Plans:
    """Collects the plans of an engine's connections that are opened from now on."""

    def __init__(self, engine: Engine) -> None:
        self._plans: list[dict[str, Any]] = []
        engine.dispose()
        event.listen(engine, "connect", self._on_connect)

    @contextmanager
    def of(self) -> Iterator[list[dict[str, Any]]]:
        """The plans of what is executed inside."""
        self._plans.clear()
        found: list[dict[str, Any]] = []
        yield found
        found += self._plans

    def _on_connect(self, connection: Any, _record: Any) -> None:
        before, connection.autocommit = connection.autocommit, True
        for setting in _SETTINGS:
            connection.execute(setting)
        connection.autocommit = before
        connection.add_notice_handler(self._note)

    def _note(self, diagnostic: Any) -> None:
        _, is_plan, plan = (diagnostic.message_primary or "").partition("plan:\n")
        if is_plan:
            self._plans.append(json.loads(plan))


def read_whole(plans: Sequence[dict[str, Any]], leading: Mapping[str, str]) -> set[str]:
    """The tables of which some plan reads every row, and the indexes of which one reads every entry. `leading`: the
    first column of each index, without which it can only be read whole."""
    whole: set[str] = set()
    for node in (node for plan in plans for node in _nodes(plan["Plan"])):
        if node["Node Type"] == "Seq Scan":
            whole.add(node["Relation Name"])
        elif (index := node.get("Index Name")) is not None and leading[index] not in node.get("Index Cond", ""):
            whole.add(index)
    return whole


def leading_columns(engine: Engine) -> dict[str, str]:
    """The first column of each index, by the index's name."""
    query = (
        "SELECT index.relname, attname FROM pg_index"
        " JOIN pg_class AS index ON index.oid = indexrelid"
        " JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]"
    )
    with engine.connect() as connection:
        return {row.relname: row.attname for row in connection.execute(text(query)).all()}


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
