"""`kill -9` while programs post over HTTP: a request that is sent again with its key makes one message."""

from __future__ import annotations

import base64
import http.client
import json
import random
import socket
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.journal import BrokenPromiseError
from tests.faults.program import Launch, Program
from tests.running import PASSWORD, SECONDS

pytestmark = pytest.mark.timeout(300)

POSTERS = 4


class Poster:
    """A program that posts, and sends each request again until it is answered."""

    def __init__(self, number: int, port: int) -> None:
        self.text, self._port = f"poster {number} says", port
        self.asked = 0
        self.answered: dict[str, str] = {}
        """The id of each text that was answered."""

    def post(self, enough: threading.Semaphore) -> None:
        """Post until the server has gone."""
        credentials = base64.b64encode(f"poster:{PASSWORD}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=SECONDS)
        try:
            while True:
                text = f"{self.text} {self.asked}"
                headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
                headers["Idempotency-Key"] = text.replace(" ", "-")
                connection.request("POST", "/api/v1/rooms/main/messages", json.dumps({"text": text}), headers)
                response = connection.getresponse()
                body = json.loads(response.read())
                if response.status == 429:  # too many passwords at once
                    continue
                assert response.status == 201, body
                self.answered[text] = body["id"]
                self.asked += 1
                enough.release()
        except (OSError, http.client.HTTPException):
            connection.close()


def posting_once(launch: Launch, folder: Path, *, kills: int = 12, seed: int = 0) -> int:
    """Kill a server that programs post to, again and again. Each message is there once, and all that were answered
    are. Returns how many were posted."""
    chance = random.Random(seed)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    web = ("--web", f"127.0.0.1:{port}")
    posters = [Poster(number, port) for number in range(POSTERS)]
    with launch.forking() as start:
        program = start(folder, *web)
        _join(program)
        for _ in range(kills):
            _post_until_killed(program, posters, chance)
            program = start(folder, *web)
        said = _said(program)
        program.stop()
    twice = [text for text, times in Counter(text for _, text in said).items() if times > 1]
    if twice:
        raise BrokenPromiseError(f"{twice} was posted twice")
    stored = {text: id for id, text in said}
    for poster in posters:
        for text, id in poster.answered.items():
            if stored.get(text) != id:
                raise BrokenPromiseError(f"{text!r} was answered, and is not there")
    return sum(len(poster.answered) for poster in posters)


def _post_until_killed(program: Program, posters: list[Poster], chance: random.Random) -> None:
    enough = threading.Semaphore(0)
    threads = [threading.Thread(target=poster.post, args=(enough,)) for poster in posters]
    for thread in threads:
        thread.start()
    for _ in range(chance.randrange(1, 60)):
        assert enough.acquire(timeout=SECONDS)
    time.sleep(chance.uniform(0, 0.01))  # nothing waits for this: it makes the moment a random one
    program.kill()
    for thread in threads:
        thread.join()


def _join(program: Program) -> None:
    client = program.connect()
    client.send("CAP LS 302", "NICK poster", "USER poster 0 * :poster", f"REGISTER * * :{PASSWORD}", "CAP END")
    client.wait(" (422|376) ")
    client.ask("JOIN #main")
    client.close()


def _said(program: Program) -> list[tuple[str, str]]:
    """The id and the text of every message, as a client reads the history."""
    client = program.connect()
    client.send("CAP LS 302", "NICK poster", "USER poster 0 * :poster")
    plain = base64.b64encode(f"\0poster\0{PASSWORD}".encode()).decode()
    client.send("CAP REQ :sasl message-tags batch draft/chathistory", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain}")
    client.send("CAP END")
    client.wait(" (422|376) ")
    found: list[tuple[str, str]] = []
    after = "timestamp=2020-01-01T00:00:00.000Z"
    while True:
        lines = [line for line in client.ask(f"CHATHISTORY AFTER #main {after} 100") if " PRIVMSG #main :" in line]
        if not lines:
            client.close()
            return found
        for line in lines:
            id = line.partition("msgid=")[2].partition(" ")[0].partition(";")[0]
            found.append((id, line.partition(" PRIVMSG #main :")[2]))
        after = f"msgid={found[-1][0]}"


def test_posting_once(tmp_path: Path) -> None:
    assert posting_once(Launch(), tmp_path) > 50
