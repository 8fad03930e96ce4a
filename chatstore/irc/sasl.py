"""SASL without I/O: collects a client's chunks into a response, and reads the responses of the mechanisms.

Spec: IRCv3 sasl-3.1 and 3.2 ("The AUTHENTICATE Command": base64 in chunks of 400 bytes, `+` for an empty
chunk or after an exact multiple, `*` to abort), RFC 4616 (PLAIN), RFC 4422 appendix A (EXTERNAL).
"""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from chatstore.chat.model.names import same_person

CHUNK = 400
MAX_RESPONSE = 4 * CHUNK
"""Bytes of base64 in a whole response. A longer one gets 905."""
MECHANISMS = ("PLAIN", "EXTERNAL")


class TooLongError(ValueError):
    """A chunk is longer than CHUNK, or a response is longer than MAX_RESPONSE."""


class BadResponseError(ValueError):
    """The response is not base64, or not what the mechanism expects."""


class Credentials(NamedTuple):
    """The account name and the password of a PLAIN response."""

    name: str
    password: str


class Response:
    """Collects the chunks of one response."""

    __slots__ = ("_text",)

    def __init__(self) -> None:
        self._text = ""

    def feed(self, chunk: str) -> bytes | None:
        """Add a chunk. Returns the decoded response if the chunk is its last, otherwise None. Raises
        TooLongError and BadResponseError."""
        if len(chunk) > CHUNK:
            raise TooLongError("a chunk has at most 400 bytes")
        if chunk != "+":
            self._text += chunk
        if len(self._text) > MAX_RESPONSE:
            raise TooLongError("the response is too long")
        if len(chunk) == CHUNK:
            return None
        try:
            return base64.b64decode(self._text, validate=True)
        except (binascii.Error, ValueError):
            raise BadResponseError("not base64") from None


def external(response: bytes) -> str:
    """Return the authzid of an EXTERNAL response (RFC 4422 appendix A); empty for the certificate's own
    account.

    Raises BadResponseError.
    """
    try:
        authzid = response.decode("utf-8")
    except ValueError:
        raise BadResponseError("not an EXTERNAL response") from None
    if "\0" in authzid:
        raise BadResponseError("not an EXTERNAL response")
    return authzid


def plain(response: bytes) -> Credentials:
    """Read a PLAIN response (RFC 4616 section 2): [authzid] NUL authcid NUL passwd, in UTF-8.

    Raises BadResponseError, also if the client wants to act for somebody else.
    """
    try:
        authzid, authcid, password = response.decode("utf-8").split("\0")
    except ValueError:
        raise BadResponseError("not a PLAIN response") from None
    if not authcid or (authzid and authzid != authcid and not same_person(authzid, authcid)):
        raise BadResponseError("not a PLAIN response")
    return Credentials(authcid, password)
