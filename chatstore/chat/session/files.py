"""A session's files: uploads, finds, lists and removes them. Everything here blocks, except `offered`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from chatstore.amounts import sized
from chatstore.chat.changes.files import Added, AddFile, Login, RemoveFile, no_such_file
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.files import Content, FileLimits, ServedFile, StoredFile, clean_name, is_token
from chatstore.chat.model.rooms import Room
from chatstore.chat.model.scopes import FILES, outside_scope
from chatstore.chat.ports import StoredMember
from chatstore.chat.ports.files import Contents, Writing
from chatstore.chat.rules import permissions
from chatstore.chat.rules.files import quota_refusal
from chatstore.chat.session.state import Chat, SessionState
from chatstore.chat.ticket import Ticket

_STEP = 1 << 20
"""Bytes that are reserved at once for an upload whose size nobody said."""
_AT_ONCE = 4
"""The most uploads of an account at a time."""
_LOOKED_AT = 100
"""The most messages, the latest first, that are looked at for one that somebody may read."""


class Files:
    """`session.files`. Raises LOGIN_REQUIRED without an account, and FILES_OFF if the server takes no files."""

    __slots__ = ("_session",)

    def __init__(self, session: SessionState) -> None:
        self._session = session

    @property
    def offered(self) -> bool:
        """Whether the server takes files. Never blocks."""
        return offered(self._session.chat)

    def limits(self) -> FileLimits:
        chat, own = self._session.chat, self._session.own_account
        count, size = chat.store.files.usage(own.id)
        set_ = chat.policy.files
        return FileLimits(
            set_.file_bytes,
            set_.account_bytes,
            set_.account_files,
            set_.server_bytes,
            used_bytes=size,
            used_files=count,
        )

    def begin(self, name: str, size: int | None = None) -> Upload:
        """Begin an upload. `name` may be anything; the file's name is made of it. `size`: as the client says,
        if it does. Raises TOO_LARGE, QUOTA, NO_SPACE, TOO_OFTEN."""
        self._session.need("files")
        own, chat = self._session.own_account, self._session.chat
        contents = _contents(chat)
        return Upload(self._session, own, contents, clean_name(name), size)

    def find(self, token: str) -> ServedFile:
        """The file of a URL. Raises NO_SUCH_FILE, also if this account may not fetch it."""
        account = self._session.account if self._session.grant.hears() else None
        return find_file(self._session.chat, token, account)

    def mine(self, before: int | None = None, limit: int = 50) -> Sequence[StoredFile]:
        """The account's files with smaller ids, the latest first. Raises OUTSIDE_SCOPE."""
        if not self._session.grant.covers_all("files"):
            raise outside_scope(FILES)
        return self._session.chat.store.files.of_account(self._session.own_account.id, before, limit)

    def remove(self, token: str) -> Ticket:
        """Remove a file of the account. The result is the StoredFile. Raises NO_SUCH_FILE."""
        return self._session.submit([RemoveFile(token, self._session.own_account.id)])


