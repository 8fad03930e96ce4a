"""What comes in: the parameters of a URL and the body of a request, as their Structs. Every field is checked by
itself, so that an answer names all that are wrong.

Spec: RFC 9457 section 3 (`errors`), RFC 6901 section 6 (JSON pointers as fragments).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

import msgspec
from msgspec import Struct

from chatstore.api.errors import own_problem
from chatstore.api.vocabulary import Time, time_of
from chatstore.net.http import HttpError

MOST_ERRORS = 20
"""Errors of one request that are told."""
Place = Literal["pointer", "parameter", "header"]
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_BUT_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<where>[^`]*)`)?$", re.DOTALL)
_TYPES = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_TIME = "a time in UTC, such as 2026-11-30T05:00:00Z"


class Wrong(NamedTuple):
    """Something that is wrong: a field of the body (a JSON pointer), a parameter of the URL or a header."""

    place: Place
    name: str
    detail: str


def invalid(*wrongs: Wrong) -> HttpError:
    """The answer to a request of which this is wrong."""
    errors = [{each.place: each.name, "detail": each.detail} for each in wrongs[:MOST_ERRORS]]
    detail = "; ".join(f"{each.name.removeprefix('#/') or 'the body'}: {each.detail}" for each in wrongs[:3])
    return own_problem("invalid-request", detail, errors=errors)


def read_query(kind: type[Struct], query: Mapping[str, Sequence[str]]) -> Any:
    """The parameters of a URL as their Struct. Raises HttpError, which names those that are wrong."""
    wrongs = []
    known = {each.encode_name for each in msgspec.structs.fields(kind)}
    for name, values in query.items():
        if name not in known:
            allowed = f"there are {', '.join(sorted(known))}" if known else "there are none here"
            wrongs.append(Wrong("parameter", name[:100], f"there is no such parameter; {allowed}"))
        elif len(values) != 1:
            wrongs.append(Wrong("parameter", name, "it may be given once"))
    return _made(kind, {name: values[0] for name, values in query.items()}, wrongs, "parameter")


def read_body(kind: type[Struct], body: bytes) -> Any:
    """A JSON object as its Struct. Raises HttpError: 400 if it is not JSON, 422 if fields are wrong."""
    try:
        given = msgspec.json.decode(body)
        json.loads(body, object_pairs_hook=_once)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        text = "too deep" if isinstance(error, RecursionError) else str(error)
        raise own_problem("invalid-json", f"the body is not a JSON object in UTF-8: {text}") from None
    if not isinstance(given, dict):
        raise invalid(Wrong("pointer", "#", "expected an object"))
    known = {each.encode_name for each in msgspec.structs.fields(kind)}
    allowed = f"there are {', '.join(sorted(known))}"
    wrongs = [
        Wrong("pointer", f"#/{_token(name)}", f"there is no such field; {allowed}")
        for name in given
        if name not in known
    ]
    return _made(kind, given, wrongs, "pointer")


def _made(kind: type[Struct], given: Mapping[str, Any], wrongs: list[Wrong], place: Place) -> Any:
    """The Struct of these fields. Raises HttpError if anything is wrong with them, or was before."""
    made: dict[str, Any] = {}
    body = place == "pointer"
    for each in msgspec.structs.fields(kind):
        name = f"#/{each.encode_name}" if body else each.encode_name
        if each.encode_name not in given:
            if each.required:
                wrongs.append(Wrong(place, name, "it is missing"))
            continue
        try:
            made[each.name] = msgspec.convert(given[each.encode_name], each.type, strict=body)
        except msgspec.ValidationError as error:
            where, what = _said(error, each.type)
            wrongs.append(Wrong(place, name + where, what))
            continue
        wrongs += (Wrong(place, name, text) for text in _unfit(each.name, each.type, made[each.name], body))
    if wrongs:
        raise invalid(*wrongs)
    return kind(**made)


def _unfit(name: str, kind: Any, value: Any, body: bool) -> Iterator[str]:
    """What is wrong with a text that has the right type."""
    if not isinstance(value, str):
        return
    if (_BUT_LINES if body and name == "text" else _CONTROL).search(value):
        yield "no control characters" + (" but LF and TAB" if body and name == "text" else "") + " are allowed"
    elif Time in (kind, *get_args(kind)):
        try:
            time_of(value)
        except (ValueError, OverflowError):
            yield f"there is no time {value}"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object, if no name is there twice: programs disagree about which one counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise invalid(Wrong("pointer", f"#/{_token(twice)}", "the field is there twice"))
    return found


def _token(name: str) -> str:
    """A name as a part of a JSON pointer."""
    return name[:100].replace("~", "~0").replace("/", "~1")


def _said(error: msgspec.ValidationError, kind: Any) -> tuple[str, str]:
    """Where in the field (a JSON pointer's rest) something is wrong, and what, in the words of the API."""
    found = _WHERE.match(str(error))
    assert found is not None
    where = re.sub(r"[.\[]", "/", found["where"] or "").replace("]", "")
    what = found["what"]
    if what.startswith("Invalid enum value"):
        return where, f"expected one of {', '.join(_choices(msgspec.json.schema(kind)))}"
    if "matching regex" in what:
        return where, f"expected {_TIME}"
    if bound := re.match(r"Expected `([^`]+)` (?:of length )?(>=|<=|==) (\S+)$", what):
        kinds, sign, number = bound.groups()
        amount = {">=": "at least ", "<=": "at most ", "==": ""}[sign] + number
        one, many = ("character", "characters") if "str" in kinds else ("entry", "entries")
        unit = "" if kinds in ("int", "float") else f" {one if number == '1' else many}"
        return where, f"expected {amount}{unit}"
    if types := re.match(r"Expected `([^`]+)`(?:, got `([^`]+)`)?", what):
        got = f", not {_words(types[2])}" if types[2] else ""
        return where, f"expected {_words(types[1])}{got}"
    return where, "expected something else"


def _words(types: str) -> str:
    """Types of msgspec in words."""
    return " or ".join(_TYPES.get(each, each) for each in types.split(" | "))


def _choices(schema: Mapping[str, Any]) -> Iterator[str]:
    """The values that are allowed somewhere in a type."""
    for key, value in schema.items():
        if key == "enum":
            yield from (str(each) for each in value)
        elif isinstance(value, Mapping):
            yield from _choices(value)
        elif isinstance(value, list):
            for each in value:
                if isinstance(each, Mapping):
                    yield from _choices(each)
