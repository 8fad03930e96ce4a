"""Warnings stand until they are cleared, and are told once."""

from __future__ import annotations

import logging
import threading

import pytest

from chatstore.server_warnings import ServerWarning, Warnings

SECONDS = 60


def test_a_warning_stands_until_it_is_cleared() -> None:
    now = [100.0]
    warnings = Warnings(lambda: now[0])
    warnings.set("backup", "the last backup failed")
    now[0] = 200.0
    warnings.set("certificate", "the certificate expires within 3 days")
    warnings.set("backup", "the last two backups failed")
    assert warnings.list() == [
        ServerWarning("backup", "the last two backups failed", 100.0),
        ServerWarning("certificate", "the certificate expires within 3 days", 200.0),
    ]
    warnings.clear("backup")
    warnings.clear("backup")
    assert [warning.key for warning in warnings.list()] == ["certificate"]


def test_the_log_has_each_change_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("chatstore"), "propagate", True)
    caplog.set_level("INFO", "chatstore")
    now = [0.0]
    warnings = Warnings(lambda: now[0])
    warnings.clear("backup")
    for seconds, text in (0, "it failed"), (86_000, "it failed"), (400, "it failed"), (1, "it failed twice"):
        now[0] += seconds
        warnings.set("backup", text)
    warnings.clear("backup")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "it failed"),
        ("WARNING", "it failed"),
        ("WARNING", "it failed twice"),
        ("INFO", "no longer so: it failed twice"),
    ]


def test_who_asked_is_told_of_what_is_new() -> None:
    warnings, told = Warnings(), []
    end = warnings.tell(lambda warning: told.append(warning.text))
    for text in ("one", "one", "two"):
        warnings.set("backup", text)
    end()
    end()
    warnings.set("backup", "three")
    assert told == ["one", "two"]


def test_threads_may_set_and_clear_at_once() -> None:
    warnings, start = Warnings(), threading.Barrier(4)

    def run(number: int) -> None:
        start.wait(SECONDS)
        for _ in range(200):
            warnings.set(f"key{number}", "text")
            warnings.list()
            warnings.clear(f"key{number}")
        warnings.set(f"key{number}", "left")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert sorted(warning.key for warning in warnings.list()) == ["key0", "key1", "key2", "key3"]
