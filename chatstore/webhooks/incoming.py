"""Incoming webhooks: a request to `/hooks/<token>` becomes a message in the hook's room.

Whoever knows the URL may post: it is the secret. A hook may have a secret besides, which requests must be
signed with. Everything here blocks, so it runs in the pool of HTTP."""

from __future__ import annotations

import logging
import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chatstore.chat.changes.hooks import NoteHookError, PostByHook
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError, Code, StoreError
from chatstore.chat.model.hooks import Hook, is_hook_token, posting_name
from chatstore.chat.model.text import is_blank
from chatstore.chat.rules import permissions
from chatstore.chat.rules.flood import Pace
from chatstore.chat.session import Chat
from chatstore.webhooks.payloads import PayloadError, Read, SignatureError, read_payload
from chatstore.webhooks.payloads.texts import fitting

log = logging.getLogger("chatstore")

_MOST_PACES = 10_000
"""The most hooks and networks whose paces are remembered."""
_MOST_EVENTS = 200
"""The most kinds of ignored events that are counted by their names."""
_UNKNOWN = "there is no such webhook"
REFUSALS: Mapping[str, int] = {
    "invalid-payload": 400,
    "wrong-signature": 401,
    "hook-off": 403,
    "hook-stopped": 403,
    "hook-muted": 403,
    "webhooks-off": 404,
    "no-such-hook": 404,
    "too-fast": 429,
    "not-stored": 503,
    "unavailable": 503,
}
"""The status of each refusal, by its code; tests/webhooks/test_documentation.py holds the page against it."""
_CODES = {
    Code.NO_SUCH_HOOK: "no-such-hook",
    Code.NO_SUCH_ROOM: "no-such-hook",
    Code.CANNOT_POST: "hook-muted",
}
"""The codes of what the writer refuses; everything else was not stored."""
_SOON = 5
"""Seconds after which a sender may come again while the database does not take or tell anything."""


class Answer(NamedTuple):
    """What the sender gets: a line of text; for a refusal its code, and after how many seconds to come again."""

    text: str
    code: str = ""
    retry_after: int = 0

    @property
    def status(self) -> int:
        return REFUSALS[self.code] if self.code else 200


@dataclass
class IncomingFigures:
    """What was counted since the start."""

    posted: int = 0
    ignored: int = 0
    refused: int = 0
    slowed: int = 0


class Incoming:
    """Receives what is sent to incoming webhooks."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._lock = threading.Lock()
        self._paces: OrderedDict[int | str, Pace] = OrderedDict()
        """The paces of hooks, by their ids, and of networks that have asked for hooks that there are not."""
        self._known: OrderedDict[str, int] = OrderedDict()
        """The hooks that were used lately, by the digests of their tokens."""
        self.figures = IncomingFigures()
        self.unknown: Counter[str] = Counter()
        """The events that said nothing, by format and name, such as `github star`."""

    def receive(self, token: str, headers: Mapping[str, str], body: bytes, network: str) -> Answer:
        """Say in the room what was sent to the hook of this token. `headers`: by names in small letters. `network`:
        from where it comes."""
        try:
            answer = self._receive(token, headers, body, network)
        except StoreError as error:
            answer = Answer(error.refusal.text, "unavailable", _SOON)
        if answer.code:
            with self._lock:
                self.figures.refused += 1
        return answer

    def _receive(self, token: str, headers: Mapping[str, str], body: bytes, network: str) -> Answer:
        chat = self._chat
        if not chat.policy.webhooks.incoming:
            return Answer("incoming webhooks are switched off here", "webhooks-off")
        if not is_hook_token(token):
            return Answer(_UNKNOWN, "no-such-hook")
        digest = digest_of(token)
        # Strangers don't slow down a hook that works, though they may come from the same network.
        who = self._known.get(digest, network)
        if wait := self._wait(who, 0) or self._wait(who, 0, question=True):
            return _too_fast(wait)
        hook = chat.store.hooks.by_digest(digest)
        self._remember(digest, hook)
        if hook is None:
            self._wait(network, 1)
            return Answer(_UNKNOWN, "no-such-hook")
        if why := permissions.hook_refusal(hook, int(chat.clock() * 1000)):
            self._wait(hook.id, 1)
            return Answer(why, "hook-stopped" if hook.enabled else "hook-off")
        try:
            read = read_payload(headers, body, hook.secret)
        except SignatureError as error:
            return self._refuse(hook, "wrong-signature", str(error))
        except PayloadError as error:
            return self._refuse(hook, "invalid-payload", str(error))
        texts = self._texts(hook, read)
        if not texts:
            return self._ignore(hook, read)
        if wait := self._wait(hook.id, sum(text.count("\n") + 1 for _, text in texts)):
            return _too_fast(wait)
        return self._post(hook, read, texts)

    def _post(self, hook: Hook, read: Read, texts: Sequence[tuple[str, str]]) -> Answer:
        change = PostByHook(hook.id, hook.room_id, texts, read.delivery)
        try:
            said = self._chat.store.submit([change]).result()
        except ChatError as error:
            code = _CODES.get(error.code, "not-stored")
            return Answer(error.text, code, _SOON if code == "not-stored" else 0)
        if not said:
            return Answer("ok: this was delivered before")
        with self._lock:
            self.figures.posted += len(said)
        return Answer("ok")

    def _ignore(self, hook: Hook, read: Read) -> Answer:
        """Answer what says nothing here. Forges send many such events at once: these count as questions."""
        if wait := self._wait(hook.id, 1, question=True):
            return _too_fast(wait)
        if read.ping:
            return Answer("pong")
        name = f"{read.format} {read.event}".strip()
        with self._lock:
            self.figures.ignored += 1
            if name in self.unknown or len(self.unknown) < _MOST_EVENTS:
                self.unknown[name] += 1
        return Answer("ok: this event says nothing here")

    def _refuse(self, hook: Hook, code: str, why: str) -> Answer:
        if wait := self._wait(hook.id, 1):
            return _too_fast(wait)
        log.info(
            "the webhook %(name)s could not take something: %(why)s",
            {"event": "webhook-refused", "hook": hook.id, "name": hook.name, "why": why},
        )
        self._chat.store.submit([NoteHookError(hook.id, why)])
        return Answer(why, code)

    def _texts(self, hook: Hook, read: Read) -> list[tuple[str, str]]:
        """What is said, each text with the name that it is shown under."""
        limits = self._chat.policy.limits
        fit = [
            (posting_name(said.name, hook.name), fitting(said.text, limits.message_length, limits.multiline_bytes))
            for said in read.said
        ]
        return [(name, text) for name, text in fit if not is_blank(text)]

    def _remember(self, digest: str, hook: Hook | None) -> None:
        with self._lock:
            self._known.pop(digest, None)
            if hook is not None:
                self._known[digest] = hook.id
                if len(self._known) > _MOST_PACES:
                    self._known.popitem(last=False)

    def _wait(self, who: int | str, lines: int, *, question: bool = False) -> int:
        """Seconds until a hook may speak again, or a network may ask for one; 0 if it may now, which counts as so
        many lines. Each has the pace of a connection."""
        with self._lock:
            pace = self._paces.pop(who, None) or Pace(self._chat.flood)
            self._paces[who] = pace
            if len(self._paces) > _MOST_PACES:
                self._paces.popitem(last=False)
            wait = pace.hear(None, lines, question=question)
            if wait:
                self.figures.slowed += 1
                return max(1, math.ceil(wait))
            return 0


def _too_fast(seconds: int) -> Answer:
    return Answer("too many requests: slow down", "too-fast", seconds)
