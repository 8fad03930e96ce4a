"""Conditional requests and ranges: what a client already has need not be sent, or not all of it.

Spec: RFC 9110 sections 8.8 (validators), 13 (conditions) and 14 (ranges). Of several ranges none is served: the
whole is, as section 14.2 allows.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from datetime import timezone
from http import HTTPStatus

from chatstore.net.http.messages import FileBody, HttpError, Request, Response

_TAG = re.compile(r'(?:W/)?"([^"]*?)(?:[-;](?:gzip|br|zstd|deflate))?"')
"""An entity tag. Caddy and Apache append how they compressed the content."""
_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)
_KEPT = {"cache-control", "content-location", "date", "etag", "expires", "vary", "last-modified"}
"""The headers of a 304 (RFC 9110 section 15.4.5), beside those that say what a page may do with it."""


def knows(request: Request, content: str) -> bool:
    """Whether the client already has the content with this tag, without its quotes (weak comparison)."""
    known = request.headers.get("if-none-match", "").strip()
    return known == "*" or content in _TAG.findall(known)


def conditional(request: Request, response: Response, tag: str, modified: float | None = None) -> Response:
    """The response to a GET or HEAD, or a 304, or the range of it that was asked for. `tag`: of exactly these
    bytes, without quotes. `modified`: when they changed, in seconds since 1970 UTC. Raises HttpError."""
    headers = {**response.headers, "ETag": f'"{tag}"', "Accept-Ranges": "bytes"}
    if modified is not None:
        headers["Last-Modified"] = email.utils.formatdate(modified, usegmt=True)
    _check_match(request, tag)
    if "if-none-match" in request.headers:
        same = knows(request, tag)
    else:
        since = _seconds(request.headers.get("if-modified-since", ""))
        same = since is not None and modified is not None and int(modified) <= since
    if same:
        return Response(HTTPStatus.NOT_MODIFIED, {k: v for k, v in headers.items() if _is_kept(k)})
    whole = Response(response.status, headers, response.body)
    if "range" in request.headers and request.method == "GET" and _may_be_a_part(request, tag, modified):
        return _part(request.headers["range"], whole)
    return whole


def _check_match(request: Request, tag: str) -> None:
    wanted = request.headers.get("if-match", "").strip()
    if wanted and wanted != "*" and f'"{tag}"' not in (part.strip() for part in wanted.split(",")):
        raise HttpError(HTTPStatus.PRECONDITION_FAILED, detail="it has changed meanwhile")


def _may_be_a_part(request: Request, tag: str, modified: float | None) -> bool:
    """Whether a range may be served: If-Range names what there is (strong comparison)."""
    condition = request.headers.get("if-range", "").strip()
    if not condition or condition == f'"{tag}"':
        return True
    seconds = _seconds(condition)
    return seconds is not None and modified is not None and int(modified) == seconds


def _part(asked: str, whole: Response) -> Response:
    found = _RANGE.fullmatch(asked)
    if found is None or not (found[1] or found[2]):
        return whole
    size = _size(whole)
    if found[1]:
        start, end = int(found[1]), min(int(found[2] or size), size - 1)
        if found[2] and int(found[2]) < start:  # it is none
            return whole
    else:
        start, end = max(0, size - int(found[2])), size - 1
    if start > end:
        raise HttpError(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{size}"})
    length = end + 1 - start
    headers: Mapping[str, str] = {**whole.headers, "Content-Range": f"bytes {start}-{end}/{size}"}
    body = whole.body
    if isinstance(body, bytes):
        return Response(HTTPStatus.PARTIAL_CONTENT, headers, body[start : end + 1])
    return Response(HTTPStatus.PARTIAL_CONTENT, headers, FileBody(body.path, body.start + start, length))


def _size(whole: Response) -> int:
    body = whole.body
    if isinstance(body, bytes):
        return len(body)
    if body.length is not None:
        return body.length
    try:
        return max(0, body.path.stat().st_size - body.start)
    except OSError:
        raise HttpError(HTTPStatus.NOT_FOUND) from None


def _is_kept(name: str) -> bool:
    return name.lower() in _KEPT or name.lower().startswith(("access-control-", "cross-origin-"))


def _seconds(text: str) -> int | None:
    """A time of HTTP in seconds since 1970 UTC; None if it is none."""
    try:
        at = email.utils.parsedate_to_datetime(text)
        return int((at if at.tzinfo else at.replace(tzinfo=timezone.utc)).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
