"""The samples of payloads, with the headers that come with them."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "payloads"
_GITHUB = {
    "push": "push",
    "push-tag-removed": "push",
    "pull-request": "pull_request",
    "pull-request-merged": "pull_request",
    "pull-request-labeled": "pull_request",
    "issue": "issues",
    "issue-comment": "issue_comment",
    "review": "pull_request_review",
    "release": "release",
    "workflow-run": "workflow_run",
    "ping": "ping",
    "star": "star",
}
_GITEA = {"push": "push", "review": "pull_request_approved", "issue": "issues"}


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def sample(name: str) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a sample."""
    sender, _, what = name.partition("-")
    headers = {"content-type": "application/json"}
    if sender == "github":
        headers |= {"x-github-event": _GITHUB[what], "x-github-delivery": f"72d3162e-cc78-11e3-81ab-{what}"}
    elif sender == "gitea":
        both = {"x-gitea-event": _GITEA[what], "x-github-event": _GITEA[what]}
        headers |= {**both, "x-gitea-delivery": f"f6266f16-1bf3-46a5-9ea4-{what}"}
    elif sender == "gitlab":
        headers["x-gitlab-event"] = "Push Hook"
    return headers, (FOLDER / f"{name}.json").read_bytes()
