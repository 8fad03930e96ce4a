"""Favourite conversations in the terminal client: first in its list, on all devices of the account."""

from __future__ import annotations

from tests.client.screenless import Screenless
from tests.running import Running


def names(device: Screenless) -> list[str]:
    return [one.name for one in device.buffers.in_order]


def test_favourites_come_first_on_all_devices(server: Running) -> None:
    bob = server.member("bob")
    zoe = Screenless("zoe", server.port(), "#main", create=True)
    zoe.wait(lambda: zoe["#main"].joined)
    zoe.actions.execute("#main", "/join #aaa")
    zoe.wait(lambda: "#aaa" in zoe.buffers.by_key and zoe["#aaa"].joined)
    bob.ask("PRIVMSG zoe :psst")
    zoe.wait(lambda: names(zoe) == ["#aaa", "#main", "bob", ""])
    zoe.actions.execute("bob", "/favourite")
    zoe.wait(lambda: names(zoe) == ["bob", "#aaa", "#main", ""])
    zoe.actions.execute("#main", "/favourite")
    zoe.wait(lambda: names(zoe) == ["#main", "bob", "#aaa", ""])
    other = Screenless("zoe", server.port(), "#main")
    other.wait(lambda: names(other) == ["#main", "bob", "#aaa", ""])
    other.actions.execute("#main", "/favourite")
    for device in (zoe, other):
        device.wait(lambda device=device: names(device) == ["bob", "#aaa", "#main", ""])
        device.leave()
    bob.close()
