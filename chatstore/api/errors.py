"""A ChatError over HTTP: one table from its code to a status. The answer is a problem (RFC 9457).

`code` is for programs, and never changes; `type` is the same as a URI; `detail` says in a sentence what is wrong,
and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from chatstore.chat.model.errors import ChatError, Code
from chatstore.net.http import HttpError

BASIC = 'Basic realm="chatstore", charset="UTF-8"'
BEARER = 'Bearer realm="chatstore"'
_SOON = "1"
"""Seconds after which a request that was too early, or found no room, may come again."""

_STATUS: dict[Code, HTTPStatus] = {
    Code.INVALID_NAME: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.NAME_TAKEN: HTTPStatus.CONFLICT,
    Code.NAME_FIXED: HTTPStatus.CONFLICT,
    Code.BAD_PASSWORD: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.WRONG_CREDENTIALS: HTTPStatus.UNAUTHORIZED,
    Code.TOO_OFTEN: HTTPStatus.TOO_MANY_REQUESTS,
    Code.THROTTLED: HTTPStatus.TOO_MANY_REQUESTS,
    Code.SUSPENDED: HTTPStatus.FORBIDDEN,
    Code.REGISTRATION_CLOSED: HTTPStatus.FORBIDDEN,
    Code.WEAK_PASSWORD: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.PASSWORD_REQUIRED: HTTPStatus.FORBIDDEN,
    Code.OUTSIDE_SCOPE: HTTPStatus.FORBIDDEN,
    Code.INVITATION_REQUIRED: HTTPStatus.FORBIDDEN,
    Code.INVALID_CODE: HTTPStatus.FORBIDDEN,
    Code.SERVER_PASSWORD: HTTPStatus.FORBIDDEN,
    Code.ENCRYPTION_REQUIRED: HTTPStatus.FORBIDDEN,
    Code.LOGIN_REQUIRED: HTTPStatus.UNAUTHORIZED,
    Code.NO_SUCH_PERSON: HTTPStatus.NOT_FOUND,
    Code.NO_SUCH_ROOM: HTTPStatus.NOT_FOUND,
    Code.NOT_A_MEMBER: HTTPStatus.FORBIDDEN,
    Code.TARGET_NOT_A_MEMBER: HTTPStatus.NOT_FOUND,
    Code.ALREADY_A_MEMBER: HTTPStatus.CONFLICT,
    Code.FOUNDER_REQUIRED: HTTPStatus.FORBIDDEN,
    Code.OPERATOR_REQUIRED: HTTPStatus.FORBIDDEN,
    Code.SERVER_OPERATOR_REQUIRED: HTTPStatus.FORBIDDEN,
    Code.ADMIN_REQUIRED: HTTPStatus.FORBIDDEN,
    Code.CANNOT_POST: HTTPStatus.FORBIDDEN,
    Code.BANNED: HTTPStatus.FORBIDDEN,
    Code.SERVER_BANNED: HTTPStatus.FORBIDDEN,
    Code.INVITE_ONLY: HTTPStatus.FORBIDDEN,
    Code.WRONG_KEY: HTTPStatus.FORBIDDEN,
    Code.ROOM_FULL: HTTPStatus.FORBIDDEN,
    Code.ROOM_EXISTS: HTTPStatus.CONFLICT,
    Code.TOO_MANY_ROOMS: HTTPStatus.FORBIDDEN,
    Code.LIST_FULL: HTTPStatus.CONFLICT,
    Code.EMPTY_MESSAGE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.MESSAGE_TOO_LONG: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.ACCOUNT_WAITING: HTTPStatus.FORBIDDEN,
    Code.OWN_ACCOUNT: HTTPStatus.CONFLICT,
    Code.NOT_SUSPENDED: HTTPStatus.CONFLICT,
    Code.NO_SUCH_INVITATION: HTTPStatus.NOT_FOUND,
    Code.NO_SUCH_BAN: HTTPStatus.NOT_FOUND,
    Code.OWN_BAN: HTTPStatus.CONFLICT,
    Code.TOO_WIDE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.INVALID_MASK: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.NO_SUCH_REPORT: HTTPStatus.NOT_FOUND,
    Code.OWN_MESSAGE: HTTPStatus.CONFLICT,
    Code.NO_SUCH_INVITE: HTTPStatus.NOT_FOUND,
    Code.NO_SUCH_BOT: HTTPStatus.NOT_FOUND,
    Code.NOT_WELCOME: HTTPStatus.FORBIDDEN,
    Code.RELAY_FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.OUTSIDE_SCOPE: HTTPStatus.FORBIDDEN,
    Code.NO_SUCH_TOKEN: HTTPStatus.NOT_FOUND,
    Code.NO_SUCH_HOOK: HTTPStatus.NOT_FOUND,
    Code.FILES_OFF: HTTPStatus.FORBIDDEN,
    Code.NO_SUCH_FILE: HTTPStatus.NOT_FOUND,
    Code.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Code.QUOTA: HTTPStatus.INSUFFICIENT_STORAGE,
    Code.NO_SPACE: HTTPStatus.INSUFFICIENT_STORAGE,
    Code.NO_EXPORT: HTTPStatus.NOT_FOUND,
    Code.INVALID_REACTION: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.TOO_MANY_REACTIONS: HTTPStatus.CONFLICT,
    Code.NO_SUCH_MESSAGE: HTTPStatus.NOT_FOUND,
    Code.REDACT_FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.REDACT_WINDOW_EXPIRED: HTTPStatus.FORBIDDEN,
    Code.EDIT_FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.EDIT_WINDOW_EXPIRED: HTTPStatus.FORBIDDEN,
    Code.TOO_MANY_EDITS: HTTPStatus.CONFLICT,
    Code.RELAY_FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.INVALID_TEXT: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.KEY_REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.BUSY: HTTPStatus.TOO_MANY_REQUESTS,
    Code.NOT_STORED: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The status of each error; tests/api/test_errors.py holds it complete."""
