"""Gitea's, Forgejo's and Gogs' webhooks, which tell most things as GitHub does.

Specs: https://docs.gitea.com/usage/webhooks, https://forgejo.org/docs/latest/user/webhooks/. They send GitHub's
headers as well, so this is asked before that.
"""

from __future__ import annotations

from chatstore.webhooks.payloads import forge
from chatstore.webhooks.payloads.fields import Fields
from chatstore.webhooks.payloads.format import Format, Headers, Said, hex_hmac, same

_NAMES = ("forgejo", "gitea", "gogs")
_REVIEWS = {
    "pull_request_review_approved": "approved",
    "pull_request_review_rejected": "changes_requested",
    "pull_request_approved": "approved",
    "pull_request_rejected": "changes_requested",
}


def recognises(headers: Headers, _data: Fields) -> bool:
    return any(f"x-{name}-event" in headers for name in _NAMES)


def event(headers: Headers, _data: Fields | None = None) -> str:
    return next((headers[key] for name in _NAMES if (key := f"x-{name}-event") in headers), "")


def read(headers: Headers, data: Fields) -> list[Said]:
    if data["action"] == "reviewed":
        given = data["review"]
        state = _REVIEWS.get(given["type"].raw) or _REVIEWS.get(event(headers), "commented")
        return forge.review(data, state, given["content"], data["pull_request"]["html_url"].url)
    reader = _READERS.get(event(headers))
    return reader(data) if reader is not None else []


def _wiki(data: Fields) -> list[Said]:
    did = {"created": "wrote", "edited": "changed", "deleted": "removed"}.get(data["action"].raw)
    if did is None:
        return []
    return forge.said(forge.repository(data), forge.who(data["sender"]), did, "the page", data["page"].line)


_READERS: dict[str, forge.Reader] = {
    **forge.COMMON,
    "pull_request_comment": forge.comment,
    "wiki": _wiki,
}


def signed(headers: Headers, body: bytes, secret: str) -> bool | None:
    for name in _NAMES:
        given = headers.get(f"x-{name}-signature")
        if given is not None:
            return same(given, hex_hmac(secret, body))
    return None


FORMAT = Format(
    "gitea", recognises, read, signed, event, ("x-forgejo-delivery", "x-gitea-delivery", "x-gogs-delivery")
)
