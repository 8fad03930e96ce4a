"""The house: who may import whom, and how long a file and a function may be."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import pytest

from tests.watching import events

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "chatstore"
MAX_FILE, MAX_FUNCTION = 800, 60
"""Lines. A file is one idea, whatever its length up to this bound; a function is read in one look."""
CHAT_MAY_USE = {"bcrypt", "msgspec", "precis_i18n", "regex", "zxcvbn"}
"""What the domain has besides the standard library: hashes, Unicode's own rules, and an encoding of its values."""

pytest.importorskip("importlinter", reason="import-linter is not installed")


def lint(folder: Path) -> tuple[bool, str]:
    """Whether the package in that folder keeps the contracts of its pyproject.toml, and the report."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode == 0, done.stdout + done.stderr


def test_the_floors() -> None:
    kept, report = lint(ROOT)
    assert kept, report
    assert "10 kept, 0 broken" in report


# A line that must not be in a file, and the words by which the report shows which rule it breaks.
BROKEN = [
    ("chat/model/names.py", "import chatstore.irc.line", "Floors"),
    ("chat/live/hub.py", "import chatstore.chat.session", "The chat"),
    ("irc/show.py", "import chatstore.chat.live.room", "Protocols see"),
    ("irc/line.py", "import chatstore.net.framing", "Floors"),
    ("plain/render.py", "import chatstore.irc.line", "Floors"),
    ("client/protocol.py", "import chatstore.server", "Floors"),
    ("net/framing.py", "import chatstore.chat.model.errors", "Sockets and threads know nothing"),
    ("cli/history.py", "import sqlalchemy", "The database is storage's"),
    ("importing/writing.py", "import sqlalchemy", "An import reads"),
    ("importing/sources/slack.py", "import chatstore.storage.store", "Readers of exports"),
    ("storage/search.py", "import chatstore.storage.sqlite.driver", "and not SQLite"),
    ("storage/store.py", "import chatstore.storage.postgresql.driver", "and not PostgreSQL"),
    ("irc/line.py", "import socket", "Sockets belong to"),
    ("push/sending.py", "import ssl", "Sockets belong to"),
    ("webhooks/outgoing.py", "import sqlite3", "The database is storage's"),
    ("drawer.py", "", "drawer"),
]


def test_the_contracts_notice(tmp_path: Path) -> None:
    """Every rule is broken at once in a copy, and every breach is named."""
    shutil.copytree(PACKAGE, tmp_path / "chatstore", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, line, _ in BROKEN:
        path = tmp_path / "chatstore" / name
        path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    kept, report = lint(tmp_path)
    assert not kept
    assert "0 kept, 10 broken" in report
    for name, line, words in BROKEN:
        assert words in report
        assert name.removesuffix(".py").replace("/", ".") in report
        assert line.removeprefix("import ") in report


ACYCLIC = ("chatstore",)
"""The packages whose modules must not import each other in circles."""


def import_graph() -> dict[str, set[str]]:
    """For each module of the package, the modules of it that it imports, for type checkers alone, too."""
    paths = {}
    for path in sources():
        parts = path.relative_to(ROOT).with_suffix("").parts
        paths[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    graph: dict[str, set[str]] = {}
    for module, path in paths.items():
        graph[module] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                inside = [f"{node.module}.{alias.name}" for alias in node.names]
                names = [name if name in paths else str(node.module) for name in inside]
            else:
                continue
            graph[module].update(name for name in names if name in paths and name != module)
    return graph


def cycles(graph: Mapping[str, Set[str]], package: str) -> list[str]:
    """What is left when modules that import nothing that is left are taken away, again and again: modules in a
    circle, and those that import one. Each with those that it imports."""
    left = {module: set(used) for module, used in graph.items() if f"{module}.".startswith(f"{package}.")}
    while True:
        done = {module for module, used in left.items() if not used & left.keys()}
        if not done:
            return [f"{module}: {', '.join(sorted(used & left.keys()))}" for module, used in sorted(left.items())]
        for module in done:
            del left[module]


@pytest.mark.parametrize("package", ACYCLIC)
def test_no_import_cycle(package: str) -> None:
    assert cycles(import_graph(), package) == []


def test_an_import_cycle_is_noticed() -> None:
    graph = {"a": {"a.b"}, "a.b": {"a.c"}, "a.c": {"a.d", "a.b"}, "a.d": set(), "e": {"a"}}
    assert cycles(graph, "a") == ["a: a.b", "a.b: a.c", "a.c: a.b"]
    assert cycles({**graph, "a.c": {"a.d"}}, "a") == []


def sources() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_is_one_idea_and_a_function_is_read_in_one_look(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_FILE
    too_long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"  # type: ignore[operator]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION  # type: ignore[operator]
    ]
    assert too_long == []


def imported(path: Path) -> Iterator[str]:
    """The top-level packages that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield (node.module or "").partition(".")[0]


