"""Slack's mrkdwn, which its exports and what posts to incoming webhooks have. Spec: <https://docs.slack.dev/messaging/formatting-message-text>."""

from __future__ import annotations

import re

_AS_IT_IS = re.compile(r"```.*?```|`[^`\n]+`|<[^<>\n]+>|https?://\S+", re.DOTALL)
"""Code, links, and what stands for links and names: no signs are looked for in it."""
_BOLD = re.compile(r"(?<![\w*/\\.:=])\*(?![\s*])([^*\n]*[^\s*])\*(?![\w*/\\]|\.\w)")
"""Not what stands in a path: `/var/*/*.log`."""
_STRUCK = re.compile(r"(?<![\w~/\\.:=])~(?![\s~])([^~\n]*[^\s~])~(?![\w~/\\]|\.\w)")


def as_markdown(text: str) -> str:
    """A text with `**bold**` and `~~struck~~` where Slack has `*bold*` and `~struck~`. Italics are the same."""
    if "*" not in text and "~" not in text:
        return text
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return "\0"

    text = _AS_IT_IS.sub(keep, text.replace("\0", ""))
    text = _STRUCK.sub(r"~~\1~~", _BOLD.sub(r"**\1**", text))
    given = iter(kept)
    return re.sub("\0", lambda _: next(given), text)
