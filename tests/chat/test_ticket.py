"""Tickets: resolved once; callbacks and threads can wait for them."""

from __future__ import annotations

import threading

import pytest

from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.ticket import Ticket

SECONDS = 60


def test_callbacks_run_once_in_their_order_when_it_is_resolved() -> None:
    ticket, called = Ticket(), []
    ticket.when_done(lambda: called.append(("one", ticket.done)))
    ticket.when_done(lambda: called.append(("two", ticket.done)))
    assert called == []
    assert not ticket.done
    ticket.resolve([1])
    assert called == [("one", True), ("two", True)]


def test_a_callback_that_comes_late_runs_at_once() -> None:
    ticket, called = Ticket(), []
    ticket.resolve(["x"])
    ticket.when_done(lambda: called.append(ticket.outcomes))
    assert called == [["x"]]


def test_a_callback_may_add_another() -> None:
    ticket, called = Ticket(), []
    ticket.when_done(lambda: ticket.when_done(lambda: called.append("inner")))
    ticket.resolve([])
    assert called == ["inner"]


def test_threads_wait_for_it() -> None:
    ticket, results = Ticket(), []
    threads = [threading.Thread(target=lambda: results.append(ticket.wait())) for _ in range(4)]
    for thread in threads:
        thread.start()
    ticket.resolve(["stored"])
    for thread in threads:
        thread.join(SECONDS)
    assert results == [["stored"]] * 4
    assert ticket.wait() == ["stored"]


def test_a_callback_added_while_it_is_resolved_is_never_lost() -> None:
    for _ in range(200):
        ticket, called, start = Ticket(), threading.Event(), threading.Barrier(2)

        def resolve(ticket: Ticket = ticket, start: threading.Barrier = start) -> None:
            start.wait(SECONDS)
            ticket.resolve([])

        thread = threading.Thread(target=resolve)
        thread.start()
        start.wait(SECONDS)
        ticket.when_done(called.set)
        assert called.wait(SECONDS)
        thread.join(SECONDS)


def test_result_raises_what_the_unit_failed_with() -> None:
    refused = ChatError(Code.BANNED, "no", "main")
    ticket = Ticket()
    ticket.resolve([refused])
    with pytest.raises(ChatError) as caught:
        ticket.result()
    assert caught.value is refused
    assert ticket.wait() == [refused]


def test_result_is_that_of_its_unit() -> None:
    ticket = Ticket()
    ticket.resolve([None])
    assert ticket.result() is None
