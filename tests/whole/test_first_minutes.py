"""The first minutes of a server: its first admin registers by the printed code, then others by the admin's
codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatstore.chat.model.tokens import PASSWORD_CHANGED, REMOVED
from tests.running import PASSWORD, IrcClient, plain
from tests.whole.test_administration import chatstore
from tests.whole.test_restart import Program


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Program]]:
    """Starts the program on one database, after stopping the one before."""
    started: list[Program] = []

    def stop() -> None:
        for program in started:
            program.kill()
            assert program.process.stdout is not None
            program.process.stdout.close()

    def run() -> Program:
        stop()
        started[:] = [Program(tmp_path)]
        return started[0]

    yield run
    stop()


def first_code(program: Program) -> str:
    found = re.search(r"^Begin: .*--invitation (csi_[a-z2-9]{24})$", program.printed, re.MULTILINE)
    assert found, program.printed
    assert len(program.printed.splitlines()) <= 12
    return found[1]


def by_invitation(program: Program, name: str, code: str) -> str:
    """The answer to REGISTER."""
    client = IrcClient("127.0.0.1", program.port)
    client.send("CAP LS 302", f"NICK {name}", f"USER {name} 0 * :U", f"INVITATION {code}")
    client.send(f"REGISTER * * :{PASSWORD}")
    answer = client.wait(" REGISTER ")
    client.close()
    return answer


def test_the_first_admin_and_those_who_come_after(tmp_path: Path, start: Callable[[], Program]) -> None:
    void = first_code(start())
    program = start()
    code = first_code(program)
    client = IrcClient("127.0.0.1", program.port)
    assert "INVALID_CODE" in client.ask(f"INVITATION {void}")[0]
    client.close()
    assert "SUCCESS root" in by_invitation(program, "root", code)
    program = start()
    assert "Begin:" not in program.printed
    assert "csi_" not in program.printed
    link = chatstore(tmp_path, "invite", "Zoe").strip()
    assert "SUCCESS zoe" in by_invitation(program, "zoe", link)
    taken_back = chatstore(tmp_path, "invite").strip()
    chatstore(tmp_path, "invite", "--revoke", chatstore(tmp_path, "invite", "--list").splitlines()[-1].split()[0])
    client = IrcClient("127.0.0.1", program.port)
    assert "INVALID_CODE" in client.ask(f"INVITATION {taken_back}")[0]
    client.close()


def test_a_token_that_the_command_line_revokes_is_put_out(tmp_path: Path, start: Callable[[], Program]) -> None:
    program = start()
    alice = program.connect("alice", new=True)
    answers = [alice.parsed(f"TOKEN ADD :{label}")[0].params for label in ("phone", "tablet")]
    program.kill()
    program = start()

    def by_token(token: str) -> IrcClient:
        client = IrcClient("127.0.0.1", program.port)
        client.send("CAP REQ :sasl", "NICK alice", "USER a 0 * :A", "AUTHENTICATE PLAIN")
        client.send(f"AUTHENTICATE {plain('alice', token)}", "CAP END")
        client.wait(" 422 ")
        return client

    phone, tablet = (by_token(answer[2]) for answer in answers)
    listed = chatstore(tmp_path, "account", "tokens", "alice")
    assert all(label in listed for label in ("phone", "tablet"))
    said = chatstore(tmp_path, "account", "tokens", "alice", "--revoke", answers[0][1])
    assert said == f"the token {answers[0][1]} of alice is revoked\n"
    assert phone.rest()[-1] == f"ERROR :Closing link: {REMOVED}"
    assert tablet.ask("TOKEN LIST")
    chatstore(tmp_path, "account", "passwd", "alice", "--password-stdin", typed="nine purple kettles\n")
    assert tablet.rest()[-1] == f"ERROR :Closing link: {PASSWORD_CHANGED}"
