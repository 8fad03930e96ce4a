"""Names as people type them when they look for one: without capitals and without marks."""

from __future__ import annotations

import unicodedata

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
"""Letters with a mark that Unicode does not take apart."""


def loosely(text: str) -> str:
    """The same for `José`, `JOSÉ` and `jose`. Spec: Unicode Standard Annex #15 (NFKD), and its case folding."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part)).translate(_LETTERS)
