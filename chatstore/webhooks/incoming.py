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
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.model.hooks import Hook, is_hook_token, posting_name
from chatstore.chat.model.text import is_blank
from chatstore.chat.rules import permissions
from chatstore.chat.rules.flood import Pace
from chatstore.chat.session import Chat
from chatstore.webhooks.payloads import PayloadError, Read, SignatureError, read_payload
from chatstore.webhooks.payloads.texts import fitting

log = logging.getLogger("chatstore")

_MOST_PACES = 10_000
"""The most hooks whose pace is remembered."""
_MOST_EVENTS = 200
"""The most kinds of ignored events that are counted by their names."""
_UNKNOWN = "there is no such webhook"
_STATUS = {
    Code.NO_SUCH_HOOK: 404,
    Code.NO_SUCH_ROOM: 404,
    Code.CANNOT_POST: 403,
    Code.NOT_STORED: 503,
    Code.BUSY: 503,
}


class Answer(NamedTuple):
    """What the sender gets: a status and a line of text, and after how many seconds it may come again."""

    status: int
    text: str
    retry_after: int = 0


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
        self._paces: OrderedDict[int, Pace] = OrderedDict()
        self.figures = IncomingFigures()
        self.unknown: Counter[str] = Counter()
        """The events that said nothing, by format and name, such as `github star`."""

    def receive(self, token: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Say in the room what was sent to the hook of this token. `headers`: by names in small letters."""
        answer = self._receive(token, headers, body)
        if answer.status >= 400:
            with self._lock:
                self.figures.refused += 1
        return answer

    def _receive(self, token: str, headers: Mapping[str, str], body: bytes) -> Answer:
        chat = self._chat
        if not chat.policy.webhooks.incoming:
            return Answer(404, "incoming webhooks are switched off here")
        hook = chat.store.hooks.by_digest(digest_of(token)) if is_hook_token(token) else None
        if hook is None:
            return Answer(404, _UNKNOWN)
        if why := permissions.hook_refusal(hook, int(chat.clock() * 1000)):
            return Answer(403, why)
        try:
            read = read_payload(headers, body, hook.secret)
        except SignatureError as error:
            return self._refuse(hook, 401, str(error))
        except PayloadError as error:
            return self._refuse(hook, 400, str(error))
        texts = self._texts(hook, read)
        if not texts:
            return self._ignore(read)
        wait = self._wait(hook, sum(text.count("\n") + 1 for _, text in texts))
        if wait:
            return Answer(429, "too many messages: slow down", wait)
        return self._post(hook, read, texts)

    def _post(self, hook: Hook, read: Read, texts: Sequence[tuple[str, str]]) -> Answer:
        change = PostByHook(hook.id, hook.room_id, texts, read.delivery)
        try:
            said = self._chat.store.submit([change]).result()
        except ChatError as error:
            status = _STATUS.get(error.code, 500)
            return Answer(status, error.text, 5 if status == 503 else 0)
        if not said:
            return Answer(200, "ok: this was delivered before")
        with self._lock:
            self.figures.posted += len(said)
        return Answer(200, "ok")

    def _ignore(self, read: Read) -> Answer:
        if read.ping:
            return Answer(200, "pong")
        name = f"{read.format} {read.event}".strip()
        with self._lock:
            self.figures.ignored += 1
            if name in self.unknown or len(self.unknown) < _MOST_EVENTS:
                self.unknown[name] += 1
        return Answer(200, "ok: this event says nothing here")

    def _refuse(self, hook: Hook, status: int, why: str) -> Answer:
        log.info(
            "a webhook could not take something: %(why)s",
            {"event": "webhook-refused", "hook": hook.id, "name": hook.name, "why": why},
        )
        self._chat.store.submit([NoteHookError(hook.id, why)])
        return Answer(status, why)

    def _texts(self, hook: Hook, read: Read) -> list[tuple[str, str]]:
        """What is said, each text with the name that it is shown under."""
        limits = self._chat.policy.limits
        fit = [
            (posting_name(said.name, hook.name), fitting(said.text, limits.message_length, limits.multiline_bytes))
            for said in read.said
        ]
        return [(name, text) for name, text in fit if not is_blank(text)]

    def _wait(self, hook: Hook, lines: int) -> int:
        """Seconds until the hook may speak again; 0 if it may now, which counts. It has the pace of a
        connection."""
        with self._lock:
            pace = self._paces.pop(hook.id, None) or Pace(self._chat.flood)
            self._paces[hook.id] = pace
            if len(self._paces) > _MOST_PACES:
                self._paces.popitem(last=False)
            wait = pace.wait(None)
            if wait:
                self.figures.slowed += 1
                return max(1, math.ceil(wait))
            pace.take(None, lines)
            return 0
