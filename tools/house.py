"""Measure the code itself: how many files a command passes, import cycles, long functions, the size of an install.

    python -m tools.house              # everything that takes seconds
    python -m tools.house ways -v      # the files that each command passes, in the order of their first call
    python -m tools.house install      # distributions and MB of `pip install .`, in a venv of its own
    python -m tools.house install client   # the same with an extra

A *way* is the set of files under chatstore/ whose functions run while a real server in this process answers one
command of a client on a real socket: from the first byte sent to the last line that the client and another member
of the room receive. Each command runs several times, after a warm-up, and only files that every run has count; so
timers and other background work stay out. Code that a decorator generates (the methods of dataclasses) has no file.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import tempfile
import threading
import venv
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "chatstore"
RUNS = 5
CAPS = "message-tags server-time account-tag batch echo-message extended-join draft/chathistory"
"""What a client of today asks for."""
INSTALLERS = {"pip", "setuptools", "wheel"}


class Recorder:
    """Notes the files whose functions are called while it records, in every thread started after `install`."""

    def __init__(self) -> None:
        self.recording = False
        self.seen: dict[str, set[str]] = {}
        """File: the threads that called into it, in the order of the first call."""

    def install(self) -> None:
        threading.setprofile(self._profile)

    def record(self, command: Callable[[], None]) -> dict[str, set[str]]:
        """The files that the command passes."""
        self.seen = {}
        self.recording = True
        try:
            command()
        finally:
            self.recording = False
        return self.seen

    def _profile(self, frame: FrameType, event: str, _: object) -> None:
        if not self.recording or event != "call":
            return
        name = frame.f_code.co_filename
        if name.startswith(str(PACKAGE)):
            thread = re.sub(r"[-_ ]?\d+$", "", threading.current_thread().name)
            self.seen.setdefault(name[len(str(PACKAGE)) + 1 :], set()).add(thread)


def ways() -> dict[str, dict[str, set[str]]]:
    """Each command with the files it passes, and the threads in which it does."""
    from tests.running import IrcClient, start

    recorder = Recorder()
    recorder.install()
    with tempfile.TemporaryDirectory(prefix="chatstore-house-") as folder:
        running = start(Path(folder, "chat.db"))
        try:
            alice = running.member("alice", CAPS)
            bob = running.member("bob", CAPS)
            carol = running.register("carol", CAPS)
            running.member("dora", CAPS).close()

            def privmsg() -> None:
                alice.send("PRIVMSG #main :hello there")
                alice.wait("PRIVMSG #main")
                bob.wait("PRIVMSG #main")

            def join() -> None:
                carol.send("JOIN #main")
                carol.wait(" 366 ")
                bob.wait(" JOIN ")

            def chathistory() -> None:
                alice.send("CHATHISTORY LATEST #main * 50")
                alice.wait("BATCH -")

            def login() -> None:
                dora.append(running.login("dora", CAPS))
                dora[-1].wait(" 366 ")

            def settle() -> None:
                for client in (alice, bob, carol):
                    client.sync()

            def part() -> None:
                carol.ask("PART #main")
                settle()

            def log_out() -> None:
                dora.pop().close()
                settle()

            dora: list[IrcClient] = []
            return {
                name: _every_run(recorder, command, undo)
                for name, command, undo in [
                    ("PRIVMSG", privmsg, settle),
                    ("JOIN", join, part),
                    ("CHATHISTORY", chathistory, settle),
                    ("login", login, log_out),
                ]
            }
        finally:
            running.stop()


def _every_run(recorder: Recorder, command: Callable[[], None], undo: Callable[[], None]) -> dict[str, set[str]]:
    """What the command passes each time that it runs; `undo` makes it possible again."""
    runs = []
    for run in range(RUNS + 1):
        seen = recorder.record(command)
        if run:
            runs.append(seen)
        undo()
    return {file: threads for file, threads in runs[0].items() if all(file in other for other in runs)}


def imports(type_checking: bool) -> dict[str, set[str]]:
    """Each module of chatstore with those that it imports; with or without what only type checkers import."""
    files = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        skipped = set() if type_checking else set(_for_type_checkers(tree))
        found: set[str] = set()
        for node in ast.walk(tree):
            if node in skipped:
                continue
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    found.add(whole if whole in files else node.module)
        graph[name] = (found & files.keys()) - {name}
    return graph


def _for_type_checkers(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for statement in node.body:
                yield from ast.walk(statement)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that import each other, largest first: each module is in one group at most."""
    reach: dict[str, set[str]] = {}
    for name in graph:
        found: set[str] = set()
        todo = list(graph[name])
        while todo:
            if (other := todo.pop()) not in found:
                found.add(other)
                todo += graph[other]
        reach[name] = found
    groups = {
        tuple(sorted(other for other in reach[name] if name in reach[other]))
        for name in graph
        if name in reach[name]
    }
    return sorted((list(group) for group in groups), key=len, reverse=True)


