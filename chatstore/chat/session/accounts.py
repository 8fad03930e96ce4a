"""What a session does with its account, and what it may know of other accounts. Everything here blocks."""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.chat.changes.accounts import AddCertificate, RemoveAccount, RemoveCertificate, SetPassword
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import person_name
from chatstore.chat.model.tokens import DeviceToken, new_token
from chatstore.chat.session.state import SessionState
from chatstore.chat.session.views import RoomView
from chatstore.chat.session.visibility import no_such_person
from chatstore.chat.ticket import Ticket

_MAX_CERTIFICATES = 20


class Accounts:
    """`session.accounts`. A call that needs the password checks and counts it like a login."""

    __slots__ = ("_session",)

    def __init__(self, session: SessionState) -> None:
        self._session = session

    def named(self, name: str) -> Account:
        """The account of that name. Raises NO_SUCH_PERSON if there is none that is somebody's."""
        account = self._session.chat.store.accounts.named(person_name(name).folded)
        if account is None or not account.owned:
            raise no_such_person(name)
        return account

    def exists(self, name: str) -> bool:
        """Whether an account of that name exists or existed. Raises INVALID_NAME."""
        return self._session.chat.store.accounts.named(person_name(name).folded) is not None

    def founder(self, room: RoomView) -> Account | None:
        """The account that the room belongs to; None if the room has no founder."""
        return self._session.chat.store.accounts.by_id(room.founder_id) if room.founder_id is not None else None

    def set_password(self, old: str, new: str, *, renew: bool = True) -> Ticket:
        """Change the password. Every other session of the account ends, and every device token is removed. If
        this session logged in by a token and wants to `renew` it, the result is the id and the text of its
        successor, which is valid from now on; otherwise None. Hashes, so call it in a password worker. Raises
        WRONG_CREDENTIALS, BAD_PASSWORD, WEAK_PASSWORD, THROTTLED, ENCRYPTION_REQUIRED."""
        session = self._session
        account = self._checked(old)
        hashed = session.chat.logins.hashed(new, account.name)
        token = new_token() if renew and session.token is not None else ""
        change = SetPassword(person_name(account.name), hashed, account.epoch, session.token, origin=session)
        change.renewed = digest_of(token) if token else ""

        def changed(added: DeviceToken | None) -> tuple[int, str] | None:
            session.by_password = True
            return (added.id, token) if added is not None else None

        return session.submit([change]).giving(changed)

    def remove(self, password: str) -> Ticket:
        """Remove the account for good. Its sessions end. Hashes. Raises WRONG_CREDENTIALS, THROTTLED."""
        account = self._checked(password)
        return self._session.submit([RemoveAccount(person_name(account.name), account.actor)])

    def certificates(self) -> Sequence[tuple[str, int]]:
        """The fingerprints of the certificates that log in to the account, and when each was added."""
        self._session.need("manage")
        return self._session.chat.store.accounts.certificates(self._session.own_account.id)

    def add_certificate(self, fingerprint: str, password: str = "") -> Ticket:
        """Let a certificate log in to the account. It needs the password (which hashes: call it in a password
        worker), unless this session logged in by it. Raises NAME_TAKEN if the certificate logs in to an
        account already; LIST_FULL, PASSWORD_REQUIRED, WRONG_CREDENTIALS, THROTTLED."""
        self._session.need("manage")
        own = self._session.own_account
        if password:
            own = self._checked(password)
        else:
            self._session.need_password()
        if len(self.certificates()) >= _MAX_CERTIFICATES:
            raise ChatError(Code.LIST_FULL, f"there are {_MAX_CERTIFICATES} certificates already")
        return self._session.submit([AddCertificate(person_name(own.name), fingerprint, own.epoch)])

    def remove_certificate(self, fingerprint: str) -> Ticket:
        """Remove a certificate. The result says whether the account had it."""
        change = RemoveCertificate(person_name(self._session.own_account.name), fingerprint, origin=self._session)
        return self._session.submit([change])

    def _checked(self, password: str) -> Account:
        self._session.need("manage")
        return self._session.check_password(self._session.own_account.name, password)
