"""The resources that a process has used."""

from __future__ import annotations

import contextlib
import time

import psutil


def cpu_seconds(pid: int) -> float:
    """The processor time of all threads since the process started, in seconds, to the nanosecond: the clock of
    another process as in clock_getcpuclockid(3), since the times in /proc count hundredths of a second."""
    return time.clock_gettime(~pid << 3 | 2)


def tree_cpu_seconds(process: psutil.Process) -> float:
    """The processor time of a process, of the children that it has, and of those that it has waited for."""
    own = process.cpu_times()
    total = float(own.children_user + own.children_system) + cpu_seconds(process.pid)
    for child in process.children():
        with contextlib.suppress(OSError):  # it has ended
            total += cpu_seconds(child.pid)
    return total


def tree_bytes(process: psutil.Process) -> int:
    """The memory of a process and its children in bytes. What they share counts once."""
    total = 0
    for each in (process, *process.children()):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += each.memory_full_info().pss
    return total
