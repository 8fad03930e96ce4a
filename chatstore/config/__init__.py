"""The configuration: one frozen Config, from flags, the environment, a file and the defaults, in that order.

Files are TOML: `--config FILE`, otherwise `./chatstore.toml`, otherwise `chatstore.toml` in the user's
configuration folder. The environment names a key as CHATSTORE_TABLE_KEY, e.g. CHATSTORE_LISTEN_IRC. Every key is
described in docs/configuration.md.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
import platformdirs

from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.names import NICK_LENGTH, person_name, room_name
from chatstore.chat.model.passwords import Passwords
from chatstore.chat.model.room_settings import RoomSettings
from chatstore.chat.rules.policy import Policy, Registration
from chatstore.chat.rules.rate_limits import Limits as ChatLimits
from chatstore.config.words import KINDS, fields, said
from chatstore.net.addresses import Networks, is_this_machine, reached, shown

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OFF = "off"
ENDPOINTS = ("irc", "ircs", "web", "wss", "plain")
FILE_NAME = "chatstore.toml"
_PREFIX = "CHATSTORE_"
_NOT_SETTINGS = {"CHATSTORE_PASSWORD"}
_LINKS = re.compile(
    r"CHATSTORE_(\w+_)?("
    r"SERVICE_HOST|SERVICE_PORT(_\w+)?"
    r"|PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?"
    r"|NAME|ENV_\w+"
    r")"
)
"""What Kubernetes tells every container of a service called `chatstore` or `chatstore-…`, and Docker of a linked
container of such a name."""
_FLAGS = {
    "database.url": "--database",
    "listen.irc": "--irc",
    "listen.ircs": "--ircs",
    "listen.web": "--web",
    "listen.wss": "--wss",
    "listen.plain": "--plain",
    "log.level": "--verbose",
}
_NOT_THE_CHATS = (
    "connections",
    "connections_per_address",
    "requests_per_address",
    "unlimited_addresses",
    "handshake_seconds",
    "registration_seconds",
    "receive_queue",
    "send_queue",
)
"""Limits of the endpoints, which the domain doesn't know of."""
AT_START = {
    "server.name",
    "server.network",
    "listen.irc",
    "listen.ircs",
    "listen.web",
    "listen.wss",
    "listen.plain",
    "database.url",
    "rooms.default",
    "log.format",
}
"""The settings that a running server can't change; docs/configuration.md marks them."""

