"""GitHub's webhooks. Spec: https://docs.github.com/en/webhooks/webhook-events-and-payloads.

A push tells of branches and tags that come and go, so the events `create` and `delete`, which tell it again, say
nothing. A run of a workflow is told when it is complete; its checks say nothing.
"""

from __future__ import annotations

from chatstore.webhooks.payloads import forge
from chatstore.webhooks.payloads.fields import Fields
from chatstore.webhooks.payloads.format import Format, Headers, Said, hex_hmac, same

_EVENT = "x-github-event"
_SIGNATURE = "x-hub-signature-256"
_RESULTS = {
    "success": "succeeded",
    "failure": "failed",
    "cancelled": "was cancelled",
    "timed_out": "timed out",
    "action_required": "needs somebody to act",
    "startup_failure": "could not start",
}


def recognises(headers: Headers, _data: Fields) -> bool:
    return _EVENT in headers


def read(headers: Headers, data: Fields) -> list[Said]:
    reader = _READERS.get(headers.get(_EVENT, ""))
    return reader(data) if reader is not None else []


def _review(data: Fields) -> list[Said]:
    if data["action"] != "submitted":
        return []
    given = data["review"]
    return forge.review(data, given["state"].raw.lower(), given["body"], given["html_url"].url)


def _workflow(data: Fields) -> list[Said]:
    run = data["workflow_run"]
    result = _RESULTS.get(run["conclusion"].raw)
    if data["action"] != "completed" or result is None:
        return []
    where = f"{run['name'].short(100)} {result} on {run['head_branch'].short(100)}"
    commit = f"({run['head_sha'].short(40)[:7]})" if run["head_sha"] else ""
    return forge.said(forge.repository(data), where, commit, run["html_url"].url)


def _discussion(data: Fields) -> list[Said]:
    subject = data["discussion"]
    if data["action"] != "created":
        return []
    where, by = forge.repository(data), forge.who(data["sender"])
    if data["comment"]:
        on = f"commented on the discussion {subject['title'].short(100)}:"
        return forge.said(where, by, on, data["comment"]["body"].first, data["comment"]["html_url"].url)
    return forge.said(where, by, f"began the discussion {subject['title'].line}", subject["html_url"].url)


def _deployment(data: Fields) -> list[Said]:
    status, deployment = data["deployment_status"], data["deployment"]
    result = {"success": "succeeded", "failure": "failed", "error": "failed"}.get(status["state"].raw)
    if result is None:
        return []
    what = f"the deployment of {deployment['ref'].short(100)} to {deployment['environment'].short(100)} {result}"
    url = status["environment_url"].url or status["log_url"].url or status["target_url"].url
    return forge.said(forge.repository(data), what, url)


_READERS: dict[str, forge.Reader] = {
    **forge.COMMON,
    "pull_request_review": _review,
    "pull_request_review_comment": forge.comment,
    "workflow_run": _workflow,
    "discussion": _discussion,
    "discussion_comment": _discussion,
    "deployment_status": _deployment,
}


def signed(headers: Headers, body: bytes, secret: str) -> bool | None:
    given = headers.get(_SIGNATURE)
    return same(given, "sha256=" + hex_hmac(secret, body)) if given is not None else None


FORMAT = Format(
    "github",
    recognises,
    read,
    signed,
    lambda headers, _data: headers.get(_EVENT, ""),
    ("x-github-delivery",),
    lambda headers, _data: headers.get(_EVENT) == "ping",
)
