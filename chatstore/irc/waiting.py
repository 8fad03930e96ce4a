"""Waiting: what a connection is paused for, and having a worker do what may block.

A Pause starts a wait and says when it is over; until then the lines behind it stay in the inbox (see
net.connection).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chatstore.chat.model.errors import ChatError, Code
from chatstore.irc import numerics as n

if TYPE_CHECKING:
    from chatstore.irc.client import Client

log = logging.getLogger(__name__)

Pause = Callable[[Callable[[], None]], None]
"""Starts a wait; its argument is called when the wait is over."""
Job = Callable[[], "Pause | None"]
"""What a worker does; it may return something to wait for next."""
Run = Callable[[Callable[[], None]], bool]
"""Gives a job to a pool of workers; False when the pool has too much to do."""
RunInTurn = Callable[[Callable[[], None], Sequence[str]], bool]
"""The same, in turn with those of others; see Session.payers."""

_BUSY = "the server has too much to do"


def in_worker(client: Client, run: Run, job: Job, *, command: str, vital: bool) -> Pause:
    """Wait while a worker does this, and then for what it returns; its ChatErrors must be handled inside.

    `command`: what is refused when too much waits for a worker already. `vital`: a connection for which this
    fails, or can't be begun, could not go on, so it is closed.
    """

    def start(resume: Callable[[], None]) -> None:
        def work() -> None:
            pause: Pause | None = None
            try:
                pause = job()
            except Exception:
                log.exception("a command failed")
                client.reply.numeric(n.ERR_UNKNOWNERROR, "*", text="internal error")
                if vital:
                    client.quit("internal error")
            client.reply.flush()
            if pause is not None:
                pause(resume)
            else:
                resume()

        if not run(work):
            client.refuse(command, ChatError(Code.BUSY, f"{_BUSY}: try again"))
            client.reply.flush()
            if vital:
                client.quit(_BUSY)
            resume()

    return start


def and_then(pause: Pause, after: Callable[[], None]) -> Pause:
    """The same pause, with something to do when it is over, before the connection goes on."""

    def start(resume: Callable[[], None]) -> None:
        def over() -> None:
            try:
                after()
            finally:
                resume()

        pause(over)

    return start


def let_others_go_first(resume: Callable[[], None]) -> None:
    """A pause that is over at once: the I/O thread comes back to this connection after the others."""
    resume()
