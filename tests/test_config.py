"""The configuration: which source wins, and what a wrong setting is told."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import platformdirs
import pytest

from chatstore import config
from chatstore.chat.model.bounds import bounds_of
from chatstore.chat.rules.policy import Accounts, History, Limits, Rooms
from chatstore.config import Config, ConfigError, address, exposed, load


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, an empty user's configuration folder (`user/`), and a clean environment."""
    here = tmp_path / "here"
    here.mkdir()
    (tmp_path / "user").mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda _name: str(tmp_path / "user"))
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda _name: str(tmp_path / "data"))
    monkeypatch.setattr(config, "SYSTEM_FILE", tmp_path / "etc" / "chatstore.toml")
    for name in list(os.environ):
        if name.startswith("CHATSTORE_"):
            monkeypatch.delenv(name)
    return tmp_path


Write = Callable[[str], Path]


@pytest.fixture
def write(folder: Path) -> Write:
    """Writes ./chatstore.toml."""

    def write(text: str) -> Path:
        path = folder / "here" / "chatstore.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def wrong(*words: str, **arguments: object) -> str:
    """The message with which the configuration is refused; it has all the words, and is one line."""
    with pytest.raises(ConfigError) as refused:
        load(**arguments)  # type: ignore[arg-type]
    message = str(refused.value)
    for word in words:
        assert word in message
    assert "\n" not in message
    return message


def test_nothing_is_configured(folder: Path) -> None:
    config = load()
    assert config == Config()
    assert config.listen.irc == "127.0.0.1:6667"
    assert config.listen.plain == "127.0.0.1:65432"
    assert config.rooms.default == ["main"]
    assert (config.accounts.registration, config.registration) == ("", "local")
    assert config.database_url == f"sqlite:///{folder}/data/chatstore.db"


