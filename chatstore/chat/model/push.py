"""Push subscriptions: where a browser or a phone is told of messages while its client is not connected.

Spec: RFC 8030 (the endpoint), RFC 8291 section 3.2 (its keys), soju.im/webpush (how a client registers one).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from chatstore.chat.model.actors import Actor

MOST_SUBSCRIPTIONS = 10
"""The most subscriptions of one account. One more takes the place of the one that was registered longest
ago."""
MAX_ENDPOINT = 1024
"""Characters of an endpoint's URL."""
_POINT, _AUTH = 65, 16
"""Bytes of an uncompressed point of P-256, and of the authentication secret."""


@dataclass(frozen=True)
class Subscription:
    """A subscription as it is stored. `service`: the origin of the endpoint. `p256dh`, `auth`: the client's
    keys, base64url. `switches`: the fields of the renderer that its client had, separated by spaces. `token`,
    `certificate`: what the session that registered it had logged in by. `epoch`: of the account's password
    then. `address`: where that was. `active_at`: when the account was last active, as far as servers have
    noted it. Times are ms since 1970 UTC."""

    id: int
    account_id: int
    service: str
    endpoint: str
    digest: str
    p256dh: str
    auth: str
    switches: str
    token_id: int | None
    certificate: str
    epoch: int
    address: str
    registered_at: int
    active_at: int


@dataclass(frozen=True)
class Subscriber:
    """An account that has subscriptions."""

    actor: Actor
    subscriptions: Sequence[Subscription]


@dataclass(frozen=True)
class PushKey:
    """The key by which push services know this server (VAPID, RFC 8292). `private`: a PKCS #8 key, base64url
    of its DER. `public`: the uncompressed point, base64url."""

    private: str
    public: str


def decoded(text: str) -> bytes:
    """What a base64url text has, with or without padding. Raises ValueError."""
    if len(text) > 200 or not text.isascii() or set(text) & set("+/ \r\n"):
        raise ValueError("not base64url")
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars="-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def encoded(data: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def are_keys(p256dh: str, auth: str) -> bool:
    """Whether texts have the form of a client's keys. Whether the point is on the curve, the sender finds
    out."""
    try:
        point, secret = decoded(p256dh), decoded(auth)
    except ValueError:
        return False
    return len(point) == _POINT and point[0] == 4 and len(secret) == _AUTH
