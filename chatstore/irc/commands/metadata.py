"""METADATA: values that clients store about people and rooms. Spec: IRCv3 draft/metadata-2 and
draft/metadata-3.

The two drafts use different replies (see irc/metadata.py). Two commands differ as well: in draft/metadata-2,
removing a key that is not set fails; in draft/metadata-3, an answer follows SUB even if nothing is set.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.metadata import MUTED, OWN, Subject, is_key
from chatstore.chat.model.names import same_person
from chatstore.chat.session.metadata import MetadataValue
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.errors import middle
from chatstore.irc.metadata import EVERYWHERE, batch, later, limit, offer, older, own_values, reject, say, tell

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line


def _only_reads(_: Client, line: Line) -> bool:
    """Whether a subcommand only reads. Subscriptions belong to the connection, so they change nothing in the
    chat."""
    return line.param(1).upper() not in ("SET", "CLEAR")


@command("METADATA", registered=False, blocking=True, question=_only_reads, spec="IRCv3 draft/metadata-3")
def metadata(client: Client, line: Line) -> None:
    """Get, set and subscribe to metadata: GET, LIST, SET, CLEAR, SUB, UNSUB, SUBS, SYNC."""
    target, said, rest = line.param(0), line.param(1), line.params[2:]
    known = _SUBCOMMANDS.get(said.upper())
    if known is None:
        if older(client) and not said:
            client.reply.numeric(n.ERR_NEEDMOREPARAMS, "METADATA", text="not enough parameters")
        else:
            why = f'unknown subcommand "{said}"' if said else "not enough parameters"
            reject(client, "INVALID_PARAMS", "" if said.startswith(":") or " " in said else said, text=why)
        return
    run, minimum, most = known
    if len(rest) < minimum and older(client):
        client.reply.numeric(n.ERR_NEEDMOREPARAMS, "METADATA", text="not enough parameters")
    elif len(rest) < minimum or (len(rest) > most and not older(client)):
        why = "not enough parameters" if len(rest) < minimum else "too many parameters"
        reject(client, "INVALID_PARAMS", said, text=why)
    else:
        try:
            run(client, target, rest)
        except ChatError as error:
            _refuse(client, error, target, said)


def _refuse(client: Client, error: ChatError, target: str, subcommand: str) -> None:
    match error.code:
        case Code.OPERATOR_REQUIRED:
            reject(client, "KEY_NO_PERMISSION", target, error.about or "*", text=error.text)
        case Code.LIST_FULL:
            reject(client, "LIMIT_REACHED", *limit(client, subcommand, target), text=error.text)
        case Code.NO_SUCH_PERSON | Code.NO_SUCH_ROOM | Code.INVALID_NAME:
            reject(client, "INVALID_TARGET", target, text="invalid metadata target")
        case _:
            client.refuse("METADATA", error)


# Values.


def _get(client: Client, target: str, keys: Sequence[str]) -> None:
    subject = client.session.metadata.subject(target)
    values, name = {**client.session.metadata.of(subject), **_own(client, subject, keys)}, _name(subject)
    with batch(client, "metadata", name) as tags:
        for key in keys:
            if is_key(key):
                say(client, MetadataValue(name, key, values.get(key, "")), tags)
            else:
                reject(client, "INVALID_KEY", key, text="invalid key", mild=True, tags=tags)


def _own(client: Client, subject: Subject, keys: Sequence[str]) -> dict[str, str]:
    """What the account keeps about a room or somebody else, for itself, among these keys."""
    if not _is_elsewhere(client, subject):
        return {}
    return {one.key: one.value for one in own_values(client, keys) if one.name == _name(subject)}


def _list(client: Client, target: str, _: Sequence[str]) -> None:
    subject = client.session.metadata.subject(target)
    values, name = client.session.metadata.of(subject), _name(subject)
    with batch(client, "metadata", name) as tags:
        for key, value in values.items():
            say(client, MetadataValue(name, key, value), tags)


def _set(client: Client, target: str, rest: Sequence[str]) -> None:
    key, value = rest[0], rest[1] if len(rest) > 1 else ""
    subject = client.session.metadata.subject(target)
    if not is_key(key):
        reject(client, "INVALID_KEY", key, text="invalid key")
        return
    if key in OWN and _is_elsewhere(client, subject):
        _set_own(client, target, subject, key, value)
        return
    if len(value.encode()) > client.session.metadata.most_bytes(subject, key):
        about = () if older(client) else (key,)
        reject(client, "INVALID_VALUE", *about, text="that value is too long")
        return
    if _too_often(client, target, "SET", rest):
        return
    try:
        before = client.session.metadata.set(subject, key, value).result()
    except ChatError as error:
        if error.code is Code.OPERATOR_REQUIRED:
            error.about = key
        raise
    if not value and not before and older(client):
        reject(client, "KEY_NOT_SET", target, key, text="key not set")
    else:
        say(client, MetadataValue(_name(subject), key, value))


def _is_elsewhere(client: Client, subject: Subject) -> bool:
    """Whether it is a room, or somebody else: what an account keeps about these is for nobody but itself."""
    session = client.session
    mine = subject.actor is not None and session.takes_part and subject.actor == session.actor
    return session.account is not None and session.takes_part and not mine


def _set_own(client: Client, target: str, subject: Subject, key: str, value: str) -> None:
    """Mute a conversation (the same as NOTIFY SET level=nothing), make it a favourite, or end that."""
    if value not in ("", "0", "1"):
        about = () if older(client) else (key,)
        reject(client, "INVALID_VALUE", *about, text="expected 0 or 1")
        return
    if _too_often(client, target, "SET", [key]):
        return
    if key == MUTED:
        client.session.notifications.mute(target, muted=value == "1").result()
    else:
        client.session.favourites.set(target, favourite=value == "1").result()
    say(client, MetadataValue(_name(subject), key, value))


def _clear(client: Client, target: str, _: Sequence[str]) -> None:
    subject = client.session.metadata.subject(target)
    if _too_often(client, target, "CLEAR", ()):
        return
    try:
        keys = client.session.metadata.clear(subject).result()
    except ChatError as error:
        error.about = "*"
        raise
    with batch(client, "metadata", _name(subject)) as tags:
        for key in keys:
            say(client, MetadataValue(_name(subject), key, ""), tags)


def _too_often(client: Client, target: str, subcommand: str, rest: Sequence[str]) -> bool:
    """Whether the client has to wait before its next change. If so, it is told."""
    wait = client.session.metadata.seconds_to_wait()
    if wait <= 0:
        return False
    seconds = str(math.ceil(wait))
    if older(client):
        key = rest[0] if rest else "*"
        reject(client, "RATE_LIMITED", target, key, seconds, text="too many changes")
    else:
        client.reply.numeric(n.ERR_METADATARATELIMIT, seconds, middle(target), subcommand, *rest)
    return True


# Subscriptions.


def _sub(client: Client, target: str, keys: Sequence[str]) -> None:
    _required_self(client, target)
    taken: dict[str, None] = {}
    new: list[str] = []
    refused: list[str] = []
    full = ""
    for key in keys:
        if not is_key(key):
            refused.append(key)
            continue
        answer = client.session.metadata.want(key)
        if answer is None:
            full = key
            break
        taken[key] = None
        new += [key] if answer else []
    _say_keys(client, n.RPL_METADATASUBOK, [*taken])
    for key in refused:
        reject(client, "INVALID_KEY", key, text="invalid key", mild=True)
    if full and older(client):
        reject(client, "TOO_MANY_SUBS", full, text="too many subscriptions")
    elif full:
        most = str(client.session.policy.limits.metadata_subscriptions)
        reject(client, "LIMIT_REACHED", "SUB", full, most, text="too many subscriptions")
    if new and client.session.takes_part:
        _show_new(client, new)


def _show_new(client: Client, keys: Sequence[str]) -> None:
    """Send the values that are set under newly subscribed keys.

    If nothing is set, clients of draft/metadata-3, which requires an answer, are told to sync later. Other
    servers always answer so, and clients handle that better than an empty batch.
    """
    with client.session.metadata.hold():
        items = [*client.session.metadata.everywhere(keys), *own_values(client, keys)]
        if items:
            offer(client, EVERYWHERE, items)
        elif not older(client):
            later(client, EVERYWHERE)
        client.reply.flush()


def _unsub(client: Client, target: str, keys: Sequence[str]) -> None:
    _required_self(client, target)
    valid = [*dict.fromkeys(key for key in keys if is_key(key))]
    client.session.metadata.unwant(valid)
    _say_keys(client, n.RPL_METADATAUNSUBOK, valid)
    for key in keys:
        if not is_key(key):
            reject(client, "INVALID_KEY", key, text="invalid key", mild=True)


def _subs(client: Client, target: str, _: Sequence[str]) -> None:
    _required_self(client, target)
    with batch(client, "metadata-subs") as tags:
        for keys in _lines(client.session.metadata.wanted):
            client.reply.line(n.RPL_METADATASUBS, client.nick, *keys, tags=tags)


def _sync(client: Client, target: str, _: Sequence[str]) -> None:
    session = client.session
    with session.metadata.hold():
        wanted = session.metadata.wanted
        if target == EVERYWHERE and session.takes_part:
            tell(client, EVERYWHERE, [*session.metadata.everywhere(wanted), *own_values(client, wanted)])
        elif target.startswith("#") and session.takes_part:
            room = session.sees.room(target)
            name = f"#{room.name}"
            own = [one for one in own_values(client, wanted) if one.name == name]
            tell(client, name, [*session.metadata.around_room(room, wanted), *own])
        else:
            subject = session.metadata.subject(target)
            values = session.metadata.of(subject)
            items = [MetadataValue(subject.name, key, value) for key, value in values.items() if key in wanted]
            tell(client, subject.name, items)
        client.reply.flush()


def _required_self(client: Client, target: str) -> None:
    if target != "*" and (not client.session.takes_part or not same_person(target, client.nick)):
        raise ChatError(Code.NO_SUCH_PERSON, "you can change only your own subscriptions", target)


def _say_keys(client: Client, numeric: n.Numeric, keys: Sequence[str]) -> None:
    for some in _lines(keys):
        client.reply.numeric(numeric, *some)


def _lines(keys: Sequence[str]) -> list[Sequence[str]]:
    """Split the keys so that each part surely fits on a line and has no more parameters than clients can
    read."""
    return [keys[start : start + 7] for start in range(0, len(keys), 7)]


def _name(subject: Subject) -> str:
    return f"#{subject.name}" if subject.room is not None else subject.name


_Run = Callable[["Client", str, Sequence[str]], None]
_MANY = 500
_SUBCOMMANDS: dict[str, tuple[_Run, int, int]] = {
    "GET": (_get, 1, _MANY),
    "LIST": (_list, 0, 0),
    "SET": (_set, 1, 2),
    "CLEAR": (_clear, 0, 0),
    "SUB": (_sub, 1, _MANY),
    "UNSUB": (_unsub, 1, _MANY),
    "SUBS": (_subs, 0, 0),
    "SYNC": (_sync, 0, 0),
}
"""For each subcommand: its function, and the least and most number of its parameters."""