def is_acyclic(graph: dict[str, set[str]]) -> bool:
    """Whether the modules can be put in an order in which each imports only earlier ones."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return False
    return True


def functions() -> list[tuple[int, str]]:
    """Every function of chatstore as (lines, where it is), longest first."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                assert node.end_lineno
                found.append((node.end_lineno - node.lineno + 1, f"{path.relative_to(ROOT)}: {node.name}"))
    return sorted(found, key=lambda one: (-one[0], one[1]))


def install(extra: str = "") -> tuple[list[str], float]:
    """The distributions that `pip install .` brings, and what they take on disk with their bytecode, in MB."""
    with tempfile.TemporaryDirectory(prefix="chatstore-house-") as folder:
        venv.create(folder, with_pip=True)
        pip = [f"{folder}/bin/python", "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-q", f"{ROOT}[{extra}]" if extra else str(ROOT)], check=True)
        listed = subprocess.run([*pip, "list", "--format=freeze"], check=True, capture_output=True, text=True)
        names = [name for name in listed.stdout.split() if name.partition("=")[0] not in INSTALLERS]
        (site,) = Path(folder).glob("lib/python*/site-packages")
        size = sum(
            path.stat().st_size
            for path in site.rglob("*")
            if path.is_file() and not _is_installer(path.relative_to(site).parts[0])
        )
    return names, size / 1e6


def _is_installer(top: str) -> bool:
    return re.split(r"[-.]", top)[0] in {*INSTALLERS, "pkg_resources", "_distutils_hack", "distutils"}


def show_ways(verbose: bool) -> None:
    for name, files in ways().items():
        print(f"{name}: {len(files)} files")
        for file, threads in files.items() if verbose else ():
            print(f"    {file}  ({', '.join(sorted(threads))})")


def show_circles() -> None:
    for title, type_checking in (("at run time", False), ("with TYPE_CHECKING", True)):
        graph = imports(type_checking)
        found = circles(graph)
        assert is_acyclic(graph) == (not found)
        sizes = f" of {', '.join(str(len(group)) for group in found)} modules" if found else ""
        print(f"import cycles {title}: {len(found)}{sizes}, among {len(graph)} modules")


def show_functions() -> None:
    print("the longest functions, in lines:")
    for lines, where in functions()[:10]:
        print(f"    {lines}  {where}")


def show_install(extra: str) -> None:
    names, size = install(extra)
    print(f"pip install .{f'[{extra}]' if extra else ''}: {len(names)} distributions, {size:.1f} MB")
    print(f"    {' '.join(names)}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools.house", description="Measure the code itself.")
    parser.add_argument("what", nargs="?", choices=["ways", "circles", "functions", "install"])
    parser.add_argument("extra", nargs="?", default="", help="for install: an extra of the package")
    parser.add_argument("-v", "--verbose", action="store_true", help="name the files of each way")
    given = parser.parse_args()
    if given.what in (None, "ways"):
        show_ways(given.verbose)
    if given.what in (None, "circles"):
        show_circles()
    if given.what in (None, "functions"):
        show_functions()
    if given.what == "install":
        show_install(given.extra)


if __name__ == "__main__":
    main()
