"""Outgoing webhooks: what is said in a room is sent to other programs.

The queue of a hook is the room itself: the hook has a place in it, a seq that is stored, and reads the
committed messages behind it. So nothing is queued when a message is stored; the writer only wakes a thread
here, and what was not sent before a crash is sent after it. A message is sent at least once, with the same id
each time.

- The dispatcher, a thread, looks which hooks have something to do: woken by the writer, or when a wait is over.
- A few senders do it. A hook is with one sender at a time, so its messages arrive in order, and a slow receiver
holds up nobody but itself, as long as a sender is free; those of one account's hooks never have all senders.
- A receiver that can't be reached, or says that it is
in trouble, is asked again later: its place stays. One that refuses a single message gets the ones behind it
meanwhile, and that one again a few times. - What bots say is never sent: two hooks can't talk to each other for
ever.

With several servers of one database, the one that leads does this.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

from chatstore.chat.changes.hooks import NoteSent, PostByHook
from chatstore.chat.model.errors import ChatError, StoreError
from chatstore.chat.model.events import Published
from chatstore.chat.model.hooks import Hook, Retry, Sent, triggers
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.messages import HistoryQuery
from chatstore.chat.model.room_events import MESSAGE_KINDS, RoomEvent, Said
from chatstore.chat.rules import permissions
from chatstore.chat.session import Chat
from chatstore.net.fetching import Fetched, FetchError, Limits, fetch
from chatstore.net.retrying import Backoff, retry_after
from chatstore.webhooks.answers import answer_of
from chatstore.webhooks.messages import message_body, test_body
from chatstore.webhooks.signing import signed_headers

log = logging.getLogger("chatstore")

SENDERS = 4
_OF_ONE = 2
"""Senders that may be with the hooks of one account, so that slow receivers of its own leave some to others."""
_LOOK_SECONDS = 5.0
"""Seconds between two looks at which hooks there are: a command or another server may have changed them."""
_BUSY_SECONDS = 10.0
"""A sender leaves a hook to the next one after so many seconds."""
_PAGE = 20
"""Messages that are read at once, and at most sent before the place is stored."""
_MOVED = 500
"""A place is stored when it has moved so far, though nothing was sent."""
_MOST_RETRIES = 100
"""Refused messages of one hook that are kept for another try. With one more, that is given up."""
_MOST_TRIES = 5
_ANSWER_BYTES = 65_536
_TEST_SECONDS = 5.0
_GONE = 410
_IN_TROUBLE = (408, 425, 429)
"""Statuses besides 5xx that say nothing about the message."""
_BACKOFF = Backoff()
_DAY = 24 * 60 * 60 * 1000


@dataclass
class OutgoingFigures:
    """What was counted since the start. `given_up`: messages that their receiver has refused again and
    again."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0
    switched_off: int = 0


@dataclass(eq=False)
class _Work:
    """A hook, and what is known of its work."""

    hook: Hook
    place: int
    stored: int
    retries: list[Retry] = field(default_factory=list)
    failures: int = 0
    next_at: float = 0.0
    """When the receiver is asked again after it was in trouble (seconds of the chat's clock)."""
    busy: bool = False
    sent_at: float = 0.0
    """When a sender was given it last."""
    heard: int = 1
    """Counts how often something was said in the room."""
    read: int = 0
    """`heard` as it was when the room was read to its end."""

    def due(self, now: float) -> float:
        """The time at which there is something to do; infinity for not before something happens."""
        if self.busy:
            return float("inf")
        first = min((retry.next_at / 1000 for retry in self.retries), default=float("inf"))
        return max(now if self.heard != self.read else first, self.next_at)


class _TroubleError(Exception):
    """A receiver can't be reached or is in trouble. `asked`: seconds after which it wants to be asked again."""

    def __init__(self, sentence: str, asked: float | None = None) -> None:
        super().__init__(sentence)
        self.asked = asked


class _RefusedError(Exception):
    """A receiver has refused a message. `gone`: it wants no more of them."""

    def __init__(self, sentence: str, *, gone: bool = False) -> None:
        super().__init__(sentence)
        self.gone = gone


