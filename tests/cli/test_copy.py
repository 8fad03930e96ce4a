"""`chatstore copy`: everything arrives as it was, or nobody can use the copy."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from chatstore.chat.changes.pruning import PruneHistory, Retention
from chatstore.chat.changes.rooms import ConfigureRoom
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.push import encoded
from chatstore.importing.source import Person
from chatstore.importing.source import Room as ForeignRoom
from chatstore.storage import copying, migrate, schema
from chatstore.storage.engine import open_engine
from chatstore.storage.postgresql import driver as postgresql
from chatstore.storage.sqlite import driver as sqlite
from chatstore.storage.store import DatabaseStore
from tests.cli.home import Home, seen
from tests.importing.talk import run as run_import
from tests.importing.talk import said
from tests.postgres import Cluster
from tests.running import Running, _server, start
from tests.storage.database import Database

DAY = 24 * 60 * 60
KINDS = ["sqlite", "postgresql"]
COPIED = [table.name for table in copying.TABLES]
ADMINISTERED = """
    INSERT INTO server_bans (mask, reason, set_by, set_at, until) VALUES ('192.0.2.0/24', 'spam', 'alice', 1, NULL);
    INSERT INTO ignores (account_id, person, nick, since) SELECT id, 'g:1', 'gus', 1 FROM accounts LIMIT 1;
    INSERT INTO peace (account_id, direct, version) SELECT id, 'known', 2 FROM accounts LIMIT 1;
    INSERT INTO account_requests (account_id, address) SELECT id, '192.0.2.7' FROM accounts LIMIT 1;
    INSERT INTO reports (room_id, seq, account_id, reason, reported_at)
    SELECT messages.room_id, seq, accounts.id, 'rude', 1 FROM messages, accounts LIMIT 1;
    INSERT INTO hooks (room_id, direction, name, digest, url, "trigger", word, answers, secret, created_at)
    SELECT id, 'in', 'CI', 'd16e57', '', '', '', 0, '', 1 FROM rooms LIMIT 1;
    INSERT INTO hooks (room_id, direction, name, digest, url, "trigger", word, answers, secret, created_at)
    SELECT id, 'out', 'told', NULL, 'https://hooks.example/Pfad', 'all', '', 0, 'Sesam', 1 FROM rooms LIMIT 1;
    INSERT INTO hook_deliveries (hook_id, delivery, received_at) SELECT id, 'cd', 1 FROM hooks;
    INSERT INTO answered_requests (account_id, key, request, room_id, seq, answered_at)
    SELECT accounts.id, 'ab', 'cd', messages.room_id, seq, 1 FROM messages, accounts LIMIT 1;
    INSERT INTO hook_retries (hook_id, seq, attempts, next_at) SELECT id, 1, 2, 3 FROM hooks;
    INSERT INTO blobs (digest, place, size, stored_at) VALUES ('ab', 'ab/-1', 3, 1);
    INSERT INTO files (token, account_id, blob_id, name, media_type, digest, uploaded_at, size, width, height,
        thumbnail)
    SELECT 'T0ken', accounts.id, blobs.id, 'a.txt', 'text/plain', 'ab', 1, 3, 0, 0, 0 FROM accounts, blobs LIMIT 1;
    INSERT INTO file_references (file_id, room_id, seq) SELECT files.id, room_id, seq FROM messages, files LIMIT 1;
