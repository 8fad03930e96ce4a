"""Describes the machine that the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import psutil

from benchmarks import ergo
from benchmarks.builds import build_of
from tests.postgres import programs

_VERSIONS = {"ngircd": ["ngircd", "--version"], "inspircd": ["inspircd", "--version"]}


def machine() -> dict[str, str]:
    """The machine, the system, the versions, the time, and how busy it was at the beginning."""
    return {
        "processor": f"{os.cpu_count()} cores of {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "file system": _file_system(),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        **{name: _version(command) for name, command in _VERSIONS.items() if shutil.which(command[0])},
        "Ergo": ergo.version(),
        **({"PostgreSQL": _version([str(found / "postgres"), "--version"])} if (found := programs()) else {}),
        "chatstore": f"{_commit()}, {build_of()}",
        "when": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "load average before": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system() -> str:
    """The file system of temporary files, where the servers store their data."""
    folder = Path(tempfile.gettempdir()).resolve()
    mounts = {Path(part.mountpoint): part.fstype for part in psutil.disk_partitions(all=True)}
    return str(next(mounts[place] for place in (folder, *folder.parents) if place in mounts))


def _version(command: list[str]) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+(\.\d+)+", said)
    return found[0] if found else "?"


def _commit() -> str:
    """The commit of the checkout, with a + if there are changes."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "?"
    return described.stdout.strip()
