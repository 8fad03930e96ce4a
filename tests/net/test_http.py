"""HTTP without a socket: heads, bodies, routes, conditions, origins. Whole, byte by byte, with more behind."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.net.http import BadRequestError, FileBody, HttpError, Request, Response, Route, conditional
from chatstore.net.http.exchanges import MAX_HEAD, Exchanges, Head, encoded
from chatstore.net.http.origins import Origins
from chatstore.net.http.routes import Routes
from chatstore.urls import Networks

HEAD = b"POST /a%20b?q=1 HTTP/1.1\r\nHost: x\r\nA: 1\r\nA: 2\r\n"


def heard(data: bytes, cuts: Sequence[int] = ()) -> tuple[Head | None, bytes, bool, bytes]:
    """(the head, the body, whether it is complete, what comes behind) of a request in pieces."""
    http, head, body = Exchanges(), None, b""
    places = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    for start, end in itertools.pairwise(places):
        http.receive(data[start:end])
        head = head or http.head()
        while head is not None and http.in_body and (piece := http.body()) is not None:
            body += piece
    return head, body, head is not None and not http.in_body, http.rest


BODIES = {
    "length": (b"Content-Length: 5\r\n\r\nhello", b"hello"),
    "none": (b"\r\n", b""),
    "chunks": (b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: 1\r\n\r\n", b"hello"),
}


@pytest.mark.parametrize("kind", BODIES)
@given(cuts=st.lists(st.integers(0, 300), max_size=40))
def test_a_request_in_any_pieces(kind: str, cuts: list[int]) -> None:
    sent, body = BODIES[kind]
    head, got, complete, rest = heard(HEAD + sent, cuts)
    assert head is not None
    assert (head.method, head.path, head.query, head.headers["a"]) == ("POST", "/a b", {"q": ["1"]}, "1, 2")
    assert (got, complete, rest) == (body, True, b"")


@pytest.mark.parametrize("kind", BODIES)
def test_what_comes_behind_is_not_the_body(kind: str) -> None:
    sent, body = BODIES[kind]
    assert heard(HEAD + sent + b"GET /next HTTP/1.1\r\n")[1:] == (body, True, b"GET /next HTTP/1.1\r\n")


@pytest.mark.parametrize("kind", BODIES)
def test_byte_by_byte(kind: str) -> None:
    sent, body = BODIES[kind]
    data = HEAD + sent
    assert heard(data, range(len(data)))[1:3] == (body, True)
    for end in range(len(data)):
        assert not heard(data[:end])[2]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),
        (b"GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET http://[/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        (b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505),
        (b"\x16\x03\x01\x02", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nExpect: a miracle\r\n\r\n", 417),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431),
        (b"GET /" + b"x" * MAX_HEAD + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        (b"x" * (MAX_HEAD + 1), 431),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_no_request(request_: bytes, status: int) -> None:
    """Neither at once nor byte by byte."""
    for cuts in ((), range(len(request_))):
        with pytest.raises(BadRequestError) as refused:
            heard(request_, cuts)
        assert refused.value.status == status


def test_a_head_of_just_the_length_and_one_more() -> None:
    begin, end = b"GET / HTTP/1.1\r\nHost: x\r\nA: ", b"\r\n\r\n"
    just = begin + b"x" * (MAX_HEAD - len(begin + end))
    for cuts in ((), range(0, MAX_HEAD, 1000)):
        assert heard(just + end, cuts)[0] is not None
        with pytest.raises(BadRequestError) as refused:
            heard(just + b"x" + end, cuts)
        assert refused.value.status == 431


@pytest.mark.parametrize(
    "chunks",
    [
        b"x\r\n",
        b"-1\r\n",
        b"2\r\nabc\r\n",
        b"1;" + b"x" * 20_000,
        b"1;%s\r\na\r\n" % (b"x" * 12_000) * 3,
        b"1;%s\r\na\r\n" % (b"x" * 3_000) * 10,
    ],
    ids=["no number", "negative", "too long", "an extension without end", "long extensions", "many extensions"],
)
def test_chunks_that_are_none(chunks: bytes) -> None:
    sent = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks
    for cuts in ((), range(0, len(sent), 100)):
        with pytest.raises(BadRequestError):
            heard(sent, cuts)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of each piece that the parser was given."""
    sizes: list[int] = []
    receive = h11.Connection.receive_data

    def count(http: h11.Connection, data: bytes) -> None:
        sizes.append(len(data))
        receive(http, data)

    monkeypatch.setattr(h11.Connection, "receive_data", count)
    return sizes


