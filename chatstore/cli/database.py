"""How commands reach the database: directly, whether a server runs or not. Every failure is one line.

A running server hears of what is written here by itself. Its writer is then the one that checkpoints, so the
one that is started here never does.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from chatstore.bus.local import LocalBus
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.refusals import explained
from chatstore.chat.model.rooms import Room, room_key
from chatstore.chat.model.text import printable
from chatstore.cli.options import FAILED, NOT_FOUND, fail
from chatstore.config import Config
from chatstore.first_start import create_default_rooms
from chatstore.storage.store import DatabaseStore, NoDatabaseError, StorageError

_NOT_FOUND = (Code.NO_SUCH_PERSON, Code.NO_SUCH_ROOM)


@contextmanager
def reading(config: Config, *, any_schema: bool = False, follows: bool = False) -> Iterator[DatabaseStore]:
    """The database, which must exist, for a look: nothing is written, not even beside it. `any_schema`: also that
    of another version of chatstore. `follows`: a long look, which sees what is written meanwhile."""
    with _opened(config, create=False, read_only=True, follows=follows) as store:
        if not any_schema:
            store.check_schema()
        yield store


@contextmanager
def writing(config: Config, *, create: bool = False) -> Iterator[DatabaseStore]:
    """The database with a writer; with `create`, made where it is missing, as at the first start of the server."""
    with _opened(config, create=create) as store:
        store.start_writer(LocalBus(), time.time, checkpoints=False, on_fatal=lambda: _give_up(store))
        create_default_rooms(store, config.policy)
        yield store


def find_room(store: DatabaseStore, name: str) -> Room:
    """A room by its name, with or without `#`; ends the command when there is none."""
    try:
        room = store.rooms.keyed(room_key(room_name(name).folded))
    except ChatError:
        room = None
    if room is None:
        fail(f"there is no room {printable(name)}", NOT_FOUND)
    return room


def find_account(store: DatabaseStore, name: str, *, removed: bool = False) -> Account:
    """An account by its name (or one that was removed); ends the command when there is none."""
    try:
        account = store.accounts.named(person_name(name).folded)
    except ChatError:
        account = None
    if account is None or (account.status == "removed" and not removed):
        fail(f"there is no account {printable(name)}", NOT_FOUND)
    return account


def refuse(error: ChatError) -> NoReturn:
    """End the command with what the domain refused."""
    fail(printable(explained(error)), NOT_FOUND if error.code in _NOT_FOUND else FAILED)


def checked_line(text: str, longest: int, what: str) -> str:
    """A text that every endpoint can show as a part of one line; a usage error otherwise."""
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
    config: Config, *, create: bool, read_only: bool = False, follows: bool = False
) -> Iterator[DatabaseStore]:
    log = logging.getLogger("chatstore")
    if not log.handlers:
        log.addHandler(_OneLine(logging.ERROR))
    try:
        store = DatabaseStore(config.database_url, readers=1, create=create, read_only=read_only, follows=follows)
        try:
            if store.migration_copy is not None:
                click.echo(f"chatstore: migrated; the database as it was before: {store.migration_copy}", err=True)
            yield store
        finally:
            store.close()
    except NoDatabaseError as error:
        fail(str(error), NOT_FOUND)
    except StorageError as error:
        fail(str(error))
    except ChatError as error:
        refuse(error)


def _give_up(store: DatabaseStore) -> None:
    """Called by the writer when it is at its end; whoever waits for it would wait for ever."""
    click.echo(f"chatstore: {store.path} could not be written", err=True)
    os._exit(FAILED)


class _OneLine(logging.Handler):
    """What the storage has to say: the message and the error's first line, without a traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        why = str(error).partition("\n")[0] if error is not None else ""
        click.echo(f"chatstore: {record.getMessage()}" + (f": {why}" if why else ""), err=True)
