"""What `chatstore doctor` looks at beside the database: the configuration, the certificate, the backups,
Python.

The checks of the database are in storage/checks/.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from chatstore.amounts import ago, counted
from chatstore.config import ENDPOINTS, OFF, Config, address, exposed
from chatstore.net.addresses import is_this_machine
from chatstore.net.tls import Certificate, CertificateError
from chatstore.storage.checks.finding import Finding, ok, problem, warning
from chatstore.storage.copies import Copy

_DAY = 86_400
LAST_DAYS = 14
"""Days before its end from which a certificate is worth a warning."""
_PATIENCE = 3600
"""Seconds that a backup may be late: it takes some time."""
_WITH_TLS = ("ircs", "wss")
_ENDS = {(3, 10): "2026-10", (3, 11): "2027-10", (3, 12): "2028-10", (3, 13): "2029-10", (3, 14): "2030-10"}
"""Until when python.org repairs faults of a version (PEP 619, 664, 693, 719, 745)."""


def examine(config: Config, file: Path | None, listed: Sequence[Copy], now: float) -> Iterator[Finding]:
    """The findings about a configuration. `file` as for config.load. `listed`: the backups that are there,
    the oldest first. `now`: seconds since 1970 UTC."""
    wrong = [*contradictions(config), *secrets(config, file)]
    for found in wrong or [ok("nothing in it contradicts itself")]:
        yield replace(found, check="configuration")
    yield replace(certificate(config, now), check="certificate")
    yield replace(backups(config, listed, now), check="backups")
    yield replace(python(now), check="python")


# The configuration.


def _on(config: Config) -> dict[str, str]:
    """The hosts of the endpoints that are on, by the endpoints' names."""
    found = {name: address(getattr(config.listen, name)) for name in ENDPOINTS}
    return {name: where[0] for name, where in found.items() if where is not None}


def _outside(config: Config) -> list[str]:
    """The endpoints without TLS that other machines can reach directly."""
    return [name for name, host in _on(config).items() if name not in _WITH_TLS and not is_this_machine(host)]


def _proxy_without_url(config: Config) -> Iterator[Finding]:
    if config.web.forwarded_from and not config.web.url:
        yield warning(
            "a web proxy is in front ([web] forwarded_from), and [web] url is not set",
            'set [web] url = "https://…/", as browsers see it: links of invitations lead to this machine otherwise',
        )


def _url_without_proxy(config: Config) -> Iterator[Finding]:
    on, url = _on(config), config.web.url
    if not url:
        return
    if "web" not in on and "wss" not in on:
        yield warning("[web] url is set, and there is no page", "set [listen] web or wss, or remove the url")
    elif url.startswith("https:") and "wss" not in on and not (config.web.forwarded_from or config.listen.proxies):
        yield warning(
            "[web] url is https, and neither [listen] wss nor a proxy that is believed is there",
            "set [web] forwarded_from to the proxy's address: passwords are refused there otherwise",
        )
    elif url.startswith("http:") and not is_this_machine(urlsplit(url).hostname or ""):
        yield warning(
            "[web] url is http: passwords and messages travel readable for everybody on the way",
            "put TLS in front (docs/proxies.md) and set [web] url to https",
        )


def _passwords_without_tls(config: Config) -> Iterator[Finding]:
    outside = _outside(config)
    if not outside:
        return
    names = " and ".join(f"[listen] {name}" for name in outside)
    if config.accounts.unencrypted_passwords == "everywhere":
        yield warning(
            f"{names} can be reached from elsewhere, and takes passwords without TLS",
            'use ircs and wss, and set [accounts] unencrypted_passwords = "local"',
        )
        return
    hidden = [
        name for name in outside if not (config.listen.proxies or (name == "web" and config.web.forwarded_from))
    ]
    if hidden and not any(name in _on(config) for name in _WITH_TLS):
        yield warning(
            f"{names} can be reached from elsewhere, and nobody there can log in: passwords need TLS",
            "set [listen] ircs or wss with a certificate in [tls], or put a proxy in front (docs/proxies.md)",
        )


def _unused_tls(config: Config) -> Iterator[Finding]:
    if config.tls.certificate and not any(name in _on(config) for name in _WITH_TLS):
        yield warning(
            "[tls] certificate is set, and no endpoint uses it",
            "set [listen] ircs or wss, or remove the certificate",
        )


def _half_webirc(config: Config) -> Iterator[Finding]:
    if bool(config.webirc.password) != bool(config.webirc.gateways):
        there, missing = ("password", "gateways") if config.webirc.password else ("gateways", "password")
        yield warning(
            f"[webirc] has {there} and no {missing}", f"set {missing}, too: no gateway is believed otherwise"
        )


def _unnamed(config: Config) -> Iterator[Finding]:
    outside = [name for name, host in _on(config).items() if not is_this_machine(host)]
    if outside and not config.named:
        yield warning(
            f"[listen] {outside[0]} can be reached from elsewhere, and the server has no name of its own",
            "set [server] name to its host name: pages can't connect under it otherwise",
        )


