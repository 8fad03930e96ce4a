"""Logins: checks passwords, tokens, certificates and invitations, registers accounts, and slows guessing.
Everything here blocks."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Hashable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

from chatstore.chat.changes.accounts import CreateAccount, NoteNetwork, ResetPassword
from chatstore.chat.changes.invitations import no_invitation, still_works
from chatstore.chat.changes.people import TellWrongGuess
from chatstore.chat.live.hub import Hub
from chatstore.chat.model import invitations
from chatstore.chat.model.accounts import Account, said_time
from chatstore.chat.model.counts import Counts
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.invitations import AccountInvitation
from chatstore.chat.model.names import looks_taken, new_person_name, person_name, same_person
from chatstore.chat.model.networks import network_of
from chatstore.chat.model.passwords import hash_password, required_possible, required_strong, verify_password
from chatstore.chat.model.tokens import DeviceToken
from chatstore.chat.ports import Clock, Store
from chatstore.chat.rules import permissions
from chatstore.chat.rules.policy import Policy
from chatstore.chat.rules.rate_limits import TokenBuckets
from chatstore.chat.session.right_passwords import RightPasswords

log = logging.getLogger(__name__)

Method = TypeVar("Method", bound=Callable[..., Any])

_GUESSES, _ADDRESS_GUESSES, _ACCOUNT_GUESSES = 10, 20, 100
_SECONDS_A_GUESS = 6.0
_SECONDS_A_REGISTRATION = 10.0
WAITS = "an administrator has to approve this account before you can log in"
_MAX_NOTED = 20_000


def _counted(way: str) -> Callable[[Method], Method]:
    """Count how this way to log in ends, by the code of the refusal."""

    def count(method: Method) -> Method:
        @wraps(method)
        def counting(self: Logins, *arguments: Any, **options: Any) -> Any:
            try:
                result = method(self, *arguments, **options)
            except ChatError as refused:
                self.counts.add((way, refused.code.name.lower()))
                raise
            self.counts.add((way, ""))
            return result

        return cast("Method", counting)

    return count


class Logins:
    """Checks logins and limits wrong guesses. The limits are ten guesses at one account from one address,
    twenty from one address, and a hundred at one account from anywhere; after that, one in six seconds.

    A stranger's guesses must not lock the owner out. So only the first limit applies on networks from which
    the account has logged in before. A right device token, certificate or invitation is never refused by a
    limit, because nobody can guess those.

    A guess is counted before it is hashed, so a flood costs no hashing; a right one is given back. IPv6
    addresses are counted by network (/64). Where the database has several servers, each tells the others of wrong
    guesses, so the limits hold for all of them together, to within a moment.
    """

    def __init__(self, store: Store, hub: Hub, policy: Policy, monotonic: Clock, clock: Clock = time.time) -> None:
        self._store = store
        self._hub = hub
        self._monotonic = monotonic
        self._clock = clock
        self._noted: dict[tuple[int, str], None] = {}
        """The accounts and networks that are known to be stored."""
        self._registrations_at_once = 0
        self.counts = Counts()
        """Logins that succeeded: ("password", ""); and refusals: ("password", "wrong_credentials")."""
        self.apply_policy(policy)
        self._pairs = TokenBuckets(_GUESSES, _SECONDS_A_GUESS, monotonic)
        self._accounts = TokenBuckets(_ACCOUNT_GUESSES, _SECONDS_A_GUESS, monotonic)
        self._addresses = TokenBuckets(_ADDRESS_GUESSES, _SECONDS_A_GUESS, monotonic)
        self._right = RightPasswords(monotonic)
        hub.guessed = self._heard_guess

    def apply_policy(self, policy: Policy) -> None:
        self._policy = policy
        most = policy.limits.registrations_at_once
        if most != self._registrations_at_once:
            self._registrations_at_once = most
            self._registrations = TokenBuckets(most, _SECONDS_A_REGISTRATION, self._monotonic)
        # A well-formed hash that fits no password: an unknown name must cost as much as a known one.
        self._nobody = f"bcrypt:$2b${policy.accounts.bcrypt_cost:02d}$" + "." * 53

    @_counted("password")
    def check(self, name: str, password: str, address: str) -> Account:
        """Check a password and return the account. Raises WRONG_CREDENTIALS for a wrong name or password
        alike, with the same text after the same time; THROTTLED; and SUSPENDED, but only if the password is
        right."""
        folded, give_back = self._guess(name, address)
        account = self._store.accounts.named(folded) if folded else None
        known = account is not None and account.owned and bool(account.password)  # a bot has none
        matches = verify_password(password, account.password if known and account is not None else self._nobody)
        if account is None or not known or not matches:
            self._tell_guess(folded, address)
            raise _wrong(name, folded, address)
        give_back()
        self._right.note(account, password)
        return self._let_in(account, address)

    def check_again(self, name: str, password: str, address: str) -> Account | None:
        """The account, if check() found this password right a few minutes ago; it is not hashed again. None: only
        check() can tell, and counts the guess. Whoever has guessed too often is not answered here: otherwise a
        right guess would be known at once. Raises what check() raises after that."""
        folded = _folded(name)
        account = self._store.accounts.named(folded) if folded else None
        if account is None or not account.owned or self._wait(folded, network_of(address)) > 0:
            return None
        if not self._right.knows(account, password):
            return None
        return self._let_in_again(account, address)

    @_counted("password")
    def _let_in_again(self, account: Account, address: str) -> Account:
        return self._let_in(account, address)

    @_counted("token")
    def check_token(self, name: str | None, token: str, address: str) -> tuple[Account, DeviceToken]:
        """Check one of the account's device tokens, and return the account and the token. Without a `name`
        (None) the token alone says whose it is. It raises what
        check() raises, and counts a wrong token like a wrong password. No slow hash is needed: the token is
        found by its SHA-256, so the time taken tells nothing about existing tokens."""
        digest = digest_of(token)
        found = self._store.tokens.by_digest(digest)
        account = self._store.accounts.by_id(found.account_id) if found is not None else None
        right = found is not None and hmac.compare_digest(found.digest, digest)
        named = account is not None and (name is None or account.folded == _folded(name))
        if found is None or account is None or not right or not named:
            folded, _ = self._guess(name or "", address)
            self._tell_guess(folded, address)
            raise _wrong(name or "", folded, address)
        return self._let_in(account, address), found

    @_counted("invitation")
    def check_invitation(self, code: str, address: str, now: int) -> AccountInvitation:
        """The invitation of this code, or of a link with it, if it is usable at `now` (ms since 1970 UTC).
        Raises INVALID_CODE for any fault, and counts it as a guess of the address; raises THROTTLED."""
        known = invitations.code_in(code)
        found = self._store.invitations.by_digest(digest_of(known)) if known else None
        closed = self._policy.accounts.registration == "closed"
        open_for_it = found is not None and (not closed or found.account_id is not None)
        if found is not None and open_for_it and still_works(found, self._store.accounts, now):
            return found
        network = network_of(address)
        if self._addresses.wait(network) > 0:
            raise ChatError(Code.THROTTLED, "too many wrong codes; try again later")
        self._addresses.take(network)
        self._tell_guess("", address)
        log.info("an invitation from %(address)s is not valid", {"event": "invitation-refused", "address": address})
        raise no_invitation()

    @_counted("certificate")
    def check_certificate(self, fingerprint: str, name: str, address: str) -> Account:
        """The account that the certificate logs in to. If a `name` is given, it must be that account's.
        Raises WRONG_CREDENTIALS, SUSPENDED."""
        account = self._store.accounts.with_certificate(fingerprint) if fingerprint else None
        if account is None:
            log.info(
                "a certificate from %(address)s belongs to no account: %(fingerprint)s",
                {
                    "event": "certificate-refused",
                    "address": address,
                    "fingerprint": fingerprint or "none was shown",
                },
            )
            raise ChatError(Code.WRONG_CREDENTIALS, "that certificate belongs to no account", name)
        try:
            is_another = bool(name) and person_name(name).folded != account.folded
        except ChatError:
            is_another = True
        if is_another:
            raise ChatError(Code.WRONG_CREDENTIALS, "that certificate belongs to another account", name)
        return self._let_in(account, address)

    def admits(self, password: str, address: str, *, counted: bool = True) -> bool:
        """Whether this is the server's password. A wrong one counts as a guess of the address. Pass
        `counted=False` if the same text is tried as an account's password next, which counts it. Raises
        THROTTLED."""
        expected, network = self._policy.password.encode(), network_of(address)
        if not expected:
            return False
        if self._addresses.wait(network) > 0:
            if not counted:
                return False
            raise ChatError(Code.THROTTLED, "too many wrong passwords; try again later")
        if hmac.compare_digest(password.encode(), expected):
            return True
        if counted:
            self._addresses.take(network)
            self._tell_guess("", address)
        return False

    def check_new_password(self, password: str, name: str) -> None:
        """Whether the account of this name may have this password; raises BAD_PASSWORD or WEAK_PASSWORD. It hashes
        nothing, but takes some milliseconds."""
        required_possible(password)
        required_strong(password, self._policy.accounts.passwords, name)

    def hashed(self, password: str, name: str) -> str:
        """The hash to store for a new password of the account with this name. Raises BAD_PASSWORD if the text
        can't be a password, WEAK_PASSWORD if it is too easy to guess."""
        self.check_new_password(password, name)
        return hash_password(password, self._policy.accounts.bcrypt_cost)

    @_counted("registration")
    def register(
        self,
        name: str,
        password: str,
        address: str,
        *,
        local: bool,
        invitation: AccountInvitation | None = None,
        guest: int | str = "",
    ) -> Account:
        """Make an account, and use up the invitation if there is one. `guest` is the key of the guest who
        registers. Raises REGISTRATION_CLOSED, INVITATION_REQUIRED, INVALID_CODE, INVALID_NAME, NAME_TAKEN,
        BAD_PASSWORD, WEAK_PASSWORD, THROTTLED; ACCOUNT_WAITING if the account was made, and waits for approval."""
        if not permissions.may_register(
            self._policy.accounts.registration, local=local, invited=invitation is not None
        ):
            raise _may_not_register(self._policy.accounts.registration, name)
        valid = new_person_name(name, self._policy.limits.nick_length)
        if invitation is not None and invitation.name and not same_person(invitation.name, name):
            raise ChatError(Code.INVALID_NAME, f"the invitation is for {invitation.name}", name)
        if self._registrations.wait(network_of(address)) > 0:
            raise ChatError(Code.THROTTLED, "too many new accounts from your address; try again later", name)
        person = self._hub.person(valid.folded)
        taken = self._store.accounts.named(valid.folded) is not None
        if taken or (person is not None and person.actor.account is not None):
            raise ChatError(Code.NAME_TAKEN, "that name is taken", name)
        like = self._store.accounts.looking_like(valid)
        if like is not None:
            raise looks_taken(valid, like.name)
        self._registrations.take(network_of(address))
        hashed = self.hashed(password, valid.shown)
        code = invitation.digest if invitation is not None else ""
        change = CreateAccount(valid, hashed, invitation=code, nick_of=guest)
        if permissions.must_wait(self._policy.accounts.registration, invited=invitation is not None):
            change.waits_at = address
        account = self._store.submit([change]).result()
        assert isinstance(account, Account)
        return self._let_in(account, address)

    def reset(self, name: str, password: str, address: str, link: AccountInvitation) -> Account:
        """Set the password of the account that a one-use link is for. Hashes. Raises INVALID_NAME if that is not
        `name`; INVALID_CODE, BAD_PASSWORD, WEAK_PASSWORD, SUSPENDED."""
        if not same_person(link.name, name):
            raise ChatError(Code.INVALID_NAME, f"the link is for {link.name}", name)
        hashed = self.hashed(password, link.name)
        account = self._store.submit([ResetPassword(link.digest, hashed)]).result()
        assert isinstance(account, Account)
        log.info(
            "%(account)s set a new password from %(address)s by a one-use link",
            {"event": "password-reset", "account": account.name, "address": address},
        )
        return self._let_in(account, address)

    def _guess(self, name: str, address: str) -> tuple[str, Callable[[], None]]:
        """Count a guess. Returns the folded name (empty if it is not valid), and a function that takes the
        guess back. Raises THROTTLED."""
        folded, network = _folded(name), network_of(address)
        wait = self._wait(folded, network)
        if wait > 0:
            log.info(
                "too many wrong passwords for %(account)s from %(address)s",
                {"event": "login-throttled", "account": folded or "?", "address": address},
            )
            raise ChatError(Code.THROTTLED, f"too many wrong passwords; try again in {wait:.0f} seconds", name)
        # An empty bucket gives no token, so it gets none back: otherwise others could use that token.
        taken = [(bucket, key) for bucket, key in self._buckets(folded, network) if not bucket.wait(key)]
        for bucket, key in taken:
            bucket.take(key)

        def give_back() -> None:
            for bucket, key in taken:
                bucket.give_back(key)

        return folded, give_back

    def _buckets(self, folded: str, network: str) -> Sequence[tuple[TokenBuckets, Hashable]]:
        """What a guess counts for."""
        return (self._pairs, (folded, network)), (self._accounts, folded), (self._addresses, network)

    def _wait(self, folded: str, network: str) -> float:
        """Seconds until the network may guess at the account's password again."""
        wait, *others = (bucket.wait(key) for bucket, key in self._buckets(folded, network))
        longest = max(others)
        return longest if longest > wait and not self._came_from(folded, network) else wait

    def _tell_guess(self, folded: str, address: str) -> None:
        """Tell the other servers of the database of a wrong guess: they count it, too. `folded` is empty if it was
        at no account."""
        if self._hub.node:
            self._store.submit([TellWrongGuess(folded, network_of(address))])

    def _heard_guess(self, folded: str, network: str) -> None:
        """Count a wrong guess that was made at another server."""
        self._addresses.take(network)
        if folded:
            self._accounts.take(folded)
            self._pairs.take((folded, network))

    def _came_from(self, folded: str, network: str) -> bool:
        """Whether the account of this name has logged in from this network before."""
        account = self._store.accounts.named(folded) if folded else None
        return account is not None and self._store.accounts.knows_network(
            account.id, _network_digest(account, network)
        )

    def _let_in(self, account: Account, address: str) -> Account:
        """Let the account in, and remember its network. Raises SUSPENDED, SERVER_BANNED,
        ACCOUNT_WAITING."""
        if account.status == "waiting":
            raise ChatError(Code.ACCOUNT_WAITING, WAITS, account.name)
        if not permissions.may_log_in(account, int(self._clock() * 1000)):
            log.info(
                "login refused from %(address)s: %(account)s is suspended",
                {"event": "login-suspended", "address": address, "account": account.name},
            )
            raise ChatError(Code.SUSPENDED, _suspended(account), account.name)
        ban = self._hub.bans.of_person(account.actor, int(self._clock() * 1000))
        if ban is not None:
            log.info(
                "login refused from %(address)s: %(account)s is banned",
                {"event": "login-banned", "address": address, "account": account.name},
            )
            raise ChatError(Code.SERVER_BANNED, ban.sentence, account.name)
        digest = _network_digest(account, network_of(address))
        if (account.id, digest) not in self._noted:
            if len(self._noted) >= _MAX_NOTED:
                self._noted.clear()
            self._noted[account.id, digest] = None
            ticket = self._store.submit([NoteNetwork(account.id, digest)])
            ticket.when_refused(lambda: self._noted.pop((account.id, digest), None))  # the next login tries again
        return account


def _folded(name: str) -> str:
    """The folded name; empty if the name is not valid."""
    try:
        return person_name(name).folded
    except ChatError:
        return ""


def _network_digest(account: Account, network: str) -> str:
    """The stored form of a network. It is a digest, so that the database shows nobody's address."""
    return hashlib.sha256(f"{account.id} {account.created_at} {network}".encode()).hexdigest()[:32]


def _suspended(account: Account) -> str:
    until = f" until {said_time(account.suspended_until)}" if account.suspended_until is not None else ""
    why = f": {account.status_reason}" if account.status_reason else ""
    return f"this account is suspended{until}{why}"


def _wrong(name: str, folded: str, address: str) -> ChatError:
    log.info(
        "login failed for %(account)s from %(address)s: no such account or wrong password",
        {"event": "login-failed", "account": folded or "?", "address": address},
    )
    return ChatError(Code.WRONG_CREDENTIALS, "wrong name or password", name)


def _may_not_register(registration: str, name: str) -> ChatError:
    if registration == "closed":
        return ChatError(Code.REGISTRATION_CLOSED, "you can't register from here: ask the administrator", name)
    return ChatError(Code.INVITATION_REQUIRED, "you need an invitation to register: ask the administrator", name)
