"""ISUPPORT: the tokens that describe this server. Spec: Modern, RPL_ISUPPORT (005); IRCv3
draft/extended-isupport."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chatstore.irc import isupport
from chatstore.irc import numerics as n
from chatstore.irc.commands import command
from chatstore.irc.line import MAX_BODY
from chatstore.irc.prepared import send_prepared

if TYPE_CHECKING:
    from chatstore.irc.client import Client
    from chatstore.irc.line import Line

_TEXT = "are supported by this server"


@command("ISUPPORT", registered=False, question=True, spec="IRCv3 draft/extended-isupport")
def isupport_(client: Client, line: Line) -> None:
    """Send all tokens of 005 again. Before the welcome this needs draft/extended-isupport."""
    if client.registration.done or client.has("draft/extended-isupport"):
        send_isupport(client)
    else:
        client.reply.numeric(n.ERR_NOTREGISTERED, text="you have not registered")


def send_isupport(client: Client) -> None:
    """Send all tokens."""
    session, push = client.session, push_key(client)

    def send(client: Client) -> None:
        server, policy = client.server, session.policy
        own = server.own_tokens(policy, secure=session.secure, push=push)
        send_tokens(client, isupport.tokens(server.network, policy, own).values())

    if _batched(client):
        send(client)
    else:
        send_prepared(client, ("isupport", session.secure, push), (session.policy, client.server.access), send)


def push_key(client: Client) -> str:
    """The key of push, which those clients are told that have enabled it; otherwise empty."""
    wanted = client.has("soju.im/webpush") or client.has("draft/webpush")
    return client.session.push.key if wanted else ""


def send_tokens(client: Client, texts: Iterable[str]) -> None:
    """Send RPL_ISUPPORT, as many lines as the tokens need; as a batch to clients with draft/extended-isupport
    and batch."""
    reply, server = client.reply, client.server
    reference = client.next_batch() if _batched(client) else ""
    if reference:
        reply.line("BATCH", f"+{reference}", "draft/isupport")
    room = MAX_BODY - 2 - len(f":{server.name} 005 {client.nick}  :{_TEXT}".encode())
    for tokens in isupport.lines(texts, room):
        tags = {"batch": reference} if reference else None
        reply.line(n.RPL_ISUPPORT, client.nick, *tokens, _TEXT, trailing=True, tags=tags)
    if reference:
        reply.line("BATCH", f"-{reference}")


def _batched(client: Client) -> bool:
    return client.has("draft/extended-isupport") and client.has("batch")
