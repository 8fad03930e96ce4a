"""The OpenAPI file (3.1), made of the operations and their Structs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from chatstore.api.errors import OWN_CODES, status_of
from chatstore.api.operations import JSON, PREFIX, Operation
from chatstore.api.streams import Ended, Reset
from chatstore.api.vocabulary import EVENTS, Problem

_REF = "#/components/schemas/{name}"
_PARTS = {
    "room": "A room: its name, with or without `#` (which a URL writes as %23).",
    "person": "Somebody's nick, or the name of an account.",
    "message": "The id of a message.",
    "reaction": "An emoji, or a short word.",
    "token": "The id of a token.",
    "bot": "The name of a bot.",
    "hook": "The id of a webhook.",
    "name": "A file's name.",
    "id": "An id.",
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "1 to 255 visible ASCII characters, such as a UUID. The same request with the same key makes "
    "one message, for a day.",
    "schema": {"type": "string", "maxLength": 255},
}
_LAST = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "The `id` of the last event that you have, or a message's id: the stream goes on after it.",
    "schema": {"type": "string", "maxLength": 100},
}
_INFO = {
    "title": "chatstore",
    "version": "1",
    "summary": "Post, read and follow what is said in a chat.",
    "description": "Requests act for an account, with its rights and limits. See docs/api.md. Codes of problems: "
    + ", ".join(sorted(OWN_CODES))
    + "; and those that operations name.",
    "license": {"name": "MIT", "identifier": "MIT"},
}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The OpenAPI document."""
    kinds: list[Any] = [Problem, Ended, Reset, *EVENTS]
    for each in operations:
        kinds += [kind for kind in (each.body, each.gives) if kind is not None]
    _, schemas = msgspec.json.schema_components(kinds, ref_template=_REF)
    for schema in schemas.values():
        if "description" in schema:  # the lines of a docstring are indented in some versions
            schema["description"] = inspect.cleandoc(schema["description"])
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        path = each.path if each.path.startswith("/files") else f"{PREFIX}{each.path}"
        paths.setdefault(path, {})[each.method.lower()] = _operation(each, path)
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"password": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A device token of the account."},
                "password": {"type": "http", "scheme": "basic", "description": "The account and its password."},
            },
        },
    }  # fmt: skip


def _operation(of: Operation, path: str) -> dict[str, Any]:
    made: dict[str, Any] = {"operationId": of.id, "tags": [of.tag], "summary": of.summary}
    if of.description:
        made["description"] = of.description
    parameters = [*_path_parameters(path), *_query_parameters(of)]
    parameters += ([_KEY] if of.keyed else []) + ([_LAST] if of.stream else [])
    if parameters:
        made["parameters"] = parameters
    if of.body is not None:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": _schema(of.body)}}}
    elif of.upload:
        made["requestBody"] = {"required": True, "content": {each: {} for each in of.upload}}
    made["responses"] = _responses(of)
    return made


def _responses(of: Operation) -> dict[str, Any]:
    good: dict[str, Any] = {"description": of.summary}
    if of.stream:
        good["content"] = {"text/event-stream": {"schema": {"type": "string"}}}
    elif of.gives is not None:
        good["content"] = {JSON: {"schema": _schema(of.gives)}}
    refusals: dict[int, list[str]] = {401: ["login-required", "wrong-credentials"], 429: ["too-fast"]}
    if of.body is not None:
        refusals[400] = ["invalid-json"]
    refusals[422] = ["invalid-request"]
    for code in of.codes:
        refusals.setdefault(int(status_of(code)), []).append(code.value)
    found = {str(int(of.status)): good}
    if of.cached:
        found["304"] = {"description": "What If-None-Match names is what there is."}
    for status, codes in sorted(refusals.items()):
        content = {"application/problem+json": {"schema": _schema(Problem)}}
        found[str(status)] = {"description": ", ".join(f"`{code}`" for code in codes), "content": content}
    return found


def _path_parameters(path: str) -> list[Mapping[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PARTS.get(name, name),
            "schema": {"type": "string"},
        }
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(of: Operation) -> list[Mapping[str, Any]]:
    fields = msgspec.structs.fields(of.query)
    if not fields:
        return []
    _, components = msgspec.json.schema_components([of.query], ref_template=_REF)
    schema = components[of.query.__name__]
    return [
        {
            "name": (name := each.encode_name),
            "in": "query",
            "required": each.required,
            "schema": schema["properties"][name],
        }
        for each in fields
    ]


def _schema(kind: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_REF)
    return schema
