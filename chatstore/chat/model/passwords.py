"""Passwords: prepares, hashes and verifies them. It is slow on purpose; never call it in an I/O thread or the
writer.

Preparation is PRECIS OpaqueString (RFC 8265 section 4.2: NFC, any space is a space, no control characters).
bcrypt reads at most 72 bytes, so a longer password goes through SHA-256 and base64 first. The stored text
says which: `bcrypt:$2b$...` or `sha256+bcrypt:$2b$...`.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import bcrypt
from precis_i18n import get_profile

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.invitations import code_in
from chatstore.chat.model.tokens import is_token

MAX_BYTES = 1024
"""The longest password, in bytes of UTF-8 after preparation."""

_LOOKED_AT = 40
"""How many characters of a password are judged. The time for that grows with the square of the length, and a
password with so many good characters is strong enough."""
PASSWORDS_NEED_TLS = "passwords are accepted over TLS only, because others could read them"
_ADVICE = "take three or four words that have nothing to do with each other"
_WHY = {
    "dictionary": "it is close to a single word or name",
    "spatial": "it follows the keys of the keyboard",
    "repeat": "it repeats itself",
    "sequence": "it is a sequence",
    "regex": "it is a year",
    "date": "it is a date",
}
"""By the pattern that zxcvbn finds in most of a password."""

_OPAQUE = get_profile("OpaqueString")
_PLAIN, _DIGESTED = "bcrypt:", "sha256+bcrypt:"
_BCRYPT_READS = 72
NOBODYS = f"{_PLAIN}$2b$12${'.' * 53}"
"""What is stored for an account whose password nobody knows: no password was hashed to it."""


@dataclass(frozen=True)
class Passwords:
    """The rules for new passwords. `length` is the least number of characters; `strength` the least score of
    zxcvbn, from 0 (anything) to 4."""

    length: int = 8
    strength: int = 2


def required_strong(password: str, wanted: Passwords, *known: str) -> None:
    """Raise WEAK_PASSWORD if a new password is too short or too easy to guess: a common one, a pattern, or a
    word that everybody knows of this person (`known`), such as the account's name."""
    if is_token(password) or code_in(password) or not password or len(password) > MAX_BYTES:
        return  # hash_password says what is wrong with it
    if len(password) < wanted.length:
        raise ChatError(Code.WEAK_PASSWORD, f"a password has at least {wanted.length} characters")
    if not wanted.strength:
        return
    from zxcvbn import zxcvbn  # it takes 65 ms and 14 MB, so import it only for setting passwords

    found = zxcvbn(password[:_LOOKED_AT], user_inputs=[*known, "chatstore"])
    if found["score"] < wanted.strength:
        own = any(word.casefold() in password.casefold() for word in known)
        most = max(found["sequence"], key=lambda match: len(match["token"]))
        why = "it is made of the account's name" if own else _WHY.get(most["pattern"], "it is too short")
        if not own and most.get("dictionary_name") == "passwords":
            why = "many people use it, or one like it"
        raise ChatError(Code.WEAK_PASSWORD, f"that password is too easy to guess: {why}; {_ADVICE}")


def required_possible(password: str) -> bytes:
    """A password as it is hashed; BAD_PASSWORD for a text that can't be one."""
    if is_token(password) or code_in(password):  # either would be taken for what it looks like
        raise ChatError(Code.BAD_PASSWORD, "a password can't look like a token or an invitation")
    return _prepare(password)


def hash_password(password: str, cost: int) -> str:
    """The text to store for a password. Raises BAD_PASSWORD if the password is not acceptable."""
    prepared = required_possible(password)
    scheme = _DIGESTED if len(prepared) > _BCRYPT_READS else _PLAIN
    return scheme + bcrypt.hashpw(_input(prepared), bcrypt.gensalt(cost)).decode("ascii")


def verify_password(password: str, stored: str) -> bool:
    """Whether `stored` was made from this password. It takes the time of one hash, whatever the answer is."""
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
    if len(password) > MAX_BYTES:
        raise ChatError(Code.BAD_PASSWORD, f"a password has at most {MAX_BYTES} bytes")
    try:
        prepared: bytes = _OPAQUE.enforce(password).encode("utf-8")
    except UnicodeEncodeError:
        raise ChatError(Code.BAD_PASSWORD, "a password can't contain control characters") from None
    if len(prepared) > MAX_BYTES:
        raise ChatError(Code.BAD_PASSWORD, f"a password has at most {MAX_BYTES} bytes")
    return prepared


def _input(prepared: bytes) -> bytes:
    if len(prepared) <= _BCRYPT_READS:
        return prepared
    return base64.b64encode(hashlib.sha256(prepared).digest())
