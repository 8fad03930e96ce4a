"""One piece of data to many connections.

one_by_one() says what that means. The compiled build has the same as a loop in C (_fan_out.c), which lets go of
the GIL once for 256 sockets, not once for each. So a sender need not wait after every socket until another thread
gives it the GIL. The loop knows Outbox from the inside, and sends only what Outbox.send() would send as it is. A
test holds both equal. Only if one of the functions raises, it may be others who have got the data by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chatstore.net.outbox import Outbox


def one_by_one(sends: Iterable[Callable[[bytes], None]], data: bytes) -> None:
    """Call each of these functions with the data. Those of connections are Outbox.send, and never block."""
    for send in sends:
        send(data)


try:
    from chatstore.net import _fan_out
except ImportError:
    fan_out = one_by_one
else:
    _fan_out.prepare(Outbox)
    fan_out = _fan_out.fan_out