def test_the_order_of_the_sources(folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags, then the environment, then ./chatstore.toml or else the user's; each key by itself."""

    def networks(flag: str | None = None) -> tuple[str, str]:
        config = load(flags={"server": {"network": flag}})
        return config.server.network, config.server.motd

    (folder / "user" / "chatstore.toml").write_text('[server]\nnetwork = "user"\nmotd = "user"\n')
    assert networks() == ("user", "user")
    write('[server]\nnetwork = "here"\n')
    assert networks() == ("here", "")  # one file, not a mixture of two
    monkeypatch.setenv("CHATSTORE_SERVER_NETWORK", "environment")
    assert networks() == ("environment", "")
    monkeypatch.setenv("CHATSTORE_SERVER_MOTD", "environment")
    assert networks("flag") == ("flag", "environment")


def test_the_file_that_is_named_is_the_one(folder: Path, write: Write) -> None:
    write('[server]\nnetwork = "here"\n')
    other = folder / "other.toml"
    other.write_text('[server]\nmotd = "other"\n')
    assert load(other).server == msgspec.structs.replace(Config().server, motd="other")


def test_a_named_file_that_is_missing(folder: Path) -> None:
    wrong("none.toml", "No such file", file=folder / "none.toml")


def test_every_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "CHATSTORE_LISTEN_IRC": "off",
        "CHATSTORE_ACCOUNTS_GUESTS": "true",
        "CHATSTORE_ACCOUNTS_ALWAYS_ON": "false",
        "CHATSTORE_ACCOUNTS_BCRYPT_COST": "5",
        "CHATSTORE_HISTORY_REPLAY_ON_JOIN": "0",
        "CHATSTORE_LIMITS_ROOMS_PER_ACCOUNT": "3",
        "CHATSTORE_ROOMS_DEFAULT": " main , work,, ",
        "CHATSTORE_LOG_FORMAT": "json",
        "CHATSTORE_PASSWORD": "a client's, no setting",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    config = load()
    assert config.listen.irc == "off"
    assert (config.accounts.guests, config.accounts.always_on, config.accounts.bcrypt_cost) == (True, False, 5)
    assert config.history.replay_on_join == 0
    assert config.limits.rooms_per_account == 3
    assert config.rooms.default == ["main", "work"]
    assert config.log.format == "json"


def test_no_default_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATSTORE_ROOMS_DEFAULT", "")
    assert load().rooms.default == []


# What is wrong in a file: the text, and words that the message must have (with the file's own name).
WRONG = [
    ("[sever]\nname = 1", ["no table sever", "server", "listen"]),
    ('[server]\nnme = "x"', ["[server]", "no setting nme", "name", "motd"]),
    ('[server]\nname = "nodot"', ["server.name", "host name"]),
    ('[server]\nname = "bad name.example"', ["server.name", "host name"]),
    ('[server]\nnetwork = ""', ["server.network", "at most 64"]),
    ("server = 5", ["server:", "expected a table, got a number"]),
    ("[server]\nmotd = 5", ["server.motd: expected text in quotes, got a number"]),
    ("[accounts]\nbcrypt_cost = 'x'", ["accounts.bcrypt_cost: expected a number, got text in quotes"]),
    ("[accounts]\nbcrypt_cost = 3", ["accounts.bcrypt_cost", "expected a number of at least 4"]),
    ("[accounts]\nbcrypt_cost = 21", ["accounts.bcrypt_cost", "expected a number of at most 20"]),
    ("[accounts]\nguests = 1", ["accounts.guests", "expected true or false, got a number"]),
    (
        "[accounts]\nregistration = 'all'",
        ["accounts.registration", 'expected "open", "approval", "local", "invite" or "closed", got \'all\''],
    ),
    ("[history]\nreplay_on_join = -1", ["history.replay_on_join", "at least 0"]),
    ("[limits]\nsend_queue = 1", ["limits.send_queue", "at least 65536"]),
    ("[limits]\nconnections = 0", ["limits.connections", "at least 1"]),
    ("[rooms]\ndefault = 'main'", ["rooms.default", "expected a list, got text in quotes"]),
    ("[rooms]\ndefault = ['main', 5]", ["rooms.default[1]: expected text in quotes, got a number"]),
    ("[rooms]\ndefault = ['two words']", ["rooms.default", "spaces"]),
    ("[listen]\nirc = '6667'", ["listen.irc", "HOST:PORT", "'6667'"]),
    ("[listen]\nplain = 'localhost:'", ["listen.plain", "HOST:PORT", "'localhost:'"]),
    ("[log]\nlevel = 'loud'", ["log.level", 'expected "debug", "info", "warning" or "error"', "loud"]),
    ("[server\n", ["line 1"]),
    ("[server]\nname = 'a.b'\nname = 'c.d'\n", ["line 3"]),
]


@pytest.mark.parametrize(("text", "words"), WRONG, ids=[text.replace("\n", " ") for text, _ in WRONG])
def test_what_is_wrong_in_a_file(write: Write, text: str, words: list[str]) -> None:
    path = write(text)
    wrong(path.name, *words)


def test_a_file_that_is_not_utf8(write: Write, folder: Path) -> None:
    write("").write_bytes(b'[server]\nmotd = "\xff"\n')
    wrong("chatstore.toml", "UTF-8")


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    wrong(str(folder), "directory", file=folder)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CHATSTORE_ACCOUNTS_BCRYPT_COST", "many", ["accounts.bcrypt_cost: expected a number, got 'many'"]),
        ("CHATSTORE_ACCOUNTS_BCRYPT_COST", "3", ["accounts.bcrypt_cost: expected a number of at least 4"]),
        ("CHATSTORE_ACCOUNTS_GUESTS", "perhaps", ["accounts.guests: expected true or false, got 'perhaps'"]),
        ("CHATSTORE_ACCOUNTS_REGISTRATION", "all", ["accounts.registration", '"local"', "'all'"]),
        ("CHATSTORE_LISTEN_IRC", "nowhere", ["listen.irc", "HOST:PORT"]),
        ("CHATSTORE_SERVER_NME", "x", ["[server]", "no setting nme", "motd"]),
        ("CHATSTORE_ACOUNTS_GUESTS", "true", ["no such setting", "CHATSTORE_ACCOUNTS_", "CHATSTORE_LOG_"]),
        ("CHATSTORE_ACCOUNTS", "x", ["no such setting"]),
        ("CHATSTORE_ROOMS_DEFAULT", "main,a b", ["rooms.default", "spaces"]),
    ],
)
def test_what_is_wrong_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: list[str]
) -> None:
    monkeypatch.setenv(name, value)
    wrong(name, *words)


