"""The bus between nodes, broken in a server of its own process.

FAULTS_BUS is the share of messages that the server does not hear, at random (`0.3`), or `off`: it neither tells nor
hears anything, as if NOTIFY and LISTEN were refused.
"""

from __future__ import annotations

import os
import random
from typing import Any

import psycopg

from chatstore.storage.postgresql.bus import Bus, Heard


def settings(broken: str) -> dict[str, str]:
    """For a server's environment."""
    return {"FAULTS_BUS": broken}


def obey_the_environment() -> None:
    """In the server's process, before it starts."""
    broken = os.environ.get("FAULTS_BUS", "")
    if broken == "off":
        Bus._connect = _refuse  # type: ignore[method-assign]
    elif broken:
        _lose(float(broken))


def _refuse(_bus: Bus, _statement: str) -> Any:
    raise psycopg.OperationalError("there is no bus in this test")


def _lose(share: float) -> None:
    came = Bus.came

    def some(self: Bus, payload: str) -> list[Heard]:
        return came(self, payload) if random.random() >= share else []

    Bus.came = some  # type: ignore[method-assign]
