"""The resources of one connection are bounded: a reader that never reads, and more connections than the
server allows."""

from __future__ import annotations

import socket
from collections.abc import Callable

from tests.running import IrcClient, Running


def test_a_client_that_never_reads_is_dropped(run_server: Callable[..., Running]) -> None:
    server = run_server(limits={"send_queue": 65536, "message_length": 400})
    deaf = server.member("deaf")
    deaf._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    loud = server.member("loud", "echo-message")
    text = "x" * 390
    for lap in range(400):
        loud.send(*(f"PRIVMSG #main :{text}" for _ in range(20)))
        loud.wait(f"PRIVMSG #main :{text}")
        loud.sync()
        if lap % 20 == 0 and "G" in who(loud).get("deaf", ""):
            break
    assert "G" in who(loud)["deaf"]


def who(client: IrcClient) -> dict[str, str]:
    return {line.params[5]: line.params[6] for line in client.parsed("WHO #main") if line.command == "352"}


def test_a_full_server_says_so(run_server: Callable[..., Running]) -> None:
    server = run_server(limits={"connections": 2})
    one, two = server.connect(), server.connect()
    one.sync(), two.sync()
    assert server.connect().rest() == ["ERROR :this server is full"]
    one.close()
    while True:  # until the server has noticed
        again = server.connect()
        try:
            again.sync()
            break
        except (EOFError, ConnectionError):
            continue