def _same_address(config: Config) -> Iterator[Finding]:
    seen: dict[tuple[str, int], str] = {}
    for name in (*ENDPOINTS, "metrics"):
        where = address(getattr(config.listen, name))
        if where is None or where[1] == 0:
            continue
        if where in seen:
            yield problem(
                f"[listen] {seen[where]} and {name} have the same address",
                "give each a port: the server can't start",
            )
        seen.setdefault(where, name)


def _nothing_on(config: Config) -> Iterator[Finding]:
    if not _on(config):
        yield problem("every endpoint is off", "set one of [listen] to HOST:PORT")


def _password_for_nobody(config: Config) -> Iterator[Finding]:
    closed = config.registration in ("invite", "closed")
    if config.server.password and closed and not config.accounts.guests:
        yield warning(
            "[server] password is for guests, and for who registers without an invitation; neither may come",
            "remove the password, or set [accounts] guests = true",
        )


def _open_metrics(config: Config) -> Iterator[Finding]:
    where = address(config.listen.metrics)
    if where is not None and not is_this_machine(where[0]):
        yield warning(
            "[listen] metrics can be reached from elsewhere, by everybody",
            "set it to 127.0.0.1, or to an address that only Prometheus reaches",
        )


_CONTRADICTIONS: Sequence[Callable[[Config], Iterator[Finding]]] = (
    _nothing_on,
    _same_address,
    _proxy_without_url,
    _url_without_proxy,
    _passwords_without_tls,
    _unused_tls,
    _half_webirc,
    _unnamed,
    _password_for_nobody,
    _open_metrics,
)


def contradictions(config: Config) -> Iterator[Finding]:
    for check in _CONTRADICTIONS:
        yield from check(config)


def secrets(config: Config, file: Path | None) -> Iterator[Finding]:
    for said, advice in exposed(config, file):
        yield warning(said, advice)


# The certificate, the backups and Python.


def backups(config: Config, listed: Sequence[Copy], now: float) -> Finding:
    """Whether the backups that the server makes are there."""
    every = config.backup.seconds
    last = listed[-1].made_at / 1000 if listed else 0.0
    said = f"the last was made {ago(now - last)}" if listed else "none is known"
    if not every:
        return ok(f"{said}; the server makes none by itself ([backup] every)")
    if config.database_url.startswith("postgres"):
        return warning("[backup] every is set, and PostgreSQL has backups of its own", "use pg_dump, and remove it")
    if (blocked := _blocked(config)) is not None:
        return blocked
    if now - last > 2 * every + _PATIENCE:
        return warning(
            f"{said}, and one is due every {config.backup.every}",
            "start the server, or read in its log why the backups fail",
        )
    return ok(f"{said}, {counted(len(listed), 'backup')} of this database in all")


def _blocked(config: Config) -> Finding | None:
    """What is wrong with the folder of the server's backups. The server makes it if it is missing."""
    folder = config.backup.path
    if folder is None:
        return None
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return None
    return warning(
        f"backups can't be written to {folder}",
        "set [backup] folder, or give its permissions to the user of the server",
    )


def certificate(config: Config, now: float) -> Finding:
    """Whether the certificate can be used, and how long."""
    tls = config.tls
    needing = [name for name in _WITH_TLS if getattr(config.listen, name) != OFF]
    if not needing:
        return ok("none is needed: no endpoint has TLS")
    if not tls.certificate or not tls.key:
        return problem(f"[listen] {needing[0]} needs one", "set [tls] certificate and key: the server can't start")
    try:
        found = Certificate(Path(tls.certificate).expanduser(), Path(tls.key).expanduser(), ask_clients=False)
    except CertificateError as error:
        return problem(
            str(error), "put a certificate and its key there: the server can't start, or keeps the old one"
        )
    if found.expires is None:
        return ok("it can be used; when it ends can't be read")
    left, day = found.expires - now, time.strftime("%Y-%m-%d", time.gmtime(found.expires))
    if left <= 0:
        return problem(
            f"{tls.certificate} expired on {day}: clients refuse it", "renew it; the server takes it by itself"
        )
    days = int(left // _DAY)
    if days < LAST_DAYS:
        return warning(
            f"{tls.certificate} expires in {counted(days, 'day')}, on {day}",
            "renew it; the server takes it by itself. If a program should have done that, read its log",
        )
    return ok(f"{counted(days, 'day')} left, until {day}")


def python(now: float) -> Finding:
    """The version of Python, and its end."""
    found = f"Python {platform.python_version()}"
    end = _ENDS.get(sys.version_info[:2], "")
    if end and time.strftime("%Y-%m", time.gmtime(now)) > end:
        return ok(f"{found}, which python.org has not repaired since {end}: a distribution may do so")
    return ok(found)
