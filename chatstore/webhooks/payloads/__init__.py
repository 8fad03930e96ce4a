"""What other programs send to an incoming webhook, as readable messages. A file for each format; everything here is
pure: headers and a body in, texts out.

What was sent may be hostile, and so may the words of strangers in it (a branch's name, the title of an issue). So
values are read by Fields, which knows no errors, and texts are cleaned by texts.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from chatstore.webhooks.payloads import alertmanager, gitea, github, gitlab, grafana, slack
from chatstore.webhooks.payloads.fields import Fields, PayloadError, parsed
from chatstore.webhooks.payloads.format import Format, Headers, Said, same

__all__ = ["FORMATS", "PayloadError", "Read", "Said", "SignatureError", "read_payload"]

FORMATS = tuple(module.FORMAT for module in (gitea, github, gitlab, grafana, alertmanager, slack))
"""In the order in which they are asked whether a payload is theirs."""
_FORM = "application/x-www-form-urlencoded"
_MAX_ID = 200


class SignatureError(Exception):
    """The hook has a secret, and what was sent is not signed with it. The text is a sentence for who sends it."""


@dataclass(frozen=True)
class Read:
    """What a payload says: nothing, if it is an event that says nothing here, or a `ping`. `delivery`: a digest
    of the id that its sender gave it, or empty."""

    format: str
    event: str
    said: Sequence[Said]
    delivery: str = ""
    ping: bool = False


def read_payload(headers: Headers, body: bytes, secret: str = "") -> Read:
    """What a request says. Raises PayloadError, and SignatureError if there is a secret and the request is not
    signed with it."""
    data = _data(headers, body)
    format_ = next((each for each in FORMATS if each.recognises(headers, data)), None)
    if secret:
        _check(format_, headers, body, secret)
    if format_ is None:
        raise PayloadError('no known payload: send JSON with a text, such as {"text": "hello"}')
    return Read(
        format_.name,
        Fields(format_.event(headers, data)).short(60),
        format_.read(headers, data),
        _delivery(format_, headers),
        format_.is_ping(headers, data),
    )


def _data(headers: Headers, body: bytes) -> Fields:
    """The JSON of a request: its body, or the field `payload` of a form."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return parsed(body)
    if body.lstrip()[:1] == b"{":  # curl -d says that it is a form
        return parsed(body)
    try:
        form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        raise PayloadError("the form has too many fields") from None
    given = form.get("payload", [""])[0]
    if not given:
        raise PayloadError("the form has no field payload with JSON")
    return parsed(given)


def _check(format_: Format | None, headers: Headers, body: bytes, secret: str) -> None:
    """Raise SignatureError if a request is not signed with the secret: in the way of its format, or by
    `Authorization: Bearer secret`, which every program can send."""
    right = format_.signed(headers, body, secret) if format_ is not None else None
    given = headers.get("authorization", "")
    if right is None and given[:7].lower() == "bearer ":
        right = same(given[7:].strip(), secret)
    if right is None:
        raise SignatureError("this webhook has a secret: sign with it, or send it as Authorization: Bearer")
    if not right:
        raise SignatureError("the signature or token was made with another secret")


def _delivery(format_: Format, headers: Headers) -> str:
    given = next((headers[name] for name in format_.delivery if headers.get(name)), "")
    if not given or len(given) > _MAX_ID:
        return ""
    return hashlib.sha256(f"{format_.name} {given}".encode("utf-8", "replace")).hexdigest()