def test_the_domain_needs_the_standard_library_and_little_else() -> None:
    used = {name for path in (PACKAGE / "chat").rglob("*.py") for name in imported(path)}
    assert used - sys.stdlib_module_names - {"chatstore"} <= CHAT_MAY_USE


def test_sqlite_has_modules_of_its_own() -> None:
    """What another database does in another way is in few places."""
    storage = (PACKAGE / "storage").rglob("*.py")
    known = {path.stem for path in storage if "sqlite3" in imported(path)}
    assert known == {"checking", "copies", "driver", "full_text", "indexing", "restoring", "word_checks"}


def test_only_storage_and_the_migrations_know_sqlalchemy() -> None:
    known = {
        path.relative_to(ROOT).parts[:2]
        for path in [*PACKAGE.rglob("*.py"), *(ROOT / "migrations").rglob("*.py")]
        if {"sqlalchemy", "alembic"} & set(imported(path))
    }
    assert known <= {("chatstore", "storage"), ("migrations", "versions"), ("migrations", "env.py")}
    assert ("chatstore", "storage") in known


BEHIND_A_SESSION = {"flood", "hub", "live", "logins", "people", "person", "present", "store"}
"""Attributes that are for the parts of a session: what changes while a protocol would look at it."""
ASKED = {"sees.person", "sees.people_in"}
"""Questions to a session that have such a name."""


NAMEDTUPLE = {"_asdict", "_replace"}


def behind(text: str) -> list[str]:
    """What a protocol reaches for past its session, with the lines: what is live, the chat that sessions share (a
    protocol hands it to its Session and does nothing else with it), and private attributes of other objects."""
    tree = ast.parse(text)
    given = {
        id(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Session" and node.args
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr":
            found += [f"{node.lineno}: getattr"] * (ast.unparse(node.args[0]) not in ("self", "event"))
        if not isinstance(node, ast.Attribute) or id(node) in given:
            continue
        owner = node.value
        name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        reaches = node.attr in BEHIND_A_SESSION or node.attr == "chat" or node.attr.startswith("live_")
        private = node.attr.startswith("_") and not node.attr.startswith("__") and node.attr not in NAMEDTUPLE
        private = private and name not in ("self", "cls")
        if private or (reaches and f"{name}.{node.attr}" not in ASKED):
            found.append(f"{node.lineno}: {name}.{node.attr}")
    return found


def test_the_boundary_of_sessions() -> None:
    """Protocols see sessions, and values that do not change."""
    reached = {
        str(path.relative_to(PACKAGE)): behind(path.read_text(encoding="utf-8"))
        for path in sources()
        if path.relative_to(PACKAGE).parts[0] in ("irc", "plain", "turns.py")
    }
    assert {name: found for name, found in reached.items() if found} == {}


def test_the_boundary_of_sessions_is_noticed() -> None:
    for reached in (
        "client.session.chat",
        "session.person",
        "s.person",
        "server.chat",
        "chat.hub",
        "server.chat.flood",
        "client.server.chat.logins",
        "sees.live_room",
        "sees._session",
        "room._room",
        "shown.live",
    ):
        assert behind(f"{reached}.anything")[0] == "1: " + ".".join(reached.split(".")[-2:])
    assert behind("getattr(client.session, 'chat')") == ["1: getattr"]
    assert behind("client.session.sees.person(nick)") == []
    assert behind("self._turns.begin(self.session.actor)") == []
    assert behind("self.session = Session(server.chat, self, address)") == []


def test_every_line_of_the_log_has_an_event() -> None:
    """Of a new one, `python -m tests.watching.events` makes the row in docs/monitoring.md."""
    assert events.every()
