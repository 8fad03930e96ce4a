"""docs/irc.md says what the code does, and the numerics are the ones that are sent."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from chatstore.irc import capabilities, isupport, numerics
from chatstore.irc.commands import all_commands
from chatstore.irc.numerics import Numeric
from chatstore.irc.reference import reference

ROOT = Path(__file__).parents[2]
IRC = ROOT / "chatstore" / "irc"
SPEC = re.compile(r"(chatstore/\w+|Modern|RFC \d+|IRCv3 [\w./-]+|[\w-]+\.[a-z]+/[\w-]+|[A-Z][\w ]+)")
NUMERICS = {name: each for name, each in vars(numerics).items() if isinstance(each, Numeric)}
SOURCES = [path for path in sorted(IRC.rglob("*.py")) if path.name != "numerics.py"]


def test_the_table_is_what_the_code_says() -> None:
    written = (ROOT / "docs" / "irc.md").read_text(encoding="utf-8")
    assert written == reference(), "python -m chatstore.irc.reference > docs/irc.md"


def test_every_row_says_something_and_names_a_spec() -> None:
    rows = [line for line in reference().splitlines() if line.startswith("| ")]
    assert len(rows) > len(all_commands()) + len(NUMERICS) + len(isupport.TOKENS)
    assert [row for row in rows if "|  |" in row] == []
    specs = {each.spec for each in [*all_commands().values(), *NUMERICS.values(), *isupport.TOKENS]}
    specs |= {each.spec for each in capabilities.all_capabilities().values()}
    assert [spec for spec in specs if not SPEC.fullmatch(spec)] == []


def test_a_numeric_is_three_digits_and_has_one_name() -> None:
    assert all(re.fullmatch(r"\d{3}", each) for each in NUMERICS.values())
    assert sorted(NUMERICS.values()) == sorted(set(NUMERICS.values()))
    names = re.findall(r"^(\w+) = ", (IRC / "numerics.py").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert names == list(NUMERICS)


def test_every_numeric_is_sent_somewhere_and_none_is_sent_that_is_not_here() -> None:
    """Reply.numeric takes nothing but a Numeric, which mypy checks; a number in quotes would go around it."""
    used: set[str] = set()
    quoted: list[str] = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "n":
                used.add(node.attr)
            elif isinstance(node, ast.Constant) and re.fullmatch(r"\d{3}", str(node.value)):
                quoted += [f"{path.name}: {node.value}"] if isinstance(node.value, str) else []
    assert quoted == []
    assert sorted(NUMERICS.keys() - used) == []
