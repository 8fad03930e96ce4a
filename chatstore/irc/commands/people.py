"""PEOPLE: the accounts of the server, for its administrators.

Spec: chatstore/administration, this server's own; docs/extensions.md describes its lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatstore.chat.model.accounts import Account, PeopleQuery
from chatstore.chat.model.invitations import link
from chatstore.chat.model.rooms import Role
from chatstore.irc.commands import command
from chatstore.irc.commands.token import grant_words
from chatstore.irc.line import timestamp
from chatstore.irc.renderer import waiting_text
from chatstore.irc.subcommands import (
    MOST_ROWS,
    NOTHING,
    InvalidError,
    Subcommands,
    Value,
    end,
    given_attributes,
    later,
    number_in,
    number_of,
    row,
    time_of,
    until_of,
)

if TYPE_CHECKING:
    from chatstore.chat.session.administration import Erased
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

NAME = "PEOPLE"
STATES = ("active", "suspended", "waiting", "placeholder", "removed")
DAY = 86_400_000
people_commands = Subcommands(NAME)


@command(NAME, min_params=1, blocking=True, spec="chatstore/administration")
def people(client: Client, line: Line) -> None:
    """Manage accounts: `PEOPLE LIST`, `PEOPLE SHOW bob`, `PEOPLE SUSPEND eve * :spam`, `PEOPLE RESTORE eve`,
    `PEOPLE RESET bob`, `PEOPLE ADMIN bob on`, `PEOPLE DEVICES bob`, `PEOPLE SIGNOUT bob 7`, `PEOPLE REMOVE
    eve`. For administrators."""
    people_commands.run(client, line)


@people_commands("ALLOWED")
def allowed(client: Client) -> None:
    """Say whether this connection may administer, and how much waits for that."""
    waiting, warnings = client.session.administration.waiting()
    client.reply.line(NAME, "ALLOWED", waiting_text(waiting, warnings=warnings))


@people_commands("WAITING")
def waiting(client: Client) -> None:
    for account, address in client.session.administration.waiting_accounts():
        row(client, {"created": timestamp(account.created_at), "address": address}, NAME, "WAITING", account.name)
    end(client, NAME, "WAITING")


@people_commands("APPROVE NAME", 1)
def approve(client: Client, name: str) -> None:
    client.reply.line(NAME, "APPROVE", client.session.administration.approve(name).result().name)


@people_commands("REFUSE NAME", 1)
def refuse(client: Client, name: str) -> None:
    client.reply.line(NAME, "REFUSE", client.session.administration.refuse(name).result().name)


@people_commands("LIST [ATTRIBUTES]")
def list_(client: Client, attributes: str = NOTHING) -> None:
    values = given_attributes(attributes, "status", "match", "after", "limit", "unused")
    if values.get("status", "active") not in STATES:
        raise InvalidError(f"expected status={'|'.join(STATES)}")
    days = number_in(values, "unused", None, 36_500)
    query = PeopleQuery(
        client.session.now,
        values.get("status", ""),
        values.get("match", ""),
        client.session.now - days * DAY if days is not None else None,
        values.get("after", ""),
        number_in(values, "limit", MOST_ROWS, MOST_ROWS),
    )
    for account in client.session.administration.accounts(query):
        row(client, _about(client, account), NAME, "LIST", account.name)
    end(client, NAME, "LIST")


def _about(client: Client, account: Account) -> dict[str, Value]:
    """What a row says of an account."""
    state = account.status
    if state == "suspended" and account.active(client.session.now):
        state = "active"
    suspended = state == "suspended"
    return {
        "role": account.role,
        "bot": account.bot,
        "status": state,
        "created": timestamp(account.created_at),
        "seen": time_of(account.last_seen_at),
        "online": client.session.administration.online(account),
        "until": time_of(account.suspended_until) if suspended else None,
        "reason": account.status_reason if suspended else None,
    }


@people_commands("SHOW NAME", 1)
def show(client: Client, name: str) -> None:
    found = client.session.administration.account(name)
    values = _about(client, found.account) | {
        "nick": found.account.nick,
        "devices": found.devices,
        "certificates": found.certificates,
        "address": found.asked_from,
        "rooms": ",".join(_memberships(found.rooms)),
    }
    row(client, values, NAME, "SHOW", found.account.name)


def _memberships(rooms: Iterable[tuple[str, Role, bool]]) -> Iterable[str]:
    for name, role, founder in rooms:
        prefix = ("~" if founder else "") + ("@" if role.operator else "+" if role.voiced else "")
        yield f"#{name} {prefix}".rstrip()


@people_commands("SUSPEND NAME UNTIL :REASON", 3)
def suspend(client: Client, name: str, until: str, reason: str) -> None:
    if not reason.strip():
        raise InvalidError("give a reason: it is shown to whoever tries to log in")
    account = client.session.administration.suspend(name, until_of(client, until), reason).result()
    client.reply.line(NAME, "SUSPEND", account.name, until, reason, trailing=True)


@people_commands("RESTORE NAME", 1)
def restore(client: Client, name: str) -> None:
    client.session.administration.restore(name).result()
    client.reply.line(NAME, "RESTORE", name)


@people_commands("RESET NAME", 1)
def reset(client: Client, name: str) -> None:
    code, made = client.session.administration.reset(name).result()
    where = link(client.server.access.web, code)
    client.reply.line(NAME, "RESET", made.name, code, timestamp(made.expires_at), where, trailing=True)


@people_commands("ADMIN NAME on|off", 2)
def admin(client: Client, name: str, wanted: str) -> None:
    if wanted.lower() not in ("on", "off"):
        raise InvalidError("expected ADMIN NAME on|off")
    client.session.administration.set_admin(name, admin=wanted.lower() == "on").result()
    client.reply.line(NAME, "ADMIN", name, wanted.lower())


@people_commands("DEVICES NAME", 1)
def devices(client: Client, name: str) -> None:
    for token, online in client.session.administration.devices(name):
        times = {"made": timestamp(token.created_at), "used": time_of(token.last_used_at)}
        values: dict[str, Value] = {**times, "online": online, **grant_words(client, token)}
        row(client, values, NAME, "DEVICES", name, str(token.id), text=token.label)
    end(client, NAME, "DEVICES", name)


@people_commands("SIGNOUT NAME ID|*", 2)
def signout(client: Client, name: str, token: str) -> None:
    which = number_of(token, "the id of a device") if token != NOTHING else None
    client.session.administration.sign_out(name, which).result()
    client.reply.line(NAME, "SIGNOUT", name, token)


@people_commands("REMOVE NAME", 1)
def remove(client: Client, name: str) -> None:
    client.reply.line(NAME, "REMOVE", client.session.administration.remove(name).result().name)


@people_commands("ERASE NAME", 1)
def erase(client: Client, name: str) -> None:
    """It may take hours. So the answer is that it has begun, and another line says when it is done."""

    def told(erased: Erased | None) -> None:
        values: dict[str, Value] = {"interrupted": erased is None}
        if erased is not None:
            values |= {what.replace(" ", "-"): count for what, count in erased.counts.items()}
            values["copies"] = len(erased.copies)
        later(client, values, NAME, "ERASED", shown, text=", ".join(erased.copies) if erased is not None else None)

    shown = client.session.administration.account(name).account.name
    client.session.administration.erase(name, told)
    row(client, {"begun": True}, NAME, "ERASE", shown)
