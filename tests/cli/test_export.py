"""`chatstore export`, and the load of its JSONL: every row comes back, but for the secrets."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from chatstore.chat.model.messages import Draft
from chatstore.chat.model.passwords import verify_password
from chatstore.cli.export import _file
from chatstore.cli.loading import load_export
from chatstore.storage import copying, exporting, schema
from chatstore.storage.errors import StorageError
from chatstore.storage.loading import check, load
from tests.cli.home import Home, seen
from tests.cli.test_copy import KINDS, new, of_kind, opened, rich  # noqa: F401 - fixtures

SECRET = "Zimtstern"
"""The key of a room."""


@pytest.fixture(scope="module")
def secret(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """The rich database, with a room that has a key and tags that were stored in another way."""
    path = tmp_path_factory.mktemp("secret") / "chat.db"
    shutil.copyfile(rich, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE rooms SET password = ? WHERE key = '#secret'", (SECRET,))
        connection.execute('UPDATE messages SET tags = \'{"a":"1",  "b" :"2"}\' WHERE id = 1')
        connection.commit()
    return path


@pytest.fixture
def exported(home: Home, secret: Path) -> Path:
    path = home.path.with_name("all.jsonl")
    home.lines("export", str(path), "--database", str(secret))
    return path


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def everything(url: str) -> dict[str, list[Any]]:
    """Every row of every table, without the columns that are secret, and without the tables that are nothing
    without. Of a room's key, whether there is one."""
    found: dict[str, list[Any]] = {}
    with opened(url) as engine, engine.connect() as connection:
        for table in copying.TABLES:
            if table.name in exporting.WITHOUT_SECRET:
                continue
            names = [f'"{column.name}"' for column in table.columns]
            hidden = exporting.SECRETS.get(table.name, set())
            columns = [f"{name} <> ''" if name.strip('"') in hidden and table is schema.rooms else name
                       for name in names if name.strip('"') not in hidden or table is schema.rooms]  # fmt: skip
            rows = connection.execute(text(f"SELECT {', '.join(columns)} FROM {table.name}")).all()
            found[table.name] = sorted(map(tuple, rows), key=repr)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_comes_back(
    home: Home,
    secret: Path,
    of_kind: Callable[[str], str],  # noqa: F811
    new: Callable[[str], str],  # noqa: F811
    kind: str,
) -> None:
    """Same rows, ids and order; and ids go on where they were. From either kind of database into either."""
    there, path = new(kind), home.path.with_name("all.jsonl.gz")
    before = everything(f"sqlite:///{secret}")  # an export is noted in the audit log
    home.lines("export", str(path), "--database", str(secret))
    load(path, there)
    assert everything(there) == before
    again = home.path.with_name("again.jsonl")
    home.lines("export", str(again), "--database", there)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        first, second = [json.loads(line) for line in file], records(again)
    gone = {exporting.type_of(schema.metadata.tables[name]) for name in exporting.WITHOUT_SECRET}
    for lines in (first, second):
        del lines[0]["made_at"]
        for kind_ in gone:
            lines[-1]["records"].pop(kind_, None)
    assert second == [line for line in first if line["type"] not in gone]


def test_every_table_has_rows_here(secret: Path) -> None:
    """Otherwise the test above says little."""
    assert not [name for name, rows in everything(f"sqlite:///{secret}").items() if not rows]


def test_no_secret_leaves(exported: Path, secret: Path) -> None:
    said = exported.read_text(encoding="utf-8")
    with closing(sqlite3.connect(secret)) as connection:
        for table, columns in exporting.SECRETS.items():
            for column in columns:
                values = [row[0] for row in connection.execute(f"SELECT {column} FROM {table}") if row[0]]
                assert values
                assert not [value for value in values if value in said]
    assert SECRET not in said


