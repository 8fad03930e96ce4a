"""Which build of chatstore a Python has: `pure`, or `compiled` by mypyc from the same source."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import lru_cache

PURE, COMPILED = "pure", "compiled"
_MODULE = "chatstore.irc.line"
"""A module that every compiled build compiles."""


@lru_cache
def build_of(python: str = sys.executable) -> str:
    """The build that this Python runs; asked in a folder without the sources, like the servers."""
    asking = f"import {_MODULE} as module; print(module.__file__)"
    with tempfile.TemporaryDirectory() as elsewhere:
        said = subprocess.run([python, "-c", asking], cwd=elsewhere, capture_output=True, text=True, check=True)
    return build_in(said.stdout.strip())


def build_in(file: str) -> str:
    """The build to which the file of a module belongs."""
    return PURE if file.endswith((".py", ".pyc")) else COMPILED


def contestant(build: str) -> str:
    """What the tables call chatstore in this build."""
    return "chatstore" if build == PURE else f"chatstore {build}"