def test_what_is_wrong_in_a_flag() -> None:
    said = wrong(flags={"listen": {"irc": None, "plain": "x"}})
    assert said == "--plain: expected HOST:PORT or off, got 'x'"
    assert wrong(flags={"listen": {"irc": "nonsense"}}).startswith("--irc: expected HOST:PORT or off")
    wrong("a flag: ", "expected a number", flags={"limits": {"targets": "x"}})


def test_the_source_at_fault_is_named_not_the_one_that_wins(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("[accounts]\nbcrypt_cost = 99")
    monkeypatch.setenv("CHATSTORE_ACCOUNTS_BCRYPT_COST", "5")
    assert "environment" not in wrong(path.name, "accounts.bcrypt_cost")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("off", None),
        ("127.0.0.1:6667", ("127.0.0.1", 6667)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:6667", ("::1", 6667)),
        ("::1:6667", ("::1", 6667)),
        ("0.0.0.0:65535", ("0.0.0.0", 65535)),
    ],
)
def test_addresses(text: str, where: tuple[str, int] | None) -> None:
    assert address(text) == where


@pytest.mark.parametrize(
    "text", ["", "x", "6667", ":6667", "host:", "host:65536", "host:-1", "host:٣", "host: 1", "[]:1"]
)
def test_no_addresses(text: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT or off"):
        address(text)


def test_a_bare_path_is_a_database(folder: Path) -> None:
    def url(text: str) -> str:
        return load(flags={"database": {"url": text}}).database_url

    assert url("my.db") == f"sqlite:///{folder}/here/my.db"
    assert url("/var/chat.db") == "sqlite:////var/chat.db"
    assert url("~/chat.db") == f"sqlite:///{Path.home()}/chat.db"
    assert url("sqlite:////x/y.db") == "sqlite:////x/y.db"
    assert url("postgresql://host/chat") == "postgresql://host/chat"


def test_what_the_domain_obeys_is_what_was_configured(write: Write) -> None:
    write(
        "[accounts]\nguests = true\nbcrypt_cost = 4\n[history]\nreplay_on_join = 7\n"
        "[rooms]\ndefault = ['a', 'b']\n[limits]\ntargets = 9\n[server]\npassword = 'sesame'\n"
    )
    policy = load().policy
    assert (policy.accounts.guests, policy.accounts.bcrypt_cost, policy.history.replay_on_join) == (True, 4, 7)
    assert (policy.rooms.default, policy.limits.targets, policy.password) == (["a", "b"], 9, "sesame")
    defaults = Config().policy.limits
    assert all(getattr(defaults, each.name) == getattr(Limits(), each.name) for each in dataclasses.fields(Limits))


TABLES = {"accounts": Accounts, "rooms": Rooms, "history": History, "limits": Limits}


@pytest.mark.parametrize(
    ("table", "key"), [(table, each.name) for table, kind in TABLES.items() for each in dataclasses.fields(kind)]
)
def test_every_field_of_the_policy_is_read_from_the_configuration(write: Write, table: str, key: str) -> None:
    """So a new limit is one field. Another value than the default arrives; one out of its bounds is refused."""
    bare, bounds = bounds_of(get_type_hints(TABLES[table], include_extras=True)[key])
    default = getattr(TABLES[table](), key)
    other: Any = ["one"] if bare == list[str] else "x"
    if bounds is not None:
        other = int(bounds.most or bounds.least) if default != bounds.most else int(bounds.least)
    elif get_origin(bare) is Literal:
        other = get_args(bare)[-1]
    elif bare is bool:
        other = not default
    write(f"[{table}]\n{key} = {json.dumps(other)}\n")
    assert other != default
    assert getattr(getattr(load().policy, table), key) == other
    for end, beyond in zip(bounds or (), (-1, 1), strict=False):
        if end is not None:
            write(f"[{table}]\n{key} = {int(end) + beyond}\n")
            with pytest.raises(ConfigError, match=rf"{table}\.{key}"):
                load()


def test_a_configuration_is_not_changed() -> None:
    with pytest.raises(AttributeError):
        Config().server.name = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[listen]\nproxies = ["example.org"]', ["listen.proxies", "example.org"]),
        ('[webirc]\ngateways = ["10.0.0.0/99"]', ["webirc.gateways", "10.0.0.0/99"]),
        ('[limits]\nunlimited_addresses = ["x"]', ["limits.unlimited_addresses", "x"]),
        ('[web]\norigins = ["chat.example.org"]', ["web.origins", "https://chat.example.org"]),
        ('[web]\norigins = ["https://chat.example.org/"]', ["web.origins", "expected an origin"]),
        ('[listen]\nwss = "nonsense"', ["listen.wss", "HOST:PORT"]),
    ],
)
def test_wrong_settings_of_the_endpoints(write: Write, text: str, words: list[str]) -> None:
    write(text)
    wrong("chatstore.toml", *words)


