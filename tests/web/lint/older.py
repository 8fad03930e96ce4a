"""Make css/older.css: `python -m tests.web.lint.older > chatstore/web/css/older.css`.

Browsers from before 2024 lack light-dark(): they would ignore such colours and show white text on white. They get
the light colours of the other files.
"""

from __future__ import annotations

import re
from pathlib import Path

CSS = Path(__file__).parents[3] / "chatstore" / "web" / "css"
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_BOTH = re.compile(r"light-dark\(((?:[^(),]|\([^)]*\))+),\s*(?:[^()]|\([^)]*\))+\)")
_HEAD = """\
/* For browsers without light-dark(): its light colours. Made by tests/web/lint/older.py; change the other files. */

@supports not (color: light-dark(#000, #fff)) {
  :root, :root[data-theme] { color-scheme: light; }
"""


def older() -> str:
    """Every declaration with two colours, reduced to the first one."""
    rules = []
    for path in sorted(CSS.glob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for selector, body in () if path.name == "older.css" else _RULE.findall(text):
            declarations = [one.strip() for one in body.split(";") if "light-dark(" in one]
            if declarations:
                light = "; ".join(_BOTH.sub(lambda found: found[1].strip(), one) for one in declarations)
                rules.append(f"  {' '.join(selector.split())} {{ {light}; }}\n")
    return f"{_HEAD}{''.join(rules)}}}\n"


if __name__ == "__main__":
    print(older(), end="")
