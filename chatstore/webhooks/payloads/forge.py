"""What GitHub, Gitea and Forgejo tell in the same words: pushes, issues, pull requests, comments, releases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatstore.webhooks.payloads.fields import Fields
from chatstore.webhooks.payloads.format import Said

MOST_COMMITS = 3
"""The most commits of a push that are named."""
_NOTHING = "0" * 40


def said(where: str, *parts: str, more: Sequence[str] = ()) -> list[Said]:
    """One message: `[where] who did what https://…`, and lines below it."""
    first = " ".join(part for part in (f"[{where}]" if where else "", *parts) if part)
    return [Said("\n".join([first, *more]))]


def repository(data: Fields) -> str:
    return data["repository"]["full_name"].short(100) or data["repository"]["name"].short(100)


def who(person: Fields) -> str:
    """The name of a person."""
    for key in ("login", "username", "name"):
        if person[key].line:
            return person[key].short(60)
    return "somebody"


def push(data: Fields) -> list[Said]:
    """A push to a branch, with the first commits; or a branch or tag that was made or removed."""
    kind, name = ref_of(data["ref"].raw)
    pusher = who(data["pusher"]) if data["pusher"] else who(data["sender"])
    if data["deleted"] == True or data["after"] == _NOTHING:  # noqa: E712 - any other value is not true
        return said(repository(data), pusher, "removed the", kind, name)
    commits = [each for each in data["commits"].items if each["distinct"] != False]  # noqa: E712
    link = data["compare"].url or data["compare_url"].url
    new = data["created"] == True or data["before"] == _NOTHING  # noqa: E712
    if kind == "tag" or (new and not commits):
        return said(repository(data), pusher, "made the", kind, name, link if kind == "branch" else "")
    if not commits and not data["forced"]:
        return []
    count = max(len(commits), data["total_commits"].number)
    did = "force-pushed" if data["forced"] == True else "pushed"  # noqa: E712
    what = f"{count} commit{'' if count == 1 else 's'} to {'the new branch ' if new else ''}{name}"
    return said(repository(data), pusher, did, what, link, more=commit_lines(commits, count))


def ref_of(ref: str) -> tuple[str, str]:
    """`branch` or `tag`, and the name, of `refs/heads/main`."""
    kind = "tag" if ref.startswith("refs/tags/") else "branch"
    return kind, Fields(ref.removeprefix("refs/heads/").removeprefix("refs/tags/")).short(100)


def commit_lines(commits: Sequence[Fields], count: int) -> list[str]:
    """A line for each of the first commits: `d6fde92 Fix the parser (alice)`."""
    shown = [
        " ".join(filter(None, (each["id"].short(40)[:7], each["message"].first.removesuffix(" …"), _author(each))))
        for each in commits[:MOST_COMMITS]
    ]
    left = count - len(shown)
    return [*shown, f"… and {left} more"] if left > 0 else shown


def _author(commit: Fields) -> str:
    name = commit["author"]["username"].short(60) or commit["author"]["name"].short(60)
    return f"({name})" if name else ""


def _titled(subject: Fields) -> str:
    return f"#{subject['number'].number}: {subject['title'].line}"


_ISSUES = {"opened": "opened", "closed": "closed", "reopened": "reopened"}


def issue(data: Fields) -> list[Said]:
    did, subject = _ISSUES.get(data["action"].raw), data["issue"]
    if did is None:
        return []
    return said(repository(data), who(data["sender"]), did, f"issue {_titled(subject)}", subject["html_url"].url)


_PULLS = {**_ISSUES, "ready_for_review": "finished the draft of"}


def pull_request(data: Fields) -> list[Said]:
    did, subject = _PULLS.get(data["action"].raw), data["pull_request"]
    if did is None:
        return []
    if did == "closed" and subject["merged"] == True:  # noqa: E712
        did = "merged"
    draft = "draft " if did == "opened" and subject["draft"] == True else ""  # noqa: E712
    what = f"{draft}pull request {_titled(subject)}"
    return said(repository(data), who(data["sender"]), did, what, subject["html_url"].url)


def comment(data: Fields) -> list[Said]:
    """A comment on an issue or pull request."""
    if data["action"] != "created":
        return []
    subject = data["issue"] if data["issue"] else data["pull_request"]
    pull = bool(data["pull_request"]) or bool(data["issue"]["pull_request"]) or data["is_pull"] == True  # noqa: E712
    on = f"commented on {'pull request' if pull else 'issue'} #{subject['number'].number}"
    return said(
        repository(data),
        who(data["sender"]),
        f"{on} ({subject['title'].short(100)}):",
        data["comment"]["body"].first,
        data["comment"]["html_url"].url,
    )


def review(data: Fields, state: str, text: Fields, url: str) -> list[Said]:
    """A review: `approved`, `changes_requested`, or a comment."""
    subject = data["pull_request"]
    did = {"approved": "approved", "changes_requested": "requested changes to"}.get(state)
    if did is None and not text.first:
        return []
    what = f"{did or 'commented on'} pull request {_titled(subject)}"
    return said(repository(data), who(data["sender"]), what, url, more=[text.first] if text.first else [])


def release(data: Fields) -> list[Said]:
    subject = data["release"]
    if data["action"] != "published":
        return []
    tag, name = subject["tag_name"].short(100), subject["name"].short(100)
    kind = "pre-release" if subject["prerelease"] == True else "release"  # noqa: E712
    title = f"{tag} ({name})" if name and name != tag else tag
    return said(repository(data), who(data["sender"]), f"published the {kind}", title, subject["html_url"].url)


def fork(data: Fields) -> list[Said]:
    name, link = data["forkee"]["full_name"].short(100), data["forkee"]["html_url"].url
    return said(repository(data), who(data["sender"]), f"forked it to {name}" if name else "forked it", link)


Reader = Callable[[Fields], list[Said]]
COMMON: dict[str, Reader] = {
    "push": push,
    "issues": issue,
    "pull_request": pull_request,
    "issue_comment": comment,
    "release": release,
    "fork": fork,
}
"""The events that are the same, by their names."""
