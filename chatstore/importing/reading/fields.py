"""Parts of records whose shape nobody vouches for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def mapping(value: object) -> Mapping[str, Any]:
    """The object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items_of(value: object) -> Sequence[Any]:
    """The array, or an empty one for anything else."""
    return value if isinstance(value, list) else ()
