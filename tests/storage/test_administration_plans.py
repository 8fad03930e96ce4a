"""What administration asks for is found by an index: some of it is asked for at each report, on the writer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from chatstore.chat.model.audit import AuditQuery
from chatstore.storage.store import DatabaseStore


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda store: store.reports.count_open(), "ix_reports_open"),
        (lambda store: store.reports.open(), "ix_reports_open"),
        (lambda store: store.audit.entries(AuditQuery(limit=9)), "ix_audit_by_member_id"),
        (lambda store: store.audit.entries(AuditQuery(by="bob", rooms=True)), "ix_audit_actor_folded_id"),
        (lambda store: store.audit.entries(AuditQuery(about="bob", rooms=True)), "ix_audit_about_folded_id"),
    ],
)
def test_an_index_is_used(tmp_path: Path, ask: Callable[[DatabaseStore], Any], index: str) -> None:
    store = DatabaseStore(f"sqlite:///{tmp_path / 'chat.db'}")
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    event.listen(store._engine, "before_cursor_execute", note)
    ask(store)
    event.remove(store._engine, "before_cursor_execute", note)
    with store._engine.connect() as connection:
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", values).all() for each, values in asked]
    store.close()
    said = [line[-1] for plan in plans for line in plan]
    assert any(index in line for line in said), said
    assert not any(line.startswith("SCAN audit") for line in said), said