"""
"""What administrators have done that the talk does not, and a file."""


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database in which every table that is copied has rows, and rows with the last ids are gone."""
    path = tmp_path_factory.mktemp("rich") / "chat.db"
    running = Running(_server({"database": {"url": str(path)}}), path)  # whatever --database says
    try:
        talk(running)
    finally:
        running.stop()
    database = Database(path)
    room = database.room("old")
    for n in range(10):
        database.say(room, f"day {n}")
        database.now += DAY
    database.do(ConfigureRoom(SERVER, room.id, {"retention_days": 3}))
    database.do(PruneHistory())
    database.do(Retention(lambda: database.now).next_pass())
    there = ForeignRoom("G1", "elsewhere", private=True, members=("U1",))
    run_import(database.store, [Person("U1", "somebody"), there, said(1, room="G1")])
    gone = database.room("gone")
    database.say(gone, "the last message")
    database.close()
    home = Home(path.parent)
    for command in (
        ["room", "remove", "gone", "--yes"],
        ["account", "certificate", "add", "alice", "ab" * 32],
        ["invite", "--url", "http://localhost/"],
        ["account", "suspend", "bob", "--reason", "Ruhe: \U0001f92b\t\\N"],
    ):
        home.lines(*command, "--database", str(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(ADMINISTERED)
        for table in COPIED:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0], f"{table} is empty"
        assert connection.execute("SELECT max(id) FROM rooms").fetchone() < last_id(connection, "rooms")
        assert connection.execute("SELECT max(id) FROM messages").fetchone() < last_id(connection, "messages")
    return path


@pytest.fixture(scope="module")
def durable() -> Iterator[Cluster]:
    """PostgreSQL as a server demands it."""
    made = Cluster(fsync=True)
    yield made
    made.close()


def last_id(connection: sqlite3.Connection, table: str) -> Any:
    return connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()


def talk(running: Running) -> None:
    caps = "echo-message message-tags draft/message-redaction draft/read-marker draft/metadata-2"
    alice, bob = running.register("alice", caps), running.register("bob", caps)
    for name in ("main", "talk", "secret"):
        alice.ask(f"JOIN #{name}")
    bob.ask("JOIN #main", "JOIN #talk")
    said = alice.ask("PRIVMSG #talk :first", "PRIVMSG #talk :grüße, 世界 \U0001f44b \\ \\N \t end")
    first = re.search("msgid=([^; ]+)", said[-2])
    assert first is not None
    bob.ask(f"@+draft/react=\U0001f44d;+draft/reply={first[1]} TAGMSG #talk", "PRIVMSG #talk :spam")
    spam = re.search("msgid=([^; ]+)", bob.log[-2])
    alice.ask(f"REDACT #talk {spam[1] if spam else ''} :spam", "PRIVMSG bob :directly", "PRIVMSG @#talk :quietly")
    alice.ask(f"PIN #talk {first[1]}")
    alice.ask("MODE #talk +b mallory!*@*", "MODE #talk +e *!*@friendly", "MODE #talk +l 50", "TOPIC #talk :a topic")
    alice.ask("MODE #secret +i", "INVITE bob #secret", "METADATA * SET url :https://example.org/")
    alice.ask("METADATA #talk SET color :blue", "PRIVMSG ChanServ :TRANSFER #talk bob")
    alice.ask("MARKREAD #talk timestamp=2030-01-01T00:00:00.000Z", "TOKEN ADD :laptop")
    alice.ask("NOTIFY SET * keywords=cake", "NOTIFY SET #talk level=all", "METADATA #talk SET soju.im/pinned 1")
    key, auth = encoded(b"\4" + bytes(64)), encoded(bytes(16))
    alice.ask(f"WEBPUSH REGISTER https://push.example/alice p256dh={key};auth={auth}")
    alice.close()
    running.login("alice").close()


@pytest.fixture
def new(cluster: Cluster, tmp_path: Path) -> Callable[[str], str]:
    """Where nothing is yet, of a kind."""
    return lambda kind: cluster.empty() if kind == "postgresql" else f"sqlite:///{tmp_path / 'new' / 'copy.db'}"


@pytest.fixture
def of_kind(rich: Path, cluster: Cluster) -> Callable[[str], str]:
    """The rich database in that kind."""

    def made(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{rich}"
        url = cluster.empty()
        copying.copy(str(f"sqlite:///{rich}"), url)
        return url

    return made


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url, 1, create=False)
    try:
        yield engine
    finally:
        engine.dispose()


def everything(url: str) -> dict[str, list[Any]]:
    """Every row of every table that is copied, and the last ids."""
    with opened(url) as engine, engine.connect() as connection:
        found = {name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))] for name in COPIED}
        driver: Any = sqlite if url.startswith("sqlite") else postgresql
        last = driver.last_ids(connection, copying.COUNTED)
    columns = {name: schema.metadata.tables[name].c.keys() for name in COPIED}
    assert all("id" not in columns[name] or columns[name].index("id") == 0 for name in COPIED)
    return {name: sorted(rows) for name, rows in found.items()} | {"last ids": sorted(last.items())}


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_everything_arrives(
    home: Home,
    of_kind: Callable[[str], str],
    new: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    target: str,
) -> None:
    monkeypatch.setattr("chatstore.cli.progress._SECONDS", 0.0)
    here, there = of_kind(source), new(target)
    before = everything(here)
    result = home.run("copy", "--from", here, "--to", there)
    seen(result, 0, "both were read again, and are the same")
    after = everything(here)
    noted = [row for row in after["audit"] if row not in before["audit"]]
    assert ["data.copy" in row for row in noted] == [True]  # only the audit log says that there is a copy
    kept = {"audit": before["audit"], "last ids": before["last ids"]}
    assert after | kept == before
    assert everything(there) == before
    assert re.search(r"chatstore: checking: ([\d,]+) of \1 rows, ", result.output)
    # Ids go on where they were, also if the last rows are gone; and it is another incarnation.
    with opened(there) as engine, engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM incarnations")).scalar() == 0
    store = DatabaseStore(there)
    try:
        store.start_writer(lambda _events: None, lambda: 2e9)
        room = Database.room.__get__(_Opened(store))("after")
    finally:
        store.close()
    assert room.id == dict(before["last ids"])["rooms"] + 1


