"""What a push message looks like on its way: encrypted for the client, signed for its push service.

Specs: RFC 8291 (the keys), RFC 8188 (aes128gcm: one record), RFC 8292 (VAPID: a token of RFC 7519, ES256). The
arithmetic is `cryptography`'s.
"""

from __future__ import annotations

import json
import os
import struct
import threading
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chatstore.chat.model.push import PushKey, decoded, encoded
from chatstore.push.payload import RECORD

_TOKEN_SECONDS = 12 * 3600
"""How long a token holds: at most 24 hours (RFC 8292 section 2)."""
_MOST_TOKENS = 1_000
_CURVE = ec.SECP256R1()


def encrypt(
    payload: bytes, p256dh: str, auth: str, *, salt: bytes = b"", private: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    """Encrypt a payload for a subscription's keys (base64url). Raises ValueError if the public key is no
    point of the curve. `salt` and `private` are random, except in tests."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, client := decoded(p256dh))
    ours = private or ec.generate_private_key(_CURVE)
    salt = salt or os.urandom(16)
    point = ours.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    shared = ours.exchange(ec.ECDH(), theirs)
    keyed = _derived(shared, decoded(auth), b"WebPush: info\0" + client + point, 32)
    key = _derived(keyed, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(keyed, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(key).encrypt(nonce, payload + b"\2", None)  # 2: the last record
    return salt + struct.pack("!IB", RECORD, len(point)) + point + sealed


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


class Vapid:
    """Proves to push services that a message is this server's. Any thread may use it."""

    def __init__(self, key: PushKey, contact: Callable[[], str]) -> None:
        """`contact` returns where push services may write to now; empty for nowhere."""
        private = serialization.load_der_private_key(decoded(key.private), None)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        self._private, self._public = private, key.public
        self._contact = contact
        self._tokens: dict[tuple[str, str], tuple[str, float]] = {}
        """By the origin and the contact, with the time at which each expires."""
        self._lock = threading.Lock()

    def authorization(self, origin: str, now: float) -> str:
        """The Authorization header for a push service, by its origin. `now`: seconds since 1970 UTC."""
        with self._lock:
            about = origin, self._contact()
            token, expires = self._tokens.get(about, ("", 0.0))
            if expires - now < _TOKEN_SECONDS / 2 or expires - now > 2 * _TOKEN_SECONDS:
                expires = now + _TOKEN_SECONDS
                token = self._token(*about, int(expires))
                if len(self._tokens) >= _MOST_TOKENS:
                    self._tokens.clear()
                self._tokens[about] = token, expires
        return f"vapid t={token}, k={self._public}"

    def _token(self, origin: str, contact: str, expires: int) -> str:
        claims = {"aud": origin, "exp": expires, **({"sub": contact} if contact else {})}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
        r, s = decode_dss_signature(self._private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
