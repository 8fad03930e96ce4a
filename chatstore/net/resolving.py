"""Names to addresses, in a time that the caller sets.

getaddrinfo can't be ended. So each look-up is a thread of its own that may outlive the wait for it, and of those
there are at most `most`: whoever comes when all are stuck is refused.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

Resolve = Callable[[str, int, float], list[str]]
"""(host, port, seconds) → its addresses, in the order in which they should be tried. Raises OSError; TimeoutError
if that took longer than `seconds`."""


class Resolver:
    """The system's look-ups."""

    def __init__(self, most: int = 8) -> None:
        self._places = threading.BoundedSemaphore(most)

    def __call__(self, host: str, port: int, seconds: float) -> list[str]:
        """Look a name up."""
        until = time.monotonic() + seconds
        if not self._places.acquire(timeout=max(0.0, seconds)):
            raise TimeoutError("all look-ups of names are stuck")
        found: list[str] = []
        failed: list[OSError] = []
        done = threading.Event()

        def look_up() -> None:
            try:
                # bytes: Python would encode a text by its own codec first
                answers = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
                found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))
            except OSError as error:
                failed.append(error)
            except (UnicodeError, ValueError):
                failed.append(OSError("not a name"))
            finally:
                self._places.release()
                done.set()

        try:
            threading.Thread(target=look_up, name="resolver", daemon=True).start()
        except RuntimeError:  # no more threads
            self._places.release()
            raise OSError("no thread for a look-up") from None
        if not done.wait(max(0.0, until - time.monotonic())):
            raise TimeoutError("the look-up of the name took too long")
        if failed:
            raise failed[0]
        return found


system_resolver = Resolver()
