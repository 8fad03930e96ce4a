"""How Ergo is configured, and that nothing else is taken for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("psutil", reason="psutil is not installed")

from benchmarks import ergo

DEFAULT = {
    "network": {"name": "ErgoTest"},
    "server": {"listeners": {":6697": {"tls": {}}}, "max-sendq": "96k", "casemapping": "ascii"},
    "datastore": {
        "path": "ircd.db",
        "mysql": {"enabled": True},
        "sqlite": {"enabled": False, "database-path": "x.db"},
    },
    "history": {"enabled": True, "channel-length": 2048},
    "channels": {"max-channels-per-client": 100},
    "limits": {"nicklen": 32},
}


def test_the_default_configuration_is_changed_to_store_without_limits(tmp_path: Path) -> None:
    made = ergo.settings(DEFAULT, 7000, tmp_path)
    assert made["server"]["listeners"] == {"127.0.0.1:7000": {}}
    assert made["server"]["casemapping"] == "ascii"
    assert made["server"]["ip-limits"] == {"count": False, "throttle": False}
    assert made["datastore"]["sqlite"] == {"enabled": True, "database-path": str(tmp_path / "history.db")}
    assert made["datastore"]["mysql"] == {"enabled": False}
    assert made["history"]["channel-length"] == 2048
    assert made["history"]["persistent"]["unregistered-channels"] is True
    assert made["network"] == {"name": "ErgoTest"}


def test_an_ergo_without_sqlite_cannot_take_part(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="sqlite"):
        ergo.settings({**DEFAULT, "datastore": {"path": "ircd.db"}}, 7000, tmp_path)


@pytest.mark.parametrize("said", ["ErgoSCF 3.8", "ergo-v1.0"])
def test_another_program_of_that_name_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """Nor an Ergo whose configuration cannot be had."""
    program = tmp_path / "ergo"
    program.write_text(f'#!/bin/sh\ntest "$1" = --version && echo {said} || exit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("ERGO", raising=False)
    ergo.program.cache_clear()
    try:
        assert ergo.program() is None
        assert ergo.version().startswith("not here")
    finally:
        ergo.program.cache_clear()


def test_source_is_built_with_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without fetching anything; here `go` is a program that notes what it is told."""
    go = tmp_path / "go"
    go.write_text('#!/bin/sh\necho "$PWD $@" > "$ERGO_SOURCE/told"\n')
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("ERGO_SOURCE", str(tmp_path))
    built = ergo._built()
    assert built == str(tmp_path / "cache" / "chatstore-benchmarks" / "ergo")
    told = (tmp_path / "told").read_text().split()
    assert told[:4] == [str(tmp_path), "build", "-mod=vendor", "-tags"]
    assert built in told