OWN_CODES: Mapping[str, HTTPStatus] = {
    "invalid-json": HTTPStatus.BAD_REQUEST,
    "invalid-request": HTTPStatus.UNPROCESSABLE_ENTITY,
    "form": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "encoded": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "part": HTTPStatus.BAD_REQUEST,
    "empty-file": HTTPStatus.BAD_REQUEST,
    "no-thumbnail": HTTPStatus.NOT_FOUND,
    "content-missing": HTTPStatus.INTERNAL_SERVER_ERROR,
    "too-fast": HTTPStatus.TOO_MANY_REQUESTS,
    "too-many-streams": HTTPStatus.TOO_MANY_REQUESTS,
}
"""The codes of what is wrong with a request before the chat is asked."""


def status_of(code: Code) -> HTTPStatus:
    return _STATUS.get(code, HTTPStatus.INTERNAL_SERVER_ERROR)


def problem(error: ChatError, *, browser: bool = True) -> HttpError:
    """The answer to a refusal. `browser`: a browser would ask people for a password if it were offered Basic."""
    status = status_of(error.code)
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = BEARER if browser else f"{BEARER}, {BASIC}"
    elif status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = _SOON
    about = {"about": error.about} if error.about else {}
    return _problem(status, error.code.value, error.text, headers, **about)


def own_problem(code: str, detail: str, headers: Mapping[str, str] | None = None, **members: Any) -> HttpError:
    """The answer to a request that is refused before the chat is asked; see OWN_CODES."""
    return _problem(OWN_CODES[code], code, detail, headers, **members)


def _problem(
    status: HTTPStatus, code: str, detail: str, headers: Mapping[str, str] | None, **members: Any
) -> HttpError:
    title = code.replace("-", " ").capitalize().replace("json", "JSON")
    return HttpError(status, title, detail, headers, code=code, **members)
