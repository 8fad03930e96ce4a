"""How outgoing webhooks are signed. Spec: Standard Webhooks
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md), symmetric
signatures."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from chatstore.chat.model.hooks import SECRET_PREFIX


def signed_headers(secret: str, message_id: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a request. `message_id` stays the same when it is sent again; `at`: seconds since 1970
    UTC."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{signature(secret, message_id, at, body)}",
    }


def signature(secret: str, message_id: str, at: int, body: bytes) -> str:
    """HMAC-SHA256 in base64 over `id.timestamp.body`."""
    made = hmac.new(_key(secret), f"{message_id}.{at}.".encode() + body, hashlib.sha256)
    return base64.b64encode(made.digest()).decode()


def _key(secret: str) -> bytes:
    """The bytes of a secret: base64 after the prefix, or else the text itself."""
    if secret.startswith(SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
