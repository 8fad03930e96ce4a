"""`chatstore server`: run the server until a signal."""

from __future__ import annotations

import faulthandler
import gc
import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType

import click

from chatstore.chat.changes.invitations import FirstInvitation
from chatstore.chat.model.errors import ChatError
from chatstore.cli.banner import banner
from chatstore.cli.options import FAILED, fail, load_config, read_config, with_config
from chatstore.cli.output import tell
from chatstore.config import ENDPOINTS, OFF, Config, exposed
from chatstore.first_start import invite_first_admin
from chatstore.logs import Journal, set_up_logging
from chatstore.server import Server, StartError

log = logging.getLogger(__name__)

_YOUNG = 20_000
"""New objects after which the garbage collector looks at the young generation."""


@click.command()
@with_config
@click.option("--irc", metavar="HOST:PORT", help="Address for IRC clients, or off. [default: 127.0.0.1:6667]")
@click.option("--ircs", metavar="HOST:PORT", help="Address for IRC clients over TLS, or off. [default: off]")
@click.option(
    "--web",
    metavar="HOST:PORT",
    help="Address for browsers and WebSocket clients, or off. [default: 127.0.0.1:8097]",
)
@click.option("--wss", metavar="HOST:PORT", help="The same over TLS, or off. [default: off]")
@click.option("--plain", metavar="HOST:PORT", help="Address for nc and telnet, or off. [default: 127.0.0.1:65432]")
@click.option("--verbose", is_flag=True, help="Log debug messages too.")
def server(config_file: Path | None, database: str | None, verbose: bool, **endpoints: str | None) -> None:
    """Run the chat server until Ctrl-C.

    Settings come from these options, from CHATSTORE_TABLE_KEY in the environment, from credentials, and from the
    configuration file, in this order.
    """
    flags = {"listen": endpoints, "log": {"level": "debug" if verbose else None}}
    config = read_config(config_file, database, flags)
    if all(getattr(config.listen, endpoint) == OFF for endpoint in ENDPOINTS):
        fail("every endpoint is off: turn one on with --irc, --web or --plain HOST:PORT")
    journal = _begin_log(config)
    _show_threads_if_killed()
    stopping, signalled = threading.Event(), False
    # Python runs a signal's handler between two bytecodes of the main thread, so it may run too late to end a
    # wait that has begun. The byte for this pipe is written in the signal handler proper, and ends os.read()
    # below.
    asked, ask = os.pipe()
    os.set_blocking(ask, False)
    signal.set_wakeup_fd(ask)

    def on_signal(number: int, _frame: FrameType | None) -> None:
        nonlocal signalled
        if number != signal.SIGHUP:
            if signalled:
                os._exit(FAILED)
            # Not `stopping`: the byte may have woken the main thread, which sets that, before this runs.
            signalled = True

    # Before the server can be seen: from then on it may be asked to stop. A signal during the start takes
    # effect after it. A second one exits at once.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)

    def on_fatal() -> None:
        if stopping.is_set():  # in the middle of stopping, nobody waits any more
            _leave_at_once(journal)
        os.write(ask, bytes([signal.SIGTERM]))

    running = Server(
        config,
        on_fatal=on_fatal,
        reread=lambda: load_config(config_file, database, flags),
        exposed=lambda config: [f"{wrong}: {advice}" for wrong, advice in exposed(config, config_file)],
    )
    try:
        running.start()
    except StartError as error:
        journal.stop()
        fail(str(error))
    _settle()
    tell(banner(config, running, _first_admin(config, running)))
    while os.read(asked, 1)[0] == signal.SIGHUP:
        running.reload()
    stopping.set()
    if running.failed.is_set():
        _leave_at_once(journal)
    tell("chatstore is stopping")
    running.drain()
    running.stop()
    journal.stop()


def _first_admin(config: Config, running: Server) -> FirstInvitation:
    """The invitation for the first admin. If none can be made, the server runs all the same."""
    try:
        return invite_first_admin(running.store, config.policy)
    except ChatError as error:
        log.warning(
            "could not make an invitation for the first administrator: %(why)s",
            {"event": "first-invitation-failed", "why": error.text},
        )
        return FirstInvitation()


def _begin_log(config: Config) -> Journal:
    """Begin the log. Its records do not find out the place in the source, the thread and the process that they come
    from, which the log does not show: see "Optimization" in the documentation of Python's logging."""
    logging._srcfile = None
    logging.logThreads = logging.logMultiprocessing = logging.logProcesses = False
    return set_up_logging(config.log.level, config.log.format)


def _show_threads_if_killed() -> None:
    """Let what each thread is doing be written to standard error when the process crashes, and when systemd's
    watchdog ends it (SIGABRT)."""
    with suppress(OSError, ValueError, AttributeError):  # no file behind it
        faulthandler.enable(sys.stderr)


def _settle() -> None:
    """Freeze the objects that exist now: they stay, so the garbage collector need not look at them again, nor
    as often at new ones as it does by default. A message makes no cycles; a connection makes some once, when
    it ends."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])


def _leave_at_once(journal: Journal) -> None:
    """Exit without another write or message: a commit's fate is unknown, and the next start will show it.
    Only the log gets a moment to say why."""
    journal.stop()
    os._exit(FAILED)
