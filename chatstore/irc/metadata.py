"""What METADATA answers, and what of it comes without being asked for: in both of its forms.

draft/metadata-2 tells values that nobody asked for as METADATA lines, draft/metadata-3 as the numeric that
answers a GET; the codes of the standard replies differ too. The newest text of each is what is followed here.
A client that enabled neither is answered as by draft/metadata-3, without batches, and hears of nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chatstore.chat.model.metadata import KEY_BYTES
from chatstore.chat.rules.policy import Policy
from chatstore.chat.session.metadata import MetadataValue
from chatstore.chat.session.views import RoomView
from chatstore.irc import numerics as n
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.client import Client

MAX_UNASKED = 1000
"""Values that are sent at once without having been asked for; beyond it the client is told to ask."""
WHOIS_KEYS = ("display-name", "pronouns", "status", "homepage")
"""What people like to read of somebody, so that WHOIS tells it to clients that know of metadata."""
_OLDER = {"INVALID_KEY": "KEY_INVALID", "INVALID_VALUE": "VALUE_INVALID", "INVALID_PARAMS": "SUBCOMMAND_INVALID"}


def capability_value(policy: Policy) -> str:
    limits = policy.limits
    most = {
        "max-subs": limits.metadata_subscriptions,
        "max-keys": limits.metadata_keys,
        "max-key-bytes": KEY_BYTES,
        "max-value-bytes": limits.metadata_value_bytes,
    }
    return ",".join(["before-connect", *(f"{name}={number}" for name, number in most.items())])


def older(client: Client) -> bool:
    """Whether the client speaks draft/metadata-2."""
    return client.has("draft/metadata-2")


def aware(client: Client) -> bool:
    """Whether it is to be told what it did not ask for ("metadata-aware")."""
    return client.has("batch") and (older(client) or client.has("draft/metadata-3"))


@contextmanager
def batch(client: Client, kind: str, *params: str) -> Iterator[Mapping[str, str] | None]:
    """BATCH around what is sent inside; the tags that belong to it (none for a client without batches)."""
    if not client.has("batch"):
        yield None
        return
    reference = client.next_batch()
    client.reply.line("BATCH", f"+{reference}", kind, *params)
    yield {"batch": reference}
    client.reply.line("BATCH", f"-{reference}")


def say(client: Client, item: MetadataValue, tags: Mapping[str, str] | None = None) -> None:
    """RPL_KEYVALUE, or RPL_KEYNOTSET for an empty value."""
    reply, nick = client.reply, client.nick
    if item.value:
        reply.line(n.RPL_KEYVALUE, nick, item.name, item.key, "*", item.value, trailing=True, tags=tags)
    else:
        reply.line(n.RPL_KEYNOTSET, nick, item.name, item.key, "key not set", trailing=True, tags=tags)


def tell(client: Client, target: str, items: Iterable[MetadataValue]) -> None:
    """Values of which the client is to know, as a batch."""
    with batch(client, "metadata", target) as tags:
        for item in items:
            if older(client):
                client.reply.line("METADATA", item.name, item.key, "*", item.value, trailing=True, tags=tags)
            else:
                say(client, item, tags)


def reject(
    client: Client,
    code: str,
    *about: str,
    text: str,
    mild: bool = False,
    tags: Mapping[str, str] | None = None,
) -> None:
    """A standard reply: FAIL, or WARN (`mild`) where the newer form has that. `code` is the newer form's."""
    if older(client):
        code, mild = _OLDER.get(code, code), False
    shown = [middle(word) for word in about]
    client.reply.line("WARN" if mild else "FAIL", "METADATA", code, *shown, text, trailing=True, tags=tags)


def later(client: Client, target: str) -> None:
    """Too much to send it unasked."""
    if older(client):
        client.reply.numeric(n.ERR_METADATASYNCLATER, target, "0")
    else:
        client.reply.numeric(n.ERR_METADATASYNCLATER, target, "0", text="ask for it with METADATA SYNC")


# What comes without being asked for.


def offer(client: Client, target: str, items: Sequence[MetadataValue]) -> None:
    """Tell them, if they are not too many; the older form says nothing where there are none."""
    if len(items) > MAX_UNASKED:
        later(client, target)
    elif items or not older(client):
        tell(client, target, items)


def begin(client: Client) -> None:
    """In a worker, before the end of the MOTD: what was set before the welcome is stored, and everything of
    one's own is shown."""
    metadata = client.session.metadata
    for error in metadata.begin():
        reject(client, "LIMIT_REACHED", *limit(client, "SET", "*"), text=error.text)
    show_own_metadata(client)


def show_own_metadata(client: Client) -> None:
    """In a worker: all of it, once it is clear who the client is."""
    metadata = client.session.metadata
    if aware(client):
        own = metadata.subject("*")
        tell(client, own.name, [MetadataValue(own.name, key, value) for key, value in metadata.of(own).items()])


def show_room_metadata(client: Client, room: RoomView) -> None:
    """In a worker, at the end of a JOIN: the room's and its members', under the keys that one hears of."""
    if not aware(client):
        return
    wanted = client.session.metadata.wanted
    offer(client, f"#{room.name}", client.session.metadata.around_room(room, wanted))


def show_person_metadata(client: Client, nicks: Iterable[str]) -> None:
    """In a worker: people who are monitored are here, which the client was told before."""
    if not aware(client):
        return
    metadata = client.session.metadata
    with metadata.hold():
        for nick, items in metadata.of_people(nicks, metadata.wanted):
            offer(client, nick, items)
        client.reply.flush()


def limit(client: Client, subcommand: str, item: str) -> tuple[str, ...]:
    """What LIMIT_REACHED is about when something is set."""
    limits = client.session.policy.limits
    return (item,) if older(client) else (subcommand, item, str(limits.metadata_keys))
