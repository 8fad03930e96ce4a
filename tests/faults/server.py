"""The real server in a process of its own, with parts of it broken on purpose.

    python -m tests.faults.server --mutant NAME -- <arguments of chatstore server>

patches the server in that process, and runs it. With `--fork` instead of arguments it waits for requests on its
standard input, a JSON object a line, and starts a server for each by a fork. Such a server does everything that
another one does but loading Python and its modules, which is most of the time that a start takes.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import signal
import sys
from typing import Any

from chatstore.chat.model.names import person_name
from chatstore.cli.server import server
from chatstore.irc.capabilities import all_capabilities
from chatstore.irc.commands import all_commands
from chatstore.irc.services import all_commands as all_service_commands
from chatstore.storage.sqlite import driver as sqlite
from tests.faults.clock import obey_the_environment
from tests.faults.mutants import MUTANTS
from tests.nodes import breakable

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.server")
    parser.add_argument("--mutant", action="append", default=[], help="what to break")
    parser.add_argument("--checkpoint-pages", type=int, help="pages in the write-ahead log before a checkpoint")
    parser.add_argument("--fork", action="store_true", help="start servers when asked on standard input")
    parser.add_argument("arguments", nargs="*")
    given = parser.parse_args()
    obey_the_environment()
    breakable.obey_the_environment()
    for name in given.mutant:
        (MUTANTS.get(name) or breakable.MUTANTS[name]).apply()
    if given.checkpoint_pages:
        sqlite._CHECKPOINT_PAGES = given.checkpoint_pages
    if given.fork:
        _start_when_asked()
    else:
        server.main(given.arguments, prog_name="chatstore server")


def _start_when_asked() -> None:
    """`{"start": arguments, "folder": …, "out": …, "log": …, "environment": …}` is answered by the pid,
    `{"wait": pid}` by its exit code (negative: the signal that killed it). At the end of the input all of them
    are killed."""
    import alembic.command  # noqa: F401  (loaded once, for all of them)

    all_commands()
    all_capabilities()
    all_service_commands()
    person_name("ann")  # which loads what PRECIS knows of Unicode

    running: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        if "start" in request:
            answer = os.fork()
            if not answer:
                _be_server(request)
            running.add(answer)
        else:
            _, status = os.waitpid(request["wait"], 0)
            running.discard(request["wait"])
            answer = os.waitstatus_to_exitcode(status)
        print(answer, flush=True)
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def _be_server(request: dict[str, Any]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # nobody is left to end it otherwise
    os.chdir(request["folder"])
    for number, (path, flags) in enumerate(
        (
            (os.devnull, os.O_RDONLY),
            (request["out"], os.O_WRONLY),
            (request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
        )
    ):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin.close()
    os.environ.update(request["environment"])
    code = 0
    try:
        server.main(request["start"], prog_name="chatstore server")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