@pytest.mark.parametrize(
    ("settings", "registration"),
    [
        ({}, "local"),
        ({"listen": {"irc": "127.1.2.3:1", "web": "[::1]:2", "plain": "localhost:3"}}, "local"),
        ({"listen": {"irc": "off", "web": "off", "plain": "off"}}, "local"),
        ({"listen": {"irc": "0.0.0.0:6667"}}, "invite"),
        ({"listen": {"wss": "[::]:443"}}, "invite"),
        ({"listen": {"plain": "192.0.2.7:1"}}, "invite"),
        ({"listen": {"web": "chat.example.org:80"}}, "invite"),
        ({"web": {"url": "https://chat.example.org/"}}, "invite"),
        ({"web": {"url": "http://localhost:8000/"}}, "local"),
        ({"web": {"origins": ["https://chat.example.org"]}}, "invite"),
        ({"web": {"origins": ["http://localhost:3000", "http://127.0.0.1:5173"]}}, "local"),
        ({"web": {"origins": ["*"]}}, "invite"),
        ({"web": {"forwarded_from": ["127.0.0.1"]}}, "invite"),
        ({"server": {"name": "chat.example.org"}}, "invite"),
        ({"server": {"name": "chatstore.local"}}, "local"),
    ],
)
def test_who_may_register_where_that_is_not_set(
    folder: Path, settings: dict[str, dict[str, object]], registration: str
) -> None:
    config = load(flags=settings)
    assert config.registration == config.policy.accounts.registration == registration
    for chosen in ("open", "local", "invite", "closed"):
        config = load(flags={**settings, "accounts": {"registration": chosen}})
        assert config.policy.accounts.registration == chosen


@pytest.mark.parametrize(
    ("listen", "url", "expected"),
    [
        ({}, "", "http://127.0.0.1:8097/"),
        ({"wss": "0.0.0.0:8443"}, "", "https://127.0.0.1:8443/"),
        ({"web": "[::]:80"}, "", "http://[::1]:80/"),
        ({"web": "off"}, "", ""),
        ({"web": "off"}, "https://chat.example.org", "https://chat.example.org/"),
        ({"wss": "0.0.0.0:1"}, "https://example.org/chat", "https://example.org/chat/"),
    ],
)
def test_where_browsers_find_the_page(folder: Path, listen: dict[str, str], url: str, expected: str) -> None:
    assert load(flags={"listen": listen, "web": {"url": url}}).web_url() == expected


