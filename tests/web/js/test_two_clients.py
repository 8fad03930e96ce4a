"""The page's IRC layer against a real server, which stops and starts while its clients talk."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.model.names import person_name
from chatstore.chat.model.passwords import hash_password
from tests.running import PASSWORD, Running
from tests.web.js.test_node import node

HERE = Path(__file__).parent
SECONDS = 100


@pytest.mark.timeout(SECONDS + 20)
def test_two_clients_and_a_server_that_comes_and_goes(run_server: Callable[..., Running]) -> None:
    server = run_server(listen={"web": "127.0.0.1:0"})
    address = f"127.0.0.1:{server.port('web')}"
    command = [
        node(),
        "--no-warnings",
        "--experimental-websocket",
        str(HERE / "two_clients.js"),
        f"ws://{address}/",
    ]
    program = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    timer = threading.Timer(SECONDS, program.kill)
    timer.start()
    try:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        asked = []
        for line in program.stdout:
            asked.append(line.strip())
            if asked[-1] == "stop":
                server.stop()
            elif asked[-1] == "start":
                server = run_server(listen={"web": address})
            else:
                continue
            program.stdin.write("done\n")
            program.stdin.flush()
        assert program.wait() == 0, f"after {asked}: {program.stderr.read()}"
        assert asked[-1] == "all is well"
    finally:
        timer.cancel()
        program.kill()
        program.communicate()


@pytest.mark.timeout(SECONDS + 20)
def test_accounts_by_invitation(run_server: Callable[..., Running]) -> None:
    server = run_server(listen={"web": "127.0.0.1:0"}, accounts={"registration": "invite"})
    password = hash_password(PASSWORD, 4)
    server.server.store.submit([CreateAccount(person_name("root"), password, "admin")]).result()
    url = f"ws://127.0.0.1:{server.port('web')}/"
    command = [node(), "--no-warnings", "--experimental-websocket", str(HERE / "invited.js"), url, PASSWORD]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=SECONDS, check=False)
    assert (done.returncode, done.stdout) == (0, "all is well\n"), done.stderr
