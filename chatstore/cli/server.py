"""`chatstore server`."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import FrameType

import click

from chatstore import __version__
from chatstore.cli.options import FAILED, fail, read_config, with_config
from chatstore.config import Config
from chatstore.server import Server, StartError, set_up_logging


@click.command()
@with_config
@click.option("--irc", metavar="HOST:PORT", help="Where IRC clients connect, or off.")
@click.option("--plain", metavar="HOST:PORT", help="Where nc and telnet connect, or off.")
@click.option("--verbose", is_flag=True, help="Log more.")
def server(
    config_file: Path | None, database: str | None, irc: str | None, plain: str | None, verbose: bool
) -> None:
    """Run the chat server until Ctrl-C."""
    flags = {"listen": {"irc": irc, "plain": plain}, "log": {"level": "debug" if verbose else None}}
    config = read_config(config_file, database, flags)
    set_up_logging(config.log.level, config.log.format)
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(FAILED)
        stop.set()

    running = Server(config, on_fatal=stop.set)
    try:
        running.start()
    except StartError as error:
        fail(str(error))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    click.echo(banner(config, running))
    stop.wait()
    if running.failed.is_set():
        os._exit(FAILED)  # what is on disk is only known after a restart: nothing more is written or said
    click.echo("chatstore is stopping")
    running.stop()


def banner(config: Config, running: Server) -> str:
    """Where everything is, and what to type next."""
    lines = [f"chatstore {__version__} is ready.", f"  database   {running.store.path}"]
    if running.store.migration_copy is not None:
        lines.append(f"  migrated   the database as it was before: {running.store.migration_copy}")
    where = {name: "{}:{}".format(*listener.address) for name, listener in running.doors.items()}
    if "irc" in where:
        lines.append(f"  IRC        {where['irc']}")
    if "plain" in where:
        lines.append(f"  plain      nc {where['plain'].replace(':', ' ')}")
    if "irc" in where:
        lines.append("Talk:        chatstore client --user NAME" + _server_flag(config, where["irc"]))
    lines.append("Read:        chatstore history" + _room_flag(config))
    return "\n".join(lines)


def _server_flag(config: Config, irc: str) -> str:
    return "" if irc == "127.0.0.1:6667" else f" --server irc://{irc}"


def _room_flag(config: Config) -> str:
    return f" --room {config.rooms.default[0]}" if config.rooms.default else " --room ROOM"
