"""What `chatstore server` prints when it is ready: its addresses, and what to type next. At most twelve
lines."""

from __future__ import annotations

import shlex

from chatstore import version_and_build
from chatstore.chat.changes.invitations import FirstInvitation
from chatstore.chat.model.invitations import FIRST_ADMINS_LIFE, link
from chatstore.config import Config, ConfigError, load
from chatstore.net.addresses import everywhere, reached, shown
from chatstore.server import Server

NOBODY = FirstInvitation()
_MINUTES = FIRST_ADMINS_LIFE // 60_000


def banner(config: Config, running: Server, first: FirstInvitation = NOBODY) -> str:
    """The text. `first`: the invitation for the first admin."""
    code, place = first.code, running.store.place
    where_it_is = str(place.file.absolute()) if place.file is not None else place.name
    lines = [f"chatstore {version_and_build()} is ready.", f"  database   {where_it_is}"]
    if running.store.migration_copy is not None:
        lines.append(f"  migrated   a copy of the database from before: {running.store.migration_copy}")
    where = {name: acceptor.address for name, acceptor in running.acceptors.items()}
    talk = []
    for endpoint, title in (("irc", "IRC"), ("ircs", "IRC, TLS")):
        if endpoint in where:
            lines.append(f"  {title:10} {shown(*where[endpoint])}")
            talk.append("chatstore client --user NAME" + _server_flag(endpoint, *where[endpoint]))
    begin = f"{talk[0]} --invitation {code}" if talk else ""
    for endpoint, scheme in (("web", "http"), ("wss", "https")):
        if endpoint in where:
            host, port = where[endpoint]
            lines.append(f"  {'web':10} {scheme}://{shown(reached(host), port)}/" + _at(host, port))
    if "plain" in where:
        host, port = where["plain"]
        talk.append(f"nc {reached(host)} {port}")
        lines.append(f"  {'plain':10} {talk[-1]}" + _at(host, port))
    if code:
        begin = link(running.web_url, code) or begin or f"{talk[0]}, then type {code}"
        lines.append(f"Begin:       {begin}")
        lines.append(f"             creates the administrator's account; works once, within {_MINUTES} minutes")
    elif first.printed_by:
        lines.append("Begin:       another server has printed the link that creates the administrator's account:")
        lines.append(f"             {first.printed_by}")
    if talk:
        lines.append(f"Talk:        {talk[0]}")
    lines.append("Read:        chatstore history" + _database_flag(config, where_it_is) + _room_flag(config))
    return "\n".join(lines)


def _at(host: str, port: int) -> str:
    return f" (at {shown(host, port)})" if everywhere(host) else ""


def _server_flag(endpoint: str, host: str, port: int) -> str:
    url = f"{endpoint}://{shown(reached(host), port)}"
    return "" if url == "irc://127.0.0.1:6667" else f" --server {url}"


def _database_flag(config: Config, where: str) -> str:
    """What `chatstore history` needs to find this database: nothing if it is the one that it reads anyway."""
    try:
        if load().database_url == config.database_url:
            return ""
    except ConfigError:
        pass
    return f" --database {shlex.quote(where)}"


def _room_flag(config: Config) -> str:
    return f" --room {config.rooms.default[0]}" if config.rooms.default else " --room ROOM"
