"""Bytes for the parsers, guided by which lines of the code they reach.

    python -m tests.faults.guided SECONDS

has atheris look for bytes with which one of them fails; it exits with another code than 0 when there are some.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["chatstore", "websockets"]):
    from tests.faults.parsers import PARSERS


def any_of_them(data: bytes) -> None:
    """The first byte says which."""
    if data:
        PARSERS[data[0] % len(PARSERS)](data[1:])


if __name__ == "__main__":
    atheris.Setup([sys.argv[0], f"-max_total_time={sys.argv[1]}", "-max_len=512", *sys.argv[2:]], any_of_them)
    atheris.Fuzz()
