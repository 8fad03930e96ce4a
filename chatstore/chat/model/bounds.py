"""The bounds of a number that people can set."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, get_args, get_origin


class Bounds(NamedTuple):
    """The bounds of a field, in its type: `Annotated[int, Bounds(1, 390)]`. Both ends are included; None
    means no upper end."""

    least: float
    most: float | None = None


def bounds_of(hint: Any) -> tuple[Any, Bounds | None]:
    """The plain type of a field, and its bounds if it has any. `hint` comes from
    get_type_hints(include_extras=True)."""
    if get_origin(hint) is not Annotated:
        return hint, None
    bare, *others = get_args(hint)
    return bare, next((each for each in others if isinstance(each, Bounds)), None)