def test_a_head_costs_little_whatever_is_in_it(parsed: list[int]) -> None:
    """One header line for every six bytes: it is refused before it is parsed."""
    with pytest.raises(BadRequestError):
        heard(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 2500 + b"\r\n")
    assert parsed == []


def test_what_stands_behind_the_chunks_costs_little(parsed: list[int]) -> None:
    """Of ten thousand lines of a trailer, few are parsed before they are refused."""
    with pytest.raises(BadRequestError):
        heard(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + b"a: b\r\n" * 10_000 + b"\r\n")
    assert sum(parsed) < 20_000


def test_responses_follow_each_other() -> None:
    http = Exchanges()
    for _ in range(3):
        http.receive(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert http.head() is not None
        said = http.respond(Response(200, {"referrer-policy": "origin"}, b"answer"))
        assert said.startswith(b"HTTP/1.1 200 OK\r\n")
        assert said.endswith(b"\r\nContent-Length: 6\r\n\r\nanswer")
        assert said.lower().count(b"referrer-policy") == 1
        assert http.open
    http.receive(b"HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n")
    http.head()
    assert http.respond(Response(200, {}, b"answer")).endswith(b"\r\nContent-Length: 6\r\n\r\n")
    http.receive(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
    http.head()
    assert b"Content-Length" not in http.respond(Response(204))
    http.receive(b"\r\nG")
    assert http.head() is None
    assert http.began


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /second HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ],
    ids=["pipelined", "body", "body to come", "chunked", "close", "HTTP/1.0"],
)
def test_the_last_request_of_a_connection(request_: bytes) -> None:
    """Nothing that may be a body is heard as a request."""
    http = Exchanges()
    http.receive(request_)
    assert http.head() is not None
    assert b"Connection: close\r\n" in http.respond(Response(200, {}, b"answer"))
    assert not http.open


