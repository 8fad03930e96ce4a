"""Files in a running server: it collects by itself, and says what it takes."""

from __future__ import annotations

from collections.abc import Callable
from queue import Queue
from typing import Any

import pytest

from chatstore import housekeeping
from chatstore.chat.model.errors import ChatError, Code
from chatstore.chat.session.files import find_file
from chatstore.irc.line import parse
from tests.running import SECONDS, Running


def session_of(running: Running, name: str) -> Any:
    person = running.server.chat.hub.person(name)
    assert person is not None
    return next(iter(person.sessions))


def test_a_file_that_is_taken_back_leaves_the_disk(
    run_server: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: Queue[int] = Queue()
    real = housekeeping.Collector.collect

    def collect(self: housekeeping.Collector) -> bool:
        try:
            return real(self)
        finally:
            removed.put(self.removed)

    monkeypatch.setattr(housekeeping, "_COLLECT_SECONDS", 0.02)
    monkeypatch.setattr(housekeeping.Collector, "collect", collect)
    running = run_server(files={"free_bytes": 0})
    alice = running.member("alice", "message-tags echo-message draft/message-redaction")
    arriving = session_of(running, "alice").files.begin("poem.txt", None)
    arriving.write(b"a poem")
    file = arriving.finish()
    chat = running.server.chat
    assert chat.store.contents is not None
    path = find_file(chat, file.token, None).path
    alice.send(f"PRIVMSG #main :http://chat.example/files/{file.token}/poem.txt")
    said = parse(alice.wait(file.token)).tags["msgid"]
    while removed.get(timeout=SECONDS) != 0:
        pass  # the collector has looked, and left it alone
    assert path.read_bytes() == b"a poem"
    alice.send(f"REDACT #main {said}")
    alice.wait("REDACT")
    while removed.get(timeout=SECONDS) != 1:
        pass
    assert not path.exists()
    with pytest.raises(ChatError) as caught:
        find_file(chat, file.token, None)
    assert caught.value.code is Code.NO_SUCH_FILE
