"""Lanes: what waits for push services, and that a bad one costs nobody else anything."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from chatstore.chat.model.push import Subscription
from chatstore.net.retrying import Backoff
from chatstore.push import lanes as module
from chatstore.push.lanes import Lanes, Message, Outcome

SECONDS = 60


def message(service: str, number: int = 1, topic: str = "t", time: int = 1) -> Message:
    subscription = Subscription(
        number, 1, service, f"{service}/{number}", "", "", "", "", None, "", 0, "127.0.0.1", 0, 0
    )
    return Message(subscription, 1, time, topic, b"long", b"short")


class Services:
    """Push services whose answers a test gives. A service that is in `stuck` does not answer until it is let go."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.done: list[tuple[Message, Outcome]] = []
        self.stuck: set[str] = set()
        self.outcomes: dict[str, list[Outcome]] = {}
        self.changed = threading.Condition()
        self.now = 0.0

    def send(self, message: Message) -> Outcome:
        service = message.subscription.service
        with self.changed:
            self.sent.append(message)
            self.changed.notify_all()
            self.changed.wait_for(lambda: service not in self.stuck, SECONDS)
            given = self.outcomes.get(service, [])
            return given.pop(0) if given else Outcome("sent")

    def finished(self, message: Message, outcome: Outcome) -> None:
        with self.changed:
            self.done.append((message, outcome))
            self.changed.notify_all()

    def wait(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.sent) >= count, SECONDS), self.sent

    def wait_done(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.done) >= count, SECONDS), self.done

    def let_go(self, *services: str) -> None:
        with self.changed:
            self.stuck.difference_update(services)
            self.changed.notify_all()


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def lanes(services: Services) -> Iterator[Lanes]:
    backoff = Backoff(first=10, most=100, chance=lambda: 0.0)
    running = Lanes(services.send, services.finished, threads=4, backoff=backoff, clock=lambda: services.now)
    yield running
    services.let_go(*services.stuck)
    running.stop()


def later(lanes: Lanes, services: Services, seconds: float) -> None:
    services.now += seconds
    with lanes._changed:
        lanes._changed.notify_all()


def test_services_that_never_answer_hold_up_nobody(services: Services, lanes: Lanes) -> None:
    lanes.put(message("https://good"))
    services.wait_done(1)
    bad = [f"https://bad{n}" for n in range(20)]
    services.stuck.update(bad)
    for service in bad:
        lanes.put(message(service))
    services.wait(1 + 2)  # half of the threads
    for n in range(10):
        lanes.put(message("https://good", topic=str(n)))
    services.wait_done(11)
    assert len(services.sent) == 1 + 2 + 10
    assert lanes.waiting == 18
    services.let_go(*bad)
    services.wait_done(11 + 20)
    assert lanes.waiting == 0


def test_one_request_at_a_time_for_a_service(services: Services, lanes: Lanes) -> None:
    lanes.put(message("https://good"))
    services.wait_done(1)
    services.stuck.add("https://good")
    for n in range(5):
        lanes.put(message("https://good", topic=str(n)))
    services.wait(2)
    lanes.put(message("https://other", topic="other"))
    services.wait(3)
    assert lanes.waiting == 4
    services.let_go("https://good")
    services.wait_done(7)
    assert [each.topic for each in services.sent[1:]] == ["0", "other", "1", "2", "3", "4"]


def test_a_newer_message_takes_the_place_of_one_that_waits(services: Services, lanes: Lanes) -> None:
    services.stuck.add("https://a")
    lanes.put(message("https://a", topic="first"))
    services.wait(1)
    for n in range(5):
        lanes.put(message("https://a", time=n))
        lanes.put(message("https://a", number=2, time=n))
    assert lanes.waiting == 2
    lanes.drop(message("https://a").subscription, "t", 3)
    assert lanes.waiting == 2
    lanes.drop(message("https://a").subscription, "t", 4)
    lanes.drop(message("https://a").subscription, "none", 4)
    assert lanes.waiting == 1
    services.let_go("https://a")
    services.wait_done(2)
    assert [(each.subscription.id, each.time) for each in services.sent[1:]] == [(2, 4)]


def test_a_service_that_fails_rests_longer_each_time(services: Services, lanes: Lanes) -> None:
    services.outcomes["https://a"] = [Outcome("failed")] * 3
    lanes.put(message("https://a"))
    for attempt, wait in enumerate((10, 20, 40), 1):
        services.wait(attempt)
        while lanes.figures.failed < attempt:
            pass
        later(lanes, services, wait - 1)
        assert lanes.resting == 1
        lanes.put(message("https://b"))
        services.wait_done(attempt)
        assert len([each for each in services.sent if each.subscription.service == "https://a"]) == attempt
        later(lanes, services, 1)
        services.wait(2 * attempt + 1)
    services.wait_done(4)
    assert lanes.resting == 0


def test_a_wait_that_the_service_asks_for(services: Services, lanes: Lanes) -> None:
    """429 is about one subscription: the others of the service go on."""
    services.outcomes["https://a"] = [Outcome("slower", 500.0)]
    lanes.put(message("https://a"))
    services.wait(1)
    lanes.put(message("https://a", number=2))
    services.wait_done(1)
    later(lanes, services, 499)
    lanes.put(message("https://a", number=3))
    services.wait_done(2)
    assert lanes.waiting == 1
    later(lanes, services, 1)
    services.wait_done(3)
    assert services.sent[-1].subscription.id == 1


def test_what_is_too_large_is_sent_short_once(services: Services, lanes: Lanes) -> None:
    services.outcomes["https://a"] = [Outcome("too large"), Outcome("too large")]
    lanes.put(message("https://a"))
    services.wait(2)
    assert [each.payload for each in services.sent] == [b"long", b"short"]
    while not lanes.figures.dropped:
        pass
    assert lanes.waiting == 0


def test_everything_is_bounded(services: Services, lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_IN_LANE", 5)
    monkeypatch.setattr(module, "MAX_WAITING", 8)
    monkeypatch.setattr(module, "MAX_LANES", 3)
    services.stuck.update(["https://a", "https://b", "https://c", "https://d"])
    for service in ("https://a", "https://b"):
        lanes.put(message(service))
    services.wait(2)
    for n in range(20):
        lanes.put(message("https://a", topic=str(n)))
        lanes.put(message("https://b", topic=str(n)))
    lanes.put(message("https://c"))
    lanes.put(message("https://d"))
    assert lanes.waiting == 8
    assert lanes.figures.dropped == 40 - 8 + 2


def test_a_message_is_given_up_in_the_end(services: Services, lanes: Lanes) -> None:
    services.outcomes["https://a"] = [Outcome("failed")] * 100
    lanes.put(message("https://a"))
    for attempt in range(1, module.MAX_TRIES + 1):
        services.wait(attempt)
        while lanes.figures.failed < attempt:
            pass
        later(lanes, services, 1000)
    while not lanes.figures.dropped:
        pass
    assert lanes.waiting == 0
    assert len(services.sent) == module.MAX_TRIES


def test_an_error_in_sending_ends_no_thread(services: Services) -> None:
    failing = iter([ValueError("oops")] * 10)

    def send(sent: Message) -> Outcome:
        for error in failing:
            raise error
        return services.send(sent)

    lanes = Lanes(send, services.finished, threads=1)
    for n in range(11):
        lanes.put(message("https://a", topic=str(n)))
    services.wait_done(1)
    assert lanes.figures.dropped == 10
    lanes.stop()
