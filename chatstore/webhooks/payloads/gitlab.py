"""GitLab's webhooks. Spec: https://docs.gitlab.com/user/project/integrations/webhook_events/."""

from __future__ import annotations

from chatstore.webhooks.payloads import forge
from chatstore.webhooks.payloads.fields import Fields
from chatstore.webhooks.payloads.format import Format, Headers, Said, same

_EVENT = "x-gitlab-event"
_NOTHING = "0" * 40
_DID = {
    "open": "opened",
    "close": "closed",
    "reopen": "reopened",
    "merge": "merged",
    "approved": "approved",
}


def recognises(headers: Headers, _data: Fields) -> bool:
    return _EVENT in headers


def read(_headers: Headers, data: Fields) -> list[Said]:
    reader = _READERS.get(data["object_kind"].raw)
    return reader(data) if reader is not None else []


def _where(data: Fields) -> str:
    return data["project"]["path_with_namespace"].short(100) or data["project"]["name"].short(100)


def _who(data: Fields) -> str:
    given = data["user_username"].short(60) or data["user"]["username"].short(60)
    return given or data["user_name"].short(60) or data["user"]["name"].short(60) or "somebody"


def _push(data: Fields) -> list[Said]:
    kind, name = forge.ref_of(data["ref"].raw)
    if data["after"] == _NOTHING:
        return forge.said(_where(data), _who(data), "removed the", kind, name)
    commits = data["commits"].items
    page = data["project"]["web_url"].url
    new = data["before"] == _NOTHING
    if kind == "tag" or (new and not commits):
        return forge.said(_where(data), _who(data), "made the", kind, name)
    if not commits:
        return []
    count = max(len(commits), data["total_commits_count"].number)
    link = f"{page}/-/compare/{data['before'].short(40)}...{data['after'].short(40)}" if page and not new else page
    what = f"pushed {count} commit{'' if count == 1 else 's'} to {'the new branch ' if new else ''}{name}"
    newest = commits[::-1]  # GitLab has the newest last
    return forge.said(_where(data), _who(data), what, link, more=forge.commit_lines(newest, count))


def _issue(data: Fields) -> list[Said]:
    given = data["object_attributes"]
    did = _DID.get(given["action"].raw)
    if did is None or given["confidential"] == True:  # noqa: E712 - any other value is not true
        return []
    kind = given["type"].short(40).lower() or "issue"
    title = f"{did} {kind} #{given['iid'].number}: {given['title'].line}"
    return forge.said(_where(data), _who(data), title, given["url"].url)


def _merge_request(data: Fields) -> list[Said]:
    given = data["object_attributes"]
    did = _DID.get(given["action"].raw)
    if did is None:
        return []
    title = f"{did} merge request !{given['iid'].number}: {given['title'].line}"
    return forge.said(_where(data), _who(data), title, given["url"].url)


def _note(data: Fields) -> list[Said]:
    given = data["object_attributes"]
    if given["system"] == True or given["action"] == "update" or data["event_type"] == "confidential_note":  # noqa: E712
        return []
    request, issue, commit = data["merge_request"], data["issue"], data["commit"]
    on = "a snippet"
    if request:
        on = f"merge request !{request['iid'].number} ({request['title'].short(100)})"
    elif issue:
        on = f"issue #{issue['iid'].number} ({issue['title'].short(100)})"
    elif commit:
        on = f"commit {commit['id'].short(40)[:7]}"
    return forge.said(_where(data), _who(data), f"commented on {on}:", given["note"].first, given["url"].url)


def _pipeline(data: Fields) -> list[Said]:
    given = data["object_attributes"]
    result = {"success": "succeeded", "failed": "failed", "canceled": "was cancelled"}.get(given["status"].raw)
    if result is None:
        return []
    page = data["project"]["web_url"].url
    url = given["url"].url or (f"{page}/-/pipelines/{given['id'].number}" if page else "")
    what = f"pipeline #{given['id'].number} {result} on {given['ref'].short(100)}"
    commit = f"({given['sha'].short(40)[:7]})" if given["sha"] else ""
    return forge.said(_where(data), what, commit, url)


def _release(data: Fields) -> list[Said]:
    if data["action"] != "create":
        return []
    tag, name = data["tag"].short(100), data["name"].short(100)
    title = f"{tag} ({name})" if name and name != tag else tag
    return forge.said(_where(data), f"released {title}", data["url"].url)


def _wiki(data: Fields) -> list[Said]:
    given = data["object_attributes"]
    did = {"create": "wrote", "update": "changed", "delete": "removed"}.get(given["action"].raw)
    if did is None:
        return []
    return forge.said(_where(data), _who(data), f"{did} the page {given['title'].line}", given["url"].url)


def _deployment(data: Fields) -> list[Said]:
    result = {"success": "succeeded", "failed": "failed"}.get(data["status"].raw)
    if result is None:
        return []
    what = f"the deployment of {data['ref'].short(100)} to {data['environment'].short(100)} {result}"
    return forge.said(_where(data), what, data["environment_external_url"].url or data["deployable_url"].url)


_READERS: dict[str, forge.Reader] = {
    "push": _push,
    "tag_push": _push,
    "issue": _issue,
    "work_item": _issue,
    "merge_request": _merge_request,
    "note": _note,
    "pipeline": _pipeline,
    "release": _release,
    "wiki_page": _wiki,
    "deployment": _deployment,
}


def signed(headers: Headers, _body: bytes, secret: str) -> bool | None:
    """GitLab sends the secret itself."""
    given = headers.get("x-gitlab-token")
    return same(given, secret) if given is not None else None


FORMAT = Format(
    "gitlab", recognises, read, signed, lambda _headers, data: data["object_kind"].short(60), ("idempotency-key",)
)
