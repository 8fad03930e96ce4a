"""The events of the log, as the code has them; and their table in docs/monitoring.md.

python -m tests.watching.events     # after a new record: writes the table into docs/monitoring.md
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[2] / "chatstore"
MONITORING = PACKAGE.parent / "docs" / "monitoring.md"
METHODS = {"debug", "info", "warning", "error", "critical", "exception", "log"}
_TABLE = re.compile(r"(?<=\| event \| level \| what it says \|\n\|---\|---\|---\|\n)(?:\|.*\n)*")


class Call(NamedTuple):
    where: str
    template: str
    event: str
    fields: tuple[str, ...]
    level: str


def calls() -> Iterator[tuple[str, ast.Call, dict[str, str]]]:
    """Every call that logs, in the server and the commands (the clients have no log), and the texts that its module
    names."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "client" in path.relative_to(PACKAGE).parts:
            continue
        module = ast.parse(path.read_text())
        constants = {
            node.targets[0].id: node.value.value
            for node in module.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        }
        for node in ast.walk(module):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in METHODS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "log"
            ):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node, constants


def read(where: str, node: ast.Call, constants: dict[str, str]) -> Call:
    assert isinstance(node.func, ast.Attribute)
    level = {"exception": "error", "log": "info"}.get(node.func.attr, node.func.attr)
    template, *rest = node.args[1:] if node.func.attr == "log" else node.args
    assert len(rest) == 1, f"{where}: log a text and one dictionary with the event and its fields"
    assert isinstance(rest[0], ast.Dict), f"{where}: log a text and one dictionary with the event and its fields"
    keys = [key.value if isinstance(key, ast.Constant) else None for key in rest[0].keys]
    assert keys[:1] == ["event"], f"{where}: the first key is `event`"
    event = rest[0].values[0]
    assert isinstance(event, ast.Constant), f"{where}: the event is a literal"
    text = constants[template.id] if isinstance(template, ast.Name) else ast.literal_eval(template)
    return Call(where, text, str(event.value), tuple(str(key) for key in keys[1:]), level)


def every() -> list[Call]:
    """All that the server and the commands log."""
    return [read(where, node, constants) for where, node, constants in calls()]


def table() -> str:
    """The rows of the table: the message, in which `{field}` stands for a field."""
    rows = {}
    for call in every():
        said = re.sub(r"%\((\w+)\)[-.\d]*[a-z]", r"`{\1}`", call.template).replace("|", "\\|")
        said += "".join(f", `{{{field}}}`" for field in call.fields if f"`{{{field}}}`" not in said)
        rows.setdefault(call.event, f"| `{call.event}` | {call.level} | {said} |\n")
    return "".join(rows[event] for event in sorted(rows))


def documented() -> str:
    """The rows that the page has."""
    found = _TABLE.search(MONITORING.read_text())
    return found[0] if found is not None else ""


if __name__ == "__main__":
    MONITORING.write_text(_TABLE.sub(lambda _: table(), MONITORING.read_text()))