def test_an_accounts_name_stays_its_own_on_the_target(home: Home, rich: Path, durable: Cluster) -> None:
    """Nicks are not copied: they are made anew by the first start."""
    url = durable.empty()
    home.lines("copy", "--from", str(rich), "--to", url)
    running = Running(_server({"database": {"url": url}, "accounts": {"guests": True}}), rich.parent)
    try:
        stranger = running.connect()
        stranger.send("NICK alice", "USER x 0 * :X")
        stranger.wait(" 433 ")
        alice = running.login("alice")
        assert any(line.endswith(" 303 alice :alice") for line in alice.ask("ISON alice"))
    finally:
        running.stop()


class _Opened:
    """As a Database, of a store that is open."""

    def __init__(self, store: DatabaseStore) -> None:
        self.store = store

    def do(self, change: Any) -> Any:
        return self.store.submit([change]).result()


def test_a_target_that_no_server_would_serve_is_named(
    home: Home, rich: Path, new: Callable[[str], str], durable: Cluster
) -> None:
    """The tests' server has fsync off."""
    said = "has fsync = off: it would lose messages when power fails; change that before a server starts\n"
    result = home.run("copy", "--from", str(rich), "--to", new("postgresql"), apart=True)
    assert result.exit_code == 0
    assert result.stderr.endswith(said)
    for target in (new("sqlite"), durable.empty()):
        assert "power" not in home.run("copy", "--from", str(rich), "--to", target).output


def test_postgresql_knows_how_many_rows_there_are(of_kind: Callable[[str], str], new: Callable[[str], str]) -> None:
    """Until a table was analyzed, a statement is planned as if it had next to nothing."""
    url = new("postgresql")
    copied = copying.copy(of_kind("sqlite"), url)
    with opened(url) as engine, engine.connect() as connection:
        rows = connection.execute(text("SELECT relname, reltuples FROM pg_class")).all()
    known = {row.relname: row.reltuples for row in rows}
    assert known["messages"] == copied.messages
    assert not [table for table in COPIED if known[table] < 0]