def test_the_ports_that_were_bound_count(folder: Path) -> None:
    config = load(flags={"listen": {"web": "0.0.0.0:0"}})
    assert config.web_url({"web": ("0.0.0.0", 4711), "irc": ("0.0.0.0", 1)}) == "http://127.0.0.1:4711/"
    assert config.web_url({"irc": ("0.0.0.0", 1)}) == ""


@pytest.mark.parametrize(
    "url", ["chat.example.org", "ftp://x/", "https://", "https://x/#a", "https://x/?a", "http://a b"]
)
def test_a_url_that_is_none(folder: Path, write: Write, url: str) -> None:
    write(f'[web]\nurl = "{url}"\n')
    wrong("web.url", "https://chat.example.org/", repr(url))


def test_what_kubernetes_and_docker_say_is_no_setting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "CHATSTORE_PORT": "tcp://10.96.0.7:8097",
        "CHATSTORE_SERVICE_HOST": "10.96.0.7",
        "CHATSTORE_SERVICE_PORT": "8097",
        "CHATSTORE_SERVICE_PORT_WEB": "8097",
        "CHATSTORE_PORT_8097_TCP": "tcp://10.96.0.7:8097",
        "CHATSTORE_PORT_8097_TCP_ADDR": "10.96.0.7",
        "CHATSTORE_PORT_8097_TCP_PORT": "8097",
        "CHATSTORE_PORT_8097_TCP_PROTO": "tcp",
        "CHATSTORE_WEB_SERVICE_HOST": "10.96.0.8",
        "CHATSTORE_WEB_PORT": "tcp://10.96.0.8:80",
        "CHATSTORE_SERVER_PORT_6667_TCP_PROTO": "tcp",
        "CHATSTORE_NAME": "/web/chatstore",
        "CHATSTORE_ENV_PATH": "/usr/bin",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CHATSTORE_SERVER_NAME", "irc.example.org")
    assert load().server.name == "irc.example.org"
    for typo in ("CHATSTORE_PROT", "CHATSTORE_WEB_ORIGIN", "CHATSTORE_SERVICES"):
        monkeypatch.setenv(typo, "x")
        wrong(typo)
        monkeypatch.delenv(typo)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_file_of_somebody_else_that_nobody_named(write: Write) -> None:
    path = write('[server]\nnetwork = "Theirs"')
    os.chown(path, 12345, 12345)
    wrong("chatstore.toml", "another user", "--config")
    assert load(path).server.network == "Theirs"


def test_a_file_that_everybody_may_change(write: Write) -> None:
    write("").chmod(0o646)
    wrong("chatstore.toml", "chmod o-w")


def test_what_everybody_may_read(write: Write, tmp_path: Path) -> None:
    key = tmp_path / "its.key"
    key.touch(0o644)
    path = write(f'[server]\npassword = "hunter2"\n[tls]\nkey = "{key}"')
    path.chmod(0o644)
    found = exposed(load())
    assert len(found) == 2
    assert "server.password" in found[0][0]
    assert found[1] == (f"every user can read the private key {key}", f"run chmod o-r {key}")
    path.chmod(0o640)
    key.chmod(0o600)
    assert exposed(load()) == []
    assert "hunter2" not in str(found)


def test_the_password_of_a_database_that_everybody_may_read(write: Write) -> None:
    write('[database]\nurl = "postgresql://chat:hunter2@db/chat"').chmod(0o644)
    [found] = exposed(load())
    assert "the password in database.url" in found[0]
    assert "hunter2" not in str(found)
    write('[database]\nurl = "postgresql://chat@db/chat"').chmod(0o644)
    assert exposed(load()) == []


@pytest.mark.parametrize("url", ["postgresql://db/chat", "postgres://db/chat", "postgresql:chat", "sqlite:///a.db"])
def test_a_url_of_a_database_is_no_path(write: Write, url: str) -> None:
    write(f'[database]\nurl = "{url}"')
    assert load().database_url == url


