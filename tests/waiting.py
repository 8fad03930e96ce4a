"""Waiting for what has no event that a test could hear: it is looked at again and again, and a test that waits for
nothing fails."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.running import SECONDS


def until(true: Callable[[], object]) -> None:
    """Wait until this is true."""
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