def test_nobody_can_log_in_to_a_loaded_account(exported: Path, tmp_path: Path) -> None:
    loaded = load(exported, f"sqlite:///{tmp_path / 'new.db'}")
    assert (loaded.locked, loaded.keys) == (2, 1)
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        for (password,) in connection.execute("SELECT password FROM accounts"):
            assert not password or not verify_password("correct horse", password)
        [(key,)] = connection.execute("SELECT password FROM rooms WHERE password <> ''").fetchall()
    assert len(key) == 32


def test_the_file_is_private_and_is_not_replaced(home: Home, exported: Path, secret: Path) -> None:
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600
    args = ("export", str(exported), "--database", str(secret))
    seen(home.run(*args), 1, "already exists; --force replaces it")
    home.lines(*args, "--force")
    assert [path.name for path in exported.parent.glob("*jsonl*")] == ["all.jsonl"]


def test_one_room(home: Home, secret: Path, tmp_path: Path) -> None:
    """What belongs to others stays out; and a database can be made of it."""
    path = tmp_path / "talk.jsonl"
    home.lines("export", str(path), "--room", "talk", "--database", str(secret))
    lines = records(path)
    assert lines[0]["of"] == "a part"
    assert {line["name_of_room"] for line in lines if "name_of_room" in line} == {"talk"}
    assert {line["type"] for line in lines} == {
        "export", "account", "room", "mask", "member", "message", "metadata", "notifications here", "favourite",
        "pin", "reaction", "read marker", "offer", "end",
    }  # fmt: skip
    assert load(path, f"sqlite:///{tmp_path / 'new.db'}").records["room"] == 1


def test_since(home: Home, secret: Path, tmp_path: Path) -> None:
    """A room begins with its first event that is exported, as after retention."""
    path = tmp_path / "some.jsonl"
    home.lines("export", str(path), "--since", "2000-01-01", "--database", str(secret))
    lines = records(path)
    old = next(line for line in lines if line.get("key") == "#old")
    assert old["first_seq"] == old["last_seq"] + 1, "its messages are of 1970"
    of = {line["name_of_room"] for line in lines if line["type"] == "message"}
    assert {"main", "talk", "secret", "alice and bob"} <= of
    assert "old" not in of
    load(path, f"sqlite:///{tmp_path / 'new.db'}")


