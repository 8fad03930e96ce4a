"""`kill -9` while an outgoing webhook has a long way to go: whatever was stored is sent, sooner or later."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from tests.faults.journal import BrokenPromiseError
from tests.faults.program import Launch
from tests.net.web_server import response
from tests.running import PASSWORD, IrcClient, plain
from tests.webhooks.receiver import Got, Receiver

pytestmark = pytest.mark.timeout(300)

SETTINGS = {"CHATSTORE_WEBHOOKS_ALLOWED": "127.0.0.0/8", "CHATSTORE_ACCOUNTS_REGISTRATION": "open"}
MESSAGES = 60
"""Said between two kills, faster than they are sent."""
_TROUBLE = 30
"""The request that the receiver has no time for, so that the webhook waits."""


def kill_with_a_full_queue(launch: Launch, folder: Path, *, kills: int = 5, seed: int = 0) -> int:
    """Kill a server again and again while its webhook is behind; once the receiver is in trouble, too. At the
    end the receiver has got everything, in order as far as it was sent first, and each message with one id. Returns
    how many came more than once."""
    chance, said, more = random.Random(seed), [0], [0]
    first: list[Got] = []
    enough = threading.Event()

    def answer(got: Got) -> bytes:
        first.append(got)
        if len(first) >= more[0]:
            enough.set()
        return response(status="503 Busy") if len(first) == _TROUBLE else response()

    settings = Launch(launch.mutants, launch.checkpoint_pages, launch.before, {**launch.settings, **SETTINGS})
    with Receiver(answer) as receiver, settings.forking() as start:
        program = start(folder)
        client = _registered(program.connect(), receiver.url)
        for _ in range(kills):
            enough.clear()
            more[0] = len(first) + chance.randrange(1, MESSAGES)
            _say(client, said)
            assert enough.wait(60)
            program.kill()
            program = start(folder)
            client = _logged_in(program.connect())
        _say(client, said)
        wanted = {str(number) for number in range(said[0])}
        while not wanted <= set(receiver.texts) and receiver.comes(len(receiver.got) + 1):
            pass
        program.stop()
    return _check(receiver.got, said[0])


def _check(got: list[Got], said: int) -> int:
    ids: dict[str, str] = {}
    order: list[int] = []
    for each in got:
        if ids.setdefault(each.text, each.id) != each.id:
            raise BrokenPromiseError("a message has had two ids")
        order.append(int(each.text))
    missing = {*range(said)} - {*order}
    if missing:
        raise BrokenPromiseError(f"never sent: {sorted(missing)}")
    once = [*dict.fromkeys(order)]
    if once != sorted(once):
        raise BrokenPromiseError("sent in another order")
    return len(order) - len(once)


def _say(client: IrcClient, said: list[int]) -> None:
    lines = [f"PRIVMSG #tea :{number}" for number in range(said[0], said[0] + MESSAGES)]
    said[0] += MESSAGES
    client.ask(*lines)


def _registered(client: IrcClient, url: str) -> IrcClient:
    client.send("CAP LS 302", "NICK alice", "USER alice 0 * :Alice", f"REGISTER * * :{PASSWORD}")
    client.wait("REGISTER SUCCESS")
    client.ask("CAP END", "JOIN #tea")
    assert any("whsec_" in line for line in client.ask(f"HOOK ADD #tea out url={url} :Out"))
    return client


def _logged_in(client: IrcClient) -> IrcClient:
    client.send("CAP LS 302", "NICK alice", "USER alice 0 * :Alice", "CAP REQ :sasl", "AUTHENTICATE PLAIN")
    client.send(f"AUTHENTICATE {plain('alice')}", "CAP END")
    client.wait(" (422|376) ")
    return client


def test_killed_with_a_full_queue(tmp_path: Path) -> None:
    assert kill_with_a_full_queue(Launch(), tmp_path) < 5 * MESSAGES
