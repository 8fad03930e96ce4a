"""The OpenAPI file is what the code does, and valid."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from chatstore.api.api import OPERATIONS
from tests.api.asking import ApiClient
from tests.api.conftest import Ask
from tests.running import Running
from tools.openapi import text

FILE = Path(__file__).parents[2] / "docs" / "api" / "openapi.json"


def test_the_file_is_what_the_code_says() -> None:
    """`python -m tools.openapi docs/api/openapi.json` makes it anew."""
    assert FILE.read_text(encoding="utf-8") == text()


def test_it_is_valid_openapi() -> None:
    validate(json.loads(text()))


def test_a_server_tells_it_to_everybody(running: Running) -> None:
    found = ApiClient(running).ask("GET", "/openapi.json")
    assert found.json == json.loads(text())


def test_operations_have_ids_of_their_own_and_words() -> None:
    ids = [each.id for each in OPERATIONS]
    assert len(set(ids)) == len(ids)
    assert all(each.summary for each in OPERATIONS)


@pytest.mark.parametrize("number", range(len(OPERATIONS)), ids=[each.id for each in OPERATIONS])
def test_every_operation_wants_credentials_and_reads_its_parameters(
    running: Running, ask: Ask, number: int
) -> None:
    operation = OPERATIONS[number]
    if operation.handler is None:
        return
    path = re.sub(r"{\w+}", "7", operation.path)
    body = None if operation.body is None else {"nothing": 1}
    assert ApiClient(running).ask(operation.method, path, body).code == "login-required"
    alice = ask("alice")
    assert alice.ask(operation.method, path, body, nothing="1").json["errors"][0]["parameter"] == "nothing"
    if operation.body is not None:
        assert alice.ask(operation.method, path, body).code == "invalid-request"
