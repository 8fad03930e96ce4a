"""What the receiver of an outgoing webhook answers, if the hook may post it: `{"text": "done"}`, or whatever
Slack and Mattermost take."""

from __future__ import annotations

from chatstore.chat.model.hooks import Hook, posting_name
from chatstore.chat.model.text import is_blank
from chatstore.chat.rules.policy import Limits
from chatstore.net.fetching import Fetched
from chatstore.webhooks.payloads import slack
from chatstore.webhooks.payloads.fields import PayloadError, parsed
from chatstore.webhooks.payloads.texts import fitting


def answer_of(hook: Hook, fetched: Fetched, limits: Limits) -> tuple[str, str] | None:
    """The name and the text that an answer has; None if it says nothing."""
    if fetched.cut or not fetched.body.strip():
        return None
    try:
        said = slack.read({}, parsed(fetched.body))
    except PayloadError:
        return None
    if not said:
        return None
    text = fitting(said[0].text, limits.message_length, limits.multiline_bytes)
    return None if is_blank(text) else (posting_name(said[0].name, hook.name), text)