Cost = Annotated[int, msgspec.Meta(ge=4, le=20)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Page = Annotated[int, msgspec.Meta(ge=1, le=5000)]
MessageLength = Annotated[int, msgspec.Meta(ge=400, le=65536)]
TextLength = Annotated[int, msgspec.Meta(ge=1, le=390)]


class ConfigError(Exception):
    """A setting is wrong; the message names where it stands, which it is, and what was expected."""


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


class Listen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    irc: str = "127.0.0.1:6667"
    ircs: str = OFF
    web: str = "127.0.0.1:8097"
    wss: str = OFF
    plain: str = "127.0.0.1:65432"
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


class Accounts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    registration: Literal["", "open", "local", "invite", "closed"] = ""
    register_before_connect: bool = True
    custom_account_names: bool = True
    guests: bool = False
    nick_must_be_account: bool = True
    always_on: bool = True
    unencrypted_passwords: Literal["local", "everywhere"] = "local"
    bcrypt_cost: Cost = 12
    password_length: Annotated[int, msgspec.Meta(ge=1, le=64)] = 8
    password_strength: Annotated[int, msgspec.Meta(ge=0, le=4)] = 2


class Rooms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    default: list[str] = msgspec.field(default_factory=lambda: ["main"])
    history: Literal["everyone", "members"] = "everyone"
    retention_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0


class History(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    replay_on_join: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 50
    redact_window: Annotated[int, msgspec.Meta(ge=0, le=2**31)] = 86400


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    connections: Positive = 10_000
    connections_per_address: Count = 16
    requests_per_address: Count = 256
    unlimited_addresses: list[str] = msgspec.field(default_factory=lambda: ["127.0.0.0/8", "::1/128"])
    handshake_seconds: Positive = 10
    registration_seconds: Positive = 60
    receive_queue: Positive = 64
    send_queue: Annotated[int, msgspec.Meta(ge=65536)] = 1_048_576
    message_length: MessageLength = 4096
    multiline_bytes: Annotated[int, msgspec.Meta(ge=1024, le=262144)] = 16384
    multiline_lines: Annotated[int, msgspec.Meta(ge=2, le=4096)] = 256
    topic_length: TextLength = 390
    reason_length: TextLength = 390
    away_length: TextLength = 390
    nick_length: Annotated[int, msgspec.Meta(ge=1, le=NICK_LENGTH)] = NICK_LENGTH
    rooms_per_account: Positive = 100
    rooms_founded: Count = 50
    rooms_made_per_hour: Count = 20
    joins_at_once: Count = 10
    registrations_at_once: Positive = 100
    bans_per_room: Count = 100
    reaction_bytes: Annotated[int, msgspec.Meta(ge=8, le=512)] = 64
    reactions_per_message: Count = 50
    reactions_per_person: Count = 20
    stored_tags_bytes: Annotated[int, msgspec.Meta(ge=256, le=4094)] = 1024
    history_page_bytes: Annotated[int, msgspec.Meta(ge=65_536)] = 524_288
    history_page: Page = 1000
    targets: Positive = 4
    lines_per_second: Annotated[float, msgspec.Meta(ge=0)] = 5.0
    lines_at_once: Positive = 50
    questions_per_second: Annotated[float, msgspec.Meta(ge=0)] = 100.0
    questions_at_once: Positive = 1000
    unlimited: list[str] = msgspec.field(default_factory=list)
    watched: Positive = 100
    realname_length: TextLength = 150
    metadata_keys: Positive = 50
    metadata_subscriptions: Positive = 100
    metadata_value_bytes: Annotated[int, msgspec.Meta(ge=1, le=300)] = 300
    metadata_changes: Count = 200


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    server: Server = Server()
    listen: Listen = msgspec.field(default_factory=Listen)
    tls: Tls = Tls()
    web: Web = msgspec.field(default_factory=Web)
    webirc: Webirc = msgspec.field(default_factory=Webirc)
    database: Database = Database()
    accounts: Accounts = Accounts()
    rooms: Rooms = msgspec.field(default_factory=Rooms)
    history: History = History()
    limits: Limits = msgspec.field(default_factory=Limits)
    log: Log = Log()

    @property
    def database_url(self) -> str:
        """The URL; a bare path means SQLite, nothing means chatstore.db in the user's data folder."""
        url = self.database.url or str(Path(platformdirs.user_data_dir("chatstore")) / "chatstore.db")
        return url if "://" in url else f"sqlite:///{Path(url).expanduser().absolute()}"

    @property
    def registration(self) -> Registration:
        """Who may make an account; where it isn't set, it depends on whether anybody can come from elsewhere."""
        return self.accounts.registration or ("local" if self._this_machine_only else "invite")

    @property
    def named(self) -> bool:
        """Whether the server was given a name. Nobody owns the default one: on a local network anybody may answer
        to it (RFC 6762)."""
        return self.server.name.lower() != _NO_NAME

    @property
    def _this_machine_only(self) -> bool:
        """Whether everything that says where people come from says that it is here."""
        if self.named or self.web.forwarded_from or "*" in self.web.origins:
            return False
        addresses = (address(getattr(self.listen, endpoint)) for endpoint in ENDPOINTS)
        places = [where[0] for where in addresses if where is not None]
        urls = [self.web.url] if self.web.url else []
        places += [urlsplit(url).hostname or "" for url in [*urls, *self.web.origins]]
        return all(map(is_this_machine, places))

    def web_url(self, bound: Mapping[str, tuple[str, int]] | None = None) -> str:
        """Where browsers find the page, for links to it; empty where there is none. `bound`: the addresses of the
        endpoints that are open, by name; as they are configured where it isn't given."""
        if self.web.url:  # the page's own addresses are relative to a folder
            folder = self.web.url.endswith(("/", ".html"))
            return self.web.url if folder else f"{self.web.url}/"
        for endpoint, scheme in (("wss", "https"), ("web", "http")):
            where = bound.get(endpoint) if bound is not None else address(getattr(self.listen, endpoint))
            if where is not None:
                return f"{scheme}://{shown(reached(where[0]), where[1])}/"
        return ""

    @property
    def policy(self) -> Policy:
        """What of it the domain obeys."""
        limits = msgspec.to_builtins(self.limits)
        for key in _NOT_THE_CHATS:
            del limits[key]
        return Policy(
            registration=self.registration,
            register_before_connect=self.accounts.register_before_connect,
            custom_account_names=self.accounts.custom_account_names,
            guests=self.accounts.guests,
            nick_must_be_account=self.accounts.nick_must_be_account,
            always_on=self.accounts.always_on,
            unencrypted_passwords=self.accounts.unencrypted_passwords,
            bcrypt_cost=self.accounts.bcrypt_cost,
            passwords=Passwords(self.accounts.password_length, self.accounts.password_strength),
            replay_on_join=self.history.replay_on_join,
            redact_window=self.history.redact_window,
            server_password=self.server.password,
            default_rooms=tuple(self.rooms.default),
            new_rooms=RoomSettings(history=self.rooms.history, retention_days=self.rooms.retention_days),
            limits=ChatLimits(**limits),
        )


def load(file: Path | None = None, flags: Mapping[str, Mapping[str, Any]] | None = None) -> Config:
    """The configuration. `flags` are settings by table and key, as given on the command line. Raises
    ConfigError."""
    merged: dict[str, dict[str, Any]] = {}
    path = _find(file)
    if path is not None:
        _merge(merged, _from_file(path), str(path))
    for name, value in sorted(os.environ.items()):
        setting = _from_environment(name, value)
        if setting is not None:
            _merge(merged, setting, f"environment variable {name}")
    for table, values in (flags or {}).items():
        for key, value in values.items():
            if value is not None:
                _merge(merged, {table: {key: value}}, _FLAGS.get(f"{table}.{key}", "a flag"), flag=True)
    return msgspec.convert(merged, Config)


def changed(old: Config, new: Config) -> list[str]:
    """The settings that differ, as `table.key`."""
    return [
        f"{table}.{key}"
        for table, struct in fields(Config).items()
        for key in fields(struct)
        if getattr(getattr(old, table), key) != getattr(getattr(new, table), key)
    ]


def keeping(old: Config, new: Config, settings: Iterable[str]) -> Config:
    """The new configuration, but with these settings (`table.key`) as they were."""
    for setting in settings:
        table, _, key = setting.partition(".")
        kept = msgspec.structs.replace(getattr(new, table), **{key: getattr(getattr(old, table), key)})
        new = msgspec.structs.replace(new, **{table: kept})
    return new


def address(text: str) -> tuple[str, int] | None:
    """HOST:PORT, [IPv6]:PORT or "off" (None). Raises ValueError."""
    if text == OFF:
        return None
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ValueError(f"expected HOST:PORT or {OFF}, got {text!r}")
    return host, int(port)


def _find(file: Path | None) -> Path | None:
    if file is not None:
        return file
    for path in (Path(FILE_NAME), Path(platformdirs.user_config_dir("chatstore")) / FILE_NAME):
        if path.is_file():
            _check_owner(path)
            return path
    return None


def _check_owner(path: Path) -> None:
    """A file that nobody has named lies in whatever folder somebody happens to be in. Raises ConfigError for one
    that somebody else could have put there, or could change."""
    found = path.stat()
    if found.st_uid not in (0, os.geteuid()):
        raise ConfigError(f"{path.absolute()} belongs to another user; to use it anyway, give --config {path}")
    if found.st_mode & stat.S_IWOTH:
        raise ConfigError(f"every user can change {path.absolute()}: run chmod o-w {path}")


def exposed(config: Config, file: Path | None = None) -> list[str]:
    """What everybody on this machine may read and should not, one sentence each. `file` as of load()."""
    found = []
    path = _find(file)
    if path is not None and _readable_by_all(path):
        secrets = {"server.password": config.server.password, "webirc.password": config.webirc.password}
        text = path.read_text(encoding="utf-8", errors="replace")
        for setting in (setting for setting, secret in secrets.items() if secret and secret in text):
            found.append(f"every user can read {path}, which contains {setting}: run chmod o-r {path}")
    if config.tls.key and _readable_by_all(key := Path(config.tls.key).expanduser()):
        found.append(f"every user can read the private key {key}: run chmod o-r {key}")
    return found


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
    """The setting that an environment variable is; None for one that is none."""
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
            wrong = said(error, Config, f"{table}.{key}").replace(f"got {KINDS['str']}", f"got {value!r}")
            raise ConfigError(f"environment variable {name}: {wrong}") from None
    return {table: {key: typed}}


def _merge(merged: dict[str, dict[str, Any]], data: Mapping[str, Any], source: str, *, flag: bool = False) -> None:
    """Take what one source says, after checking it by itself: so the message can name the source. A flag says by
    itself which setting it is."""
    key = ""
    try:
        config = msgspec.convert(data, Config)
        for endpoint in ENDPOINTS:
            key = f"listen.{endpoint}: "
            address(getattr(config.listen, endpoint))
        for name, networks in (
            ("listen.proxies", config.listen.proxies),
            ("web.forwarded_from", config.web.forwarded_from),
            ("webirc.gateways", config.webirc.gateways),
            ("limits.unlimited_addresses", config.limits.unlimited_addresses),
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
        _check_server(config.server)
    except msgspec.ValidationError as error:
        wrong = said(error, Config)
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


def _check_server(server: Server) -> None:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,62})", server.name) or "." not in server.name:
        raise msgspec.ValidationError(
            "Expected a host name with a dot (such as chat.example.org) - at `$.server.name`"
        )
    if not server.network or not server.network.isprintable() or len(server.network) > 64:
        raise msgspec.ValidationError("Expected a name of at most 64 characters - at `$.server.network`")
