"""Routes on real sockets: what handlers are given, and what becomes of what they return."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable

import pytest

from chatstore.net.http import Body, HttpError, Request, Response, Route
from tests.endpoints.reaching import OpenServer

WAIT = 20


@pytest.fixture
def connect(running: OpenServer) -> Callable[..., http.client.HTTPConnection]:
    def connect() -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", running.port("web"), timeout=WAIT)

    return connect


def test_a_handler_gets_the_request(
    running: OpenServer, connect: Callable[..., http.client.HTTPConnection]
) -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return Response(200, {"Content-Type": "text/plain"}, b"hello")

    def refuse(request: Request, body: bytes) -> Response:
        raise HttpError(409, "No", "try again", code="no", size=len(body))

    running.server._endpoints.serve(
        [Route("GET", "/t/{id}/x", answer), Route("POST", "/t", refuse, Body(10, ["text/plain"]))]
    )
    client = connect()
    client.request("GET", "/t/a%20b/x?q=1&q=%C3%A4", headers={"X-It": "y"})
    answered = client.getresponse()
    assert (answered.status, answered.read()) == (200, b"hello")
    assert (asked[0].path, asked[0].values, asked[0].query) == ("/t/a b/x", {"id": "a b"}, {"q": ["1", "ä"]})
    assert asked[0].headers["x-it"] == "y"
    assert asked[0].peer.address == "127.0.0.1"
    client.request("POST", "/t", body=b"abc", headers={"Content-Type": "text/plain; charset=utf-8"})
    answered = client.getresponse()
    assert (answered.status, answered.headers["content-type"]) == (409, "application/problem+json")
    assert json.loads(answered.read()) == {
        "title": "No", "status": 409, "detail": "try again", "code": "no", "size": 3,
    }  # fmt: skip
    client.request("DELETE", "/t")
    answered = client.getresponse()
    assert (answered.status, answered.headers["allow"]) == (405, "OPTIONS, POST")
