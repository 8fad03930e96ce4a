"""Webhooks of a room: incoming ones say in the room what another program sends to their URL, outgoing ones tell
another program what is said there.

The URL of an incoming hook has 32 random bytes. Nobody can guess them, so only their SHA-256 is stored, and the
URL is shown once, when it is made. What an outgoing hook sends is signed, so its secret is stored as it is.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.names import NICK_LENGTH, nearest_name
from chatstore.chat.model.rooms import Role

Direction = Literal["in", "out"]
Trigger = Literal["all", "word", "command"]
State = Literal["on", "off", "stopped"]
"""`stopped`: it is on, but may not work; see permissions.hook_refusal."""
DIRECTIONS: tuple[Direction, ...] = ("in", "out")
TRIGGERS: tuple[Trigger, ...] = ("all", "word", "command")
"""When an outgoing hook sends a message: always; if it has the word; if it begins with `!word`."""
COMMAND_SIGN = "!"
PATH = "/hooks/"
"""Where incoming hooks are, below the URL of the page; their token follows."""
SUFFIX = "/hook"
"""What the nick of a hook ends with: no person's nick can have a slash."""
MAX_LABEL = NICK_LENGTH - len(SUFFIX)
"""The most characters of a hook's name."""
MAX_WORD = 50
MAX_SECRET = 200
MAX_URL = 2000
MAX_ERROR = 200
"""The most characters of a hook's last error; the rest is cut off."""
SECRET_PREFIX = "whsec_"
"""How the secret of Standard Webhooks begins; what follows is base64."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_SECRET = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class NewHook:
    """What somebody asks for. `url`, `trigger`, `word` and `answers` are for an outgoing hook: where it sends what,
    and whether the text of an answer is posted."""

    direction: Direction
    name: str
    url: str = ""
    trigger: Trigger | Literal[""] = ""
    word: str = ""
    answers: bool = False
    secret: str = ""


@dataclass(frozen=True)
class Hook:
    """A hook as it is stored. Times are ms since 1970 UTC. `secret`: what an incoming hook checks signatures with
    (empty: it checks none), or what an outgoing one signs with. `owner` and
    what follows: the account that made or renewed it, and what that is now; no account if that was the server's
    administrator on the command line. `used_at`: when it last worked; `failed_at` and `error`: when and why it last
    did not. `failing_since`: since when an outgoing hook has not worked. `place`: the seq up to which an outgoing
    hook has looked at the room."""

    id: int
    room_id: int
    direction: Direction
    name: str
    url: str
    trigger: Trigger | Literal[""]
    word: str
    answers: bool
    secret: str
    enabled: bool
    created_at: int
    used_at: int | None
    failed_at: int | None
    failing_since: int | None
    error: str
    place: int
    account_id: int | None
    owner: str
    owner_role: Role | None
    owner_admin: bool
    owner_status: str
    owner_suspended_until: int | None

    @property
    def actor(self) -> Actor:
        return hook_actor(self.id, self.name)


class Retry(NamedTuple):
    """A message that an outgoing hook could not deliver: how often it was tried, and when it is tried next."""

    hook_id: int
    seq: int
    attempts: int
    next_at: int


@dataclass(frozen=True)
class Sent:
    """What an outgoing hook has done: it has looked at everything up to `place`, the messages `delivered` are not
    waiting any more, those of `retries` are. `error`: why the last one failed; empty if it did not."""

    place: int
    delivered: Sequence[int] = ()
    retries: Sequence[Retry] = ()
    worked: bool = False
    error: str = ""
    off: bool = False
    """Switch the hook off: it has failed for too long, or was told to stop."""


def hook_actor(hook_id: int, name: str) -> Actor:
    """Who says what a hook posts: a bot, with a nick that nobody can take."""
    return Actor(f"{name}{SUFFIX}", guest=f"hook{hook_id}", bot=True)


def hook_name(text: str) -> str:
    """The name of a hook: what a person could be called, or what comes nearest to the text. Raises
    INVALID_NAME."""
    found = _nearest(text)
    if not found:
        raise ChatError(Code.INVALID_NAME, "a webhook's name has letters and digits, such as CI", text)
    return found


def posting_name(given: str, default: str) -> str:
    """The name that a sender wants to be shown by, if a hook could have it; else the hook's own."""
    return _nearest(given) or default


def _nearest(text: str) -> str:
    return nearest_name("".join(each if each.isprintable() else " " for each in text).strip()[:MAX_LABEL])[
        :MAX_LABEL
    ]


def new_hook_token() -> str:
    return secrets.token_urlsafe(32)


def is_hook_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def new_secret() -> str:
    """A secret for an outgoing hook, in the form of Standard Webhooks."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def checked_secret(text: str) -> str:
    """A secret that somebody has given. Raises INVALID_TEXT."""
    if len(text) > MAX_SECRET or (text and not _SECRET.fullmatch(text)):
        raise ChatError(Code.INVALID_TEXT, f"a secret has at most {MAX_SECRET} ASCII characters, and no spaces")
    return text


def checked_word(trigger: str, word: str) -> str:
    """The word of a trigger, in small letters. Raises INVALID_TEXT."""
    word = word.removeprefix(COMMAND_SIGN).casefold() if trigger == "command" else word.casefold()
    if trigger == "all" and word:
        raise ChatError(Code.INVALID_TEXT, "a webhook on every message has no word")
    if trigger != "all" and (not word or len(word) > MAX_WORD or not word.isprintable() or " " in word):
        raise ChatError(Code.INVALID_TEXT, f"a webhook needs its word: at most {MAX_WORD} letters, no spaces")
    return word


def triggers(hook: Hook, text: str) -> bool:
    """Whether an outgoing hook sends a message with this text."""
    if hook.trigger == "all":
        return True
    if hook.trigger == "command":
        first = text.split(maxsplit=1)[:1]
        return bool(first) and first[0].casefold() == COMMAND_SIGN + hook.word
    folded = text.casefold()
    return hook.word in folded and _as_word(hook.word).search(folded) is not None


def _as_word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")


def prepared(wanted: NewHook) -> NewHook:
    """What somebody asks for, checked and completed: an outgoing hook has a secret. The URL is judged where it is
    fetched. Raises INVALID_NAME, INVALID_TEXT."""
    if wanted.direction == "in":
        return NewHook("in", hook_name(wanted.name), secret=checked_secret(wanted.secret))
    if not wanted.url or len(wanted.url) > MAX_URL or not wanted.url.isprintable() or " " in wanted.url:
        raise ChatError(Code.INVALID_TEXT, f"an outgoing webhook needs a URL, of at most {MAX_URL} characters")
    trigger = wanted.trigger or "all"
    return NewHook(
        "out",
        hook_name(wanted.name),
        wanted.url,
        trigger,
        checked_word(trigger, wanted.word),
        wanted.answers,
        checked_secret(wanted.secret) or new_secret(),
    )


def hook_url(page: str, token: str) -> str:
    """The URL of an incoming hook. `page`: that of the server's page; if it is empty, the path is all that is
    known."""
    return f"{page.rpartition('/')[0]}{PATH}{token}"
