"""Each refusal of the chat has a status, and its problem says what it is."""

from __future__ import annotations

import json

import pytest

from chatstore.api import errors
from chatstore.chat.model.errors import ChatError, Code


@pytest.mark.parametrize("code", Code)
def test_each_code_has_a_status(code: Code) -> None:
    assert code in errors._STATUS
    told = errors.problem(ChatError(code, "so it is", "#tea")).response
    assert told.headers["Content-Type"] == "application/problem+json"
    assert isinstance(told.body, bytes)
    body = json.loads(told.body)
    assert body["code"] == code.value
    assert body["status"] == told.status >= 400
    assert body["detail"] == "so it is"
    assert body["about"] == "#tea"
    assert body["type"] == f"urn:chatstore:problem:{code.value}"
    assert ("WWW-Authenticate" in told.headers) is (told.status == 401)
    assert ("Retry-After" in told.headers) is (told.status in (429, 503))


def test_basic_is_offered_where_no_browser_asks() -> None:
    wrong = ChatError(Code.WRONG_CREDENTIALS, "no")
    assert "Basic" not in errors.problem(wrong, browser=True).response.headers["WWW-Authenticate"]
    assert "Basic" in errors.problem(wrong, browser=False).response.headers["WWW-Authenticate"]


def test_each_own_code_is_a_refusal() -> None:
    for code, status in errors.OWN_CODES.items():
        assert errors.own_problem(code, "why").response.status == status
        assert code not in {each.value for each in Code}
