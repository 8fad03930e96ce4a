"""The bounds of a number that somebody may set."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, get_args, get_origin


class Bounds(NamedTuple):
    """Beside the type of a field: `Annotated[int, Bounds(1, 390)]`. Both ends are included; None: no upper end."""

    least: float
    most: float | None = None


def bounds_of(hint: Any) -> tuple[Any, Bounds | None]:
    """The bare type of a field, and its bounds if it has any. `hint`: as get_type_hints(include_extras=True) has
    it."""
    if get_origin(hint) is not Annotated:
        return hint, None
    bare, *others = get_args(hint)
    return bare, next((each for each in others if isinstance(each, Bounds)), None)
