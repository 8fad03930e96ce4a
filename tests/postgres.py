"""A PostgreSQL server for tests: a private cluster in a temporary folder, reached by a socket in it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from chatstore.storage.store import DatabaseStore

SECONDS = 60
_UNTIL_EOF = """
    exec 3<&0; "$0" "$@" <&- 3<&- & server=$!
    (cat <&3 >/dev/null; kill -QUIT $server) & cat=$!
    wait $server; kill $cat
"""
"""Runs a program that ends with the process of the tests, however that ends: its end of the pipe is closed then."""


def programs() -> Path | None:
    """The folder of initdb and postgres, of the newest version that is installed; None if none is."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in installed), key=lambda path: int(path.parent.name), default=None)


class Cluster:
    """One server. `fsync`: whether its commits survive a power cut, which costs time; kills it survives anyway.
    `of`: the primary whose standby it is."""

    def __init__(self, *, fsync: bool = False, of: Cluster | None = None, **settings: str) -> None:
        found = programs()
        assert found is not None, "there is no PostgreSQL here"
        self._programs = found
        self.folder = Path(tempfile.mkdtemp(prefix="pg."))  # not pytest's: a socket's path has at most 107 bytes
        self._settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "on" if fsync else "off",
            "full_page_writes": "on" if fsync else "off",
            "max_connections": "300",
            **settings,
        }
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:  # which PostgreSQL refuses to run as
            someone = pwd.getpwnam("postgres")
            self._user = {"user": someone.pw_uid, "group": someone.pw_gid, "extra_groups": []}
            os.chown(self.folder, someone.pw_uid, someone.pw_gid)
        self._numbers = count(1)
        self._template = ""
        if of is None:
            self._run(
                "initdb", "--no-sync", "-A", "trust", "-U", "chat", "-E", "UTF8", "--locale", "C", "-D", self._data
            )
        else:
            where = ("-h", str(of.folder), "-U", "chat", "-D", self._data)
            self._run("pg_basebackup", "--write-recovery-conf", "--checkpoint=fast", "--no-sync", *where)
        self.start()

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def start(self) -> None:
        """Start the server, and return when it accepts connections."""
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                ["sh", "-c", _UNTIL_EOF, self._programs / "postgres", "-D", self._data, *options],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._user,
            )
        end = time.monotonic() + SECONDS
        while self._ask("pg_isready", "-q", "-h", str(self.folder)) != 0:
            assert self._server.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end, "the server never accepted a connection"
            time.sleep(0.02)

    def stop(self, mode: str = "immediate") -> None:
        """`mode`: as pg_ctl names it."""
        number = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode]
        os.kill(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]), number)
        self._server.wait(SECONDS)

    def promote(self) -> None:
        """Make a standby the primary, and return when it accepts writes."""
        self._run("pg_ctl", "promote", "-D", self._data)

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://chat@/{name}?host={self.folder}"

    def execute(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Execute statements, each for itself; the rows of the last one."""
        engine = create_engine(
            self.url(database).replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
        )
        found: list[Any] = []
        with engine.connect() as connection:
            for statement in statements:
                result = connection.execute(text(statement))
                found = [*result.all()] if result.returns_rows else []
        engine.dispose()
        return found

    def empty(self) -> str:
        """The URL of a new database, which has nothing in it."""
        name = f"test{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def database(self) -> str:
        """The URL of a new database of chatstore."""
        if not self._template:
            self._template = f"test{next(self._numbers)}"
            self.execute(f"CREATE DATABASE {self._template}")
            DatabaseStore(self.url(self._template)).close()
        return self.copy(self.url(self._template))

    def copy(self, url: str) -> str:
        """The URL of a new database that is as another one, which nobody has open."""
        name = f"test{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {make_url(url).database}")
        return self.url(name)

    def close(self) -> None:
        if self._server.poll() is None:
            self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        done = self._done(program, *arguments)
        assert done.returncode == 0, f"{program}: {done.stdout}"

    def _ask(self, program: str, *arguments: str) -> int:
        return self._done(program, *arguments).returncode

    def _done(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._programs / program, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=2 * SECONDS,
            cwd=self.folder,
            check=False,
            **self._user,
        )
