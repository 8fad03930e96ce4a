"""Make tests/data/databases/NNNN.db.gz: what a server of each schema could have left behind.

    python -m tests.data.make 0016

People use a server of today until each table has something. What the schema that is asked for can hold of that is
copied into a database that was migrated to it and no further, in the form that it had then. The files of released
schemas stay as they are: make only that of a new one.
"""

from __future__ import annotations

import gzip
import re
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

from chatstore.chat.changes.accounts import AddCertificate, CreateAccount, NoteNetwork, SetRole, SuspendAccount
from chatstore.chat.changes.invitations import InviteToServer
from chatstore.chat.model.names import person_name
from tests.running import Running, start
from tests.storage.test_migration_0003 import migrate

FOLDER = Path(__file__).parent / "databases"
UNUSED = {"nodes", "presence", "nicks"}
"""Tables that SQLite has and does not use."""
_CAPABILITIES = " ".join(
    [
        *("message-tags", "server-time", "echo-message", "batch"),
        *("draft/message-redaction", "draft/multiline", "draft/read-marker", "draft/metadata-2"),
    ]
)
_STAMPED = re.compile(r'("\+(?:draft/)?reply": "\w+-\w+)-\w{4}"')
Row = dict[str, Any]


def main(*revisions: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        rich = Path(scratch, "rich.db")
        server = start(rich)
        try:
            talk(server)
        finally:
            server.stop()
        for revision in revisions:
            made = Path(scratch, f"{revision}.db")
            fill(revision, rich, made)
            FOLDER.joinpath(f"{revision}.db.gz").write_bytes(gzip.compress(made.read_bytes(), 9, mtime=0))


def talk(server: Running) -> None:
    """Use everything once that is stored."""
    ann = server.member("Ann", _CAPABILITIES)
    ben = server.member("ben", _CAPABILITIES)
    server.register("cleo").sync()
    ann.send("PRIVMSG #main :the first message: naïve café, 日本語")
    first = _msgid(ann.wait("PRIVMSG #main :the first"))
    ben.send(
        f"@+draft/reply={first} PRIVMSG #main :an answer", f"@+draft/reply={first};+draft/react=👍 TAGMSG #main"
    )
    ben.sync()
    ann.send("PRIVMSG #main :a mistake")
    ann.ask(f"REDACT #main {_msgid(ann.wait('PRIVMSG #main :a mistake'))} :wrong room")
    ann.ask("NOTICE #main :a notice", "PRIVMSG #main :\x01ACTION waves\x01", "TOPIC #main :welcome")
    ann.ask(
        "BATCH +1 draft/multiline #main", "@batch=1 PRIVMSG #main one", "@batch=1 PRIVMSG #main two", "BATCH -1"
    )
    ann.ask(
        "JOIN #Tea", "TOPIC #Tea :green or black", "MODE #Tea +k sesame", "MODE #Tea +b eve!*@*", "MODE #Tea +i"
    )
    ann.ask(
        "MODE #Tea +e *!*@trusted",
        "MODE #Tea +I ben!*@*",
        "INVITE ben #Tea",
        "INVITE cleo #Tea",
        "PRIVMSG @#Tea :for operators",
    )
    ann.ask("ROOM #Tea founder=ben", "ROOM #Tea retention=36500", "METADATA * SET status :at sea")
    ann.ask("METADATA #Tea SET website :https://example.org/", "TOKEN ADD phone", "PRIVMSG ben :only for you")
    ben.ask("PRIVMSG Ann :and for you", f"MARKREAD #main timestamp={_time(ann.log)}", "JOIN #Tea sesame")
    ben.ask("PART #main :tired", "JOIN #main", "PRIVMSG #main :the last message")
    units = [
        CreateAccount(person_name("Ünal"), "bcrypt:none"),
        CreateAccount(person_name("eve"), "bcrypt:none"),
        SuspendAccount(person_name("eve"), "spam"),
        AddCertificate(person_name("Ann"), "ab" * 32),
        NoteNetwork(1, "cd" * 32),
        SetRole(person_name("Ann"), "admin"),
        InviteToServer("ef" * 32, made_by=1),
    ]
    for unit in units:
        server.server.store.submit([unit]).result()
    for client in (ann, ben):
        refused = [line for line in client.log if re.search(r"^\S+ (FAIL|4(?!22)\d\d) ", line)]
        assert not refused, refused
        client.close()


def fill(revision: str, rich: Path, made: Path) -> None:
    """Make a database of a schema, and copy into it what that can hold."""
    migrate(made, revision)
    with sqlite3.connect(made) as connection:
        connection.execute("ATTACH ? AS rich", (str(rich),))
        tables = [
            name for (name,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            if table.startswith("sqlite_") or table == "alembic_version":
                continue
            columns = {row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")}
            for row in _rows(connection, table):
                kept = {name: value for name, value in as_of(revision, table, row).items() if name in columns}
                names, marks = ", ".join(kept), ", ".join("?" * len(kept))
                connection.execute(f"INSERT INTO main.{table} ({names}) VALUES ({marks})", [*kept.values()])
        empty = {table for table in tables if not connection.execute(f"SELECT 1 FROM main.{table}").fetchone()}
    assert empty <= UNUSED, f"{revision}: nothing is in {empty}"
    connection.close()
    with sqlite3.connect(made) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _rows(connection: sqlite3.Connection, table: str) -> list[Row]:
    """The rows from which those of the table are made."""
    source = "masks WHERE kind = 'b'" if table == "bans" else table
    cursor = connection.execute(f"SELECT * FROM rich.{source}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def as_of(revision: str, table: str, row: Row) -> Row:
    """A row in the form that it had in a schema. Columns that the schema lacks do no harm."""
    if table == "memberships":
        row["read_seq"] = row["seen_seq"]
    if table == "messages":
        if revision < "0010":
            row["kind"] += row["audience"]
        if revision < "0008" and row["tags"]:
            row["tags"] = _STAMPED.sub(r'\1"', row["tags"])
    return row


def _msgid(line: str) -> str:
    found = re.search(r"msgid=([^; ]+)", line)
    assert found is not None, line
    return found[1]


def _time(lines: list[str]) -> str:
    """The newest time in them, as server-time writes it."""
    return max(re.findall(r"time=([^; ]+)", "\n".join(lines)))


if __name__ == "__main__":
    main(*sys.argv[1:])
