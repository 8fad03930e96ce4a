"""The commands over PostgreSQL, and what they say of a database that they can't use."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatstore.chat.model.actors import Actor
from chatstore.cli.banner import banner
from chatstore.config import load
from chatstore.server import Server
from chatstore.storage.postgresql.address import parsed, shown
from chatstore.storage.postgresql.place import Facts
from chatstore.storage.store import DatabaseStore
from tests.cli.home import Home
from tests.cli.test_server import printed, program
from tests.postgres import Cluster

READING = [["history", "--room", "main"], ["room", "list"], ["account", "list"], ["invite", "--list"]]
WRITING = ["room", "add", "other"]


@pytest.fixture
def pg(home: Home, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose database is one of PostgreSQL's."""
    point(home, cluster.database(), monkeypatch)
    return home


def point(home: Home, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    home.url = url
    monkeypatch.setenv("CHATSTORE_DATABASE_URL", url)


def one_line(home: Home, *arguments: str, code: int = 1) -> str:
    """What a command says that has to fail: one line."""
    result = home.run(*arguments, apart=True)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stderr


def everywhere(home: Home, text: str, *, code: int = 1) -> None:
    """A server, what reads and what writes all say this in one line."""
    off = ("--irc", "off", "--web", "off", "--plain", "127.0.0.1:0")
    assert text in one_line(home, "server", *off)
    for command in (*READING, WRITING):
        assert text in one_line(home, *command, code=code)


def test_every_family_of_commands(pg: Home) -> None:
    ann: Actor = pg.account("ann")
    assert pg.lines("room", "add", "main", "--founder", "ann", "--topic", "hello")
    with pg.store() as store:
        room = store.rooms.keyed("#main")
    assert room is not None
    pg.say(room, ann, "one", "two")
    assert pg.bodies("--room", "main") == ["one", "two"]
    assert pg.lines("room", "set", "main", "--slowmode", "30")
    assert "main" in "".join(pg.lines("room", "show", "main"))
    assert pg.lines("account", "suspend", "ann", "--reason", "rest")
    assert pg.lines("account", "restore", "ann") == ["ann is restored"]
    [link] = pg.lines("invite", "--url", "https://chat.example.org/")
    assert link.startswith("https://chat.example.org/#invite=")
    assert "anyone" in "".join(pg.lines("invite", "--list"))
    assert pg.lines("invite", "--revoke", "1") == ["the invitation 1 is revoked"]
    assert pg.lines("room", "remove", "main", "--yes")
    assert pg.run("history", "--room", "main").exit_code == 5


def test_a_backup_names_pg_dump_with_a_url_that_works(pg: Home, cluster: Cluster, tmp_path: Path) -> None:
    said = one_line(pg, "backup", "the copy.db")
    assert said.startswith("chatstore: PostgreSQL has a program for backups: pg_dump --format=custom --file=")
    command = said.partition("backups: ")[2].strip()
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, (tmp_path / "the copy.db").exists()) == (0, True), done.stderr


def test_what_reads_writes_nothing(pg: Home, cluster: Cluster) -> None:
    pg.room("main")
    name = pg.url.partition("@/")[2].partition("?")[0]
    cluster.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    for command in READING:
        pg.lines(*command)
    assert "is read-only: default_transaction_read_only is on" in one_line(pg, *WRITING)


