"""A silent node: for less than the lease nobody notices; after it, who was there is gone, and it must end."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.faults.away import must
from tests.faults.program import Launch
from tests.nodes.fleet import LEASE, Fleet, Node, fleet
from tests.running import SECONDS, IrcClient

pytestmark = pytest.mark.timeout(180)

_QUIET = 0.05


def guest(node: Node, nick: str, room: str = "#main") -> IrcClient:
    client = IrcClient("127.0.0.1", node.port)
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    client.wait(" (422|376) ")
    client.send(f"JOIN {room}")
    client.wait(" 366 ")
    return client


def heard_within(client: IrcClient, part: str, seconds: float) -> bool:
    """Whether a line with this part comes."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if any(part in line for line in client.sync()):
            return True
        time.sleep(_QUIET)
    return False


def both(running: Fleet) -> tuple[IrcClient, IrcClient]:
    """Rose at the first node, and somebody at the second who sees her come."""
    watcher = guest(running.nodes[1], "watcher")
    rose = guest(running.nodes[0], "rose")
    must(heard_within(watcher, ":rose!", SECONDS), "the other node did not tell that rose came")
    return rose, watcher


def frozen_for_too_long(launch: Launch, folder: Path) -> None:
    """It is declared dead, its people go, their nicks are free; when it wakes up it ends, and is started again."""
    with fleet(launch, folder, 2) as running:
        one, two = running.nodes
        rose, watcher = both(running)
        one.program.signal(signal.SIGSTOP)
        must(heard_within(watcher, ":rose!", 6 * LEASE), "who was on a dead node is not gone")
        other = guest(two, "rose")
        one.program.signal(signal.SIGCONT)
        until = time.monotonic() + SECONDS
        while not one.codes:
            must(time.monotonic() < until, "a node that was declared dead is not ended")
            time.sleep(_QUIET)
        must(one.codes == [1], f"it ended with {one.codes}")
        rose.rest()
        running.until_all_run(SECONDS)
        asker = guest(one, "asker")
        must("rose" in asker.ask("ISON rose")[0], "the new owner of the nick is not known everywhere")
        other.close()
        must(heard_within(asker, ":rose!", SECONDS), "the new owner is not seen to go")


def frozen_for_a_moment(launch: Launch, folder: Path) -> None:
    """Nobody notices; nor with an idle node, which only beats."""
    with fleet(launch, folder, 2) as running:
        one, two = running.nodes
        rose, watcher = both(running)
        one.program.signal(signal.SIGSTOP)
        time.sleep(LEASE / 2)
        one.program.signal(signal.SIGCONT)
        must(not heard_within(watcher, ":rose!", 2 * LEASE), "rose was said to go, and she is there")
        must(not one.codes and not two.codes, "a node ended that was not dead")
        must("rose" in watcher.ask("ISON rose")[0], "rose is there, and not known")
        rose.send("PRIVMSG #main :still here")
        must(heard_within(watcher, "still here", SECONDS), "what rose said was not heard")


def killed(launch: Launch, folder: Path) -> None:
    """Who was there is gone after the lease."""
    with fleet(launch, folder, 2) as running:
        _, watcher = both(running)
        one = running.nodes[0]
        one.supervised = False
        began = time.monotonic()
        one.program.signal(signal.SIGKILL)
        must(heard_within(watcher, ":rose!", 6 * LEASE), "who was on a dead node is not gone")
        must(time.monotonic() - began > LEASE / 2, "a node was declared dead too early")
        until = time.monotonic() + SECONDS  # it is told after the quit
        while "rose" in watcher.ask("ISON rose")[0]:
            must(time.monotonic() < until, "rose is gone, and thought to be there")
            time.sleep(_QUIET)


@pytest.mark.parametrize("trial", [frozen_for_too_long, frozen_for_a_moment, killed])
def test_a_silent_node(trial: object, tmp_path: Path) -> None:
    assert callable(trial)
    trial(Launch(), tmp_path)
