"""Ergo with its history in SQLite, the peer that stores: found, or built, where the machine has it.

ERGO names the program, if it is not `ergo` in PATH (where Debian has another program of that name). ERGO_SOURCE
names a folder with its source, which is built with a Go toolchain, if there is one. Most builds have no SQLite, so
one that does not start with it does not take part. Its configuration is written with PyYAML.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import platformdirs

_CONFIG = "ircd.json"
_SECONDS = 900


@lru_cache
def program() -> str | None:
    """An Ergo that stores history in SQLite; None if there is none."""
    found = os.environ.get("ERGO") or shutil.which("ergo") or _built()
    return found if found is not None and _runs(found) else None


def command(port: int, folder: Path) -> Sequence[str]:
    """What to run in an empty folder."""
    ergo = program()
    assert ergo is not None
    _prepare(ergo, port, folder)
    return [ergo, "run", "--quiet", "--conf", str(folder / _CONFIG)]


def version() -> str:
    """The version, or why there is none."""
    ergo = program()
    if ergo is not None:
        return _said(ergo, "--version").strip()
    return "not here: no Ergo with SQLite, nor its source with a Go toolchain"


def settings(default: dict[str, Any], port: int, folder: Path) -> dict[str, Any]:
    """Ergo's own default configuration, changed: this port without TLS, no limits of addresses and floods, and
    every message of every channel stored in SQLite. Raises KeyError if this Ergo has none."""
    sqlite = default["datastore"]["sqlite"]
    files = {name: str(folder / "history.db") for name in sqlite if "path" in name}
    server = {
        **default["server"],
        "name": "bench.local",
        "listeners": {f"127.0.0.1:{port}": {}},
        "max-sendq": "100M",
        "ip-limits": {"count": False, "throttle": False},
        "ip-cloaking": {"enabled": False},
        "lookup-hostnames": False,
    }
    history = {
        **default["history"],
        "persistent": {
            "enabled": True,
            "unregistered-channels": True,
            "registered-channels": "mandatory",
            "direct-messages": "mandatory",
        },
    }
    return {
        **default,
        "server": server,
        "history": history,
        "datastore": {
            **default["datastore"],
            "path": str(folder / "ircd.db"),
            "mysql": {"enabled": False},
            "sqlite": {**sqlite, **files, "enabled": True},
        },
        "channels": {**default["channels"], "max-channels-per-client": 100_000},
        "limits": {**default["limits"], "registration-messages": 1024},
        "fakelag": {"enabled": False},
        "languages": {"enabled": False},
        "logging": [
            {
                "method": "file",
                "filename": str(folder / "ergo.log"),
                "type": "* -userinput -useroutput",
                "level": "warn",
            }
        ],
    }


def _prepare(ergo: str, port: int, folder: Path) -> None:
    import yaml  # only Ergo's configuration is written in it

    (folder / _CONFIG).write_text(json.dumps(settings(yaml.safe_load(_said(ergo, "defaultconfig")), port, folder)))
    (folder / "ergo.motd").write_text("")
    _said(ergo, "initdb", "--quiet", "--conf", str(folder / _CONFIG))


def _runs(ergo: str) -> bool:
    """Whether it is Ergo, and starts with a history in SQLite."""
    try:
        if not _said(ergo, "--version").startswith("ergo-"):
            return False
        with tempfile.TemporaryDirectory(prefix="chatstore-benchmark-") as folder:
            _prepare(ergo, 1, Path(folder))
            _said(ergo, "run", "--smoke", "--quiet", "--conf", str(Path(folder) / _CONFIG))
    except (OSError, subprocess.SubprocessError, KeyError, ImportError):
        return False
    return True


def _built() -> str | None:
    """Build the source, without fetching anything: Ergo's repository has what it depends on."""
    source = os.environ.get("ERGO_SOURCE")
    if not source or shutil.which("go") is None:
        return None
    made = Path(platformdirs.user_cache_dir("chatstore-benchmarks")) / "ergo"
    made.parent.mkdir(parents=True, exist_ok=True)
    building = ["go", "build", "-mod=vendor", "-tags", "sqlite", "-o", str(made), "."]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(building, cwd=source, check=True, timeout=_SECONDS)
        return str(made)
    return None


def _said(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
