"""SASL as pure steps: the client's chunks in, a complete response out, mechanisms that read it.

Spec: IRCv3 sasl-3.1 and 3.2 ("The AUTHENTICATE Command": base64 in chunks of 400, `+` for an empty one or
after an exact multiple, `*` to abort), RFC 4616 (PLAIN), RFC 4422 appendix A (EXTERNAL).
"""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from chatstore.chat.model.names import same_person

CHUNK = 400
LONGEST = 4 * CHUNK
"""Bytes of base64 of a whole response; longer ones are 905."""
MECHANISMS = ("PLAIN", "EXTERNAL")


class TooLongError(ValueError):
    """A chunk over 400 bytes, or a response over LONGEST."""


class BadResponseError(ValueError):
    """Not base64, or not what the mechanism wants."""


class Credentials(NamedTuple):
    name: str
    password: str


class Response:
    """Gathers the chunks of one response."""

    def __init__(self) -> None:
        self._text = ""

    def feed(self, chunk: str) -> bytes | None:
        """The decoded response when this chunk ends it, None when more is to come. Raises TooLongError,
        BadResponseError."""
        if len(chunk) > CHUNK:
            raise TooLongError("a chunk has at most 400 bytes")
        if chunk != "+":
            self._text += chunk
        if len(self._text) > LONGEST:
            raise TooLongError("the response is too long")
        if len(chunk) == CHUNK:
            return None
        try:
            return base64.b64decode(self._text, validate=True)
        except (binascii.Error, ValueError):
            raise BadResponseError("not base64") from None


def external(response: bytes) -> str:
    """RFC 4422 appendix A: the authzid in UTF-8, empty for whoever the certificate belongs to."""
    try:
        authzid = response.decode("utf-8")
    except ValueError:
        raise BadResponseError("not an EXTERNAL response") from None
    if "\0" in authzid:
        raise BadResponseError("not an EXTERNAL response")
    return authzid


def plain(response: bytes) -> Credentials:
    """RFC 4616 section 2: [authzid] NUL authcid NUL passwd, in UTF-8. Acting for somebody else is refused."""
    try:
        authzid, authcid, password = response.decode("utf-8").split("\0")
    except ValueError:
        raise BadResponseError("not a PLAIN response") from None
    if not authcid or (authzid and authzid != authcid and not same_person(authzid, authcid)):
        raise BadResponseError("not a PLAIN response")
    return Credentials(authcid, password)
