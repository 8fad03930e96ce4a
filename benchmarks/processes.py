"""What a process has used."""

from __future__ import annotations

import psutil


def cpu_seconds(pid: int) -> float:
    """Of processor time, by all of its threads, since it was started."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