@pytest.mark.parametrize("value", ["a\r\nb: c", "\0", "€"])
def test_values_that_can_not_be_sent(value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        encoded(Response(200, {"X": value}))


@pytest.mark.parametrize("name", ["a\r\nb", "ä", "a b"])
def test_headers_that_can_not_be_sent(name: str) -> None:
    http = Exchanges()
    http.receive(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    http.head()
    with pytest.raises(Exception, match=r".+"):
        http.respond(Response(200, {name: "x"}))


# Routes.


def nothing(_request: Request) -> Response:
    return Response(200)


def test_routes() -> None:
    routes = Routes(
        [
            Route("GET", "/files/{token}/{name}", nothing),
            Route("GET", "/files/{token}/thumbnail", nothing),
            Route("DELETE", "/files/{token}/{any}", nothing),
            Route("POST", "/files", nothing),
        ]
    )

    def found(method: str, path: str) -> tuple[str | None, dict[str, str]]:
        route, values, _ = routes.find(method, path)
        return route.pattern if route is not None else None, dict(values)

    assert found("GET", "/files/t/a%20b") == ("/files/{token}/{name}", {"token": "t", "name": "a b"})
    assert found("HEAD", "/files/t/a%2F%C3%A4") == ("/files/{token}/{name}", {"token": "t", "name": "a/ä"})
    assert found("GET", "/files/t/thumbnail") == ("/files/{token}/thumbnail", {"token": "t"})
    assert found("GET", "/files/t/{}") == ("/files/{token}/{name}", {"token": "t", "name": "{}"})
    for path in (
        "/files/",
        "/files/t",
        "/files//x",
        "/files/t/",
        "/files/t/x/y",
        "/files/t/%00",
        "/files/t/%ff",
        "x",
    ):
        assert found("GET", path) == (None, {})
    assert routes.find("PUT", "/files").allowed == ["OPTIONS", "POST"]
    assert routes.find("PUT", "/files/t/x").allowed == ["DELETE", "GET", "HEAD", "OPTIONS"]
    assert routes.find("PUT", "/other").allowed == ()
    with pytest.raises(ValueError, match="two routes"):
        Routes([Route("GET", "/{a}", nothing), Route("GET", "/{b}", nothing)])


@given(st.text(max_size=60))
def test_any_path_has_a_route_or_none(path: str) -> None:
    routes = Routes([Route("GET", "/{a}/x/{b}", nothing), Route("GET", "/{a}/{b}", nothing)])
    for value in routes.find("GET", path).values.values():
        assert value.isprintable() or not any(ord(char) < 32 for char in value)


# Conditions and ranges.


def asked(**headers: str) -> Request:
    return Request("GET", "/", {}, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        ({}, 200, b"0123456789"),
        ({"if_none_match": '"tag"'}, 304, b""),
        ({"if_none_match": 'W/"tag", "x"'}, 304, b""),
        ({"if_none_match": '"x"', "if_modified_since": "Thu, 01 Jan 2026 00:00:00 GMT"}, 200, b"0123456789"),
        ({"if_modified_since": "Thu, 01 Jan 2026 00:00:00 GMT"}, 304, b""),
        ({"if_modified_since": "Wed, 31 Dec 2025 00:00:00 GMT"}, 200, b"0123456789"),
        ({"if_modified_since": "yesterday"}, 200, b"0123456789"),
        ({"range": "bytes=2-4"}, 206, b"234"),
        ({"range": "bytes=7-"}, 206, b"789"),
        ({"range": "bytes=-3"}, 206, b"789"),
        ({"range": "bytes=-30"}, 206, b"0123456789"),
        ({"range": "bytes=5-99999"}, 206, b"56789"),
        ({"range": "bytes=4-2"}, 200, b"0123456789"),
        ({"range": "bytes=1-2,4-5"}, 200, b"0123456789"),
        ({"range": "bytes=-"}, 200, b"0123456789"),
        ({"range": "lines=1-2"}, 200, b"0123456789"),
        ({"range": "bytes=" + "9" * 400 + "-"}, 200, b"0123456789"),
        ({"range": "bytes=2-4", "if_range": '"tag"'}, 206, b"234"),
        ({"range": "bytes=2-4", "if_range": 'W/"tag"'}, 200, b"0123456789"),
        ({"range": "bytes=2-4", "if_range": '"old"'}, 200, b"0123456789"),
        ({"range": "bytes=2-4", "if_range": "Thu, 01 Jan 2026 00:00:00 GMT"}, 206, b"234"),
        ({"range": "bytes=2-4", "if_range": "Wed, 31 Dec 2025 00:00:00 GMT"}, 200, b"0123456789"),
        ({"range": "bytes=10-"}, 416, b""),
        ({"range": "bytes=-0"}, 416, b""),
        ({"if_match": '"x"'}, 412, b""),
        ({"if_match": '"tag"'}, 200, b"0123456789"),
    ],
    ids=str,
)
def test_conditions_and_ranges(headers: dict[str, str], status: int, body: bytes, tmp_path: Path) -> None:
    """Of bytes, and of a file from its third byte on."""
    modified = 1767225600.5
    (tmp_path / "file").write_bytes(b"ab0123456789")
    for given_ in (b"0123456789", FileBody(tmp_path / "file", 2), FileBody(tmp_path / "file", 2, 10)):
        whole = Response(200, {"X": "y"}, given_)
        if status > 400:
            with pytest.raises(HttpError) as refused:
                conditional(asked(**headers), whole, "tag", modified)
            assert refused.value.status == status
            assert status != 416 or refused.value.headers == {"Content-Range": "bytes */10"}
            continue
        response = conditional(asked(**headers), whole, "tag", modified)
        got = response.body
        if isinstance(got, FileBody):
            got = got.path.read_bytes()[got.start :][: got.length]
        assert (response.status, got) == (status, body)
        assert response.headers["ETag"] == '"tag"'
        assert ("X" in response.headers) == (status != 304)
        if status == 206:
            assert response.headers["Content-Range"] == f"bytes {body[:1].decode()}-{body[-1:].decode()}/10"
            assert not isinstance(response.body, FileBody) or response.body.length == len(body)


@given(
    st.text(max_size=40), st.sampled_from(["range", "if_range", "if_none_match", "if_modified_since", "if_match"])
)
def test_any_condition(value: str, header: str) -> None:
    headers = {header: value, **({"range": "bytes=0-1"} if header == "if_range" else {})}
    with suppress(HttpError):
        assert conditional(asked(**headers), Response(200, {}, b"abc"), "tag", 1.0).status in (200, 206, 304)


# Origins.


@pytest.fixture
def origins() -> Origins:
    return Origins(["https://listed.example"], ["chat.example"], Networks())


def page(origin: str | None, site: str = "", host: str = "chat.example") -> dict[str, str]:
    named = {"origin": origin, "sec-fetch-site": site or None, "host": host}
    return {name: value for name, value in named.items() if value is not None}


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        (page(None), True),
        (page("https://chat.example", "same-origin"), True),
        (page("https://listed.example", "cross-site"), True),
        (page("https://evil.example", "cross-site"), False),
        (page("https://evil.chat.example", "same-site"), False),
        (page("null", "cross-site"), False),
        (page(None, "cross-site"), False),
        (page(None, "none"), True),
        (page("https://\xe4.example"), False),
        (page("https://evil.example", host="evil.example"), False),
        (page("https://["), False),
    ],
    ids=str,
)
def test_a_foreign_page_changes_nothing(origins: Origins, headers: dict[str, str], allowed: bool) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        with nullcontext() if allowed else pytest.raises(HttpError, match=r"\[web\] origins"):
            origins.check(method, headers)
    for method in ("GET", "HEAD", "OPTIONS"):
        origins.check(method, headers)


def test_who_may_read(origins: Origins) -> None:
    def told(origin: str) -> dict[str, str]:
        return dict(origins.shared(Response(200, {"vary": "Accept"}), {"origin": origin}).headers)

    listed = told("https://LISTED.example")
    assert listed["Access-Control-Allow-Origin"] == "https://LISTED.example"
    assert listed["Access-Control-Allow-Credentials"] == "true"
    assert listed["Vary"] == "Accept, Origin"
    for origin in ("https://chat.example", "https://evil.example", "null", "https://\xe4.example", ""):
        assert "Access-Control-Allow-Origin" not in told(origin)
    origins.allow(["*"], [], Networks())
    every = told("https://evil.example")
    assert every["Access-Control-Allow-Origin"] == "https://evil.example"
    assert "Access-Control-Allow-Credentials" not in every


def test_the_question_before_a_request(origins: Origins) -> None:
    headers = {"origin": "https://listed.example", "access-control-request-method": "POST"}
    answer = origins.preflight(["GET", "POST"], headers)
    assert answer is not None
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    foreign = origins.preflight(["GET"], {**headers, "origin": "https://evil.example"})
    assert foreign is not None
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert origins.preflight(["GET"], {"origin": "https://listed.example"}) is None
