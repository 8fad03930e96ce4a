"""What a server process of these tests does other than usual: it obeys the environment.

FAULTS_BUS_LOSS: a file with the share of the bus's messages that this node does not hear, which may change while it
runs. See also tests/faults/clock.py.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

from tests.nodes.mutants import MUTANTS

__all__ = ["BUS_LOSS", "MUTANTS", "obey_the_environment"]
BUS_LOSS = "FAULTS_BUS_LOSS"


def obey_the_environment() -> None:
    if loss := os.environ.get(BUS_LOSS):
        _lose(Path(loss))


def _lose(share: Path) -> None:
    from chatstore.storage.postgresql.bus import Bus

    came = Bus.came

    def lossy(self: Bus, payload: str) -> Any:
        try:
            lost = random.random() < float(share.read_text() or 0)
        except (OSError, ValueError):
            lost = False
        return [] if lost else came(self, payload)

    Bus.came = lossy  # type: ignore[method-assign]
