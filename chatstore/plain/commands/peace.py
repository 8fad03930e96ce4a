"""The commands for what one wants to be told of, and by whom."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.notifications import LEVELS, AccountNotifications, ConversationNotifications, Level
from chatstore.chat.model.peace import DIRECT_FROM
from chatstore.plain.commands import command, wrong_use
from chatstore.plain.commands.talking import newest

if TYPE_CHECKING:
    from chatstore.plain.client import Client

_MINUTES = {"m": 1, "h": 60, "d": 1440}
_LONGEST = 365 * 1440
"""Minutes for which a conversation may be muted."""
_OFF = "off"


@command(
    "notify",
    f"[[@NAME] {'|'.join(LEVELS)}|default|mute 2h | words WORD, WORD | quiet 22:00-07:00 ZONE]",
    "what you are told of while you look elsewhere, in this room or with a person",
    blocking=True,
    question="bare",
)
def notify(client: Client, argument: str) -> None:
    if not argument:
        _show(client)
        return
    word, _, rest = argument.partition(" ")
    rest, mine = rest.strip(), client.session.notifications
    if word == "words":
        words = tuple(each.strip() for each in rest.split(",") if each.strip() and rest != _OFF)
        client.tell(_all(mine.set({"keywords": words}).result()))
    elif word == "quiet":
        client.tell(_all(mine.set(_hours(rest)).result()))
    else:
        target = f"#{client.here.name}"
        if word.startswith("@"):
            target, (word, _, rest) = word[1:], rest.partition(" ")
        _set(client, target, word, rest.strip())


def _set(client: Client, target: str, word: str, rest: str) -> None:
    mine = client.session.notifications
    if word == "mute":
        after = mine.set_for(target, muted_until=_until(client, rest)).result()
    elif word in (*LEVELS, "default") and not rest:
        level = None if word == "default" else cast("Level", word)
        after = mine.set_for(target, level, default=level is None).result()
    else:
        raise wrong_use("notify")
    client.tell(_one(mine.called(target), after))


def _until(client: Client, text: str) -> int:
    """Until when to mute (ms since 1970 UTC); 0 for not any more."""
    if text == _OFF:
        return 0
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", text, re.ASCII)
    minutes = int(found[1]) * _MINUTES[found[2]] if found is not None else 0
    if not 0 < minutes <= _LONGEST:
        raise wrong_use("notify")
    return int(client.session.clock() * 1000) + minutes * 60_000


def _hours(text: str) -> dict[str, Any]:
    if text == _OFF:
        return {"quiet": ""}
    hours, _, zone = text.partition(" ")
    if not hours:
        raise wrong_use("notify")
    return {"quiet": hours, **({"zone": zone.strip()} if zone.strip() else {})}


def _show(client: Client) -> None:
    mine = client.session.notifications
    client.tell(_all(mine.all().account))
    for name, settings in mine.conversations():
        client.tell(_one(name, settings))


def _all(settings: AccountNotifications) -> str:
    words = f", words: {', '.join(settings.keywords)}" if settings.keywords else ""
    quiet = f", quiet: {settings.quiet} ({settings.zone})" if settings.quiet else ""
    return f"Rooms: {settings.rooms}, direct messages: {settings.direct}{words}{quiet}."


def _one(name: str, settings: ConversationNotifications) -> str:
    shown = name if name.startswith("#") else f"@{name}"
    if not settings.muted_until:
        return f"{shown}: {settings.level or 'default'}."
    until = datetime.fromtimestamp(settings.muted_until / 1000, timezone.utc)
    return f"{shown}: {settings.level or 'default'}, muted until {until:%Y-%m-%d %H:%M} UTC."


@command("ignore", "[NAME]", "hide what somebody says, here and in direct messages; without a name, list them",
         blocking=True, question="bare")  # fmt: skip
def ignore(client: Client, name: str) -> None:
    mine = client.session.peace
    if name:
        client.tell(f"You ignore {mine.ignore(name.removeprefix('@')).result()}. /unignore ends that.")
        return
    people = ", ".join(each.nick for each in mine.ignored())
    client.tell(f"You ignore: {people}." if people else "You ignore nobody.")


@command("unignore", "NAME", "show again what somebody says", blocking=True)
def unignore(client: Client, name: str) -> None:
    if not name or " " in name:
        raise wrong_use("unignore")
    client.tell(f"You ignore {client.session.peace.heed(name.removeprefix('@')).result()} no more.")


@command("direct", f"[{'|'.join(DIRECT_FROM)}]", "who may write to you: known people share a room with you, or you "
         "have written to them", blocking=True, question="bare")  # fmt: skip
def direct(client: Client, whom: str) -> None:
    mine = client.session.peace
    if whom:
        mine.take_direct(whom).result()
    client.tell(f"Direct messages: from {mine.direct()}.")


@command("report", "NAME [REASON]", "report somebody's last message here to the administrators", blocking=True)
def report(client: Client, argument: str) -> None:
    name, _, reason = argument.partition(" ")
    if not name:
        raise wrong_use("report")
    message = newest(client, name.removeprefix("@"))
    reason = reason.strip()[: client.session.policy.limits.reason_length]
    id_ = msgid(message.room, message.seq, message.time)
    client.session.sending.report(f"#{client.here.name}", id_, reason).result()
    client.tell(f"Reported to the administrators: {message.body}")