def test_history_is_the_same(home: Home, rich: Path, new: Callable[[str], str]) -> None:
    url = new("postgresql")
    home.lines("copy", "--from", str(rich), "--to", url)
    command = ["history", "--room", "talk", "--events", "--limit", "0", "--format", "jsonl", "--database"]
    assert home.lines(*command, url) == home.lines(*command, str(rich))
    assert len(home.lines(*command, url)) > 5


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            "UPDATE messages SET body = 'grusse' WHERE id = (SELECT min(id) FROM messages WHERE kind = 'message')",
            "room",
        ),
        ("UPDATE messages SET sent_at = sent_at + 1 WHERE id = 2", "the events of room"),
        ("DELETE FROM messages WHERE id = 2", "messages ("),
        ("UPDATE rooms SET last_seq = last_seq + 1 WHERE key = '#talk'", "rooms ("),
        ("UPDATE accounts SET password = '' WHERE name = 'alice'", "accounts ("),
        ("DELETE FROM device_tokens", "device_tokens (1 and 0 rows)"),
    ],
)
def test_a_copy_that_is_damaged_is_found_and_refused(
    home: Home,
    rich: Path,
    new: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    damage: str,
    said: str,
) -> None:
    real = copying._fill

    def fill(source: Any, there: Any, done: Any) -> None:
        real(source, there, done)
        with there.connection.begin():
            there.connection.execute(text(damage))

    monkeypatch.setattr(copying, "_fill", fill)
    url = new(target)
    result = home.run("copy", "--from", str(rich), "--to", url, apart=True)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the copy is not as its source, and can't be used; it differs in " in result.stderr
    assert said in result.stderr
    unusable(home, url, rich)


def unusable(home: Home, url: str, source: Path) -> None:
    why = "is a copy that was not completed: remove it, and copy again"
    off = ("--irc", "off", "--web", "off", "--plain", "127.0.0.1:0")
    for command in (["server", *off], ["history"], ["room", "list"], ["room", "add", "x"]):
        seen(home.run(*command, "--database", url), 1, why)
    seen(home.run("copy", "--from", str(source), "--to", url), 1, why)
    seen(home.run("copy", "--from", url, "--to", f"{source}.other"), 1, why)


def test_ids_that_are_given_out_again_are_found(
    home: Home, rich: Path, new: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "set_last_ids", lambda *_: None)
    seen(home.run("copy", "--from", str(rich), "--to", new("sqlite")), 1, "it differs in the last id of rooms")


_SLOW = """
import sys, time
from chatstore.cli import main
from chatstore.storage import copying
copying.PAGE = 1
real = copying.Side.fill
def fill(side, table, rows):
    real(side, table, rows)
    if table.name == "messages":
        print("copying", flush=True)
        time.sleep(60)
copying.Side.fill = fill
main(sys.argv[1:])
"""