class Outgoing:
    """Sends what is said to outgoing webhooks. `leads`: whether this server does it now. `allowed`: networks
    that are not public, and may be asked."""

    def __init__(
        self,
        chat: Chat,
        leads: Callable[[], bool],
        allowed: Callable[[], Container[str]],
        *,
        backoff: Backoff | None = None,
        ask: Callable[..., Fetched] = fetch,
    ) -> None:
        self._chat = chat
        self._leads = leads
        self._allowed = allowed
        self._backoff = backoff or _BACKOFF
        self._ask = ask
        self._jobs: SimpleQueue[_Work | None] = SimpleQueue()
        """What senders are to do: each hook at most once."""
        self._senders = [
            threading.Thread(target=self._send_for_ever, name=f"webhook-{number}", daemon=True)
            for number in range(SENDERS)
        ]
        self._changed = threading.Condition()
        self._rooms: frozenset[int] = frozenset()
        """The rooms that have hooks. The writer looks here."""
        self._said: set[int] = set()
        """The rooms in which something was said since the last look."""
        self._look = self._woken = True
        """Whether to look which hooks there are, and whether there is anything to look at."""
        self._stopped = False
        self._work: dict[int, _Work] = {}
        self._testing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self.figures = OutgoingFigures()

    def start(self) -> None:
        for sender in self._senders:
            sender.start()
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more; what is being sent now may be sent once more after the next start. Before the
        store is closed."""
        with self._changed:
            self._stopped = self._woken = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()
        for _ in self._senders:
            self._jobs.put(None)

    @property
    def waiting(self) -> int:
        """About how many refused messages wait for another try."""
        return sum(len(work.retries) for work in [*self._work.values()])

    @property
    def failing(self) -> int:
        """The number of hooks whose receiver is in trouble."""
        return sum(work.failures > 0 for work in [*self._work.values()])

    def heard(self, published: Iterable[Published]) -> None:
        """Something was committed. In the writer's thread: it looks at a set, and wakes the dispatcher."""
        if not self._rooms:
            return
        rooms = {
            event.room
            for event, _ in published
            if isinstance(event, Said) and event.room in self._rooms and not event.actor.bot
        }
        if rooms:
            with self._changed:
                self._said |= rooms
                self._wake()

    def changed(self) -> None:
        """Hooks were made, changed or removed. In any thread."""
        with self._changed:
            self._look = True
            self._wake()

    def _wake(self) -> None:
        """Wake the dispatcher. Under the lock."""
        self._woken = True
        self._changed.notify()

    def test(self, hook: Hook) -> str:
        """Send a test by a hook. Returns why that failed; empty if it did not. Blocks for some seconds at
        most."""
        if not self._chat.policy.webhooks.outgoing:
            return "outgoing webhooks are switched off on this server"
        if not self._testing.acquire(blocking=False):
            return "another webhook is being tested: try again in a moment"
        try:
            at = int(self._chat.clock() * 1000)
            self._send(hook, f"test_{hook.id}_{at}", test_body(hook, at), _TEST_SECONDS)
        except (_TroubleError, _RefusedError) as error:
            return str(error)
        finally:
            self._testing.release()
        return ""

    # The dispatcher.

    def _run(self) -> None:
        looked = 0.0
        while not self._stopped:
            try:
                if not self._leads() or not self._chat.policy.webhooks.outgoing:
                    self._forget()
                    self._wait(1.0)
                    continue
                if self._look or time.monotonic() - looked >= _LOOK_SECONDS:
                    looked = time.monotonic()
                    self._look = False
                    self._find()
                self._wait(min(self._hand_out(), looked + _LOOK_SECONDS - time.monotonic()))
            except StoreError as error:  # the store says it, too; what is stored is sent when it answers again
                log.warning("webhooks wait: %(why)s", {"event": "webhooks-wait", "why": error})
                self._wait(_LOOK_SECONDS)
            except Exception:
                log.exception("webhooks were interrupted", {"event": "webhooks-interrupted"})
                self._wait(1.0)

    def _wait(self, seconds: float) -> None:
        with self._changed:
            if not self._woken:
                self._changed.wait(max(0.0, seconds))
            self._woken = False

    def _forget(self) -> None:
        """Another server does it, or nobody: begin with what is stored when it is this one's turn."""
        self._rooms, self._look = frozenset(), False
        self._work = {number: work for number, work in self._work.items() if work.busy}
        with self._changed:
            self._said.clear()

    def _find(self) -> None:
        """Look which hooks there are."""
        found = {hook.id: hook for hook in self._chat.store.hooks.sending()}
        for number in self._work.keys() - found.keys():
            if not self._work[number].busy:
                del self._work[number]
        for number, hook in found.items():
            work = self._work.get(number)
            if work is None:
                retries = [*self._chat.store.hooks.retries(number)]
                self._work[number] = _Work(hook, hook.place, hook.place, retries)
            elif not work.busy:
                if hook.place > work.place or (hook.secret, hook.url) != (work.hook.secret, work.hook.url):
                    work.failures, work.next_at = 0, 0.0  # it was renewed, or switched off and on
                    work.place = work.stored = max(work.place, hook.place)
                    work.retries = [*self._chat.store.hooks.retries(number)]
                work.hook = hook
                work.heard += 1
        self._rooms = frozenset(work.hook.room_id for work in self._work.values())

    def _hand_out(self) -> float:
        """Give the hooks that have something to do to senders. Returns the seconds until another one has."""
        with self._changed:
            said, self._said = self._said, set()
        now = self._chat.clock()
        first = float("inf")
        busy = Counter(work.hook.account_id for work in [*self._work.values()] if work.busy)
        for work in sorted(self._work.values(), key=lambda work: work.sent_at):
            if work.hook.room_id in said:
                work.heard += 1
            due = work.due(now)
            if due <= now:
                owner = work.hook.account_id
                if owner is not None and busy[owner] >= _OF_ONE:
                    continue  # whoever is done wakes this thread
                busy[owner] += 1
                work.busy, work.sent_at = True, now
                self._jobs.put(work)
            else:
                first = min(first, due)
        return first - now

    # The senders.

    def _send_for_ever(self) -> None:
        while (work := self._jobs.get()) is not None and not self._stopped:
            try:
                self._send_some(work)
            except (ChatError, StoreError) as error:  # the database is away: what was sent is sent again
                log.warning(
                    "what a webhook has sent could not be stored: %(why)s",
                    {"event": "webhook-not-stored", "hook": work.hook.id, "why": error},
                )
                self._again(work)
            except Exception:
                log.exception("a webhook was interrupted", {"event": "webhooks-interrupted"})
                self._again(work)
            with self._changed:
                work.busy = False
                self._wake()

    def _again(self, work: _Work) -> None:
        """Have it done again later, from what is stored on."""
        work.next_at = self._chat.clock() + _LOOK_SECONDS
        work.place, work.read = work.stored, 0

    def _send_some(self, work: _Work) -> None:
        until = time.monotonic() + _BUSY_SECONDS
        hook = self._chat.store.hooks.by_id(work.hook.id)  # as it is now: it may have been switched off
        if hook is None or not hook.enabled:
            work.read, work.retries = work.heard, []
            return
        work.hook, work.place = (
            hook,
            max(work.place, hook.place),
        )  # it may have been off meanwhile: that is passed over
        done = Sent(work.place)
        refusal = permissions.hook_refusal(hook, int(self._chat.clock() * 1000))
        try:
            for event in self._events(work, refusal):
                done = self._try(work, event, done)
                if done.off or time.monotonic() >= until or self._stopped:
                    break
        except _TroubleError as trouble:
            work.failures += 1
            delay = self._backoff.delay(work.failures, trouble.asked)
            work.next_at = self._chat.clock() + delay
            done = replace(done, error=str(trouble))
            self._note_failure(work, str(trouble), delay)
        else:
            if done.worked:
                work.failures = 0
        off = done.off or (bool(done.error) and self._gives_up(work))
        self._store(work, replace(done, place=work.place, off=off))

    def _events(self, work: _Work, refusal: str) -> Iterable[RoomEvent]:
        """The messages to send now: those that were refused and are due, then those behind the place. The place
        moves on with them."""
        store, room, now = self._chat.store, work.hook.room_id, int(self._chat.clock() * 1000)
        for retry in sorted(work.retries, key=lambda retry: retry.next_at):
            if retry.next_at > now:
                break
            event = None if refusal else store.messages.at(room, retry.seq)
            if event is not None and event.kind in MESSAGE_KINDS and not event.audience:
                yield event
            else:  # it was redacted
                work.retries.remove(retry)
        heard = work.heard
        page = store.messages.page(
            HistoryQuery(room, _PAGE, after=work.place, newest=False, kinds=MESSAGE_KINDS, audiences=("",))
        )
        for event in page.events:
            if not (refusal or event.actor.bot) and triggers(work.hook, event.body):
                yield event
            work.place = event.seq
        if len(page.events) < _PAGE:
            work.place, work.read = max(work.place, page.last_seq), heard

    def _try(self, work: _Work, event: RoomEvent, done: Sent) -> Sent:
        """Send one message. Raises _TroubleError."""
        hook, retry = work.hook, next((one for one in work.retries if one.seq == event.seq), None)
        message_id = f"msg_{hook.id}_{msgid(event.room, event.seq, event.time)}"
        try:
            answer = self._send(hook, message_id, message_body(hook, event, self._room_name(hook)))
        except _RefusedError as refused:
            work.place = max(work.place, event.seq)
            return self._keep(work, event, retry, done, refused)
        work.place = max(work.place, event.seq)
        self.figures.sent += 1
        if retry is not None:
            work.retries.remove(retry)
            done = replace(done, delivered=[*done.delivered, event.seq])
        self._post_answer(hook, message_id, answer)
        return replace(done, worked=True, error="")

    def _keep(self, work: _Work, event: RoomEvent, retry: Retry | None, done: Sent, refused: _RefusedError) -> Sent:
        """A message was refused: keep it for another try, or give it up."""
        self.figures.failed += 1
        attempts = (retry.attempts if retry is not None else 0) + 1
        if retry is not None:
            work.retries.remove(retry)
        if refused.gone:
            return replace(done, error=str(refused), off=True)
        if attempts >= _MOST_TRIES or len(work.retries) >= _MOST_RETRIES:
            self.figures.given_up += 1
            log.warning(
                "a message that a webhook's receiver refuses was given up: %(why)s",
                {"event": "webhook-message-given-up", "hook": work.hook.id, "why": str(refused)},
            )
            return replace(done, delivered=[*done.delivered, event.seq], error=str(refused))
        later = int((self._chat.clock() + self._backoff.delay(attempts)) * 1000)
        kept = Retry(work.hook.id, event.seq, attempts, later)
        work.retries.append(kept)
        return replace(done, retries=[*done.retries, kept], error=str(refused))

    def _send(self, hook: Hook, message_id: str, body: bytes, seconds: float = 0.0) -> Fetched:
        """Raises _TroubleError, _RefusedError."""
        headers = {
            "content-type": "application/json",
            **signed_headers(hook.secret, message_id, int(self._chat.clock()), body),
        }
        limits = Limits(_ANSWER_BYTES, seconds or self._chat.policy.webhooks.timeout, 0, cut=True)
        try:
            fetched = self._ask(
                hook.url, method="POST", headers=headers, body=body, limits=limits, allowed=self._allowed()
            )
        except FetchError as error:
            raise _TroubleError(error.sentence) from None
        if 200 <= fetched.status < 300:
            return fetched
        sentence = f"the receiver answers with the status {fetched.status}"
        if fetched.status >= 500 or fetched.status in _IN_TROUBLE:
            raise _TroubleError(sentence, retry_after(fetched.headers.get("retry-after"), self._chat.clock()))
        raise _RefusedError(sentence, gone=fetched.status == _GONE)

    def _post_answer(self, hook: Hook, message_id: str, fetched: Fetched) -> None:
        """Say in the room what the receiver has answered, if the hook is made so. Once, however often it is
        asked."""
        said = answer_of(hook, fetched, self._chat.policy.limits) if hook.answers else None
        if said is None:
            return
        delivery = hashlib.sha256(message_id.encode()).hexdigest()
        try:
            self._chat.store.submit([PostByHook(hook.id, hook.room_id, [said], delivery)]).result()
        except ChatError as error:
            log.info(
                "the answer of a webhook was refused: %(why)s",
                {"event": "webhook-answer-refused", "hook": hook.id, "why": error.text},
            )

    def _store(self, work: _Work, done: Sent) -> None:
        """Have what was done stored. Blocks until it is."""
        news = done.worked or done.delivered or done.retries or done.off
        if not news and done.error in ("", work.hook.error) and work.place - work.stored < _MOVED:
            return
        if not self._chat.store.submit([NoteSent(work.hook.id, done)]).result():
            work.read, work.retries = work.heard, []
        work.stored = work.place
        if done.off:
            self.figures.switched_off += 1
            log.warning(
                "the webhook %(name)s was switched off: %(why)s",
                {"event": "webhook-off", "hook": work.hook.id, "name": work.hook.name, "why": done.error},
            )

    def _note_failure(self, work: _Work, why: str, delay: float) -> None:
        self.figures.failed += 1
        log.info(
            "the webhook %(name)s could not send: %(why)s; again in %(seconds)d s",
            {
                "event": "webhook-failed",
                "hook": work.hook.id,
                "name": work.hook.name,
                "why": why,
                "seconds": int(delay),
            },
        )

    def _gives_up(self, work: _Work) -> bool:
        """Whether a hook has failed for too long."""
        days, since = self._chat.policy.webhooks.give_up_days, work.hook.failing_since
        return bool(days) and since is not None and self._chat.clock() * 1000 - since > days * _DAY

    def _room_name(self, hook: Hook) -> str:
        room = self._chat.store.rooms.by_id(hook.room_id)
        return f"#{room.name}" if room is not None else ""
