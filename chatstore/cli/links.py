"""Links with a code, which let somebody in: how a command prints them."""

from __future__ import annotations

import click

from chatstore.chat.model.invitations import AccountInvitation, link
from chatstore.chat.model.names import Name
from chatstore.cli.times import local_time
from chatstore.config import ENDPOINTS, Config, address
from chatstore.net.addresses import reached, shown
from chatstore.storage.backend import Served
from chatstore.storage.store import DatabaseStore


def link_for(store: DatabaseStore, config: Config, url: str, name: Name | None, code: str) -> str:
    """The link to the page of the server that runs, or of the one that is configured, or to `url` if it is
    given. Where there is no page: the command of the client, or the code itself. `name`: the account that the
    code is for."""
    here = _served(store, config)
    return link(url or here.page, code) or _without_page(here, name, code)


def served_page(store: DatabaseStore, config: Config) -> str:
    """The URL of the page of the server that runs, or of the one that is configured; empty if there is none."""
    return _served(store, config).page


def _served(store: DatabaseStore, config: Config) -> Served:
    return store.place.served() or _configured(config)


def tell_life(made: AccountInvitation) -> None:
    """Say how long a link works: on standard error, so that standard output is the link alone."""
    click.echo(f"works once, until {local_time(made.expires_at)}", err=True)


def _configured(config: Config) -> Served:
    """Where a server that is started with this configuration will listen."""
    addresses = ((name, address(getattr(config.listen, name))) for name in ENDPOINTS)
    return Served(config.web_url(), {name: where for name, where in addresses if where is not None})


def _without_page(here: Served, name: Name | None, code: str) -> str:
    """How to use a code where there is no page: the command of the client, or the code itself."""
    shown_name = name.shown if name is not None else "NAME"
    for endpoint in ("ircs", "irc"):
        if endpoint in here.endpoints:
            host, port = here.endpoints[endpoint]
            url = f"{endpoint}://{shown(reached(host), port)}"
            server = "" if url == "irc://127.0.0.1:6667" else f" --server {url}"
            return f"chatstore client --user {shown_name}{server} --invitation {code}"
    return code
