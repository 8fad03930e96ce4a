"""How the work grows with the size of what it is done on: two sizes are compared, so that neither a slow machine
nor a busy one makes a difference."""

from __future__ import annotations

import time
from collections.abc import Callable

TIMES = 8
"""How much larger the larger one is."""
_MOST = 3 * TIMES
"""Times the work: 8 if it grows with the size, 64 if with its square."""
_TRIES = 10


def grows_with_the_size(work: Callable[[int], object], size: int) -> bool:
    """Whether the processor's time for this size times TIMES is about TIMES that for this size. A machine that has
    other work makes some measurements long, and none short: the shortest ones are compared, and a first comparison
    that is good is enough."""
    work(size)  # what is made once
    small = min(_seconds(work, size) for _ in range(3))
    large = float("inf")
    for _ in range(_TRIES):
        small, large = min(small, _seconds(work, size)), min(large, _seconds(work, TIMES * size))
        if large < _MOST * small:
            return True
    return False


def _seconds(work: Callable[[int], object], size: int) -> float:
    began = time.thread_time()
    work(size)
    return time.thread_time() - began
