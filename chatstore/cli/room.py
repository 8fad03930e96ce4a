"""`chatstore room`: rooms and their settings. A running server applies a change within two seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from chatstore.amounts import sized
from chatstore.chat.changes.administration import Administer
from chatstore.chat.changes.membership import KickMember
from chatstore.chat.changes.modes import SetModes
from chatstore.chat.changes.rooms import (
    AddRoom,
    ConfigureRoom,
    RemoveRoom,
    RenameRoom,
    SetTopic,
    TransferRoom,
)
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.masks import KEY_LENGTH, is_key
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.room_settings import FLAGS, KEY, STORED, Value, sentences, values_of
from chatstore.chat.model.rooms import Ban, ModeChange, Role, Room, role_changes
from chatstore.chat.model.text import printable
from chatstore.chat.ports import StoredMember
from chatstore.cli.database import checked_line, find_account, find_room, reading, refuse, writing
from chatstore.cli.formats import json_array, labelled, table
from chatstore.cli.hooks import hook
from chatstore.cli.options import NOT_FOUND, fail, need_terminal, read_config, with_config
from chatstore.cli.output import Output, done, may_be_cut
from chatstore.cli.times import local_time, utc_time
from chatstore.config import Config
from chatstore.storage.store import DatabaseStore, RoomStats

_SET = (*STORED, *FLAGS, KEY)
"""What `room set` sets."""


@click.group()
def room() -> None:
    """Manage rooms."""


room.add_command(hook)


@room.command("list", short_help="List rooms.")
@with_config
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(["table", "json"]))
def list_(config_file: Path | None, database: str | None, form: str) -> None:
    """List all rooms with the numbers of their members and messages, and the size of the messages."""
    with may_be_cut(), reading(read_config(config_file, database)) as store:
        rooms, members = store.roster()
        counts = dict.fromkeys((one.id for one in rooms), 0)
        for member in members:
            counts[member.room] += 1
        found = [(one, counts[one.id], store.messages.stats(one.id)) for one in rooms]
        if form == "json":
            Output(machine=True).write(json_array(_record(*one) for one in found))
        else:
            cells = [
                (one.name, f"{count:,}", f"{stats.messages:,}", sized(stats.bytes), _last(stats))
                for one, count, stats in found
            ]
            Output(machine=False).write(table(("room", "members", "messages", "size", "last message"), cells))


@room.command("show", short_help="Show a room.")
@with_config
@click.argument("name")
def show(config_file: Path | None, database: str | None, name: str) -> None:
    """Show the room NAME: its topic, settings, members and bans."""
    config = read_config(config_file, database)
    with may_be_cut(), reading(config) as store:
        found = find_room(store, name)
        stats = store.messages.stats(found.id)
        set_by = f"   (by {_by(found.topic_by)}, {local_time(found.topic_at)})" if found.topic else ""
        lines = [
            ("room", found.name),
            ("topic", (printable(found.topic) or "none") + set_by),
            ("founder", _founder(store, found)),
            *_settings(found),
            *_kept(found, config),
            ("created", local_time(found.created_at)),
            *([("limit", f"{found.member_limit} members")] if found.member_limit else []),
            *([] if found.has("n") else [("outsiders", "people who are not in the room may speak")]),
            ("messages", f"{stats.messages:,}"),
            ("events", f"{stats.events:,}, messages included ({sized(stats.bytes)})"),
            ("last", _last(stats)),
            *_values("members", _members(store, found)),
            *_values("bans", _masks(found.bans)),
            *(_values("ban exceptions", _masks(found.exceptions)) if found.exceptions else ()),
            *(_values("invite exceptions", _masks(found.welcome)) if found.welcome else ()),
        ]
        Output(machine=False).write(labelled(lines))


@room.command("add", short_help="Add a room.")
@with_config
@click.argument("name")
@click.option("--topic", metavar="TEXT", help="The topic of the room.")
@click.option(
    "--founder",
    metavar="ACCOUNT",
    help="The founder of the room. [default: none, so any administrator operates it]",
)
@click.option("--owner", "founder", metavar="ACCOUNT", hidden=True)  # as it was called
def add(config_file: Path | None, database: str | None, name: str, topic: str | None, founder: str | None) -> None:
    """Add the room NAME. It has no members yet."""
    config = read_config(config_file, database)
    try:
        valid = room_name(name)
    except ChatError as error:
        refuse(error)
    checked_line(topic or "", config.limits.topic_length, "topic")
    with writing(config, create=True) as store:
        account = find_account(store, founder) if founder is not None else None
        founder_id = account.id if account is not None else None
        change = AddRoom(valid, founder_id, config.policy.rooms, topic or "")
        added = store.submit([Administer(SERVER, change, "room.add", f"#{valid.shown}")]).result()
    done(f"{added.name} was added")


@room.command("remove", short_help="Remove a room and its messages.")
@with_config
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def remove(config_file: Path | None, database: str | None, name: str, yes: bool) -> None:
    """Remove the room NAME and all of its messages permanently."""
    config = read_config(config_file, database)
    with reading(config) as store:
        found = find_room(store, name)
        messages = store.messages.stats(found.id).messages
    said = "1 message" if messages == 1 else f"{messages} messages"
    if not yes:
        need_terminal("--yes")
        click.confirm(f"Remove {found.name} and its {said} permanently?", abort=True)
    with writing(config) as store:
        store.submit([RemoveRoom(found.id)]).result()
    done(f"{found.name} was removed with {said}")


@room.command("topic", short_help="Show or set the topic of a room.")
@with_config
@click.argument("name")
@click.argument("text", required=False)
def topic(config_file: Path | None, database: str | None, name: str, text: str | None) -> None:
    """Show the topic of the room NAME, or set it to TEXT. An empty TEXT removes it."""
    config = read_config(config_file, database)
    if text is None:
        with may_be_cut(), reading(config) as store:
            found = find_room(store, name)
            if found.topic:
                Output(machine=False).write(printable(found.topic) + "\n")
            else:
                click.echo(f"{found.name} has no topic", err=True)
        return
    checked_line(text, config.limits.topic_length, "topic")
    with writing(config) as store:
        found = find_room(store, name)
        change = Administer(SERVER, SetTopic(SERVER, found.id, text), "room.topic", f"#{found.name}")
        changed = store.submit([change]).result()
    if changed is None:
        done(f"{found.name} already has that topic" if text else f"{found.name} had no topic")
    else:
        done(f"{found.name} has a new topic" if text else f"{found.name} has no topic now")


def _with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """An option for each setting: by its field, or by its name if the room holds it as a mode."""
    for row in reversed(_SET):
        typed: dict[str, Any] = {
            "choice": click.Choice(row.choices),
            "flag": click.Choice(["on", "off"]),
            "number": click.IntRange(row.minimum, row.maximum),
        }
        metavar = None if row.kind in ("choice", "flag") else row.usage
        add = click.option(
            f"--{row.name}",
            row.field or row.name,
            metavar=metavar,
            type=typed.get(row.kind, click.STRING),
            help=f"{row.about}.",
        )
        command = add(command)
    return command


@room.command("set", short_help="Change the settings of a room, or show them.")
@with_config
@click.argument("name")
@_with_settings
def set_(config_file: Path | None, database: str | None, name: str, **options: Value | None) -> None:
    """Change the settings of the room NAME. Without options, show them."""
    config = read_config(config_file, database)
    given = {name: value for name, value in options.items() if value is not None}
    if not given:
        with may_be_cut(), reading(config) as store:
            Output(machine=False).write(labelled(_settings(find_room(store, name))))
        return
    values = {row.field: given[row.field] for row in STORED if row.field in given}
    modes = _mode_changes(given)
    for row in STORED:
        if row.kind == "text":
            checked_line(
                str(values.get(row.field, "")), config.limits.topic_length, row.about.partition(",")[0].lower()
            )
    with writing(config) as store:
        found = find_room(store, name)
        changed = store.submit([ConfigureRoom(SERVER, found.id, values)]).result() if values else None
        if modes:
            store.submit([SetModes(SERVER, found.id, modes)]).result()
        now = find_room(store, name)
    if changed is None and now == found:
        done(f"{found.name} is already set so")
        return
    said = sentences(values) + [
        f"the room {row.sentence(str(given[row.name]))}" for row in FLAGS if row.name in given
    ]
    said += [f"the room {KEY.sentence(now.password)}"] if KEY.name in given else []
    done(f"{found.name}: {', '.join(said)}")


def _mode_changes(given: Mapping[str, Value]) -> list[ModeChange]:
    """The flags and the key that are given, as changes of modes."""
    changes = [ModeChange(given[row.name] == "on", row.mode) for row in FLAGS if row.name in given]
    key = str(given.get(KEY.name, ""))
    if KEY.name not in given:
        return changes
    if key.upper() == "OFF":
        return [*changes, ModeChange(False, KEY.mode)]
    if not is_key(key):
        raise click.UsageError(
            f"a key is a word of at most {KEY_LENGTH} characters, without commas and colons; off removes it"
        )
    return [*changes, ModeChange(True, KEY.mode, key)]


@room.command("rename", short_help="Rename a room.")
@with_config
@click.argument("name")
@click.argument("new")
def rename(config_file: Path | None, database: str | None, name: str, new: str) -> None:
    """Rename the room NAME to NEW. Its members, modes and history stay."""
    config = read_config(config_file, database)
    try:
        valid = room_name(new)
    except ChatError as error:
        refuse(error)
    with writing(config) as store:
        found = find_room(store, name)
        store.submit([RenameRoom(SERVER, found.id, valid)]).result()
    done(f"{found.name} is now {valid.shown}")


@room.command("transfer", short_help="Make an account the founder of a room.")
@with_config
@click.argument("name")
@click.argument("account")
def transfer(config_file: Path | None, database: str | None, name: str, account: str) -> None:
    """Make ACCOUNT the founder of the room NAME."""
    with writing(read_config(config_file, database)) as store:
        found, founder = find_room(store, name), find_account(store, account)
        changed = store.submit([TransferRoom(SERVER, found.id, person_name(founder.name))]).result()
    done(f"{founder.name} is {'now' if changed is not None else 'already'} the founder of {found.name}")


@room.command("role", short_help="Change the role of a member.")
@with_config
@click.argument("name")
@click.argument("nick")
@click.argument("role", type=click.Choice(["operator", "voice", "member"]))
def role(config_file: Path | None, database: str | None, name: str, nick: str, role: str) -> None:
    """Make the member NICK of the room NAME an operator, a member with voice, or an ordinary member."""
    wanted = {"operator": Role.OPERATOR, "voice": Role.VOICE, "member": Role.MEMBER}[role]
    with writing(read_config(config_file, database)) as store:
        found = find_room(store, name)
        member = _member(store, found, nick)
        target = member.actor
        changes = role_changes(member.role, wanted, target.nick)
        for error in store.submit([SetModes(SERVER, found.id, changes, {target.nick: target})]).result():
            refuse(error)
    done(f"{printable(target.nick)} is {wanted.words or 'an ordinary member'} in {found.name}")


@room.command("kick", short_help="Remove a member from a room.")
@with_config
@click.argument("name")
@click.argument("nick")
@click.option("--reason", default="", metavar="TEXT", help="Shown to the room.")
def kick(config_file: Path | None, database: str | None, name: str, nick: str, reason: str) -> None:
    """Remove the member NICK from the room NAME. They can come back; a ban of the room keeps them away."""
    config = read_config(config_file, database)
    checked_line(reason, config.limits.reason_length, "reason")
    with writing(config) as store:
        found = find_room(store, name)
        target = _member(store, found, nick).actor
        store.submit([KickMember(SERVER, found.id, target, reason)]).result()
    done(f"{printable(target.nick)} was removed from {found.name}")


def _member(store: DatabaseStore, found: Room, nick: str) -> StoredMember:
    """A member of the room, by nick or account. Ends the command if there is none."""
    wanted = nick.casefold()
    members = [one for one in store.roster()[1] if one.room == found.id]
    named = [one for one in members if wanted in (one.actor.nick.casefold(), (one.actor.account or "").casefold())]
    if not named:
        fail(f"{printable(nick)} is not in {found.name}", NOT_FOUND)
    return named[0]


def _settings(found: Room) -> list[tuple[str, str]]:
    """Each by its name, with what its value means; of a text, the text itself. The key is not shown, because it
    lets people in."""
    return [
        *(
            (row.name, (printable(str(value)) or "none") if row.kind == "text" else row.sentence(value))
            for row, value in zip(STORED, values_of(found).values(), strict=True)
        ),
        *((row.name, "on" if found.has(row.mode) else "off") for row in FLAGS),
        (KEY.name, "set" if found.password else "none"),
    ]


def _kept(found: Room, config: Config) -> list[tuple[str, str]]:
    """How long messages are kept, if the server allows less than the room asks for."""
    days = config.history.kept.days(found.retention_days, direct=False)
    if days == found.retention_days:
        return []
    return [("kept", f"for {days} days, because of [history] retention_days")]


def _record(one: Room, members: int, stats: RoomStats) -> dict[str, str | int | None]:
    last = stats.last_message_at
    return {
        "room": one.name,
        "topic": one.topic,
        "created": utc_time(one.created_at),
        "members": members,
        "messages": stats.messages,
        "events": stats.events - stats.messages,
        "bytes": stats.bytes,
        "last_message": utc_time(last) if last is not None else None,
    }


def _last(stats: RoomStats) -> str:
    return local_time(stats.last_message_at) if stats.last_message_at is not None else "never"


def _founder(store: DatabaseStore, found: Room) -> str:
    names = {one.id: one.name for one in store.accounts.all()}
    return names[found.founder_id] if found.founder_id is not None else "none"


def _members(store: DatabaseStore, found: Room) -> list[str]:
    """The members, those with a role first."""
    members = [one for one in store.roster()[1] if one.room == found.id]
    members.sort(key=lambda one: (-one.role, one.actor.nick.casefold()))
    return [
        printable(one.actor.nick) + (f" ({one.role.words})" if one.role > Role.MEMBER else "") for one in members
    ]


def _masks(entries: Iterable[Ban]) -> list[str]:
    return [f"{printable(ban.mask)}   (by {_by(ban.set_by)}, {local_time(ban.set_at)})" for ban in entries]


def _values(label: str, values: list[str]) -> list[tuple[str, str]]:
    """The values as lines, the first with the label."""
    return [(label if not place else "", value) for place, value in enumerate(values or ["none"])]


def _by(nick: str) -> str:
    return "the server" if nick == SERVER.nick else printable(nick)