DAMAGE: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "nothing": (lambda _: [], "is not an export of chatstore in JSONL"),
    "another file": (lambda _: ["hello"], "is not an export of chatstore in JSONL"),
    "another JSONL": (lambda _: ["{}"], "is not an export of chatstore in JSONL"),
    "cut off": (lambda lines: lines[:-1], "its last line is missing"),
    "cut in a line": (lambda lines: [*lines[:-1], lines[-1][:20]], "it is damaged or cut off"),
    "a line is gone": (
        lambda lines: [*lines[:5], *lines[6:]],
        "does not have the records that its last line counts",
    ),
    "more after the end": (lambda lines: [*lines, lines[-1]], "something follows the last line"),
    "an event is gone": (
        lambda lines: [
            re.sub('("message"):([0-9]+)', lambda match: f"{match[1]}:{int(match[2]) - 1}", line)
            for line in lines
            if '"body":"first"' not in line
        ],
        "lacks events of #talk",
    ),
    "a later format": (lambda lines: [lines[0].replace('"format":1', '"format":2'), *lines[1:]], "newer chatstore"),
    "a later schema": (
        lambda lines: [lines[0].replace('"schema":"', '"schema":"9'), *lines[1:]],
        "newer chatstore",
    ),
    "an unknown type": (
        lambda lines: [lines[0], '{"type":"poem"}', *lines[1:]],
        "line 2: records of the type 'poem'",
    ),
    "an unknown field": (
        lambda lines: [lines[0], lines[1].replace('"id"', '"poem":1,"id"'), *lines[2:]],
        "line 2: a record of the type 'account' has no 'poem'",
    ),
    "a missing field": (
        lambda lines: [lines[0], lines[1].replace('"name"', '"account"'), *lines[2:]],
        "line 2: 'name' is missing",
    ),
    "a bad time": (
        lambda lines: [lines[0], lines[1].replace('"created_at":"2', '"created_at":"x'), *lines[2:]],
        "line 2: created_at: ",
    ),
    "a text for a number": (
        lambda lines: [lines[0], lines[1].replace('"id":1', '"id":"one"'), *lines[2:]],
        "line 2: 'id' is 'one'",
    ),
    "a truth for a number": (
        lambda lines: [lines[0], lines[1].replace('"id":1', '"id":true'), *lines[2:]],
        "line 2: 'id' is True",
    ),
    "a number that is too large": (
        lambda lines: [lines[0], lines[1].replace('"id":1', f'"id":{2**63}'), *lines[2:]],
        "line 2: 'id' is 9223372036854775808",
    ),
    "tags that are none": (
        lambda lines: [re.sub('"tags":{[^}]*}', '"tags":{"a":5}', line) for line in lines],
        "'tags' is no object of texts",
    ),
    "a line without an end": (
        lambda lines: [*lines[:3], '{"type":"' + "x" * (17 << 20), *lines[3:]],
        "line 4: it is longer than 16 MiB",
    ),
    "an id twice": (lambda lines: [lines[0], lines[1], *lines[1:]], "UNIQUE"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_export_is_refused(exported: Path, tmp_path: Path, damage: str) -> None:
    change, said = DAMAGE[damage]
    lines = exported.read_text(encoding="utf-8").splitlines()
    exported.write_text("".join(f"{line}\n" for line in change(lines)), encoding="utf-8")
    with pytest.raises(StorageError, match=said):
        load(exported, f"sqlite:///{tmp_path / 'new.db'}")


def test_a_compressed_export_that_is_cut_off_is_refused(exported: Path, tmp_path: Path) -> None:
    packed = gzip.compress(exported.read_bytes())
    exported.write_bytes(packed[:-100])
    with pytest.raises(StorageError, match="cut off"):
        check(exported)


def test_only_an_empty_database_is_loaded(exported: Path, secret: Path) -> None:
    with pytest.raises(StorageError, match="is not empty: an export of chatstore needs a new database"):
        load(exported, f"sqlite:///{secret}")


def test_a_dry_run_writes_nothing(home: Home, exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load_export(None, str(home.path), exported, dry_run=True)
    assert "nothing was written" in capsys.readouterr().out
    assert not home.path.exists()


def test_loading_says_what_is_left_to_do(home: Home, exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load_export(None, str(home.path.with_name("loaded.db")), exported, dry_run=False)
    said = capsys.readouterr().out
    assert "2 accounts can't log in yet" in said
    assert "1 room had a key" in said


def test_text_files(home: Home, secret: Path, tmp_path: Path) -> None:
    """One for each conversation, with the lines of `history`; and it is not put over what is there."""
    folder = tmp_path / "texts"
    args = ("export", "--format", "txt", str(folder), "--database", str(secret))
    said = home.lines(*args)
    assert said[-1].endswith(f"exported to {folder}")
    names = {path.name.partition("-")[2] for path in folder.iterdir()}
    assert {"alice-and-bob.txt", "main.txt", "old.txt", "secret.txt", "talk.txt"} <= names
    [talk] = folder.glob("*-talk.txt")
    assert "alice: first" in talk.read_text(encoding="utf-8")
    seen(home.run(*args), 1, "already exists and is not an empty directory: name a new one")
    assert not [*tmp_path.glob(".*")]


def test_a_folder_of_pages_of_one_account(home: Home, secret: Path, tmp_path: Path) -> None:
    home.lines("export", "--account", "bob", str(tmp_path / "bob"), "--database", str(secret))
    index = (tmp_path / "bob" / "index.html").read_text(encoding="utf-8")
    assert "#secret" not in index
    assert "alice and bob" in index
    assert stat.S_IMODE((tmp_path / "bob").stat().st_mode) == 0o700


def test_bad_arguments(home: Home, secret: Path) -> None:
    for name in (str(secret), f"{secret}-wal"):
        args = ("export", name, "--format", "jsonl", "--force", "--database", str(secret))
        seen(home.run(*args), 1, "belongs to the database itself")
    seen(home.run("export", "-", "--format", "html", "--database", str(secret)), 2, "needs a directory")
    seen(home.run("export", "x", "--room", "nowhere", "--database", str(secret)), 5, "there is no room nowhere")
    seen(home.run("export", "x", "--account", "nobody", "--database", str(secret)), 5, "there is no account nobody")
    seen(home.run("export", "/proc/none/x.jsonl", "--database", str(secret)), 1, "can't be written")
    seen(home.run("export", "/proc/none/x", "--database", str(secret)), 1, "can't be written")


def test_an_export_is_noted(home: Home, tmp_path: Path) -> None:
    """In the audit log of a database that servers use; a backup stays as it is, byte by byte."""
    home.account("alice")
    home.lines("backup", str(tmp_path / "backup.db"))
    before = (tmp_path / "backup.db").read_bytes()
    home.lines("export", "--account", "alice", str(tmp_path / "alice.jsonl"))
    home.lines("export", str(tmp_path / "all.jsonl"), "--database", str(tmp_path / "backup.db"))
    said = home.lines("audit")
    assert sum("data.export" in line for line in said) == 1
    assert any("what alice may read" in line for line in said)
    assert (tmp_path / "backup.db").read_bytes() == before


def test_two_exports_and_files_of_others_do_not_meet(home: Home, secret: Path, tmp_path: Path) -> None:
    """Part files have names of their own: nobody can prepare one, and no export writes into another's."""
    target, elsewhere = tmp_path / "all.jsonl", tmp_path / "elsewhere"
    elsewhere.write_text("mine", encoding="utf-8")
    (tmp_path / ".all.jsonl.part").symlink_to(elsewhere)
    prepared = tmp_path / ".pages.part"
    prepared.mkdir()
    home.lines("export", str(target), "--database", str(secret))
    home.lines("export", str(tmp_path / "pages"), "--database", str(secret))
    assert elsewhere.read_text(encoding="utf-8") == "mine"
    assert prepared.is_dir()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "pages").stat().st_mode) == 0o700
    with _file(str(target), force=True) as first, _file(str(target), force=True) as second:
        first.write(b"one")
        second.write(b"two")
    assert target.read_bytes() == b"one", "the last one that ended, whole"
    assert not [*tmp_path.glob(".all.jsonl.*.part"), *tmp_path.glob(".pages.*.part")]


def test_keys_that_earlier_versions_stored_do_not_leave(home: Home, secret: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.db"
    shutil.copyfile(secret, older)
    with closing(sqlite3.connect(older)) as connection:
        connection.execute(f"UPDATE messages SET kind = 'mode', body = '+ok-m bob {SECRET}' WHERE id = 1")
        connection.commit()
    for name in ("all.jsonl", "pages", "text"):
        kind = ["--format", "txt"] if name == "text" else []
        home.lines("export", str(tmp_path / name), "--database", str(older), *kind)
    files = [tmp_path / "all.jsonl", *(tmp_path / "pages").rglob("*.*"), *(tmp_path / "text").rglob("*.*")]
    assert all(SECRET not in path.read_text(encoding="utf-8") for path in files if path.is_file())
    assert any(one.get("body") == "+ok-m bob *" for one in records(tmp_path / "all.jsonl"))


@pytest.mark.parametrize("name", ["all.txt", "all.html", "all.json"])
def test_a_name_that_looks_like_a_file_makes_no_folder(home: Home, secret: Path, tmp_path: Path, name: str) -> None:
    seen(home.run("export", str(tmp_path / name), "--database", str(secret)), 2, "give --format")
    assert not (tmp_path / name).exists()


def test_a_quote_of_several_lines_is_on_one(home: Home, tmp_path: Path) -> None:
    alice, room = home.account("alice"), home.room("main")
    [asked] = home.say(room, alice, "first line\nsecond line")
    home.submit(Draft(room.id, alice, "message", "yes", {"+reply": asked}))
    home.lines("export", str(tmp_path / "pages"))
    pages = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "pages").rglob("*.html"))
    assert "first line second line</a>" in pages