@pytest.mark.parametrize("target", KINDS)
def test_killed_in_the_middle(
    home: Home, rich: Path, new: Callable[[str], str], cluster: Cluster, target: str
) -> None:
    url = new(target)
    command = [sys.executable, "-c", _SLOW, "copy", "--from", str(rich), "--to", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "copying\n"
        # Nobody writes the source meanwhile, no server starts on it, and reading goes on.
        seen(
            home.run("server", "--irc", "127.0.0.1:0", "--plain", "off", "--web", "off", "--database", str(rich)),
            1,
            f"process {process.pid}, which",
        )
        with closing(sqlite3.connect(rich, timeout=0)) as connection, pytest.raises(sqlite3.OperationalError):
            connection.execute("DELETE FROM rooms")
        assert home.lines("room", "list", "--database", str(rich))
        process.send_signal(signal.SIGKILL)
        process.wait()
    unusable(home, url, rich)
    seen(home.run("copy", "--from", str(rich), "--to", new("postgresql")), 0, "are the same")


def test_a_target_that_is_not_empty(home: Home, rich: Path, cluster: Cluster, tmp_path: Path) -> None:
    for url in (cluster.database(), f"sqlite:///{rich}"):
        before = everything(url)
        seen(home.run("copy", "--from", str(rich), "--to", url), 1, "is not empty: name a new one")
        assert everything(url) == before
    url = cluster.empty()
    cluster.execute("CREATE TABLE others (id int)", database=url.partition("@/")[2].partition("?")[0])
    seen(home.run("copy", "--from", str(rich), "--to", url), 1, "is a database of another program")


def test_a_source_that_is_served(home: Home, cluster: Cluster, tmp_path: Path) -> None:
    running = start(tmp_path / "served.db")
    served = running.server.config.database_url
    try:
        seen(home.run("copy", "--from", served, "--to", str(tmp_path / "x.db")), 1, "served")
    finally:
        running.stop()
    assert not (tmp_path / "x.db").exists()
    url = cluster.database()
    database = url.partition("@/")[2].partition("?")[0]
    now = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
    cluster.execute(
        "INSERT INTO nodes (id, kind, name, server, version, policy, batch, started_at, beat_at)"
        f" VALUES ('a', 'server', 'process 7 on here', '', '', '', 0, 0, {now})",
        database=database,
    )
    to = str(tmp_path / "x.db")
    said = "is served: process 7 on here; stop that server first (after kill -9, wait 15 seconds)"
    seen(home.run("copy", "--from", url, "--to", to), 1, said)
    assert not (tmp_path / "x.db").exists()
    cluster.execute("UPDATE nodes SET beat_at = beat_at - 16000", database=database)
    seen(home.run("copy", "--from", url, "--to", to), 0, "are the same")


def test_nobody_writes_a_postgresql_source(
    home: Home, of_kind: Callable[[str], str], new: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = of_kind("postgresql")
    real, tried = copying.Side.fill, []

    def fill(side: Any, table: Any, rows: Any) -> None:
        real(side, table, rows)
        if table.name == "messages":
            with opened(url) as engine, engine.connect() as connection:
                connection.execute(text("SET lock_timeout = '100ms'"))
                with pytest.raises(Exception, match="lock timeout"):
                    connection.execute(text("DELETE FROM messages"))
                tried.append(table)

    monkeypatch.setattr(copying.Side, "fill", fill)
    seen(home.run("copy", "--from", url, "--to", new("sqlite")), 0, "are the same")
    assert tried


def test_a_character_that_postgresql_has_not(home: Home, rich: Path, tmp_path: Path, cluster: Cluster) -> None:
    bad = tmp_path / "bad.db"
    home.lines("copy", "--from", str(rich), "--to", str(bad))
    with closing(sqlite3.connect(bad)) as connection, connection:
        connection.execute("UPDATE messages SET body = 'a' || char(0) || 'b' WHERE id = 3")
        [where] = connection.execute("SELECT room_id, seq FROM messages WHERE id = 3").fetchall()
    url = cluster.empty()
    result = home.run("copy", "--from", str(bad), "--to", url)
    named = f"in messages.body (id 3, room_id {where[0]}, seq {where[1]})"
    seen(result, 1, f"PostgreSQL can't store the character NUL, which is {named}")
    unusable(home, url, bad)


def test_sources_that_are_none(home: Home, cluster: Cluster, tmp_path: Path, rich: Path) -> None:
    to = str(tmp_path / "x.db")
    seen(home.run("copy", "--from", "nowhere.db", "--to", to), 5, "there is no database at")
    seen(home.run("copy", "--from", cluster.empty(), "--to", to), 5, "has no chat in it yet")
    seen(home.run("copy", "--from", cluster.url("nothing"), "--to", to), 5, "there is no database postgresql://")
    seen(home.run("copy", "--from", str(rich), "--to", cluster.url("nothing")), 5, "make one with createdb")
    seen(home.run("copy", "--from", str(rich)), 2, "Missing option '--to'")
    assert not (tmp_path / "x.db").exists()
    old = cluster.database()
    cluster.execute(
        "UPDATE alembic_version SET version_num = '0001'", database=old.partition("@/")[2].partition("?")[0]
    )
    seen(home.run("copy", "--from", old, "--to", to), 1, "was written by an older chatstore (schema 0001")


def test_no_schema_has_the_revision_of_an_unfinished_copy() -> None:
    assert migrate.UNFINISHED not in migrate._revisions()
    assert len(migrate.UNFINISHED) <= 32  # as long as alembic's column
