"""How commands open the database: directly, whether a server runs or not. Every failure is one line.

A running server notices by itself what a command writes. Only the server's writer may checkpoint the
write-ahead log (two connections that write and checkpoint can lose commits in SQLite before 3.51.3), so the
writer here never does.
"""

from __future__ import annotations

import getpass
import logging
import os
import platform
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import NoReturn

import click

from chatstore import __version__
from chatstore.chat.changes.administration import NoteAct
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.refusals import explained
from chatstore.chat.model.rooms import Room, room_key
from chatstore.chat.model.text import printable
from chatstore.cli.options import FAILED, NOT_FOUND, fail
from chatstore.config import Config
from chatstore.first_start import create_default_rooms
from chatstore.storage.backend import NodeInfo
from chatstore.storage.errors import NoDatabaseError, ServedError, StorageError
from chatstore.storage.store import DatabaseStore
from chatstore.storage.writer import NOT_STORED_BECAUSE

_NOT_FOUND = (
    Code.NO_SUCH_PERSON,
    Code.NO_SUCH_ROOM,
    Code.NO_SUCH_BAN,
    Code.NO_SUCH_REPORT,
    Code.NO_SUCH_FILE,
)


@contextmanager
def reading(config: Config, *, any_schema: bool = False, follows: bool = False) -> Iterator[DatabaseStore]:
    """Open the database, which must exist, read-only: no file is written, not even beside it.

    `any_schema`: also open a database of another version of chatstore. `follows`: see what is written
    meanwhile.
    """
    with _opened(config, create=False, read_only=True, follows=follows) as store:
        if not any_schema:
            store.check_schema()
        yield store


@contextmanager
def writing_much(config: Config) -> Iterator[tuple[DatabaseStore, bool]]:
    """Open the database for writing, or make it, for a command that writes for minutes. Also yields whether it is
    beside a server. Where only one server can be, and none is, the command takes its place meanwhile: so somebody
    empties the write-ahead log."""
    nobody = lambda _events: None  # noqa: E731
    alone = config.database_url.startswith("sqlite")
    try:
        with _opened(config, create=True, server=_node().name if alone else "") as store:
            store.start_writer(nobody, time.time, checkpoints=alone, on_fatal=lambda: _give_up(store))
            create_default_rooms(store, config.policy)
            yield store, bool(store.place.served_by(removes=True))
    except ServedError:
        with writing(config) as store:
            yield store, True


@contextmanager
def writing(config: Config, *, create: bool = False) -> Iterator[DatabaseStore]:
    """Open the database for writing. With `create`, make it if it is missing, as a server does."""
    with _opened(config, create=create) as store:
        nobody = lambda _events: None  # noqa: E731 - a server beside this command finds the events by itself
        store.start_writer(nobody, time.time, checkpoints=False, on_fatal=lambda: _give_up(store))
        create_default_rooms(store, config.policy)
        yield store


def note_act(config: Config, action: str, about: str, detail: str = "") -> None:
    """Note in the audit log what a command has done that changes nothing. A backup, or what lies on read-only
    media, or of an earlier version, stays as it is: nothing is noted there."""
    note_act_in(config.database_url, action, about, detail)


def note_act_in(url: str, action: str, about: str, detail: str = "") -> None:
    """The same, in a database with this URL."""
    try:
        with closing(DatabaseStore(url, readers=1, create=False, read_only=True)) as store:
            if not store.place.kept_by_servers() or store.older:
                return
        with closing(DatabaseStore(url, readers=1, create=False, node=_node())) as store:
            store.start_writer(lambda _events: None, time.time, checkpoints=False)
            store.submit([NoteAct(SERVER, action, about, detail)]).result()
    except (StorageError, ChatError) as error:
        click.echo(f"chatstore: this could not be noted in the audit log: {error}", err=True)


def find_room(store: DatabaseStore, name: str) -> Room:
    """The room with this name, which may begin with `#`. Ends the command if there is none."""
    try:
        room = store.rooms.keyed(room_key(room_name(name).folded))
    except ChatError:
        room = None
    if room is None:
        fail(f"there is no room {printable(name)}", NOT_FOUND)
    return room


def find_account(store: DatabaseStore, name: str, *, removed: bool = False) -> Account:
    """The account with this name; with `removed`, also a removed one. Ends the command if there is none."""
    try:
        account = store.accounts.named(person_name(name).folded)
    except ChatError:
        account = None
    if account is None or (account.status == "removed" and not removed):
        fail(f"there is no account {printable(name)}", NOT_FOUND)
    return account


def refuse(error: ChatError) -> NoReturn:
    """End the command with the domain's reason for a refusal."""
    fail(printable(explained(error)), NOT_FOUND if error.code in _NOT_FOUND else FAILED)


def checked_line(text: str, longest: int, what: str) -> str:
    """Check that a text fits into one line at every endpoint. Raises a usage error otherwise."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise click.UsageError(f"the {what} is not valid UTF-8") from None
    if any(character in text for character in "\r\n\0"):
        raise click.UsageError(f"the {what} must be one line")
    if len(text) > longest:
        raise click.UsageError(f"the {what} is longer than {longest} characters")
    return text


@contextmanager
def _opened(
    config: Config, *, create: bool, read_only: bool = False, follows: bool = False, server: str = ""
) -> Iterator[DatabaseStore]:
    log = logging.getLogger("chatstore")
    if not log.handlers:
        log.addHandler(_OneLine(logging.ERROR))
    try:
        url, node = config.database_url, _node()
        store = DatabaseStore(
            url,
            readers=1,
            create=create,
            read_only=read_only,
            follows=follows,
            node=node,
            server=server,
            files=config.files_folder,
        )
        try:
            if store.migration_copy is not None:
                click.echo(
                    f"chatstore: the database was migrated; a copy from before: {store.migration_copy}", err=True
                )
            yield store
        finally:
            store.close()
    except NoDatabaseError as error:
        fail(str(error), NOT_FOUND)
    except ServedError:
        raise
    except StorageError as error:
        fail(str(error))
    except ChatError as error:
        if error.code is Code.NOT_STORED and (why := _OneLine.why):
            fail(f"{error.text} ({why})")
        refuse(error)


def _node() -> NodeInfo:
    """What the servers of the database, and its operator, are told of a command that writes."""
    context = click.get_current_context(silent=True)
    command = context.command_path if context is not None else "chatstore"
    return NodeInfo(
        "command", f"{platform.node()}, process {os.getpid()}: {command}", version=__version__, user=_user()
    )


def _user() -> str:
    """Who runs this command, for the audit log: with sudo, the user who called it."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def _give_up(store: DatabaseStore) -> None:
    """Called by the writer when it gives up. Exits at once, because its tickets will never be answered."""
    click.echo(f"chatstore: cannot write {store.place.name}", err=True)
    os._exit(FAILED)


class _OneLine(logging.Handler):
    """Shows a record of the storage's log as one line: the message and the error's first line, no traceback. Why
    something could not be stored is kept: the command says it in the line by which it ends."""

    why = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == NOT_STORED_BECAUSE and isinstance(record.args, dict):
            _OneLine.why = str(record.args["why"]).partition("\n")[0]
            return
        error = record.exc_info[1] if record.exc_info else None
        why = str(error).partition("\n")[0] if error is not None else ""
        click.echo(f"chatstore: {record.getMessage()}" + (f": {why}" if why else ""), err=True)
