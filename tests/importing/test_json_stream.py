"""JSON in pieces: what comes of a file is what json would have given, whatever the size of the pieces."""

from __future__ import annotations

import io
import json

import pytest

from chatstore.importing.reading import json_stream
from chatstore.importing.reading.json_stream import BrokenJsonError, JsonStream

VALUE = {"a": [1, 12345, 'ü"\\\n', {"b": None}], "messages": [{"n": 1.5e3}, [], "x" * 3000, -7], "last": True}


def stream(data: bytes) -> JsonStream:
    return JsonStream(io.BufferedReader(io.BytesIO(data)))  # type: ignore[arg-type]


def read(data: bytes) -> dict[str, object]:
    opened = stream(data)
    return {key: list(opened.elements()) if opened.is_array() else opened.value() for key in opened.object_keys()}


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 4096])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_pieces_of_any_size(monkeypatch: pytest.MonkeyPatch, chunk: int, encoding: str) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", chunk)
    for indent in (None, 2):
        assert read(json.dumps(VALUE, indent=indent, ensure_ascii=False).encode(encoding)) == VALUE
    assert list(stream(b" [ ] ").elements()) == []
    assert list(stream(b"[1,22,333]").elements()) == [1, 22, 333]


@pytest.mark.parametrize(
    ("data", "before", "why"),
    [
        (b"", [], "it ends in the middle"),
        (b"{}", [], "'{' where '\\[' should be"),
        (b"[1, 2", [1, 2], "it ends in the middle"),
        (b"[1 2]", [1], "'2' where ',' should be"),
        (b'[1, {"a": tru' + b" " * 99 + b"}]", [1], "expecting value"),
        (b'[1, "abc', [1], "it ends in the middle"),
        (b"[1, " + b"[" * 100_000, [1], "recursion"),
        (b"[1, " + b"9" * 5000 + b"]", [1], "limit"),
    ],
)
def test_what_is_broken_says_why_and_keeps_what_came_before(data: bytes, before: list[object], why: str) -> None:
    found: list[object] = []
    with pytest.raises(BrokenJsonError, match=f"(?i){why}"):
        found.extend(stream(data).elements())
    assert found == before


def test_a_value_larger_than_a_message_can_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_VALUE", 1000)
    monkeypatch.setattr(json_stream, "CHUNK", 100)
    with pytest.raises(BrokenJsonError, match="larger than"):
        list(stream(b'["' + b"x" * 5000 + b'"]').elements())


def test_leaving_out_is_as_reading() -> None:
    opened = stream(json.dumps(VALUE).encode())
    for key in opened.object_keys():
        if key == "last":
            assert opened.value() is True
        else:
            opened.skip()
