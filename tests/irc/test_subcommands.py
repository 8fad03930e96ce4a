"""Rows of lists: whatever is in their attributes, they fit into a line, and they are made at once."""

from __future__ import annotations

import pytest

from chatstore.irc.attributes import _fitting, _spelled
from chatstore.irc.line import escape, parse_tags


@pytest.mark.parametrize("size", [40_000, 200, 0])
@pytest.mark.parametrize("text", ["x", "永", ";", "\\", "a b;"])
def test_attributes_fit(text: str, size: int) -> None:
    """The longest lose their ends, and no character or escape is cut in two. The others stay."""
    values = {"by": "alice", "text": text * size, "decision": text * size, "state": "open"}
    fitting = _spelled(_fitting({key: escape(value) for key, value in values.items()}, 400))
    assert len(fitting.encode()) <= 400
    said = parse_tags(fitting)
    assert (said["by"], said["state"]) == ("alice", "open")
    if size:
        assert len(fitting.encode()) > 390
        assert values["text"].startswith(said["text"])
        assert values["decision"].startswith(said["decision"])


@pytest.mark.parametrize("room", [17, 5, 0, -90])
def test_no_attribute_is_left_where_there_is_no_room(room: int) -> None:
    assert not _fitting({"text": "x" * 30, "by": "永" * 30, "state": "open"}, room)
