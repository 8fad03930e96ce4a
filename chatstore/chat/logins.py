"""Who somebody is: passwords checked, accounts made, guessing slowed down. Everything here blocks."""

from __future__ import annotations

import hmac
import ipaddress
import logging
from collections.abc import Callable

from chatstore.chat import invitations, permissions, tokens
from chatstore.chat.accounts import Account
from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.invitations import no_invitation
from chatstore.chat.errors import ChatError, Code
from chatstore.chat.hub import Hub
from chatstore.chat.invitations import AccountInvitation
from chatstore.chat.limits import TokenBuckets
from chatstore.chat.names import new_person_name, person_name, same_person
from chatstore.chat.passwords import hash_password, verify_password
from chatstore.chat.policy import Policy
from chatstore.chat.ports import Clock, Store

log = logging.getLogger(__name__)

_GUESSES, _ADDRESS_GUESSES, _ACCOUNT_GUESSES = 10, 20, 100
_SECONDS_A_GUESS = 6.0
_SECONDS_A_REGISTRATION = 10.0


class Logins:
    """Ten wrong guesses at one account from one address, twenty from one address or a hundred at one account
    from anywhere, then one in six seconds. So a stranger's guesses don't lock the owner out.

    A guess is counted before it is hashed, so a flood costs no hashing, and a right one is given back. Of an
    IPv6 address the network (/64) counts.
    """

    def __init__(self, store: Store, hub: Hub, policy: Policy, monotonic: Clock) -> None:
        self._store = store
        self._hub = hub
        self._monotonic = monotonic
        self._registrations_at_once = 0
        self.obey(policy)
        self._pairs = TokenBuckets(_GUESSES, _SECONDS_A_GUESS, monotonic)
        self._accounts = TokenBuckets(_ACCOUNT_GUESSES, _SECONDS_A_GUESS, monotonic)
        self._addresses = TokenBuckets(_ADDRESS_GUESSES, _SECONDS_A_GUESS, monotonic)

    def obey(self, policy: Policy) -> None:
        self._policy = policy
        most = policy.limits.registrations_at_once
        if most != self._registrations_at_once:
            self._registrations_at_once = most
            self._registrations = TokenBuckets(most, _SECONDS_A_REGISTRATION, self._monotonic)
        # A well-formed hash that no password has: an unknown name must cost what a known one costs.
        self._nobody = f"bcrypt:$2b${policy.bcrypt_cost:02d}$" + "." * 53

    def check(self, name: str, password: str, address: str) -> Account:
        """The account; WRONG_CREDENTIALS (name or password: the same words, after the same time), THROTTLED
        or, for the right password only, SUSPENDED."""
        folded, give_back = self._guess(name, address)
        account = self._store.account_named(folded) if folded else None
        known = account is not None and account.status != "removed"
        matches = verify_password(password, account.password if known and account is not None else self._nobody)
        if account is None or not known or not matches:
            raise _wrong(name, folded, address)
        give_back()
        return _active(account, address)

    def check_token(self, name: str, token: str, address: str) -> tuple[Account, int]:
        """The same by one of the account's device tokens, and the token's id; nothing is hashed slowly. It is found
        by its SHA-256, so how long that takes tells nothing of the tokens that there are."""
        folded, give_back = self._guess(name, address)
        digest = tokens.digest_of(token)
        found = self._store.token(digest)
        account = self._store.account(found.account_id) if found is not None else None
        if found is None or account is None or account.folded != folded:
            raise _wrong(name, folded, address)
        if not hmac.compare_digest(found.digest, digest):
            raise _wrong(name, folded, address)
        give_back()
        return _active(account, address), found.id

    def check_invitation(self, code: str, address: str, now: int) -> AccountInvitation:
        """What a code (or a link with one) is good for at `now`, in ms since 1970 UTC. INVALID_CODE, whatever is
        wrong with it; a wrong one counts as a guess of the address. THROTTLED."""
        network = network_of(address)
        if self._addresses.wait(network) > 0:
            raise ChatError(Code.THROTTLED, "too many wrong codes; try again later")
        self._addresses.take(network)
        known = invitations.code_in(code)
        found = self._store.account_invitation(invitations.digest_of(known)) if known else None
        if found is None or not found.usable(now) or self._policy.registration == "closed":
            log.info("an invitation from %s is none, or no longer good", address)
            raise no_invitation()
        self._addresses.give_back(network)
        return found

    def check_certificate(self, fingerprint: str, name: str, address: str) -> Account:
        """The account that the certificate logs in to, which must be the one of that name, if a name is given;
        WRONG_CREDENTIALS, SUSPENDED."""
        account = self._store.account_with_certificate(fingerprint) if fingerprint else None
        if account is None:
            log.info("a certificate from %s belongs to no account: %s", address, fingerprint or "none was shown")
            raise ChatError(Code.WRONG_CREDENTIALS, "that certificate belongs to no account", name)
        try:
            is_another = bool(name) and person_name(name).folded != account.folded
        except ChatError:
            is_another = True
        if is_another:
            raise ChatError(Code.WRONG_CREDENTIALS, "that certificate belongs to another account", name)
        return _active(account, address)

    def admits(self, password: str, address: str) -> bool:
        """Whether this is the server's password; wrong ones count as guesses of the address. THROTTLED."""
        expected, network = self._policy.server_password.encode(), network_of(address)
        if not expected:
            return False
        if self._addresses.wait(network) > 0:
            raise ChatError(Code.THROTTLED, "too many wrong passwords; try again later")
        if hmac.compare_digest(password.encode(), expected):
            return True
        self._addresses.take(network)
        return False

    def hashed(self, password: str) -> str:
        """What is stored of a password; BAD_PASSWORD for what can't be one."""
        return hash_password(password, self._policy.bcrypt_cost)

    def register(
        self, name: str, password: str, address: str, *, local: bool, invitation: AccountInvitation | None = None
    ) -> Account:
        """Make an account, by an invitation where there is one, which is used up. REGISTRATION_CLOSED,
        INVITATION_REQUIRED, INVALID_CODE, INVALID_NAME, NAME_TAKEN, BAD_PASSWORD, THROTTLED."""
        if not permissions.may_register(self._policy.registration, local=local, invited=invitation is not None):
            raise _may_not_register(self._policy.registration, name)
        valid = new_person_name(name, self._policy.limits.nick_length)
        if invitation is not None and invitation.name and not same_person(invitation.name, name):
            raise ChatError(Code.INVALID_NAME, f"the invitation is for {invitation.name}", name)
        if self._registrations.wait(network_of(address)) > 0:
            raise ChatError(Code.THROTTLED, "too many new accounts from your address; try again later", name)
        person = self._hub.person(valid.folded)
        taken = self._store.account_named(valid.folded) is not None
        if taken or (person is not None and person.actor.account is not None):
            raise ChatError(Code.NAME_TAKEN, "that name is taken", name)
        self._registrations.take(network_of(address))
        hashed = self.hashed(password)
        code = invitation.digest if invitation is not None else ""
        account = self._store.submit([CreateAccount(valid, hashed, invitation=code)]).result()
        assert isinstance(account, Account)
        return account

    def _guess(self, name: str, address: str) -> tuple[str, Callable[[], None]]:
        """Count a guess: the folded name (empty for what is none), and what takes the guess back. THROTTLED."""
        try:
            folded = person_name(name).folded
        except ChatError:
            folded = ""
        network = network_of(address)
        buckets = ((self._pairs, (folded, network)), (self._accounts, folded), (self._addresses, network))
        wait = max(bucket.wait(key) for bucket, key in buckets)
        if wait > 0:
            log.info("too many wrong passwords for %s from %s", folded or "?", address)
            raise ChatError(Code.THROTTLED, f"too many wrong passwords; try again in {wait:.0f} seconds", name)
        for bucket, key in buckets:
            bucket.take(key)

        def give_back() -> None:
            for bucket, key in buckets:
                bucket.give_back(key)

        return folded, give_back


def _wrong(name: str, folded: str, address: str) -> ChatError:
    log.info("wrong password for %s from %s", folded or "?", address)
    return ChatError(Code.WRONG_CREDENTIALS, "wrong name or password", name)


def _may_not_register(registration: str, name: str) -> ChatError:
    if registration == "closed":
        return ChatError(Code.REGISTRATION_CLOSED, "accounts can't be made from here: ask the administrator", name)
    return ChatError(Code.INVITATION_REQUIRED, "accounts are made by invitation here: ask the administrator", name)


def _active(account: Account, address: str) -> Account:
    if not permissions.may_log_in(account):
        log.info("%s is suspended and was not let in from %s", account.name, address)
        why = f": {account.status_reason}" if account.status_reason else ""
        raise ChatError(Code.SUSPENDED, f"this account is suspended{why}", account.name)
    return account


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, an IPv6 /64."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