def test_a_wrong_url(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for url, said in (
        ("postgresql:/nothing", "not a database URL"),
        ("postgresql://", "names no database"),
        ("postgresql://localhost", "names no database"),
        ("postgresql://ann:sec/ret@localhost/chat", "the port in the database URL is not a number"),
        ("postgresql://ann:sec@ret@localhost/chat", "more than one @"),
        ("postgresql://ann:sec%ret@localhost/chat", "the database URL is wrong: invalid percent-encoded token"),
        ("postgresql://localhost/chat?secret=ret", "the database URL is wrong: invalid URI query parameter"),
        ("mysql://ann:secret@localhost/chat", "chatstore keeps its data in SQLite or PostgreSQL"),
    ):
        point(home, url, monkeypatch)
        for command in (*READING, WRITING):
            line = one_line(home, *command)
            assert said in line
            assert "sec" not in line
            assert "ret" not in line.replace("SQLite or PostgreSQL", "")
    assert not list(home.path.parent.iterdir())


def test_nobody_there(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection, and says nothing
        port = silent.getsockname()[1]
        point(home, f"postgresql://ann:secret@127.0.0.1:{port}/chat?connect_timeout=2", monkeypatch)
        line = one_line(home, *READING[0])
        shown = f"postgresql://ann@127.0.0.1:{port}/chat?connect_timeout=2"
        assert line == f"chatstore: {shown} can't be used as a database: the PostgreSQL server does not answer\n"
    point(home, f"postgresql://ann:secret@127.0.0.1:{port}/chat", monkeypatch)
    everywhere(
        home, f"postgresql://ann@127.0.0.1:{port}/chat can't be used as a database: no PostgreSQL server listens"
    )
    point(home, f"postgresql:///chat?host={tmp_path}", monkeypatch)
    everywhere(home, "no PostgreSQL server listens there (no such socket)")
    point(home, "postgresql://nowhere.invalid/chat", monkeypatch)
    everywhere(home, "no such host")
    point(home, f"postgresql://127.0.0.1:{port},127.0.0.1:1/chat?target_session_attrs=read-write", monkeypatch)
    everywhere(home, "no PostgreSQL server listens there")


def test_an_unknown_database(home: Home, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    point(home, cluster.url("nothing"), monkeypatch)
    everywhere(home, f"there is no database {cluster.url('nothing')}: make one with createdb", code=5)


def test_an_empty_database_and_what_creates_it(
    home: Home, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    point(home, cluster.empty(), monkeypatch)
    for command in (*READING, ["room", "set", "main", "--slowmode", "30"]):
        assert "has no chat in it yet: start chatstore server on it" in one_line(home, *command, code=5)
    assert home.lines("invite", "--url", "http://localhost/")
    assert "main" in "".join(home.lines("room", "list"))


def test_a_password(home: Home, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Right or wrong, in the URL, the environment or a file: no message shows it."""
    hba = cluster.folder / "data" / "pg_hba.conf"
    hba.write_text("local all locked scram-sha-256\n" + hba.read_text())
    url = cluster.database()
    name = url.partition("@/")[2].partition("?")[0]
    cluster.execute(
        "CREATE ROLE locked LOGIN PASSWORD 'p@ss w:rd'",
        "GRANT pg_read_all_data TO locked",
        "SELECT pg_reload_conf()",
    )
    bare = url.replace("chat@", "locked@")
    point(home, bare, monkeypatch)
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    everywhere(home, "it needs a password: put it into the URL, a file for PGPASSFILE, or PGPASSWORD")
    point(home, bare.replace("locked@", "locked:secret@"), monkeypatch)
    everywhere(home, f"{bare} can't be used as a database: the password is wrong")
    point(home, bare.replace("locked@", "locked:p%40ss%20w%3Ard@"), monkeypatch)
    assert home.lines(*READING[1])
    refused = one_line(home, *WRITING)
    assert refused == f"chatstore: {bare} can't be written: permission denied for table nodes\n"
    point(home, bare, monkeypatch)
    monkeypatch.setenv("PGPASSWORD", "p@ss w:rd")
    assert home.lines(*READING[1])
    monkeypatch.delenv("PGPASSWORD")
    passfile = tmp_path / "passfile"
    passfile.write_text(f"*:*:{name}:locked:p@ss w\\:rd\n")
    passfile.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passfile))
    assert home.lines(*READING[1])


def test_a_service(home: Home, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = cluster.database()
    name = url.partition("@/")[2].partition("?")[0]
    services = tmp_path / "services"
    services.write_text(f"[chat]\nhost={cluster.folder}\nuser=chat\ndbname={name}\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    point(home, "postgresql:///?service=chat", monkeypatch)
    assert home.lines(*READING[1])
    assert "postgresql:///?service=chat" in one_line(home, "backup", "copy")


def test_what_chatstore_needs_of_a_server() -> None:
    good = Facts(140_011, "UTF8", False, False, "ann", True)
    assert good.wrong() == ""
    assert good._replace(version=130_014).wrong() == "is PostgreSQL 13: chatstore needs 14 or newer"
    assert good._replace(version=90_624).wrong().startswith("is PostgreSQL 9.06")
    assert "is a standby" in good._replace(standby=True, read_only=True).wrong()


def test_fsync_off(pg: Home) -> None:
    """The tests' server has it off."""
    before = DatabaseStore(pg.url, create=False, read_only=True)
    said = one_line(pg, "server", "--irc", "off", "--web", "off", "--plain", "127.0.0.1:0")
    assert "has fsync = off: it would lose messages when power fails" in said
    before.close()


@pytest.mark.parametrize(
    ("url", "named"),
    [
        (
            "chat:x@db1,db2/chat?target_session_attrs=read-write",
            "chat@db1,db2/chat?target_session_attrs=read-write",
        ),
        ("chat@db1:1,[::1]:2/chat", "chat@db1:1,[::1]:2/chat"),
        ("db1,db2:5433/chat", "db1,db2:5433/chat"),
        ("/chat?host=/tmp/a,/tmp/b&port=1,2", "/chat?host=/tmp/a,/tmp/b&port=1,2"),
        ("[::1]:5432/chat", "[::1]:5432/chat"),
        ("/chat", "/chat"),
    ],
)
def test_several_hosts_are_named_as_they_were_written(url: str, named: str) -> None:
    assert shown(parsed(f"postgresql://{url}")) == f"postgresql://{named}"


def test_another_encoding(home: Home, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    point(home, cluster.url("latin"), monkeypatch)
    said = "stores text as LATIN1: create the database with ENCODING 'UTF8' TEMPLATE template0"
    assert said in one_line(home, "server", "--irc", "off", "--web", "off", "--plain", "127.0.0.1:0")
    assert said in one_line(home, "invite")


def test_no_right_to_create_tables(home: Home, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.execute("CREATE ROLE poor LOGIN")
    url = cluster.empty()
    name = url.partition("@/")[2].partition("?")[0]
    cluster.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database=name)
    point(home, url.replace("chat@", "poor@"), monkeypatch)
    said = "does not let poor create tables: make that user the owner of the database"
    assert said in one_line(home, "server", "--irc", "off", "--web", "off", "--plain", "127.0.0.1:0")
    assert said in one_line(home, "invite")
    assert cluster.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database=name) == [(0,)]


def test_too_many_connections(home: Home, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.execute("CREATE ROLE few LOGIN CONNECTION LIMIT 0")
    point(home, cluster.database().replace("chat@", "few@"), monkeypatch)
    everywhere(home, "the PostgreSQL server has no connection left: raise its max_connections")


def test_another_version_and_another_program(pg: Home, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    name = pg.url.partition("@/")[2].partition("?")[0]
    cluster.execute("UPDATE alembic_version SET version_num = '9999'", database=name)
    everywhere(pg, "was written by a newer chatstore (schema 9999): upgrade this one")
    cluster.execute("UPDATE alembic_version SET version_num = '0001'", database=name)
    for command in READING:
        assert "was written by an older chatstore (schema 0001, not " in one_line(pg, *command)
    point(pg, cluster.empty(), monkeypatch)
    name = pg.url.partition("@/")[2].partition("?")[0]
    cluster.execute("CREATE TABLE others (id int)", database=name)
    everywhere(pg, "is a database of another program")


def test_without_psycopg(home: Home) -> None:
    script = "import sys; sys.modules['psycopg'] = None; from chatstore.cli import main; main()"
    url = "postgresql://ann:secret@127.0.0.1:1/chat"
    done = subprocess.run(
        [sys.executable, "-c", script, "room", "list", "--database", url], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "chatstore: PostgreSQL needs psycopg: run pip install 'chatstore[postgresql]'\n"


def test_the_banner_shows_no_password(home: Home, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    url = cluster.database()
    point(home, url.replace("chat@", "chat:secret@"), monkeypatch)
    running = Server(load(flags={"database": {"url": url.replace("chat@", "chat:other%40secret@")}}))
    running.store = DatabaseStore(running.config.database_url)
    try:
        said = banner(running.config, running)
    finally:
        running.store.close()
    assert f"  database   {url}\n" in said
    assert f"Read:        chatstore history --database '{url}' --room main" in said
    assert "secret" not in said


@pytest.fixture(scope="module")
def safe(servers_database: None) -> Iterator[Cluster]:
    """A PostgreSQL server that a chatstore server accepts."""
    made = Cluster(fsync=True)
    yield made
    made.close()


def owned(cluster: Cluster, user: str) -> str:
    """The URL of an empty database that belongs to a user who is nobody else."""
    url = cluster.empty()
    name = url.partition("@/")[2].partition("?")[0]
    cluster.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'p@ss w:rd'", f"ALTER DATABASE {name} OWNER TO {user}")
    return url.replace("chat@", f"{user}@")


def test_a_server_of_an_ordinary_user_shows_its_password_nowhere(
    home: Home, safe: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = owned(safe, "ordinary")
    secret = url.replace("ordinary@", "ordinary:p%40ss%20w%3Ard@")
    point(home, secret, monkeypatch)
    with program(subprocess.PIPE, "--plain", "127.0.0.1:0", "--verbose") as process:
        said = printed(process)
        assert said["database"] == url
        for command in (["nodes"], ["room", "list"], ["room", "add", "other"], ["invite", "--url", "http://x/"]):
            assert "p%40ss" not in "".join(home.lines(*command))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    for text in (*said.values(), out, err):
        assert "p%40ss" not in text
        assert "p@ss" not in text


def test_a_full_disk(home: Home, safe: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command says so, nothing is stored, and it works again when there is room."""
    disk = safe.folder / "small"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24M,mode=777", "tmpfs", str(disk)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"a file system can't be mounted here: {mounted.stderr.strip()}")
    try:
        place = disk / "space"
        place.mkdir()
        postgres = pwd.getpwnam("postgres")
        os.chown(place, postgres.pw_uid, postgres.pw_gid)
        safe.execute(f"CREATE TABLESPACE small LOCATION '{place}'", "CREATE DATABASE crowded TABLESPACE small")
        point(home, safe.url("crowded"), monkeypatch)
        assert home.lines("room", "add", "before")
        ballast = disk / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        topics = ["none"]
        for n in range(500):
            result = home.run("room", "topic", "before", f"{n}{'x' * 300}", apart=True)
            if result.exit_code:
                break
            topics.append(f"{n}x")
        assert result.exit_code == 1, "the disk is not full"
        assert len(result.stderr.splitlines()) == 1, result.stderr
        assert "disk" in result.stderr
        assert "full" in result.stderr
        ballast.unlink()
        [topic] = [line for line in home.lines("room", "show", "before") if line.split()[0] == "topic"]
        assert topic.split()[1].startswith(topics[-1])
        assert home.lines("room", "add", "after")
    finally:
        safe.execute("DROP DATABASE IF EXISTS crowded WITH (FORCE)", "DROP TABLESPACE IF EXISTS small")
        subprocess.run(["umount", "-l", str(disk)], check=True)
