"""The resources that a process has used."""

from __future__ import annotations

import psutil


def cpu_seconds(pid: int) -> float:
    """The processor time of all threads since the process started, in seconds."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
