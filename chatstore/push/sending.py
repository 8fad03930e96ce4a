"""One request to a push service, and what its answer means. Spec: RFC 8030 sections 5 to 8."""

from __future__ import annotations

from collections.abc import Callable

from chatstore.chat.rules.policy import Push
from chatstore.net.fetching import FetchError, Limits, fetch
from chatstore.net.retrying import retry_after
from chatstore.push.encryption import Vapid, encrypt
from chatstore.push.lanes import Message, Outcome
from chatstore.urls import Networks, UrlError, read_url

_LIMITS = Limits(bytes=4096, seconds=10.0, redirects=0, cut=True)
_SECONDS_AN_HOUR = 3600


class Sender:
    """Sends one message after the other, in the threads of the lanes. `policy` returns the settings that hold now;
    `clock` seconds since 1970 UTC."""

    def __init__(
        self,
        vapid: Vapid,
        policy: Callable[[], Push],
        clock: Callable[[], float],
    ) -> None:
        self._vapid, self._policy, self._clock = vapid, policy, clock

    def __call__(self, message: Message) -> Outcome:
        """Send a message."""
        subscription, policy = message.subscription, self._policy()
        try:
            body = encrypt(message.payload, subscription.p256dh, subscription.auth)
        except ValueError:
            return Outcome("gone", why="the client's key is no point of the curve")
        headers = {
            "TTL": str(policy.keep_hours * _SECONDS_AN_HOUR),
            "Urgency": "high" if message.urgent else "low",
            "Topic": message.topic,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Authorization": self._vapid.authorization(subscription.service, self._clock()),
        }
        try:
            allowed = Networks(policy.allowed)
            url = read_url(subscription.endpoint, allowed)
            if not url.secure and url.address is None:
                return Outcome("gone", why="the endpoint has no TLS")
            fetched = fetch(
                subscription.endpoint,
                method="POST",
                headers=headers,
                body=body,
                limits=_LIMITS,
                allowed=allowed,
            )
        except FetchError as error:
            return Outcome("gone" if error.lasting else "failed", why=error.sentence)
        except UrlError as error:
            return Outcome("gone", why=error.sentence)
        return _meaning(fetched.status, retry_after(fetched.headers.get("retry-after"), self._clock()))


def _meaning(status: int, wait: float | None) -> Outcome:
    """What a status says of a message."""
    why = f"its answer was {status}"
    if 200 <= status < 300:
        return Outcome("sent")
    if status in (404, 410):
        return Outcome("gone", why=why)
    if status == 413:
        return Outcome("too large", why=why)
    if status == 429:
        return Outcome("slower", wait, why)
    if status >= 500:
        return Outcome("failed", wait, why)
    return Outcome("refused", why=why)
