"""The account of who asks: itself, its device tokens."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from chatstore.api.operations import Answer, Call, Operations
from chatstore.api.vocabulary import Account, Limits, NewToken, Token, Tokens, time_if, time_text
from chatstore.chat.model.errors import Code
from chatstore.chat.model.metadata import AVATAR, DISPLAY_NAME
from chatstore.chat.model.scopes import SCOPES, Scope
from chatstore.chat.model.tokens import MAX_LABEL

OPERATIONS = Operations()


class AskedToken(Struct, forbid_unknown_fields=True, frozen=True):
    """A token to make. `label`: what the account's owner sees it as. `scopes`: what it may do. `rooms`: where;
    without them everywhere, in direct conversations, too."""

    label: Annotated[str, Meta(min_length=1, max_length=MAX_LABEL)]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=len(SCOPES))] = msgspec.field(
        default_factory=lambda: [*SCOPES]
    )
    rooms: Annotated[list[str], Meta(min_length=1, max_length=100)] | None = None


class ChangedAccount(Struct, forbid_unknown_fields=True, frozen=True):
    """What others see of the account's person. What is left out stays; an empty text removes it. `avatar`: the URL
    of a picture, as others' clients load it: best of a file that the account has uploaded."""

    display_name: str | None = None
    avatar: str | None = None


@OPERATIONS.add("GET", "/account", gives=Account)
def account(call: Call) -> Account:
    """The account that the request acts for. And what it may do here."""
    session = call.session
    own, policy = session.own_account, session.policy
    limits = policy.limits
    about = session.metadata.of(session.metadata.subject("*"))
    return Account(
        name=own.name,
        nick=session.nick,
        display_name=about.get(DISPLAY_NAME, ""),
        avatar=about.get(AVATAR, ""),
        role="admin" if own.admin else "user",
        created=time_text(own.created_at),
        stays=session.stays_by(policy),
        limits=Limits(
            message_bytes=limits.message_length,
            multiline_bytes=limits.multiline_bytes,
            multiline_lines=limits.multiline_lines,
            page=limits.history_page,
            requests_per_second=limits.lines_per_second * 2,
            requests_at_once=limits.lines_at_once * 2,
            questions_per_second=limits.questions_per_second * 2,
            questions_at_once=limits.questions_at_once * 2,
            streams=call.api.streams_each,
        ),
    )


@OPERATIONS.add(
    "PATCH", "/account", body=ChangedAccount, gives=Account, codes=[Code.LIST_FULL, Code.MESSAGE_TOO_LONG]
)
def change_account(call: Call) -> Account:
    """Set the display name and the picture of the account's person. They are the values of IRC's METADATA, and
    everybody who follows these is told."""
    metadata = call.session.metadata
    wanted = {DISPLAY_NAME: call.body.display_name, AVATAR: call.body.avatar}
    me = metadata.subject("*")
    for key, value in wanted.items():
        if value is not None:
            metadata.set(me, key, value).result()
    return account(call)


@OPERATIONS.add("GET", "/account/tokens", gives=Tokens)
def tokens(call: Call) -> Tokens:
    """The device tokens of the account. Their texts are not stored."""
    own = call.session.tokens
    listed = [
        Token(
            id=token.id,
            label=token.label,
            created=time_text(token.created_at),
            used=time_if(token.last_used_at),
            current=use == "current",
            scopes=[scope for scope in SCOPES if scope in token.grant.scopes],
            rooms=[*rooms] if (rooms := own.rooms_of(token.grant)) is not None else None,
        )
        for token, use in own.list()
    ]
    return Tokens(tokens=listed)


@OPERATIONS.add(
    "POST",
    "/account/tokens",
    body=AskedToken,
    gives=NewToken,
    status=201,
    codes=[Code.PASSWORD_REQUIRED, Code.LIST_FULL],
)
def make_token(call: Call) -> Answer:
    """Make a device token. The request must come with the account's password (Basic), not with a token. The
    token's text is in this answer and nowhere else. A program that needs less than the whole account gets a token
    with fewer scopes, and for some rooms only."""
    body = call.body
    added, text = call.session.tokens.add(body.label, body.scopes, named_rooms(body)).result()
    headers = {"Location": call.link(f"/account/tokens/{added.id}")}
    return Answer(NewToken(token=text, id=added.id, label=added.label), headers=headers)


def named_rooms(asked: AskedToken) -> list[str] | None:
    """The rooms of a token with their `#`; None: everywhere."""
    return None if asked.rooms is None else [f"#{room.removeprefix('#')}" for room in asked.rooms]


@OPERATIONS.add("DELETE", "/account/tokens/{token}", status=204, codes=[Code.NO_SUCH_TOKEN])
def remove_token(call: Call) -> None:
    """Remove a device token. Whoever is connected by it is disconnected; a request may remove its own."""
    number = call.number("token", Code.NO_SUCH_TOKEN, "your account has no such token")
    call.session.tokens.remove(number).result()
