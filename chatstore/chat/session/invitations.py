"""Invitations to the server, as a session uses and makes them. Everything here blocks."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Literal

from chatstore.chat.changes.invitations import ADMINS_ONLY, InviteToServer, RevokeInvitation
from chatstore.chat.model.accounts import Account, AccountRole
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.invitations import (
    DAY,
    USUAL_LIFE,
    AccountInvitation,
    InvitationShown,
    InvitationsQuery,
    State,
    new_code,
)
from chatstore.chat.model.names import new_person_name
from chatstore.chat.rules import permissions
from chatstore.chat.session.administration import Administration
from chatstore.chat.session.state import SessionState
from chatstore.chat.ticket import Ticket

log = logging.getLogger(__name__)

Kind = Literal["user", "admin", "reset", "activate"]
"""What an invitation does: it makes an account of that role; or it sets the password of one that exists,
which was a placeholder if it activates it."""


class Invitations:
    """`session.invitations`. `given` is the invitation that the session's next account is made by, or the
    one-use link that sets a password. `kind` is what it does."""

    __slots__ = ("_session", "given", "kind")

    def __init__(self, session: SessionState) -> None:
        self._session = session
        self.given: AccountInvitation | None = None
        self.kind: Kind = "user"

    def give(self, code: str) -> AccountInvitation:
        """Use an invitation by its code, or by a link with the code. Raises ENCRYPTION_REQUIRED,
        INVALID_CODE, THROTTLED."""
        session = self._session
        session.need_encryption()
        now = int(session.chat.clock() * 1000)
        given = session.chat.logins.check_invitation(code, session.address, now)
        self.given, self.kind = given, given.role
        if given.account_id is not None:
            account = session.chat.store.accounts.by_id(given.account_id)
            self.kind = "activate" if account is not None and account.status == "placeholder" else "reset"
        return given

    def create(self, name: str = "", role: AccountRole = "user", days: int | None = None) -> Ticket:
        """Invite somebody to register, under that name or any, within some days. PASSWORD_REQUIRED for an
        administrator, as with Administration.set_admin. The result is the code, which is never shown
        again, and the AccountInvitation. Raises LOGIN_REQUIRED, ADMIN_REQUIRED, REGISTRATION_CLOSED,
        ENCRYPTION_REQUIRED, INVALID_NAME, NAME_TAKEN."""
        session, account = self._session, self._maker(name)
        if role == "admin":
            Administration(self._session).need_own_password(permissions.may_set_role)
        wanted = new_person_name(name, session.chat.policy.limits.nick_length) if name else None
        code = new_code()
        life = days * DAY if days is not None else USUAL_LIFE
        change = InviteToServer(digest_of(code), wanted, role, life, account.id, session.token)

        def invited(made: AccountInvitation) -> tuple[str, AccountInvitation]:
            log.info(
                "%(account)s invited %(name)s to the server",
                {"event": "invited", "account": account.name, "name": made.name or "somebody"},
            )
            return code, made

        return session.submit([change]).giving(invited)

    def chosen(self, state: State | None, before: int | None, limit: int) -> Sequence[InvitationShown]:
        """Invitations, newest first; see InvitationsQuery. Raises LOGIN_REQUIRED, ADMIN_REQUIRED."""
        Administration(self._session).acting()
        session = self._session
        return session.chat.store.invitations.chosen(InvitationsQuery(session.now, state, before, limit))

    def revoke(self, number: int) -> Ticket:
        """Revoke an unused invitation. Raises LOGIN_REQUIRED, ADMIN_REQUIRED, NO_SUCH_INVITATION."""

        def revoked(found: bool) -> None:
            if not found:
                raise ChatError(Code.NO_SUCH_INVITATION, f"there is no unused invitation {number}", str(number))

        return Administration(self._session).submit(RevokeInvitation(number)).giving(revoked)

    def check_allowed(self) -> None:
        """Raise what `create` would raise, without making anything."""
        session, account = self._session, self._maker()
        now = int(session.chat.clock() * 1000)
        if not permissions.may_invite_to_server(session.chat.store.accounts.by_id(account.id), now):
            raise ChatError(Code.ADMIN_REQUIRED, ADMINS_ONLY)

    def _maker(self, name: str = "") -> Account:
        """The account that makes the invitation. The writer decides whether it is an administrator's, by what
        is stored then."""
        session = self._session
        if session.account is None:
            raise ChatError(Code.LOGIN_REQUIRED, "log in first")
        session.need("manage")
        session.need_encryption()
        if session.chat.policy.accounts.registration == "closed":
            raise ChatError(Code.REGISTRATION_CLOSED, "registration is closed, even with an invitation", name)
        return session.account