class Upload:
    """A file that arrives. Each method raises ChatError, and then the upload is over. `abandon` may be called
    at any time, and more than once. For one thread at a time."""

    def __init__(
        self, session: SessionState, account: Account, contents: Contents, name: str, size: int | None
    ) -> None:
        self._session, self._account = session, account
        self._contents, self._name = contents, name
        self._size = 0
        set_ = session.chat.policy.files
        with self._counting():
            if size is not None and size > set_.file_bytes:
                raise ChatError(Code.TOO_LARGE, f"a file may have {sized(set_.file_bytes)} at most")
            self._reserved = _Reserved(session.chat, account.id, size or 0)
        self._writing: Writing | None = None
        try:
            with self._counting():
                self._writing = contents.begin(set_.file_bytes, set_.free_bytes + (size or 0))
        except BaseException:
            self._reserved.release()
            raise

    def write(self, data: bytes) -> None:
        """Raises TOO_LARGE, QUOTA, NO_SPACE, NOT_STORED."""
        writing = self._open
        try:
            with self._counting():
                self._size += len(data)
                self._reserved.grow(self._size)
                writing.write(data)
        except BaseException:
            self.abandon()
            raise

    def finish(self) -> StoredFile:
        """The file, once it is stored. Also raises SUSPENDED and WRONG_CREDENTIALS, if the account may not
        log in any more as it had."""
        writing = self._open
        try:
            with self._counting():
                with self._session.chat.reservations.one_look(self._account.id):
                    content = writing.finish()
                added = self._added(content)
            self._session.chat.reservations.done(added.file.size)
            return added.file
        finally:
            self.abandon()

    def _added(self, content: Content) -> Added:
        session = self._session
        login = Login(self._account.epoch, session.token, session.came_by_certificate)
        kept = session.chat.policy.files.kept
        ticket = session.submit([AddFile(self._account.id, self._name, content, login, kept)])
        try:
            added: Added = ticket.result()
        except ChatError as error:
            if error.code is not Code.NOT_STORED:  # otherwise it may be stored all the same
                self._contents.remove([content.place])
            raise
        if not added.used:
            self._contents.remove([content.place])
        return added

    @contextmanager
    def _counting(self) -> Iterator[None]:
        """Count a refusal."""
        try:
            yield
        except ChatError as error:
            self._session.chat.reservations.refuse(error)
            raise

    def abandon(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            try:
                writing.abandon()
            finally:
                self._reserved.release()

    @property
    def _open(self) -> Writing:
        if self._writing is None:
            raise ChatError(Code.INTERNAL, "this upload is over")
        return self._writing


def offered(chat: Chat) -> bool:
    """Whether the server takes files. Never blocks."""
    return chat.store.contents is not None and chat.policy.files.file_bytes > 0


def find_file(chat: Chat, token: str, account: Account | None) -> ServedFile:
    """The file of a URL, for an account, or for anybody. Blocks. Raises NO_SUCH_FILE, also for who may not
    fetch it, and FILES_OFF."""
    contents = _contents(chat, takes=False)
    found = chat.store.files.by_token(token) if is_token(token) else None
    if found is None:
        raise no_such_file()
    file, place, due_at = found
    now = int(chat.clock() * 1000)
    if due_at is not None and due_at <= now and not chat.store.files.mentioned(file.account_id, token):
        raise no_such_file()
    if chat.policy.files.access == "members" and not _may_fetch(chat, file, account):
        raise no_such_file()
    try:
        return ServedFile(file, contents.path(place), contents.thumbnail(place) if file.thumbnail else None)
    except FileNotFoundError:  # the row says of no place
        raise no_such_file() from None


def _may_fetch(chat: Chat, file: StoredFile, account: Account | None) -> bool:
    """Whether an account may read a message in which the file was said. What people have in their own metadata,
    such as their pictures, is for all accounts."""
    if account is None:
        return False
    if account.id == file.account_id or chat.store.files.mentioned(file.account_id, file.token):
        return True
    actor = Actor(account.nick, account.name, account.id)
    known: dict[int, tuple[Room | None, StoredMember | None]] = {}
    for room_id, seq, audience in chat.store.files.references(file.id, _LOOKED_AT):
        if room_id not in known:
            known[room_id] = chat.store.rooms.by_id(room_id), chat.store.members.get(room_id, actor)
        room, member = known[room_id]
        if room is not None and permissions.may_read_event(
            room, member.role if member else None, member.joined_seq if member else None, actor, seq, audience
        ):
            return True
    return False


def _contents(chat: Chat, *, takes: bool = True) -> Contents:
    contents = chat.store.contents
    if contents is None or (takes and not offered(chat)):
        raise ChatError(Code.FILES_OFF, "this server takes no files")
    return contents


class _Reserved:
    """What one upload has reserved."""

    def __init__(self, chat: Chat, account_id: int, size: int) -> None:
        self._chat, self._account, self._size = chat, account_id, 0
        self._set = chat.policy.files
        self._count, self._used = chat.store.files.usage(account_id)
        self._total = chat.store.files.total() if self._set.server_bytes else 0
        all_ = chat.reservations
        with all_.lock:
            if all_.uploads[account_id] >= _AT_ONCE:
                raise ChatError(
                    Code.TOO_OFTEN, f"{_AT_ONCE} of your files are being uploaded: wait for one of them"
                )
            all_.uploads[account_id] += 1
            try:
                self._need(size)
            except ChatError:
                self._forget()
                raise

    def grow(self, size: int) -> None:
        """The upload has so many bytes."""
        if size > self._size:
            with self._chat.reservations.lock:
                self._need(max(size, min(self._size + _STEP, self._set.file_bytes)) - self._size)

    def _need(self, more: int) -> None:
        all_, kept = self._chat.reservations, self._set.kept
        used = self._used + all_.bytes[self._account] + more
        if refused := quota_refusal(kept, self._count + all_.uploads[self._account], used):
            raise refused
        if self._set.server_bytes and self._total + all_.bytes.total() + more > self._set.server_bytes:
            raise ChatError(Code.NO_SPACE, "this server has as many files as it may: ask its administrator")
        self._size += more
        all_.bytes[self._account] += more

    def release(self) -> None:
        with self._chat.reservations.lock:
            self._forget()

    def _forget(self) -> None:
        all_ = self._chat.reservations
        all_.bytes[self._account] -= self._size
        all_.uploads[self._account] -= 1
        for counts in (all_.bytes, all_.uploads):
            if not counts[self._account]:
                del counts[self._account]
        self._size = 0