def test_the_machines_file_is_the_last_one(folder: Path, write: Write) -> None:
    (folder / "etc").mkdir()
    (folder / "etc" / "chatstore.toml").write_text("server.network = 'the machine'")
    assert load().server.network == "the machine"
    (folder / "user" / "chatstore.toml").write_text("")
    assert load().server.network == "chatstore"


def test_the_machines_file_that_everybody_may_change(folder: Path) -> None:
    (folder / "etc").mkdir()
    (folder / "etc" / "chatstore.toml").write_text("")
    (folder / "etc" / "chatstore.toml").chmod(0o666)
    wrong("every user can change", "etc/chatstore.toml")


@pytest.fixture
def credential(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bytes], Path]:
    """Hands over a credential, as systemd does."""
    (folder / "credentials").mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder / "credentials"))

    def put(name: str, content: bytes) -> Path:
        path = folder / "credentials" / name
        path.write_bytes(content)
        path.chmod(0o400)
        return path

    return put


Credential = Callable[[str, bytes], Path]


def test_secrets_are_credentials(write: Write, credential: Credential, monkeypatch: pytest.MonkeyPatch) -> None:
    write("server.password = 'of the file'\nserver.network = 'Example'")
    credential("server.password", b"hunter2 \n")
    credential("webirc.password", "schlüssel".encode())
    credential("database.url", b"postgresql://chat:secret@db/chat\r\n")
    key = credential("tls.key", b"not read here")
    credential("backup-key", b"of another program")
    found = load()
    assert (found.server.password, found.server.network, found.webirc.password) == (
        "hunter2 ",
        "Example",
        "schlüssel",
    )
    assert (found.database.url, found.tls.key) == ("postgresql://chat:secret@db/chat", str(key))
    monkeypatch.setenv("CHATSTORE_SERVER_PASSWORD", "of the environment")
    assert load().server.password == "of the environment"


def test_a_credential_that_is_no_setting(credential: Credential) -> None:
    credential("server.pasword", b"hunter2")
    message = wrong("credential server.pasword: no such setting", "server.password", "tls.key")
    assert "hunter2" not in message


def test_a_credential_that_is_no_text(credential: Credential) -> None:
    credential("server.password", b"\xff\xfe")
    wrong("credential server.password", "is not UTF-8")


def test_a_folder_of_credentials_that_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder / "nowhere"))
    wrong("CREDENTIALS_DIRECTORY: cannot read", "nowhere: No such file or directory")


@pytest.mark.parametrize(
    ("text", "seconds"), [("off", 0), ("30m", 1800), ("6h", 21_600), ("1d", 86_400), ("1w", 604_800)]
)
def test_how_often_backups_are_made(text: str, seconds: int, write: Write) -> None:
    write(f'[backup]\nevery = "{text}"')
    assert load().backup.seconds == seconds


@pytest.mark.parametrize("text", ["", "0d", "1", "d", "1 d", "1y", "-1d", "1d2h"])
def test_a_length_of_time_that_is_none(text: str, write: Write) -> None:
    write(f'[backup]\nevery = "{text}"')
    wrong("backup.every: expected a length of time (30m, 6h, 1d, 1w) or off", f"got {text!r}")


def test_files_are_beside_a_database_in_a_file_or_in_their_folder(tmp_path: Path) -> None:
    beside = load(flags={"database": {"url": str(tmp_path / "chat.db")}})
    assert beside.files_folder == tmp_path / "chat.db.files"
    far = {"database": {"url": "postgresql://db.example/chat"}}
    assert load(flags=far).files_folder is None
    one, other = (load(flags={**far, "files": {"folder": folder}}) for folder in ("/srv/a", "/srv/b"))
    assert one.files_folder == Path("/srv/a")
    assert one.policy_hash == other.policy_hash
    assert one.policy_hash != load(flags={**far, "files": {"access": "members"}}).policy_hash
