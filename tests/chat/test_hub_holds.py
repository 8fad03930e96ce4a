"""Joining a room's stream: whatever happens between attach, reading the history and release, a session sees
every message once and in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from chatstore.chat.model.events import Published
from chatstore.chat.model.room_events import MemberJoined, MessagePosted, TopicChanged
from tests.chat.listening import ALICE, BOB, EVE, FakeSession, Life, RecordingRenderer

VIEWS = (RecordingRenderer("one"), RecordingRenderer("two"), RecordingRenderer("silent", echo=False))


@dataclass
class Reader:
    """A session that is entering: attached, then shown the history up to `read`, then released."""

    session: FakeSession
    shown: list[int] = field(default_factory=list)
    read: int | None = None
    released: bool = False

    @property
    def seen(self) -> list[int]:
        return self.shown + self.session.seqs


class Run:
    """What was committed (the database), how far it is published, and the readers."""

    def __init__(self) -> None:
        self.life = Life(ALICE, BOB, EVE)
        self.committed: list[Published] = []
        self.published = 0
        self.readers: list[Reader] = []

    @property
    def messages(self) -> list[int]:
        return [event.seq for event, _ in self.committed if isinstance(event, MessagePosted)]

    def attach(self, n: int) -> None:
        actor = (ALICE, BOB, EVE)[n % 3]
        self.readers.append(Reader(self.life.attach(actor, VIEWS[n // 3 % 3])))

    def read(self, n: int) -> None:
        """Read the history as it is in the database now, including what is committed and not published."""
        waiting = [reader for reader in self.readers if reader.read is None]
        if waiting:
            reader = waiting[n % len(waiting)]
            reader.shown = self.messages
            reader.read = self.life.seq

    def release(self, n: int) -> None:
        waiting = [reader for reader in self.readers if reader.read is not None and not reader.released]
        if waiting:
            reader = waiting[n % len(waiting)]
            assert reader.read is not None
            self.life.hub.release(reader.session, 1, reader.read)  # type: ignore[arg-type]
            reader.released = True

    def commit(self, n: int) -> None:
        kind = TopicChanged if n % 4 == 3 else MessagePosted
        self.committed.append(self.life.event(kind, ALICE, str(n)))

    def publish(self, n: int) -> None:
        """Publish some or all of what is committed, as one batch."""
        end = min(len(self.committed), self.published + 1 + n % 3)
        self.life.delivery.publish(self.committed[self.published : end])
        self.published = end

    def view(self, n: int) -> None:
        if self.readers:
            session = self.readers[n % len(self.readers)].session
            self.life.hub.change_renderer(session, VIEWS[n % 2])  # type: ignore[arg-type]

    def finish(self) -> None:
        while self.published < len(self.committed):
            self.publish(2)
        for step in (self.read, self.release):
            for _ in self.readers:
                step(0)


STEPS = ("attach", "read", "release", "commit", "commit", "publish", "publish", "view")


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 8)), max_size=50))
def test_every_message_once_and_in_order(steps: list[tuple[str, int]]) -> None:
    run = Run()
    for step, n in steps:
        getattr(run, step)(n)
    run.finish()
    for reader in run.readers:
        assert reader.seen == run.messages
    run.commit(0)
    run.publish(0)
    for reader in run.readers:
        assert reader.seen == run.messages


@given(before=st.integers(0, 3), meanwhile=st.integers(0, 3), after=st.integers(0, 3))
def test_a_joiner_is_shown_the_history_and_hears_later_events(before: int, meanwhile: int, after: int) -> None:
    life = Life(ALICE)
    bob = life.listen(BOB)
    for _ in range(before):
        life.say(ALICE, "before")
    batch = [life.event(MemberJoined, BOB)]
    batch += [life.event(MessagePosted, ALICE, "meanwhile") for _ in range(meanwhile)]
    life.delivery.publish(batch)
    [joined] = bob.events
    assert joined.seq == before + 2
    shown = list(range(2, joined.seq))
    life.hub.release(bob, 1, joined.seq)  # type: ignore[arg-type]
    for _ in range(after):
        life.say(ALICE, "after")
    assert [*shown, joined.seq, *bob.seqs] == list(range(2, life.seq + 1))


def test_the_connection_that_joined_is_not_told_of_it_a_second_time() -> None:
    """Its JOIN shows it the room; the person's other connections are told that they are in it."""
    life = Life(ALICE)
    bob, other = life.listen(BOB), life.listen(BOB)
    life.delivery.publish([life.event(MemberJoined, BOB, "", bob)])
    assert bob.events == []
    assert len(other.events) == 1


def test_a_release_out_of_turn_does_nothing() -> None:
    life = Life(ALICE, BOB)
    eve, bob = life.listen(EVE), life.listen(BOB)
    life.say(ALICE, "one")
    life.hub.release(eve, 1, 0)  # type: ignore[arg-type]
    life.hub.release(bob, 1, 0)  # type: ignore[arg-type]
    life.hub.release(bob, 77, 0)  # type: ignore[arg-type]
    life.say(ALICE, "two")
    assert eve.seqs == []
    assert bob.seqs == [3, 4]


def test_a_session_that_goes_while_it_is_held_leaves_nothing_behind() -> None:
    life = Life(ALICE, BOB)
    bob = life.attach(BOB)
    life.say(ALICE, "one")
    life.hub.detach(bob, stays=True)  # type: ignore[arg-type]
    life.hub.release(bob, 1, 0)  # type: ignore[arg-type]
    life.hub.release_direct_conversations(bob, {})  # type: ignore[arg-type]
    life.say(ALICE, "two")
    assert bob.lines == []
    live = life.hub.room(1)
    assert live is not None
    assert not live._holds
    assert not live._listeners
