"""Passwords: prepared, hashed, verified. Slow on purpose; never called from an I/O thread or the writer.

Preparation is PRECIS OpaqueString (RFC 8265 section 4.2: NFC, any space is a space, no control characters).
bcrypt reads at most 72 bytes, so a longer password goes through SHA-256 and base64 first, and the stored
text says which of the two it was: `bcrypt:$2b$...` or `sha256+bcrypt:$2b$...`.
"""

from __future__ import annotations

import base64
import hashlib

import bcrypt
from precis_i18n import get_profile

from chatstore.chat.errors import ChatError, Code
from chatstore.chat.invitations import code_in
from chatstore.chat.tokens import is_token

LONGEST = 1024
"""The longest password, in bytes of UTF-8 after preparation."""

_OPAQUE = get_profile("OpaqueString")
_PLAIN, _DIGESTED = "bcrypt:", "sha256+bcrypt:"
_BCRYPT_READS = 72


def hash_password(password: str, cost: int) -> str:
    """The text to store for a password; raises ChatError(BAD_PASSWORD) for one that can't be taken."""
    if is_token(password) or code_in(password):  # either would be taken for what it looks like
        raise ChatError(Code.BAD_PASSWORD, "a password can't look like a token or an invitation")
    prepared = _prepare(password)
    scheme = _DIGESTED if len(prepared) > _BCRYPT_READS else _PLAIN
    return scheme + bcrypt.hashpw(_input(prepared), bcrypt.gensalt(cost)).decode("ascii")


def verify_password(password: str, stored: str) -> bool:
    """Whether the password is the one that `stored` was made from; takes the time of one hash."""
    scheme, _, hashed = stored.partition("$")
    try:
        prepared = _prepare(password)
    except ChatError:
        prepared, scheme = b"\0", ""  # hash all the same: the time taken must not tell
    expected = _DIGESTED if len(prepared) > _BCRYPT_READS else _PLAIN
    matches = bcrypt.checkpw(_input(prepared).replace(b"\0", b"?"), b"$" + hashed.encode("ascii"))
    return matches and scheme == expected


def _prepare(password: str) -> bytes:
    if not password:
        raise ChatError(Code.BAD_PASSWORD, "a password can't be empty")
    if len(password) > LONGEST:
        raise ChatError(Code.BAD_PASSWORD, f"a password has at most {LONGEST} bytes")
    try:
        prepared: bytes = _OPAQUE.enforce(password).encode("utf-8")
    except UnicodeEncodeError:
        raise ChatError(Code.BAD_PASSWORD, "a password can't contain control characters") from None
    if len(prepared) > LONGEST:
        raise ChatError(Code.BAD_PASSWORD, f"a password has at most {LONGEST} bytes")
    return prepared


def _input(prepared: bytes) -> bytes:
    if len(prepared) <= _BCRYPT_READS:
        return prepared
    return base64.b64encode(hashlib.sha256(prepared).digest())
