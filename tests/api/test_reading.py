"""What is wrong with a request is told in the words of the API, all of it at once."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct

from chatstore.api.api import OPERATIONS
from chatstore.api.reading import read_body, read_query
from chatstore.api.vocabulary import FieldError, Problem, Time
from chatstore.net.http import HttpError


class Asked(Struct, forbid_unknown_fields=True, frozen=True):
    text: str
    label: Annotated[str, Meta(min_length=2, max_length=3)] = "ab"
    number: Annotated[int, Meta(ge=1, le=9)] | None = None
    flag: bool = False
    kind: Literal["word", "all"] = "all"
    since: Time | None = None
    rooms: Annotated[list[str], Meta(min_length=1, max_length=2)] | None = None


def errors_of(body: Any) -> list[dict[str, str]]:
    with pytest.raises(HttpError) as refused:
        read_body(Asked, json.dumps(body).encode())
    assert refused.value.status == 422
    found: list[dict[str, str]] = refused.value.members["errors"]
    return found


@pytest.mark.parametrize(
    ("field", "value", "pointer", "detail"),
    [
        ("text", 1, "", "expected a string, not a whole number"),
        ("text", "a\x1b", "", "no control characters but LF and TAB are allowed"),
        ("label", "a", "", "expected at least 2 characters"),
        ("label", "abcd", "", "expected at most 3 characters"),
        ("label", "a\n", "", "no control characters are allowed"),
        ("number", 0, "", "expected at least 1"),
        ("number", 10, "", "expected at most 9"),
        ("number", 1.5, "", "expected a whole number or null, not a number"),
        ("number", "1", "", "expected a whole number or null, not a string"),
        ("flag", None, "", "expected true or false, not null"),
        ("kind", "some", "", "expected one of all, word"),
        ("since", "now", "", "expected a time in UTC, such as 2026-11-30T05:00:00Z"),
        ("since", "2026-13-01T00:00:00Z", "", "there is no time 2026-13-01T00:00:00Z"),
        ("rooms", {}, "", "expected a list or null, not an object"),
        ("rooms", [], "", "expected at least 1 entry"),
        ("rooms", ["a", 2], "/1", "expected a string, not a whole number"),
        ("other", 1, "", "there is no such field; there are flag, kind, label, number, rooms, since, text"),
    ],
)
def test_each_kind_of_error(field: str, value: Any, pointer: str, detail: str) -> None:
    assert errors_of({"text": "x", field: value}) == [{"pointer": f"#/{field}{pointer}", "detail": detail}]


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert [each["pointer"] for each in errors_of({"more": 1, "flag": 1, "kind": "x"})] == [
        "#/more", "#/text", "#/flag", "#/kind",
    ]  # fmt: skip
    assert errors_of([]) == [{"pointer": "#", "detail": "expected an object"}]
    assert errors_of({"text": "x", **{f"x{n}": n for n in range(100)}})[-1]["pointer"] == "#/x19"
    with pytest.raises(HttpError) as refused:
        read_query(Asked, {"text": ["a", "b"], "number": ["0"], "x": ["1"]})
    assert [each["parameter"] for each in refused.value.members["errors"]] == ["text", "x", "number"]
    assert refused.value.detail.startswith("text: it may be given once; x: there is no such parameter")


@pytest.mark.parametrize("wrong", [None, 1, 1.5, True, "", "\x00", "x" * 3000, [], ["\x00", 1], {"a": 1}, -1])
def test_no_word_of_a_library_is_told_by_any_operation(wrong: Any) -> None:
    for kind in {each.body for each in OPERATIONS if each.body is not None}:
        try:
            read_body(kind, json.dumps(dict.fromkeys(kind.__struct_encode_fields__, wrong)).encode())
        except HttpError as error:
            for each in error.members["errors"]:
                assert not {"`", "$"} & {*each["detail"]}, each
                assert "Expected" not in each["detail"]
                assert "something else" not in each["detail"]


def test_the_words_of_a_problem_are_described() -> None:
    assert {"errors", "code", "detail"} <= {*Problem.__struct_encode_fields__}
    assert {*FieldError.__struct_encode_fields__} == {"detail", "pointer", "parameter", "header"}
