"""The copies of a database that chatstore itself has made, as their operator should know of them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple


class Copy(NamedTuple):
    """A copy of the database that is there. `kind`: from before a migration, a backup, or what a restored
    backup has replaced. `made_at` is ms since 1970 UTC. `erased`: how many of its messages are known to have
    been redacted, pruned or erased in the database since; None if that was not counted, as in a compressed one."""

    path: Path
    kind: Literal["migration", "backup", "replaced"]
    made_at: int
    erased: int | None
