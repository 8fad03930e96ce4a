"""Names that look alike, though they are not the same: `alice` and `alıce`, `NickServ` and `NıckServ`.

Spec: Unicode UTS #39, section 4 (Confusable Detection): two names look alike if their skeletons are the same.
A skeleton is the name decomposed (NFD), with every character replaced by the one that it looks like. The
replacements are in confusables.txt, which tests/chat/confusables.py makes.

The specification compares names as they are shown. Ours are compared without case as well, so a name has two
skeletons: that of its fold, and that of its shown form. Only the second one treats a capital I as a small l.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).with_name("confusables.txt")


def skeleton(text: str) -> str:
    """The skeleton of a text in small letters, for comparing it with those of other names."""
    table = _table()
    replaced = unicodedata.normalize("NFD", text).translate(table)
    # A small letter may look like a capital one (0 is O), and the other way round.
    again = unicodedata.normalize("NFD", replaced.lower()).translate(table).lower()
    return unicodedata.normalize("NFC", again)


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for line in _FILE.read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            prototype, *characters = line.split()
            seen = "".join(chr(int(each, 16)) for each in prototype.split("+"))
            table.update((int(each, 16), seen) for each in characters)
    return table
