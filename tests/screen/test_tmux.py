"""The real program in a real terminal, as a person has it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.api.test_files import png, tables
from tests.faults.program import Launch, Program, Start
from tests.running import PASSWORD, IrcClient, Running, plain
from tests.screen.tmux import Terminal, terminal

pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
    pytest.mark.timeout(240),
]
Open = Callable[..., Terminal]


@pytest.fixture
def start() -> Iterator[Start]:
    with Launch().starting() as starting:
        yield starting


@pytest.fixture
def server(start: Start, tmp_path: Path) -> Program:
    return start(tmp_path)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Terminal]:
    with terminal(tmp_path, environment=surroundings(tmp_path)) as one:
        yield one


def surroundings(folder: Path) -> Mapping[str, str]:
    return {"CHATSTORE_PASSWORD": PASSWORD, "XDG_CONFIG_HOME": str(folder), "TZ": "UTC"}


def command(port: int, name: str = "zoe", *more: str) -> str:
    words = [sys.executable, "-m", "chatstore", "client", "--user", name, "--server", f"irc://127.0.0.1:{port}"]
    return shlex.join([*words, "--room", "main", "--register", *more])


def enter(opened: Terminal, program: Program, *more: str) -> None:
    opened.type(command(program.port, "zoe", *more))
    opened.press("Enter")
    opened.until_shown("#main", "zoe joined", "F1 help")


def member(program: Program, name: str, *, new: bool = True) -> IrcClient:
    client = program.connect()
    client.send("CAP LS 302", f"NICK {name}", f"USER {name} 0 * :{name}")
    if new:
        client.send("CAP REQ :draft/account-registration", f"REGISTER * * :{PASSWORD}")
        client.wait("REGISTER SUCCESS")
    else:
        client.send("CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain(name)}")
    client.send("CAP END", "JOIN #main")
    client.wait(" 366 ")
    return client


def test_joining_talking_and_leaving_the_terminal_as_it_was(server: Program, opened: Terminal) -> None:
    alice = member(server, "alice")
    enter(opened, server)
    assert opened.asked("#{alternate_on}") == "1"
    opened.type("hello from the terminal")
    opened.press("Enter")
    alice.wait("PRIVMSG #main :hello from the terminal")
    alice.ask("PRIVMSG #main :hello zoe \x1b]0;stolen title\x07 👍 日本")
    opened.until_shown("hello zoe \\x1b]0;stolen title\\x07 👍 日本")
    opened.type("/join dev")
    opened.press("Enter")
    opened.until_shown("Message #dev")
    opened.press("M-2")
    opened.until_shown("Message #main", "hello zoe")
    opened.press("F1")
    opened.until_shown("Keys", "Ctrl-K")
    opened.press("Escape")
    opened.until(lambda shown: "Ctrl-K" not in shown)
    opened.resize(80, 24)
    opened.until(lambda shown: "hello from the terminal" in shown and len(shown.splitlines()) <= 24)
    opened.press("C-q")
    opened.until(lambda shown: "Message #main" not in shown and "python" in shown)
    opened.type("echo back in the she''ll; stty -a | grep -o ' -*icanon\\| -*echo '")
    opened.press("Enter")
    opened.until(lambda shown: "back in the shell" in shown and re.search(r"^ ?icanon", shown, re.M))
    assert opened.asked("#{alternate_on} #{mouse_any_flag} #{cursor_flag} #{bracket_paste_flag}").startswith(
        "0 0 1"
    )


def test_scrolling_back_over_several_pages_searching_and_jumping(server: Program, opened: Terminal) -> None:
    alice = member(server, "alice")
    alice.ask("PRIVMSG #main :here lies the needle")
    for number in range(900):
        alice.send(f"PRIVMSG #main :words {number}.")
    alice.sync()
    enter(opened, server)
    seen: set[int] = set()

    def looked_at(shown: str) -> set[int]:
        found = set(map(int, re.findall(r"words (\d+)\.", shown)))
        seen.update(found)
        return found

    def is_above(shown: str, before: set[int]) -> bool:
        """Whether the page above is shown, and all of it: half of it may be drawn first."""
        found = sorted(looked_at(shown))
        if not found or found != [*range(found[0], found[-1] + 1)]:
            return False
        return found[0] < min(before) <= found[-1] + 1 or "this is where #main begins" in shown

    opened.until_shown("words 899.")
    while "this is where #main begins" not in opened.shown():
        before = looked_at(opened.shown())
        opened.press("PageUp")
        opened.until(lambda shown, before=before: is_above(shown, before))
    looked_at(opened.shown())
    assert seen == set(range(900))
    opened.press("End")
    opened.until_shown("words 899.")
    opened.type("/search needle")
    opened.press("Enter")
    opened.until_shown("1 found for needle", "alice: here lies the needle")
    opened.press("Enter")
    opened.until_shown("▌", "here lies the needle", "words 0.")
    opened.press("Escape")
    opened.until_shown("words 899.")


def test_a_search_jumps_to_what_is_far_from_here(server: Program, opened: Terminal) -> None:
    alice = member(server, "alice")
    alice.ask("PRIVMSG #main :here lies the needle")
    for number in range(900):
        alice.send(f"PRIVMSG #main :words {number}.")
    alice.sync()
    enter(opened, server)
    opened.until_shown("words 899.")
    opened.type("/search needle")
    opened.press("Enter")
    opened.until_shown("1 found for needle")
    opened.press("Enter")
    opened.until_shown("here lies the needle", "words 0.")
    opened.press("Escape")
    opened.until_shown("words 899.")


def test_the_server_is_killed_and_comes_back(
    start: Start, server: Program, opened: Terminal, tmp_path: Path
) -> None:
    alice = member(server, "alice")
    for number in range(10):
        alice.send(f"PRIVMSG #main :words {number}.")
    alice.sync()
    enter(opened, server)
    opened.until_shown("words 9.")
    server.kill()
    opened.until_shown("next try in")
    again = start(tmp_path, "--irc", f"127.0.0.1:{server.port}")
    alice = member(again, "alice", new=False)
    for number in range(10, 15):
        alice.send(f"PRIVMSG #main :words {number}.")
    alice.sync()
    shown = opened.until(lambda shown: "words 14." in shown and "zoe ●" in shown)
    assert re.findall(r"words (\d+)\.", shown) == [str(number) for number in range(15)]
    opened.type("I am back")
    opened.press("Enter")
    alice.wait("PRIVMSG #main :I am back")


def test_lines_that_are_pasted_ask_before_they_go_as_one_message(server: Program, opened: Terminal) -> None:
    alice = member(server, "alice")
    enter(opened, server)
    opened.type("x")  # what is seen there says that the input takes what comes
    opened.until_shown("› x")
    opened.press("BSpace")
    opened.until_shown("› Message #main")
    opened.paste("def f():\n    return 1\n/quit\n")
    opened.until_shown("Send these 3 lines as one message?")
    opened.press("Enter")
    alice.wait("PRIVMSG #main :def f\\(\\):")
    alice.wait("PRIVMSG #main :/quit")
    opened.until(lambda shown: "Send these" not in shown and "return 1" in shown)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_client_that_is_killed_leaves_the_terminal_as_it_was(
    server: Program, opened: Terminal, tmp_path: Path, number: signal.Signals
) -> None:
    told = tmp_path / "pid"
    opened.type(shlex.join(["sh", "-c", f"echo $$ > {told}; exec {command(server.port)}"]))
    opened.press("Enter")
    opened.until_shown("#main", "zoe joined", "F1 help")
    os.kill(int(told.read_text()), number)
    opened.until(lambda shown: "F1 help" not in shown)  # what is typed before that is the client's
    opened.type("echo was $?")
    opened.press("Enter")
    opened.until_shown(f"was {128 + number}")
    assert opened.asked("#{alternate_on} #{mouse_any_flag} #{cursor_flag}") == "0 0 1"


def test_without_colours(server: Program, tmp_path: Path) -> None:
    alice = member(server, "alice")
    with terminal(tmp_path, environment={**surroundings(tmp_path), "NO_COLOR": "1"}) as opened:
        enter(opened, server)
        alice.ask("PRIVMSG #main :zoe: look at https://example.org")
        opened.until_shown("zoe: look at https://example.org")
        assert not re.findall(
            r"\x1b\[[0-9;]*(?:[34]8;[25]|[34][0-7]m|9[0-7]m|10[0-7]m)", opened.shown(escapes=True)
        )
        assert "┃" in opened.shown()


def test_a_refused_login_is_told_in_plain_lines(server: Program, tmp_path: Path) -> None:
    member(server, "zoe").close()
    with terminal(tmp_path, environment={**surroundings(tmp_path), "CHATSTORE_PASSWORD": "a wrong one"}) as opened:
        opened.type(command(server.port).replace(" --register", "") + "; echo code $?")
        opened.press("Enter")
        opened.until_shown("Create the account zoe?")
        opened.type("n")
        opened.press("Enter")
        opened.until_shown("not logged in as zoe", "code 3")
        assert opened.asked("#{alternate_on}") == "0"


def test_a_picture_is_drawn_and_no_question_to_the_terminal_is_seen(
    run_server: Callable[..., Running], opened: Terminal, tmp_path: Path
) -> None:
    server = run_server(**tables())
    (tmp_path / "red.png").write_bytes(png(320, 160))
    (tmp_path / "chatstore").mkdir()
    (tmp_path / "chatstore" / "screen.json").write_text('{"pictures": true}')
    opened.type(command(server.port()))
    opened.press("Enter")
    opened.until_shown("#main", "zoe joined", "Message #main")
    opened.type(f"/upload {tmp_path / 'red.png'} a blue one")
    opened.press("Enter")
    opened.until_shown("a blue one", "▀▀▀▀▀▀▀▀", "▤ red.png picture, 320 × 160", "Message #main")
    opened.press("C-q")
    left = opened.until(lambda shown: "Message #main" not in shown and "python" in shown)
    assert not re.search(r"4211|Gi=|AAAA|\d+;\d+t|\?[\d;]+c|>q|rgb:", left), left
