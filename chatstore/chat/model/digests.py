"""What stands for a secret or a long text where it is stored."""

from __future__ import annotations

import hashlib


def digest_of(text: str) -> str:
    """The SHA-256 of a text, in lower-case hex. It hides a token or a code, which nobody can guess; it would not
    hide a password. Of a URL it is what an index can take, whose texts may not be long."""
    return hashlib.sha256(text.encode()).hexdigest()
