"""WEBPUSH: where the server tells of messages while a client is not connected.

Spec: soju.im/webpush (soju, doc/ext/webpush.md), which IRCv3 discusses as draft/webpush. docs/push.md says
which messages these are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc.capabilities import offered_to
from chatstore.irc.commands import command
from chatstore.irc.errors import fail_code
from chatstore.irc.line import parse_tags

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_CODES = {Code.INVALID_TEXT: "INVALID_PARAMS", Code.LOGIN_REQUIRED: "ACCOUNT_REQUIRED"}
_NOT_PUSHED = {"echo_message", "batch", "multiline"}
"""A push has one line, and it is never the account's own."""


@command("WEBPUSH", min_params=0, blocking=True, spec="soju.im/webpush")
def webpush(client: Client, line: Line) -> None:
    """Be told of messages by Web Push while you are not connected: `WEBPUSH REGISTER https://…
    p256dh=…;auth=…`, with what the push service gave you, and `WEBPUSH UNREGISTER https://…`."""
    name = line.param(0).upper()
    match name, line.params[1:]:
        case "REGISTER", [endpoint, keys] if endpoint:
            _run(client, name, endpoint, keys)
        case "UNREGISTER", [endpoint] if endpoint:
            _run(client, name, endpoint)
        case _:
            about = [_param(each) for each in line.params[:2]]
            text = "expected REGISTER ENDPOINT KEYS, or UNREGISTER ENDPOINT"
            client.reply.fail("WEBPUSH", "INVALID_PARAMS", *about, text=text)


def _run(client: Client, name: str, endpoint: str, keys: str | None = None) -> None:
    try:
        if keys is not None:
            given = parse_tags(keys)
            p256dh, auth = given.get("p256dh", ""), given.get("auth", "")
            client.session.push.register(endpoint, p256dh, auth, _switches(client)).result()
        else:
            client.session.push.unregister(endpoint).result()
    except ChatError as error:
        code = _CODES.get(error.code) or fail_code(error)
        client.reply.fail("WEBPUSH", code, name, _param(endpoint), text=error.text)
        return
    client.reply.line_from(client.server.name, "WEBPUSH", name, endpoint)


def _switches(client: Client) -> str:
    """The fields of the renderer that this client's capabilities have switched on: what is pushed looks the
    same."""
    known = offered_to(client)
    switches = {known[name].switch for name in client.enabled if name in known}
    return " ".join(sorted(switches - _NOT_PUSHED - {""}))


def _param(text: str) -> str:
    return text if text and " " not in text and not text.startswith(":") and len(text) < 200 else "*"
