"""NickServ: accounts. Its commands do the same as REGISTER, AUTHENTICATE and the command line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chatstore.chat.model.accounts import fingerprint
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import same_person
from chatstore.chat.model.tokens import is_token
from chatstore.irc.commands.authenticate import become_the_account
from chatstore.irc.commands.persistence import SETTINGS
from chatstore.irc.commands.replay import CHOICES, IN_WORDS
from chatstore.irc.services import NICKSERV, Talk, serves

if TYPE_CHECKING:
    from chatstore.chat.model.accounts import Account
    from chatstore.chat.ticket import Ticket


@serves(NICKSERV, "REGISTER", "PASSWORD [EMAIL]", "register an account with your nick", min_words=1, hashes=True)
def register(talk: Talk, rest: str) -> Ticket | None:
    """Create an account. An e-mail address is accepted, because clients send one, but not stored."""
    client = talk.client
    if _has_account(talk):
        return None
    words = rest.split()
    password = " ".join(words[:-1] if len(words) > 1 and "@" in words[-1] else words)
    account = client.session.register(client.nick, password)
    talk.say(f"You have registered the account {account.name} and are logged in to it.")
    return _go_on_as(talk, account)


def _hashes(rest: str) -> bool:
    """Whether the password must be hashed: a device token is only looked up."""
    return not is_token(rest.strip().rpartition(" ")[2])


@serves(NICKSERV, "IDENTIFY", "[ACCOUNT] PASSWORD", "log in", min_words=1, hashes=_hashes)
def identify(talk: Talk, rest: str) -> Ticket | None:
    client = talk.client
    if _has_account(talk):
        return None
    name, _, password = rest.partition(" ")
    if not password:
        name, password = client.nick, rest
    account = client.session.log_in(name, password.strip())
    talk.say(f"You are logged in as {account.name}.")
    return _go_on_as(talk, account)


@serves(NICKSERV, "LOGOUT", "", "how to log out")
def logout(talk: Talk, _: str) -> None:
    if talk.client.session.account is None:
        talk.say("You are not logged in.")
    else:
        talk.say("A connection stays logged in until it ends. /quit, and connect again without your password.")


@serves(NICKSERV, "INFO", "[ACCOUNT]", "show information about an account")
def info(talk: Talk, rest: str) -> None:
    session = talk.client.session
    name = rest.partition(" ")[0] or (session.account.name if session.account is not None else talk.client.nick)
    account = session.accounts.named(name)
    talk.say(f"{account.name} registered on {_day(account.created_at)}.")
    if account.admin:
        talk.say(f"{account.name} is an administrator of this server.")
    if session.account is not None and account.id == session.account.id:
        talk.say(f"/msg {talk.service.nick} SET PASSWORD changes your password.")


@serves(
    NICKSERV,
    "SET",
    "PASSWORD OLD NEW, PERSISTENCE ON|OFF|DEFAULT, REPLAY ON|OFF|MISSED|DEFAULT",
    "change your password; choose whether you stay in your rooms while you are not connected, and which earlier"
    " messages you see",
    min_words=2,
    hashes=True,
)
def set_(talk: Talk, rest: str) -> None:
    what, *words = rest.split()
    session = talk.client.session
    wanted, shown = SETTINGS.get(words[0].upper()), CHOICES.get(words[0].upper())
    if what.upper() in ("PASSWORD", "PASSWD") and len(words) == 2:
        came_by_token = session.token is not None
        session.accounts.set_password(*words, renew=False).result()
        talk.say(
            "Your password is changed. Your other connections are closed and your device tokens are removed"
            f"{', including the one you use now: create a new one' if came_by_token else ''}."
        )
        if session.accounts.certificates():
            talk.say(f"Your certificates still log you in: /msg {talk.service.nick} CERT LIST shows them.")
    elif what.upper() == "PERSISTENCE" and wanted is not None and len(words) == 1:
        if session.account is None:
            raise ChatError(Code.LOGIN_REQUIRED, "log in first")
        session.set_persistence(wanted).result()
        stays = "You stay in your rooms" if session.stays else "You leave your rooms"
        talk.say(f"{stays} when your last connection ends.")
    elif what.upper() == "REPLAY" and shown is not None and len(words) == 1:
        if session.account is None:
            raise ChatError(Code.LOGIN_REQUIRED, "log in first")
        session.set_replay(shown).result()
        talk.say(IN_WORDS[session.replay])
    else:
        raise ChatError(
            Code.INVALID_TEXT,
            "expected SET PASSWORD OLD NEW, PERSISTENCE ON, OFF or DEFAULT, or REPLAY ON, OFF, MISSED or DEFAULT",
        )


def _shows_password(rest: str) -> bool:
    return bool(_cert_words(rest)[2])


def _cert_words(rest: str) -> tuple[str, str, str]:
    """Return the subcommand, the fingerprint and the password. The last two may be empty."""
    what, _, given = rest.partition(" ")
    given = given.strip()
    if what.upper() != "ADD":
        return what, given, ""
    first, _, password = given.partition(" ")
    return (what, first, password.strip()) if fingerprint(first) else (what, "", given)


@serves(
    NICKSERV,
    "CERT",
    "LIST, ADD [FINGERPRINT] [PASSWORD], DEL [FINGERPRINT]",
    "manage the certificates that log you in without a password. Without a fingerprint (SHA-256), ADD and DEL use"
    " this connection's certificate. ADD needs your password unless you logged in with it",
    min_words=1,
    hashes=_shows_password,
)
def cert(talk: Talk, rest: str) -> None:
    what, given, password = _cert_words(rest)
    accounts, own = talk.client.session.accounts, talk.client.session.certificate
    match what.upper():
        case "LIST":
            found = accounts.certificates()
            for each, added_at in found:
                this = ", this connection's" if each == own else ""
                talk.say(f"{each}, since {_day(added_at)}{this}")
            if not found:
                talk.say("Your account has no certificates.")
        case "ADD":
            if password and not given and talk.client.session.by_password:
                given = password  # no password is needed, so this must be meant as a fingerprint
            wanted = _certificate(given, own)
            accounts.add_certificate(wanted, password).result()
            talk.say(f"You can now log in with the certificate {wanted} (SASL EXTERNAL).")
        case "DEL":
            wanted = _certificate(given, own)
            if not accounts.remove_certificate(wanted).result():
                raise ChatError(Code.INVALID_TEXT, f"your account has no certificate {wanted}")
            talk.say(f"The certificate {wanted} no longer logs in to your account.")
        case _:
            raise ChatError(Code.INVALID_TEXT, "expected CERT LIST, CERT ADD or CERT DEL")


@serves(NICKSERV, "TOKENS", "", "list the device tokens with which programs log in to your account")
def tokens(talk: Talk, _: str) -> None:
    found = talk.client.session.tokens.list()
    for each, use in found:
        used = f"last used {_day(each.last_used_at)}" if each.last_used_at is not None else "never used"
        this = ", this connection's" if use == "current" else ", connected now" if use == "online" else ""
        talk.say(f"{each.id}  {each.label or 'without a name'}, since {_day(each.created_at)}, {used}{this}")
    if not found:
        talk.say("Your account has no device tokens.")


@serves(
    NICKSERV,
    "TOKEN",
    "LIST, DEL ID",
    "list your device tokens, or remove one: its connections are closed",
    min_words=1,
)
def token(talk: Talk, rest: str) -> Ticket | None:
    what, given = (*rest.split(), "")[:2]
    if what.upper() == "LIST" and not given:
        tokens(talk, "")
    elif what.upper() == "DEL" and given.isascii() and given.isdigit() and len(given) < 19:
        talk.client.session.tokens.remove(int(given)).result()
        talk.say(f"The token {given} no longer logs in to your account.")
    else:
        raise ChatError(Code.INVALID_TEXT, "expected TOKEN LIST, or TOKEN DEL and a number from that list")
    return None


def _certificate(given: str, own: str) -> str:
    wanted = fingerprint(given) if given else own
    if not wanted:
        why = "that is not the fingerprint of a certificate" if given else "this connection has no certificate"
        raise ChatError(Code.INVALID_TEXT, f"{why}: give its SHA-256 (64 hexadecimal digits)")
    return wanted


@serves(NICKSERV, "DROP", "ACCOUNT PASSWORD", "delete your account, permanently", min_words=2, hashes=True)
def drop(talk: Talk, rest: str) -> None:
    """Delete the account. Nobody else can get its name, because the name stands in front of its messages."""
    name, _, password = rest.partition(" ")
    own = talk.client.session.account
    if own is None or not same_person(name, own.name):
        talk.say("You can delete only your own account, and you must be logged in to it.")
        return
    talk.client.session.accounts.remove(password.strip()).result()


def _held(talk: Talk, _: str) -> None:
    """Answer a command that other networks need to free a nick."""
    if talk.client.session.account is not None:
        talk.say("All your connections share your nick, so you don't need this.")
    else:
        talk.say(f"Log in to get your nick: /msg {talk.service.nick} IDENTIFY [ACCOUNT] PASSWORD.")


for _name in ("GHOST", "RECOVER", "REGAIN", "RELEASE"):
    serves(NICKSERV, _name, "NICK", "not needed: all connections of an account share its nick")(_held)


def _has_account(talk: Talk) -> bool:
    own = talk.client.session.account
    if own is not None:
        talk.say(f"You are already logged in as {own.name}.")
    return own is not None


def _go_on_as(talk: Talk, account: Account) -> Ticket | None:
    talk.client.logged_in(account)
    return become_the_account(talk.client)


def _day(moment: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment / 1000))
