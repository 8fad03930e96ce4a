"""What can go wrong with a database."""

from __future__ import annotations

from chatstore.chat.model.errors import ChatError, Code, StoreError

NOT_STORED = "the message could not be stored"
"""What a sender is told when a batch was refused."""
DISK_FULL = f"{NOT_STORED}: the disk is full"


class StorageError(Exception):
    """The database can't be used. The message is one line for the operator."""


class UnreadableError(StorageError, StoreError):
    """The database can't be read, as the chat knows it."""


class NoDatabaseError(StorageError):
    """There is no database, and none was to be created."""


class ServedError(StorageError):
    """Another server has the database."""


class BackingUpError(StorageError):
    """Another backup of the database is being made."""


class NoSpaceError(StorageError):
    """There is too little space for a copy of the database."""


class UnsoundError(StorageError):
    """The doctor has found something in a copy of the database."""


class NotStoredError(Exception):
    """Nothing of a batch is stored, which is certain. `told` is for the senders, `why` for the operator. `known`:
    the operator has been told of this trouble. `away`: there is no connection to the database."""

    def __init__(self, why: str, told: str = NOT_STORED, *, known: bool = False, away: bool = False) -> None:
        super().__init__(why)
        self.known = known
        self.away = away
        self.refusal = ChatError(Code.NOT_STORED, told)


class AgainError(Exception):
    """Nothing of a batch is stored, which is certain, and it may succeed if it is done once more."""


class UndoneError(Exception):
    """A unit has failed, and can't be undone alone: the batch is rolled back, and done with savepoints."""


class FencedError(Exception):
    """This process may not write any more, and has to end. The message is one line for the operator."""


class CommitUnsettledError(Exception):
    """COMMIT failed. Whether the rows are there can be asked: WriterConnection.was_stored."""


class LostError(FencedError):
    """The database has lost what was stored and shown. The message is one line for the operator."""


class CommitUnknownError(Exception):
    """COMMIT failed, and only the next start can tell whether the rows are there."""
