"""Changes to files: add and remove them, and collect what nobody refers to any more.

When a file goes: its uploader removes it, or the last message that refers to it is erased
(storage/file_references.py), or nobody refers to it for so many days after it was uploaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chatstore.amounts import sized
from chatstore.chat.changes.required import required_epoch, required_own_account
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.files import Content, StoredFile, new_token
from chatstore.chat.model.scopes import FILES, outside_scope
from chatstore.chat.model.tokens import CERTIFICATE_REMOVED, REMOVED
from chatstore.chat.ports import Change, Touched, Transaction
from chatstore.chat.rules.files import Kept, quota_refusal

MAX_AT_ONCE = 100
"""The most files or contents to look at in one transaction."""


class Login(NamedTuple):
    """How the uploader had logged in: whether that still counts is asked again when the file is whole.
    `epoch`: of the account's password. `token` and `certificate`: as in SessionState."""

    epoch: int
    token: int | None = None
    certificate: str = ""


class Added(NamedTuple):
    """`used`: whether the content that was uploaded is the file's; otherwise there was the same already."""

    file: StoredFile
    used: bool


@dataclass
class AddFile(Change):
    """Add a file whose content is on disk. Returns Added. Raises QUOTA, SUSPENDED, WRONG_CREDENTIALS."""

    account_id: int
    name: str
    content: Content
    login: Login
    kept: Kept
    needs = FILES

    def touches(self, tx: Transaction) -> Touched:
        return Touched([self.account_id])

    def apply(self, tx: Transaction) -> Added:
        account = required_own_account(tx, self.account_id)
        required_epoch(account, self.login.epoch)
        if self.login.token is not None and not tx.tokens.use(self.login.token):
            raise ChatError(Code.WRONG_CREDENTIALS, REMOVED, account.name)
        if self.login.certificate:
            owner = tx.accounts.with_certificate(self.login.certificate)
            if owner is None or owner.id != account.id:
                raise ChatError(Code.WRONG_CREDENTIALS, CERTIFICATE_REMOVED, account.name)
        count, size = tx.files.usage(self.account_id)
        if refused := quota_refusal(self.kept, count + 1, size + self.content.bytes):
            raise refused
        due_at = tx.now + self.kept.unsaid
        return Added(*tx.files.add(self.account_id, new_token(), self.name, self.content, due_at))


@dataclass
class RemoveFile(Change):
    """Remove a file, whoever refers to it. What an administrator removes is noted in the audit log.
    `account_id`: only if it is this account's; None for an administrator. Returns the StoredFile. Raises
    NO_SUCH_FILE."""

    token: str
    account_id: int | None
    needs = FILES

    def apply(self, tx: Transaction) -> StoredFile:
        if not self.grant.covers_all("files"):
            raise outside_scope(FILES)
        found = tx.files.by_token(self.token)
        if found is None or self.account_id not in (None, found[0].account_id):
            raise no_such_file()
        file = found[0]
        tx.files.remove([file.id])
        tx.note_erased()  # its name
        if self.account_id is None:
            owner = tx.accounts.by_id(file.account_id)
            about = owner.name if owner is not None else ""
            tx.audit.note("file.remove", SERVER, about, f"{file.media_type}, {sized(file.size)}")
        return file


class Collected(NamedTuple):
    """`files` were removed; `places` are nobody's any more; `more` may be left."""

    files: int
    places: Sequence[str]
    more: bool


@dataclass
class CollectFiles(Change):
    """Remove files that are due, and forget contents that no file has. Returns Collected. The contents are
    removed from the disk once this is committed."""

    most: int = MAX_AT_ONCE
    deferrable = True

    def apply(self, tx: Transaction) -> Collected:
        removed, more = tx.files.remove_due(self.most)
        if removed:
            tx.note_erased()
        places = tx.files.collect(self.most)
        return Collected(removed, places, more or len(places) == self.most)


def no_such_file() -> ChatError:
    return ChatError(Code.NO_SUCH_FILE, "there is no such file: it may have been removed")
