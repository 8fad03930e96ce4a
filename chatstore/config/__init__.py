"""The configuration: one frozen Config, from flags, the environment, credentials, a file and the defaults, in this
order.

Files are TOML: `--config FILE`, else `./chatstore.toml`, else `chatstore.toml` in the user's configuration
folder, else /etc/chatstore/chatstore.toml. The environment names a key as CHATSTORE_TABLE_KEY, such as
CHATSTORE_LISTEN_IRC. docs/configuration.md describes every key.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
import platformdirs

from chatstore.chat.model.bounds import Bounds
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.rules import policy
from chatstore.config.credentials import CredentialError, credentials
from chatstore.config.explain import KINDS, explain
from chatstore.config.tables import checked, fields, replaced
from chatstore.net.addresses import is_this_machine, reached, shown
from chatstore.urls import Networks

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OFF = "off"
ENDPOINTS = ("irc", "ircs", "web", "wss", "plain")
METRICS = "metrics"
"""The key of the address that is for Prometheus: no client connects there."""
FILE_NAME = "chatstore.toml"
SYSTEM_FILE = Path("/etc/chatstore") / FILE_NAME
"""The configuration of a server that the machine runs as a service."""
_PREFIX = "CHATSTORE_"
_NOT_SETTINGS = {"CHATSTORE_PASSWORD"}
_LINKS = re.compile(
    r"CHATSTORE_(\w+_)?("
    r"SERVICE_HOST|SERVICE_PORT(_\w+)?"
    r"|PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?"
    r"|NAME|ENV_\w+"
    r")"
)
"""Variables that Kubernetes sets in every container for a service called `chatstore` or `chatstore-…`, and
Docker for a linked container of such a name. They are no settings."""
_FLAGS = {
    "database.url": "--database",
    "listen.irc": "--irc",
    "listen.ircs": "--ircs",
    "listen.web": "--web",
    "listen.wss": "--wss",
    "listen.plain": "--plain",
    "log.level": "--verbose",
}
AT_START = {
    "server.name",
    "server.network",
    "listen.irc",
    "listen.ircs",
    "listen.web",
    "listen.wss",
    "listen.plain",
    "listen.metrics",
    "listen.status",
    "database.url",
    "files.folder",
    "rooms.default",
    "webhooks.payload_bytes",
    "log.format",
}
"""Settings that change only at the next start. docs/configuration.md marks them."""

_FILE = re.compile(r"sqlite(?:\+\w+)?:///([^?]+)(?:\?.*)?")
"""The URL of a database in a file."""
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
Count = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]


class ConfigError(Exception):
    """A setting is wrong. The message says where it is set, which it is, and what was expected."""


_NO_NAME = "chatstore.local"


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str = _NO_NAME
    network: str = "chatstore"
    description: str = ""
    motd: str = ""
    password: str = ""
    admin_location: str = ""
    admin_name: str = ""
    admin_email: str = ""
    drain_seconds: Count = 0
    drain_rate: Positive = 200


class Listen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    irc: str = "127.0.0.1:6667"
    ircs: str = OFF
    web: str = "127.0.0.1:8097"
    wss: str = OFF
    plain: str = "127.0.0.1:65432"
    metrics: str = OFF
    status: str = ""
    proxies: list[str] = msgspec.field(default_factory=list)


class Tls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    certificate: str = ""
    key: str = ""
    client_certificates: bool = True
    browser_certificates: bool = False
    sts: bool = True
    sts_seconds: Count = 2_592_000


class Web(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str = ""
    origins: list[str] = msgspec.field(default_factory=list)
    forwarded_from: list[str] = msgspec.field(default_factory=list)


class Webirc(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    password: str = ""
    gateways: list[str] = msgspec.field(default_factory=list)


class Database(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Limits(policy.Limits):
    """With those of the endpoints, which the domain does not know."""

    connections: policy.Positive = 10_000
    connections_per_address: policy.Count = 16
    requests_per_address: policy.Count = 256
    unlimited_addresses: list[str] = field(default_factory=lambda: ["127.0.0.0/8", "::1/128"])
    handshake_seconds: policy.Positive = 10
    registration_seconds: policy.Positive = 60
    receive_queue: policy.Positive = 64
    send_queue: Annotated[int, Bounds(65536)] = 1_048_576


@dataclass(frozen=True, kw_only=True)
class Files(policy.Files):
    """With their folder, which the domain does not know."""

    folder: str = ""


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Backup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    every: str = OFF
    keep: Count = 7
    folder: str = ""
    compress: bool = True

    @property
    def seconds(self) -> int:
        """Seconds from one backup to the next; 0: the server makes none."""
        return how_long(self.every)

    @property
    def path(self) -> Path | None:
        """The folder; None for the one beside the database."""
        return Path(self.folder).expanduser() if self.folder else None


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    server: Server = Server()
    listen: Listen = msgspec.field(default_factory=Listen)
    tls: Tls = Tls()
    web: Web = msgspec.field(default_factory=Web)
    webirc: Webirc = msgspec.field(default_factory=Webirc)
    database: Database = Database()
    accounts: policy.Accounts = msgspec.field(default_factory=policy.Accounts)
    rooms: policy.Rooms = msgspec.field(default_factory=policy.Rooms)
    history: policy.History = msgspec.field(default_factory=policy.History)
    limits: Limits = msgspec.field(default_factory=Limits)
    files: Files = msgspec.field(default_factory=Files)
    push: policy.Push = msgspec.field(default_factory=policy.Push)
    previews: policy.Previews = msgspec.field(default_factory=policy.Previews)
    webhooks: policy.Webhooks = msgspec.field(default_factory=policy.Webhooks)
    log: Log = Log()
    backup: Backup = Backup()

    @property
    def database_url(self) -> str:
        """The URL of the database. A bare path means SQLite; nothing means chatstore.db in the user's data
        folder."""
        url = self.database.url or str(Path(platformdirs.user_data_dir("chatstore")) / "chatstore.db")
        return url_of(url)

    @property
    def registration(self) -> policy.Registration:
        """Who may create an account. If it is not set, it depends on whether clients can connect from
        elsewhere."""
        return self.accounts.registration or ("local" if self._this_machine_only else "invite")

    @property
    def named(self) -> bool:
        """Whether the server has a name of its own. Nobody owns the default name: on a local network any
        machine may answer to it (RFC 6762)."""
        return self.server.name.lower() != _NO_NAME

    @property
    def _this_machine_only(self) -> bool:
        """Whether, by all settings that tell, clients can connect from this machine only."""
        if self.named or self.web.forwarded_from or "*" in self.web.origins:
            return False
        addresses = (address(getattr(self.listen, endpoint)) for endpoint in ENDPOINTS)
        places = [where[0] for where in addresses if where is not None]
        urls = [self.web.url] if self.web.url else []
        places += [urlsplit(url).hostname or "" for url in [*urls, *self.web.origins]]
        return all(map(is_this_machine, places))

    def web_url(self, bound: Mapping[str, tuple[str, int]] | None = None) -> str:
        """The URL of the page, for links to it; empty if there is none. `bound`: the addresses of the open
        endpoints, by name; without it, those that are configured."""
        if self.web.url:  # the page's own addresses are relative to a folder
            folder = self.web.url.endswith(("/", ".html"))
            return self.web.url if folder else f"{self.web.url}/"
        for endpoint, scheme in (("wss", "https"), ("web", "http")):
            where = bound.get(endpoint) if bound is not None else address(getattr(self.listen, endpoint))
            if where is not None:
                return f"{scheme}://{shown(reached(where[0]), where[1])}/"
        return ""

    def push_contact(self, bound: Mapping[str, tuple[str, int]] | None = None) -> str:
        """Where push services may write to: as [push] contact says, or the page, if it has TLS; empty for nowhere.
        `bound`: see web_url."""
        page = self.web_url(bound)
        return self.push.contact or (page if page.startswith("https:") else "")

    @property
    def status_socket(self) -> Path | None:
        """Where the server's local socket is: as [listen] status says, or beside the database, if that is a file;
        None if there is none."""
        if self.listen.status == OFF:
            return None
        if self.listen.status:
            return Path(self.listen.status).expanduser()
        file = _FILE.fullmatch(self.database_url)
        return Path(f"{os.path.realpath(file[1])}-status") if file is not None else None

    @property
    def files_folder(self) -> Path | None:
        """Where the bytes of files are: as [files] folder says, or beside the database, if that is a file; None if
        there is no such place."""
        if self.files.folder:
            return Path(self.files.folder).expanduser()
        file = _FILE.fullmatch(self.database_url)
        return Path(f"{os.path.realpath(file[1])}.files") if file is not None else None

    @property
    def policy(self) -> policy.Policy:
        """The settings that the domain needs."""
        return policy.Policy(
            accounts=replace(self.accounts, registration=self.registration),
            rooms=self.rooms,
            history=self.history,
            limits=self.limits,
            files=replace(self.files, folder=""),  # where it is mounted is each node's own
            push=self.push,
            previews=self.previews,
            webhooks=self.webhooks,
            password=self.server.password,
        )

    @property
    def policy_hash(self) -> str:
        """A hash of what several servers of one database should have in common. The password is left out."""
        shared = replace(self.policy, password="")
        return hashlib.sha256(msgspec.json.encode(shared, order="deterministic")).hexdigest()[:12]


def url_of(database: str) -> str:
    """The URL of a database that is given by its URL, or by the path of a file of SQLite."""
    is_url = "://" in database or re.match(r"(sqlite|postgres(ql)?):", database)
    return database if is_url else f"sqlite:///{Path(database).expanduser().absolute()}"


def load(file: Path | None = None, flags: Mapping[str, Mapping[str, Any]] | None = None) -> Config:
    """Read the configuration. `flags`: settings by table and key, from the command line. Raises
    ConfigError."""
    merged: dict[str, dict[str, Any]] = {}
    path = _find(file)
    if path is not None:
        _merge(merged, _from_file(path), str(path))
    try:
        for file, name, value in credentials(os.environ, fields(Config)):
            table, _, key = name.partition(".")
            _merge(merged, {table: {key: value}}, f"credential {file}")
    except CredentialError as error:
        raise ConfigError(str(error)) from None
    for variable, text in sorted(os.environ.items()):
        setting = _from_environment(variable, text)
        if setting is not None:
            _merge(merged, setting, f"environment variable {variable}")
    for table, values in (flags or {}).items():
        for key, value in values.items():
            if value is not None:
                _merge(merged, {table: {key: value}}, _FLAGS.get(f"{table}.{key}", "a flag"), flag=True)
    return msgspec.convert(merged, Config)


def changed(old: Config, new: Config) -> list[str]:
    """The settings that differ between two configurations, as `table.key`."""
    return [
        f"{table}.{key}"
        for table, struct in fields(Config).items()
        for key in fields(struct)
        if getattr(getattr(old, table), key) != getattr(getattr(new, table), key)
    ]


def keeping(old: Config, new: Config, settings: Iterable[str]) -> Config:
    """The new configuration with the old values of these settings (`table.key`)."""
    for setting in settings:
        table, _, key = setting.partition(".")
        kept = replaced(getattr(new, table), key, getattr(getattr(old, table), key))
        new = msgspec.structs.replace(new, **{table: kept})
    return new


def address(text: str) -> tuple[str, int] | None:
    """Parse HOST:PORT, [IPv6]:PORT or "off" (None). Raises ValueError."""
    if text == OFF:
        return None
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ValueError(f"expected HOST:PORT or {OFF}, got {text!r}")
    return host, int(port)


def how_long(text: str) -> int:
    """Parse a length of time, such as 6h or 1d, or "off" (0), to seconds. Raises ValueError."""
    if text == OFF:
        return 0
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhdw])", text, re.ASCII)
    if not found:
        raise ValueError(f"expected a length of time (30m, 6h, 1d, 1w) or {OFF}, got {text!r}")
    return int(found[1]) * _SECONDS[found[2]]


def _find(file: Path | None) -> Path | None:
    if file is not None:
        return file
    for path in (Path(FILE_NAME), Path(platformdirs.user_config_dir("chatstore")) / FILE_NAME):
        if path.is_file():
            _check_owner(path)
            return path
    # The administrator's, by sudo. Other users may not read it, and run programs of their own.
    if not os.access(SYSTEM_FILE, os.R_OK):
        return None
    _check_owner(SYSTEM_FILE)
    return SYSTEM_FILE


def _check_owner(path: Path) -> None:
    """Check a file that no option names: it lies in whatever folder the command runs in. Raises ConfigError
    if another user owns it or may change it."""
    found = path.stat()
    if found.st_uid not in (0, os.geteuid()):
        raise ConfigError(f"{path.absolute()} belongs to another user; to use it anyway, give --config {path}")
    if found.st_mode & stat.S_IWOTH:
        raise ConfigError(f"every user can change {path.absolute()}: run chmod o-w {path}")


def exposed(config: Config, file: Path | None = None) -> list[tuple[str, str]]:
    """Warnings about secrets that every user of this machine can read: each what is wrong, and what to do. `file`
    as for load()."""
    found = []
    path = _find(file)
    if path is not None and _readable_by_all(path):
        secrets = {
            "server.password": config.server.password,
            "webirc.password": config.webirc.password,
            "the password in database.url": _password(config.database.url),
        }
        text = path.read_text(encoding="utf-8", errors="replace")
        for setting in (setting for setting, secret in secrets.items() if secret and secret in text):
            found.append((f"every user can read {path}, which contains {setting}", f"run chmod o-r {path}"))
    if config.tls.key and _readable_by_all(key := Path(config.tls.key).expanduser()):
        found.append((f"every user can read the private key {key}", f"run chmod o-r {key}"))
    return found


def _password(url: str) -> str:
    """The password in a URL, as it is written there."""
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""


def _readable_by_all(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None


def _from_environment(name: str, value: str) -> dict[str, Any] | None:
    """The setting of an environment variable; None if the variable is none of chatstore's. Raises
    ConfigError."""
    if not name.startswith(_PREFIX) or name in _NOT_SETTINGS:
        return None
    table, _, key = name.removeprefix(_PREFIX).lower().partition("_")
    tables = fields(Config)
    if _LINKS.fullmatch(name) and (table not in tables or key not in fields(tables[table])):
        return None
    if table not in tables or not key:
        known = ", ".join(f"{_PREFIX}{table.upper()}_…" for table in tables)
        raise ConfigError(f"environment variable {name}: no such setting; settings begin with {known}")
    kinds = fields(tables[table])
    if key not in kinds:
        raise ConfigError(f"environment variable {name}: [{table}] has no setting {key}; it has {', '.join(kinds)}")
    typed: Any = value
    if kinds[key] == list[str]:
        typed = [item.strip() for item in value.split(",") if item.strip()]
    else:
        try:
            typed = msgspec.convert(value, kinds[key], strict=False)
        except msgspec.ValidationError as error:
            wrong = explain(error, Config, f"{table}.{key}").replace(f"got {KINDS['str']}", f"got {value!r}")
            raise ConfigError(f"environment variable {name}: {wrong}") from None
    return {table: {key: typed}}


def _merge(merged: dict[str, dict[str, Any]], data: Mapping[str, Any], source: str, *, flag: bool = False) -> None:
    """Add the settings of one source. Each source is checked by itself, so that an error names the source. A
    flag names its setting already."""
    key = ""
    try:
        msgspec.convert(data, checked(Config))
        config = msgspec.convert(data, Config)
        for endpoint in (*ENDPOINTS, METRICS):
            key = f"listen.{endpoint}: "
            address(getattr(config.listen, endpoint))
        for name, networks in (
            ("listen.proxies", config.listen.proxies),
            ("web.forwarded_from", config.web.forwarded_from),
            ("webirc.gateways", config.webirc.gateways),
            ("limits.unlimited_addresses", config.limits.unlimited_addresses),
            ("push.allowed", config.push.allowed),
            ("previews.allowed", config.previews.allowed),
            ("webhooks.allowed", config.webhooks.allowed),
        ):
            key = f"{name}: "
            Networks(networks)
        key = "web.origins: "
        for origin in config.web.origins:
            _check_origin(origin)
        key = "web.url: "
        _check_url(config.web.url)
        key = "rooms.default: "
        for name in config.rooms.default:
            room_name(name)
        key = "limits.unlimited: "
        for name in config.limits.unlimited:
            person_name(name)
        key = "push.contact: "
        _check_contact(config.push.contact)
        key = "backup.every: "
        how_long(config.backup.every)
        _check_server(config.server)
    except msgspec.ValidationError as error:
        wrong = explain(error, Config)
        raise ConfigError(f"{source}: {wrong.partition(': ')[2] if flag else wrong}") from None
    except ValueError as error:
        raise ConfigError(f"{source}: {'' if flag else key}{error}") from None
    except ChatError as error:
        raise ConfigError(f"{source}: {key}{error.text}") from None
    for table, values in data.items():
        merged.setdefault(table, {}).update(values)


def _check_origin(origin: str) -> None:
    if origin != "*" and not re.fullmatch(r"https?://[^/\s]+", origin):
        raise ValueError(f"expected an origin such as https://chat.example.org, or *, got {origin!r}")


def _check_url(url: str) -> None:
    if url and not re.fullmatch(r"https?://[^/\s?#]+(/[^\s?#]*)?", url):
        raise ValueError(f"expected a URL such as https://chat.example.org/, got {url!r}")


def _check_contact(contact: str) -> None:
    if contact and not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+|https://[^/\s]+(/[^\s]*)?", contact):
        raise ValueError(f"expected mailto:admin@example.org, or a URL that begins with https://, got {contact!r}")


def _check_server(server: Server) -> None:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,62})", server.name) or "." not in server.name:
        raise msgspec.ValidationError(
            "Expected a host name with a dot (such as chat.example.org) - at `$.server.name`"
        )
    if not server.network or not server.network.isprintable() or len(server.network) > 64:
        raise msgspec.ValidationError("Expected a name of at most 64 characters - at `$.server.network`")
