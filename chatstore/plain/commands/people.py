"""The commands about oneself and other people, and /quit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.accounts import Replay
from chatstore.chat.model.errors import ChatError, Code
from chatstore.plain.columns import row, wrapped
from chatstore.plain.commands import LEAVE, SUBJECTS, all_commands, command, command_called, wrong_use
from chatstore.plain.commands.moderation import settings_help
from chatstore.plain.show import AWAY, away_reason

if TYPE_CHECKING:
    from chatstore.plain.client import Client

_SLASH = "a message that begins with a slash"
_COLUMN = 28
"""Where the second column of /help begins."""


@command("nick", "NAME", "change your nick, where that is allowed", blocking=True)
def nick(client: Client, name: str) -> None:
    if not name:
        raise wrong_use("nick")
    if not client.session.change_nick(name).result():
        client.tell(f"You are already {client.session.nick}.")


@command("away", "[REASON]", "mark yourself as away", blocking=True)
def away(client: Client, reason: str) -> None:
    client.session.set_away(reason[: client.session.policy.limits.away_length] or AWAY).result()
    why = away_reason(client.session.away)
    client.tell(f"You are away{': ' + why if why else ''}. /back ends that.")


@command("back", "", "mark yourself as back", blocking=True)
def back(client: Client, _: str) -> None:
    was_away = bool(client.session.away)
    client.session.set_away("").result()
    client.tell("You are back." if was_away else "You are already here.")


@command(
    "replay",
    "on|off",
    "choose whether you see earlier messages when you connect or join a room",
    blocking=True,
    question="bare",
)
def replay(client: Client, wanted: str) -> None:
    choices: dict[str, Replay] = {"on": "on", "off": "off", "missed": "missed", "default": "default"}
    session = client.session
    if wanted:
        if wanted.lower() not in choices:
            raise wrong_use("replay")
        if session.account is None:
            raise ChatError(Code.LOGIN_REQUIRED, "this setting needs an account")
        session.set_replay(choices[wanted.lower()]).result()
    shows = "You see no earlier messages" if session.replay == "off" else "You see earlier messages"
    client.tell(f"{shows} when you connect or join a room.")


@command("whois", "NAME", "show who somebody is", blocking=True, question=True)
def whois(client: Client, name: str) -> None:
    if not name:
        raise wrong_use("whois")
    name, sees = name.removeprefix("@"), client.session.sees
    person = sees.find(name)
    if person is None:
        absent = sees.absent(name)
        client.tell(f"{absent.nick} has the account {absent.account} and is not connected.")
        return
    account = person.actor.account
    said = f"has the account {account}" if account is not None else "is a guest, without an account"
    client.tell(f"{person.nick} {said}." if not person.bot else f"{person.nick} {said}, and is a bot.")
    if person.realname and person.realname != person.nick:
        client.tell(f"Real name: {person.realname}")
    rooms = [membership.room for membership in sees.rooms_of(person.nick)]
    if rooms:
        client.tell(f"{person.nick} is in {', '.join(rooms)}.")
    if person.operator:
        client.tell(f"{person.nick} is an operator of this server.")
    if person.away:
        why = away_reason(person.away)
        client.tell(f"{person.nick} is away{': ' + why if why else '.'}")


@command("help", "[COMMAND]", "list the commands, or show one", question=True)
def help_(client: Client, name: str) -> None:
    if name:
        found = command_called(name.removeprefix("/"))
        client.tell(*wrapped(f"{found.usage}: {found.does}"))
        if found.also:
            client.tell(f"{found.also_text} does the same.")
        if found.name == "set":
            client.tell(*settings_help())
        return
    lines = [
        "Every line is a message, except these commands; /help COMMAND shows one.",
        *row("//...", _SLASH, _COLUMN),
    ]
    for heading, files in SUBJECTS.items():
        lines += ["", f"{heading}:"]
        for each in all_commands().values():
            lines += row(each.usage, each.does, _COLUMN) if each.file in files else []
    client.tell(*lines)


@command("quit", "", f"disconnect; {LEAVE} does the same")
def quit_(client: Client, _: str) -> None:
    client.quit("goodbye")
