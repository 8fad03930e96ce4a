"""H: storage alone."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.scenarios import Column, Measure, Scenario, Settings
from benchmarks.writing import measure_sqlite, measure_writer


def _contestants(settings: Settings) -> Mapping[str, Measure]:
    return {"the writer": measure_writer, "sqlite3 alone": measure_sqlite}


WRITING = Scenario(
    "H",
    "Rows stored a second, by rows in a transaction",
    _contestants,
    (
        Column("rows100", "rows/s at 100"),
        Column("rows1", "at 1"),
        Column("rows2000", "at 2,000"),
    ),
    reference="",
)
