"""U: people talk as in B, while others upload 100 files of 10 MB; and without these."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.load import Load, LoadFailedError, generators, limits, problems, told
from benchmarks.outcome import Outcome
from benchmarks.scenarios import Column, Measure, Scenario, Settings
from benchmarks.servers import chatstore, running

COUNT, SIZE = 100, 10_000_000
LOAD = Load(200, 20, 1, 16)
"""That of B."""


def _contestants(settings: Settings) -> Mapping[str, Measure]:
    return {
        "B with uploads": lambda folder: _measure(folder, settings.seconds, uploads=True),
        "B alone": lambda folder: _measure(folder, settings.seconds, uploads=False),
    }


def _measure(folder: Path, seconds: float, *, uploads: bool) -> Outcome:
    with socket.create_server(("127.0.0.1", 0)) as free:
        web = free.getsockname()[1]
    with running(chatstore(options=("--web", f"127.0.0.1:{web}")), folder) as server:
        command = [sys.executable, "-m", "benchmarks.uploading", str(server.port), str(web), str(COUNT), str(SIZE)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as uploader:
            assert uploader.stdin is not None
            assert uploader.stdout is not None
            try:
                uploader.stdout.readline()
                with generators(server.port, LOAD) as members:
                    members.connect()
                    if uploads:
                        uploader.stdin.write("go\n")
                        uploader.stdin.flush()
                    before, spent = server.cpu(), members.cpu()
                    talked = told(LOAD, members.talk(seconds))
                    talked |= {"server_cpu": server.cpu() - before, "generator_cpu": members.cpu() - spent}
                if uploads:
                    talked |= json.loads(uploader.stdout.readline())
            except LoadFailedError as error:
                return Outcome({}, (str(error),))
            finally:
                uploader.kill()
    figures = {"uploads": 0.0, "seconds": 0.0, **talked}
    missing = [f"{COUNT - figures['uploads']:.0f} uploads failed"] if uploads and figures["uploads"] < COUNT else []
    return Outcome(figures, (*problems(figures), *missing), tuple(limits(figures)))


UPLOADING = Scenario(
    "U",
    "200 members of one room, 20 of them speak, window 16, while 100 files of 10 MB are uploaded",
    _contestants,
    (
        Column("p99", "p99, ms", ".1f"),
        Column("p50", "p50, ms", ".1f"),
        Column("accepted", "messages/s"),
        Column("uploads", "uploads"),
        Column("seconds", "in s", ".1f"),
    ),
    more_is_better=False,
    reference="B alone",
)
