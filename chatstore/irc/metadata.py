"""The lines of METADATA: answers, and changes that the server sends unasked, in the forms of both drafts.

draft/metadata-2 sends unasked values as METADATA lines, draft/metadata-3 as the numeric that answers GET. The
codes of the standard replies differ, too. This follows the newest text of each. A client that enabled neither
gets the answers of draft/metadata-3, without batches, and no changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.metadata import KEY_BYTES, MUTED, PINNED
from chatstore.chat.rules.policy import Policy
from chatstore.chat.session.metadata import MetadataValue
from chatstore.chat.session.views import RoomView
from chatstore.irc import numerics as n
from chatstore.irc.errors import middle

if TYPE_CHECKING:
    from chatstore.irc.client import Client

MAX_UNASKED = 1000
"""Values that are sent at once without a request. If there are more, the client is told to ask for them."""
WHOIS_KEYS = ("display-name", "pronouns", "status", "homepage")
"""The keys that WHOIS shows to clients with metadata."""
EVERYWHERE = "*ALL"
"""The target of the values of everybody whose changes the client hears of."""
_OLDER = {"INVALID_KEY": "KEY_INVALID", "INVALID_VALUE": "VALUE_INVALID", "INVALID_PARAMS": "SUBCOMMAND_INVALID"}
"""The codes of draft/metadata-2 for those of draft/metadata-3."""


def capability_value(policy: Policy) -> str:
    """Return the value of the capability: the limits of this policy."""
    limits = policy.limits
    most = {
        "max-subs": limits.metadata_subscriptions,
        "max-keys": limits.metadata_keys,
        "max-key-bytes": KEY_BYTES,
        "max-value-bytes": limits.metadata_value_bytes,
    }
    return ",".join(["before-connect", *(f"{name}={number}" for name, number in most.items())])


def older(client: Client) -> bool:
    """Whether the client uses draft/metadata-2."""
    return client.has("draft/metadata-2")


def aware(client: Client) -> bool:
    """Whether the client gets changes unasked ("metadata-aware")."""
    return client.has("batch") and (older(client) or client.has("draft/metadata-3"))


@contextmanager
def batch(client: Client, kind: str, *params: str) -> Iterator[Mapping[str, str] | None]:
    """Send BATCH around the lines of a `with` block. Yields their tags; None for a client without batches."""
    if not client.has("batch"):
        yield None
        return
    reference = client.next_batch()
    client.reply.line("BATCH", f"+{reference}", kind, *params)
    yield {"batch": reference}
    client.reply.line("BATCH", f"-{reference}")


def say(client: Client, item: MetadataValue, tags: Mapping[str, str] | None = None) -> None:
    """Send RPL_KEYVALUE, or RPL_KEYNOTSET for an empty value."""
    reply, nick = client.reply, client.nick
    if item.value:
        reply.line(n.RPL_KEYVALUE, nick, item.name, item.key, "*", item.value, trailing=True, tags=tags)
    else:
        reply.line(n.RPL_KEYNOTSET, nick, item.name, item.key, "key not set", trailing=True, tags=tags)


def tell(client: Client, target: str, items: Iterable[MetadataValue]) -> None:
    """Send values as a batch."""
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
    """Send FAIL; or WARN (`mild`), if the client uses draft/metadata-3. `code`: the code of
    draft/metadata-3."""
    if older(client):
        code, mild = _OLDER.get(code, code), False
    shown = [middle(word) for word in about]
    client.reply.line("WARN" if mild else "FAIL", "METADATA", code, *shown, text, trailing=True, tags=tags)


def later(client: Client, target: str) -> None:
    """Tell the client to ask for the values, because they are too many to send unasked."""
    if older(client):
        client.reply.numeric(n.ERR_METADATASYNCLATER, target, "0")
    else:
        client.reply.numeric(n.ERR_METADATASYNCLATER, target, "0", text="ask for it with METADATA SYNC")


# Values that the server sends unasked.


def offer(client: Client, target: str, items: Sequence[MetadataValue]) -> None:
    """Send values, unless they are too many. Without any, a client of draft/metadata-2 gets nothing."""
    if len(items) > MAX_UNASKED:
        later(client, target)
    elif items or not older(client):
        tell(client, target, items)


def begins_with_metadata(client: Client) -> bool:
    """Whether the welcome of this client has metadata in it, which takes a worker."""
    return aware(client) or client.session.metadata.has_early


def begin(client: Client) -> None:
    """During the welcome, in a worker if begins_with_metadata(): store what the client set before, and send all of
    its own metadata."""
    metadata = client.session.metadata
    for error in metadata.begin():
        reject(client, "LIMIT_REACHED", *limit(client, "SET", "*"), text=error.text)
    show_own_metadata(client)


def show_own_metadata(client: Client) -> None:
    """In a worker, as soon as the client's person is known: send all of its own metadata, and
    what its account keeps about rooms and people."""
    metadata = client.session.metadata
    if aware(client):
        own = metadata.subject("*")
        tell(client, own.name, [MetadataValue(own.name, key, value) for key, value in metadata.of(own).items()])
        if kept := own_values(client, metadata.wanted):  # subscribed to before anything could be shown
            offer(client, EVERYWHERE, kept)


def own_values(client: Client, keys: Sequence[str]) -> list[MetadataValue]:
    """What the account keeps about rooms and people, for itself, under these keys; nothing if its grant does not
    let it know that."""
    session, found = client.session, []
    try:
        if MUTED in keys:
            found += [MetadataValue(name, MUTED, "1") for name in session.notifications.muted()]
        if PINNED in keys:
            found += [MetadataValue(name, PINNED, "1") for name in session.favourites.named()]
    except ChatError:
        return []
    return found


def show_room_metadata(client: Client, room: RoomView) -> None:
    """In a worker, at the end of a JOIN: send the room's and its members' values under the subscribed
    keys, and what the account keeps about the room: some clients know a room only now."""
    if not aware(client):
        return
    wanted, name = client.session.metadata.wanted, f"#{room.name}"
    own = [one for one in own_values(client, wanted) if one.name == name]
    offer(client, name, [*client.session.metadata.around_room(room, wanted), *own])


def show_person_metadata(client: Client, nicks: Iterable[str]) -> None:
    """In a worker: send the metadata of monitored people, after the client has been told that they are
    online."""
    if not aware(client):
        return
    metadata = client.session.metadata
    with metadata.hold():
        for nick, items in metadata.of_people(nicks, metadata.wanted):
            offer(client, nick, items)
        client.reply.flush()


def limit(client: Client, subcommand: str, item: str) -> tuple[str, ...]:
    """Return the context parameters of LIMIT_REACHED."""
    limits = client.session.policy.limits
    return (item,) if older(client) else (subcommand, item, str(limits.metadata_keys))
