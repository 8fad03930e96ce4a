"""The webhooks of rooms, for their operators and administrators: docs/webhooks.md."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chatstore.api.operations import Answer, Call, Operations
from chatstore.api.vocabulary import Time, time_if, time_text
from chatstore.chat.model import hooks as model
from chatstore.chat.model.errors import Code
from chatstore.chat.model.hooks import MAX_SECRET, MAX_URL, MAX_WORD, Direction, NewHook, State, Trigger, hook_url

OPERATIONS = Operations()
_CODES = [Code.NO_SUCH_ROOM, Code.OPERATOR_REQUIRED]


class Hook(Struct, kw_only=True, frozen=True):
    """A webhook. `owner`: the account that it stands for, which made or renewed it; null for the server's
    administrator. `trigger`, `word`, `url` and `answers` are of one that sends what is said (`out`). `error`: why
    it does not work, or did not when it `failed` last; `failing`: since when an outgoing one has failed."""

    id: int
    direction: Direction
    name: str
    state: Annotated[State, Meta(description="`on`, `off`, or `stopped` because of its owner.")]
    owner: str | None
    created: Time
    used: Time | None
    failed: Time | None
    failing: Time | None
    error: str | None
    trigger: Trigger | None
    word: str | None
    url: str | None
    answers: bool
    has_secret: bool


class Hooks(Struct, kw_only=True, frozen=True):
    hooks: list[Hook]


class MadeHook(Struct, kw_only=True, frozen=True):
    """A webhook with what is shown once: the `url` to which requests for an incoming one go; the `secret` that an
    outgoing one signs with."""

    hook: Hook
    url: str | None
    secret: str | None


class AskedHook(Struct, forbid_unknown_fields=True, frozen=True):
    """A webhook to make: one that posts what is sent to it (`in`), or one that sends what is said to `url`
    (`out`): every message, those with a `word`, or those that begin with `!word` (`command`)."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    direction: Direction = "in"
    url: Annotated[str, Meta(max_length=MAX_URL)] = ""
    trigger: Trigger = "all"
    word: Annotated[str, Meta(max_length=MAX_WORD + 1)] = ""
    answers: bool = False
    secret: Annotated[str, Meta(max_length=MAX_SECRET)] = ""


class ChangedHook(Struct, forbid_unknown_fields=True, frozen=True):
    """What is to change; without a value it stays as it is."""

    state: Literal["on", "off"] | None = None
    secret: Annotated[str, Meta(max_length=MAX_SECRET)] | None = None


@OPERATIONS.add("GET", "/rooms/{room}/hooks", gives=Hooks, codes=_CODES)
def hooks(call: Call) -> Hooks:
    """The webhooks of a room, the oldest first."""
    return Hooks(hooks=[_hook(call, each) for each in call.session.hooks.list(call.target)])


@OPERATIONS.add(
    "POST",
    "/rooms/{room}/hooks",
    body=AskedHook,
    gives=MadeHook,
    status=201,
    codes=[*_CODES, Code.LIST_FULL, Code.NAME_TAKEN],
)
def make_hook(call: Call) -> Answer:
    """Make a webhook. No two of a room have one name. The URL of an incoming one, or the secret of an outgoing one,
    is in this answer and nowhere else."""
    asked = call.body
    wanted = NewHook(asked.direction, asked.name, asked.url, asked.trigger, asked.word, asked.answers, asked.secret)
    made = call.session.hooks.add(call.target, wanted)
    location = call.link(f"/rooms/{{room}}/hooks/{made.hook.id}")
    return Answer(_made(call, made.hook, made.token, made.secret), headers={"Location": location})


@OPERATIONS.add(
    "PATCH",
    "/rooms/{room}/hooks/{hook}",
    body=ChangedHook,
    gives=Hook,
    codes=[*_CODES, Code.NO_SUCH_HOOK],
)
def change_hook(call: Call) -> Hook:
    """Switch a webhook on or off, or give it a secret."""
    body = call.body
    enabled = body.state == "on" if body.state is not None else None
    changed = call.session.hooks.set(call.target, _id(call), enabled=enabled, secret=body.secret)
    return _hook(call, changed)


@OPERATIONS.add(
    "POST", "/rooms/{room}/hooks/{hook}/renew", gives=MadeHook, codes=[*_CODES, Code.NO_SUCH_HOOK], id="renew_hook"
)
def renew_hook(call: Call) -> MadeHook:
    """Give a webhook another URL, or an outgoing one another secret. The old one does not work any more."""
    made = call.session.hooks.renew(call.target, _id(call))
    return _made(call, made.hook, made.token, made.secret)


@OPERATIONS.add("DELETE", "/rooms/{room}/hooks/{hook}", status=204, codes=[*_CODES, Code.NO_SUCH_HOOK])
def remove_hook(call: Call) -> None:
    """Remove a webhook."""
    call.session.hooks.remove(call.target, _id(call))


def _id(call: Call) -> int:
    return call.number("hook", Code.NO_SUCH_HOOK, "this room has no such webhook")


def _made(call: Call, hook: model.Hook, token: str, secret: str) -> MadeHook:
    return MadeHook(
        hook=_hook(call, hook), url=hook_url(call.api.page(), token) if token else None, secret=secret or None
    )


def _hook(call: Call, hook: model.Hook) -> Hook:
    state, error = call.session.hooks.state(hook)
    return Hook(
        id=hook.id,
        direction=hook.direction,
        name=hook.name,
        state=state,
        owner=hook.owner or None,
        created=time_text(hook.created_at),
        used=time_if(hook.used_at),
        failed=time_if(hook.failed_at) if hook.error else None,
        failing=time_if(hook.failing_since),
        error=error or None,
        trigger=hook.trigger or None,
        word=hook.word or None,
        url=hook.url or None,
        answers=hook.answers,
        has_secret=bool(hook.secret),
    )
