"""The key by which push services know this server. Spec: RFC 8292 section 3.2."""

from __future__ import annotations

from chatstore.chat.model.push import PushKey, encoded


def new_key() -> PushKey:
    """Make a key."""
    # Loaded here, because it is needed at the very first start only.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    point = serialization.PublicFormat.UncompressedPoint
    return PushKey(encoded(private), encoded(key.public_key().public_bytes(serialization.Encoding.X962, point)))
