"""Messages of several lines and messages taken back: draft/multiline, draft/message-redaction."""

from __future__ import annotations

import io
import os
import threading
import tty

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.client.address import parse_address
from chatstore.client.commands import take_lines
from chatstore.client.context import CommandContext
from chatstore.client.events import Info, Message, NotSent, Older, Removed
from chatstore.client.login import CAPS
from chatstore.client.loop import Account, Client
from chatstore.client.pipe import Pipe
from chatstore.client.protocol import ClientProtocol
from chatstore.client.render import Renderer
from chatstore.client.splitting import BODY_BYTES, Multiline, messages, multiline_limits, wire_lines
from chatstore.client.state import Effects
from chatstore.client.terminal import Terminal
from chatstore.irc.line import parse
from tests.client.fake_server import FakeServer, Input, Peer
from tests.client.test_client_loop import FAST, Screen
from tests.client.test_client_state import AT, NOW, WELCOME, T, hear, sent_without_pings
from tests.running import PASSWORD, IrcClient, Running

LIMITS = "max-bytes=4096,max-lines=10"


def in_main(limits: str) -> ClientProtocol:
    state = ClientProtocol("bob", ["#main"])
    connect(state, limits)
    return state


def connect(state: ClientProtocol, limits: str) -> Effects:
    state.begin("bob", CAPS, limits)
    hear(state, *WELCOME, ":bob!u@h JOIN #main", ":s BATCH +1 draft/chathistory-targets", ":s BATCH -1")
    return hear(state, ":s BATCH +2 chathistory #main", ":s BATCH -2")


@pytest.fixture
def state() -> ClientProtocol:
    return in_main(LIMITS)


def said(state: ClientProtocol, text: str) -> Effects:
    state.say("#main", text)
    return state.effects()


# Going out.


def test_several_lines_are_one_batch(state: ClientProtocol) -> None:
    assert said(state, "one\n\n  three") == (
        [Info("", NOW, "3 lines as one message")],
        [
            "BATCH +m1 draft/multiline #main",
            "@batch=m1 PRIVMSG #main :one",
            "@batch=m1 PRIVMSG #main :",
            "@batch=m1 PRIVMSG #main :  three",
            "BATCH -m1",
        ],
    )
    assert said(state, "a\nb").lines[0] == "BATCH +m2 draft/multiline #main"


def test_a_server_without_it_gets_single_lines() -> None:
    state = in_main("")
    effects = said(state, "one\n\n  three")
    assert effects.lines == ["PRIVMSG #main :one", "PRIVMSG #main :  three"]
    assert effects.events == [Info("", NOW, "3 lines as 2 messages")]


def test_a_line_that_fits_is_no_batch_and_a_long_one_is_not_cut(state: ClientProtocol) -> None:
    assert said(state, "short").lines == ["PRIVMSG #main :short"]
    long = "word " * 150
    first, *lines, last = said(state, long).lines
    assert (first, last) == ("BATCH +m1 draft/multiline #main", "BATCH -m1")
    assert lines[0].startswith("@batch=m1 PRIVMSG #main :word")
    assert all(line.startswith("@batch=m1;draft/multiline-concat PRIVMSG #main :word") for line in lines[1:])
    assert "".join(line.partition(" :")[2] for line in lines) == long


def test_more_than_a_message_may_have_is_several() -> None:
    effects = said(in_main("max-bytes=4096,max-lines=3"), "1\n2\n3\n\n\n\n7\n8\n9\n10")
    assert [line.partition(" :")[2] for line in effects.lines if "PRIVMSG" in line] == [*"123789", "10"]
    assert effects.events == [Info("", NOW, "10 lines as 3 messages")]
    assert "PRIVMSG #main :10" in effects.lines


LINES = st.lists(st.text(st.sampled_from("ab é字"), max_size=300), min_size=1, max_size=12)


@given(LINES, st.integers(BODY_BYTES, 1500), st.integers(2, 6))
def test_what_is_packed_is_within_the_limits_and_complete(lines: list[str], most: int, count: int) -> None:
    text = "\n".join(lines)
    bodies = messages(text, 100, Multiline(most, count), "#main")
    assert "".join(bodies).replace("\n", "") == text.replace("\n", "")
    for body in bodies:
        pieces = wire_lines(body, 100)
        assert (len(pieces) <= count, len(body.encode()) <= most) == (True, True)
        assert body.strip("\n") == body != ""
        assert all(len(piece.encode()) <= 100 for piece, _ in pieces)
        assert all(piece for piece, joined in pieces if joined)


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ("max-bytes=4096,max-lines=24", Multiline(4096, 24)),
        ("max-lines=24,x,max-bytes=4096", Multiline(4096, 24)),
        ("max-bytes=4096", Multiline(4096, 4096)),
        ("max-lines=24", None),
        ("max-bytes=12", None),
        ("", None),
    ],
)
def test_what_a_server_takes(value: str, limits: Multiline | None) -> None:
    assert multiline_limits(value) == limits


def test_the_limits_may_change_and_go(state: ClientProtocol) -> None:
    hear(state, ":s CAP bob NEW :x draft/multiline=max-bytes=4096,max-lines=2")
    assert len([line for line in said(state, "a\nb\nc").lines if line.startswith("BATCH +")]) == 1
    hear(state, ":s CAP bob DEL :draft/multiline")
    assert said(state, "a\nb").lines == ["PRIVMSG #main :a", "PRIVMSG #main :b"]
    hear(state, f":s CAP bob NEW :draft/multiline={LIMITS}")  # nobody asked for it again
    assert said(state, "a\nb").lines == ["PRIVMSG #main :a", "PRIVMSG #main :b"]


def test_the_echo_is_the_receipt_of_all_its_lines(state: ClientProtocol) -> None:
    said(state, "one\ntwo")
    assert state.unconfirmed == 1
    events = hear(
        state,
        f"{AT};msgid=1-1 :bob!u@h BATCH +x draft/multiline #main",
        "@batch=x :bob!u@h PRIVMSG #main :one",
        "@batch=x :bob!u@h PRIVMSG #main :two",
        ":bob!u@h BATCH -x",
    ).events
    assert (events, state.unconfirmed) == ([Message("#main", T, "bob", "one\ntwo", own=True)], 0)


def test_a_refusal_gives_it_back_whole(state: ClientProtocol) -> None:
    said(state, "one\ntwo")
    events = hear(state, ":s FAIL BATCH MULTILINE_MAX_LINES 1 :too many lines").events
    assert events == [NotSent("#main", NOW, "one\ntwo", "too many lines", "MULTILINE_MAX_LINES")]
    assert state.unconfirmed == 0


def test_what_waited_for_a_server_that_takes_it_goes_line_by_line_to_one_that_does_not() -> None:
    state = ClientProtocol("bob", ["#main"], resend=True)
    connect(state, LIMITS)
    said(state, "one\ntwo\n" + "word " * 100)
    state.lost()
    sent = sent_without_pings(connect(state, ""))
    assert [line.partition(" :")[2][:4] for line in sent if line.startswith("PRIVMSG")] == [
        "one",
        "two",
        "word",
        "word",
    ]
    assert state.unconfirmed == 4


# Coming in.


BATCH = (
    f"{AT};msgid=1-7 :alice!u@h BATCH +x draft/multiline #main",
    "@batch=x :alice!u@h PRIVMSG #main :one",
    "@batch=x :alice!u@h PRIVMSG #main :two",
    "@batch=x;draft/multiline-concat :alice!u@h PRIVMSG #main : and more",
    ":alice!u@h BATCH -x",
)


def test_a_batch_is_one_message(state: ClientProtocol) -> None:
    assert hear(state, *BATCH).events == [Message("#main", T, "alice", "one\ntwo and more")]
    assert hear(state, *BATCH).events == []  # it has one msgid


def test_a_batch_in_history_is_one_message_of_the_page() -> None:
    state = ClientProtocol("bob", ["#main"])
    state.begin("bob", CAPS, LIMITS)
    hear(state, *WELCOME, ":bob!u@h JOIN #main")
    assert hear(state, *BATCH).events == []  # live, and history comes first
    nested = (BATCH[0].replace("@", "@batch=h;", 1), *BATCH[1:4], "@batch=h :alice!u@h BATCH -x")
    older = f"@batch=h;msgid=1-6;time={AT[6:]} :alice!u@h PRIVMSG #main :before"
    events = hear(state, ":s BATCH +h chathistory #main", older, *nested, ":s BATCH -h").events
    assert [event.body for event in events if isinstance(event, Message)] == ["before", "one\ntwo and more"]
    state.older("#main", 5)
    assert state.effects().lines[0] == "CHATHISTORY BEFORE #main msgid=1-6 5"


def test_its_lines_are_indented_and_cannot_pose_as_other_messages() -> None:
    message = Message("#main", T, "alice", "one\n22:13 <bob> \x1b[2Jyes\n")
    lines = Renderer().render(message)[1:]
    assert lines[0].endswith(" <alice> one")
    assert lines[1:] == ["        22:13 <bob> \\x1b[2Jyes", "        "]


# Messages that are taken back.


def test_a_message_that_was_shown_is_taken_back(state: ClientProtocol) -> None:
    hear(state, f"{AT};msgid=1-1 :alice!u@h PRIVMSG #main :oops")
    events = hear(state, f"{AT};msgid=1-2 :carol!u@h REDACT #main 1-1 :off topic").events
    assert events == [Removed("#main", T, "carol", "alice", "off topic")]
    assert Renderer().render(events[0])[-1].endswith("-- carol removed a message by alice (off topic)")
    assert hear(state, f"{AT};msgid=1-3 :carol!u@h REDACT #main 1-999").events == []


def test_a_message_of_a_conversation_is_taken_back(state: ClientProtocol) -> None:
    hear(state, f"{AT};msgid=2-1 :alice!u@h PRIVMSG bob :oops")
    assert hear(state, f"{AT};msgid=2-2 :alice!u@h REDACT bob 2-1").events == [
        Removed("alice", T, "alice", "alice")
    ]


def test_an_older_message_is_taken_back(state: ClientProtocol) -> None:
    hear(state, f"{AT};msgid=1-5 :alice!u@h PRIVMSG #main :x")
    state.older("#main", 1)
    state.effects()
    old = f"@batch=h;msgid=1-4;time={AT[6:]} :dan!u@h PRIVMSG #main :old"
    shown = hear(state, ":s BATCH +h chathistory #main", old, ":s BATCH -h").events
    assert isinstance(shown[0], Older)
    events = hear(state, f"{AT};msgid=1-6 :alice!u@h REDACT #main 1-4").events
    assert events == [Removed("#main", T, "alice", "dan")]


# What is said to some of a room (STATUSMSG).


def test_what_is_said_to_the_operators_is_of_the_room(state: ClientProtocol) -> None:
    events = hear(state, f"{AT};msgid=1-1 :alice!u@h PRIVMSG @#main :psst").events
    assert events == [Message("#main", T, "alice", "psst", audience="@")]
    state.say("@#main", "yes")
    assert state.effects().lines == ["PRIVMSG @#main :yes"]
    hear(state, f"{AT};msgid=1-2 :bob!u@h PRIVMSG #main :yes")
    assert state.unconfirmed == 1
    hear(state, f"{AT};msgid=1-3 :bob!u@h PRIVMSG @#main :yes")
    assert state.unconfirmed == 0
    events = hear(state, f"{AT};msgid=1-4 :alice!u@h REDACT @#main 1-1").events
    assert events == [Removed("#main", T, "alice", "alice")]


# What is pasted.


@pytest.mark.parametrize(
    ("lines", "bodies"),
    [
        (["one", "two"], ["one", "two"]),
        (["", "one", "", "two", " "], ["one", "", "two"]),
        (["/usr/bin", "/quit", ".q"], ["/usr/bin", "/quit", ".q"]),
    ],
)
def test_a_paste_is_text(state: ClientProtocol, lines: list[str], bodies: list[str]) -> None:
    context = CommandContext(state, current="#main")
    take_lines(context, lines)
    sent = [line.partition(" :")[2] for line in state.effects().lines if "PRIVMSG" in line]
    assert (sent, context.done) == (bodies, False)


def test_one_line_with_blank_ones_is_typed(state: ClientProtocol) -> None:
    context = CommandContext(state, current="#main")
    take_lines(context, ["", "/quit"])
    assert context.done
    take_lines(context, ["", " "])
    assert state.effects() == ([], [])


def lines_of_batch(peer: Peer) -> list[str]:
    """The next message of several lines, stored and echoed."""
    peer.expect("BATCH +m1 draft/multiline #main")
    lines = []
    while (line := peer.line()) != "BATCH -m1":
        lines.append(line.partition(" :")[2])
    echo = [f"@batch=m1 :bob!u@h PRIVMSG #main :{line}" for line in lines]
    peer.send(f"@{peer.tags()} :bob!u@h BATCH +m1 draft/multiline #main", *echo, ":bob!u@h BATCH -m1")
    return lines


def test_a_paste_into_a_real_terminal() -> None:
    screen = Screen()
    keyboard, terminal_fd = os.openpty()
    tty.setcbreak(keyboard)  # only that nothing waits on this side; the other one stays in its line mode

    def script(peer: Peer) -> None:
        peer.log_in(f"draft/multiline={LIMITS}")
        peer.welcome("before")
        screen.wait_for("<alice> before")
        os.write(keyboard, b"def f():\n    return 1\n/quit\n")
        assert lines_of_batch(peer) == ["def f():", "    return 1", "/quit"]
        screen.wait_for("<bob> def f():\n            return 1\n        /quit\n")
        os.write(keyboard, b"/quit\n")
        peer.expect("QUIT")

    server, state = FakeServer(script), ClientProtocol("bob", ["#main"])
    terminal = Terminal(state, "#main", terminal_fd, screen, escapes=False)
    account = Account("bob", "secret")
    assert Client(state, terminal, parse_address(server.url), account, timing=FAST).run() == 0
    server.join()
    os.close(keyboard)
    os.close(terminal_fd)
    assert "-- 3 lines as one message\n" in screen.getvalue()


def test_lines_of_a_pipe_stay_messages_and_a_long_one_is_whole() -> None:
    long = "word " * 150

    def script(peer: Peer) -> None:
        peer.log_in(f"draft/multiline={LIMITS}")
        peer.welcome()
        assert [peer.echo(), peer.echo()] == ["one", "two"]
        assert "".join(lines_of_batch_pieces(peer)) == long
        peer.expect("QUIT")

    def lines_of_batch_pieces(peer: Peer) -> list[str]:
        peer.expect("BATCH +m1")
        lines = []
        while (line := peer.line()) != "BATCH -m1":
            lines.append(line)
        echo = [line.replace(" PRIVMSG", " :bob!u@h PRIVMSG") for line in lines]
        peer.send(f"@{peer.tags()} :bob!u@h BATCH +m1 draft/multiline #main", *echo, ":bob!u@h BATCH -m1")
        return [line.partition(" :")[2] for line in lines]

    server, source, errors = FakeServer(script), Input(), io.StringIO()
    source.type("one", "two", long)
    source.end()
    state = ClientProtocol("bob", ["#main"], history=1, resend=True)
    pipe = Pipe(state, "#main", source.fd, errors)
    assert Client(state, pipe, parse_address(server.url), Account("bob", "secret"), timing=FAST).run() == 0
    server.join()
    assert errors.getvalue() == ""


def test_with_the_real_server(server: Running, alice: IrcClient) -> None:
    alice.send("CAP REQ :message-tags batch draft/multiline draft/message-redaction echo-message")
    alice.sync()
    server.register("carol").close()
    keyboard, screen = Input(), Screen()
    state = ClientProtocol("carol", ["#main"])
    terminal = Terminal(state, "#main", keyboard.fd, screen, escapes=False)
    address = parse_address(f"irc://127.0.0.1:{server.port()}")
    codes: list[int] = []
    client = Client(state, terminal, address, Account("carol", PASSWORD), timing=FAST)
    thread = threading.Thread(target=lambda: codes.append(client.run()))
    thread.start()
    screen.wait_for("carol joined")
    keyboard.type("one", "/two")
    assert "msgid=" in alice.wait(r":carol!\S+ BATCH \+\S+ draft/multiline #main")
    assert alice.line().endswith(" PRIVMSG #main :one")
    assert alice.line().endswith(" PRIVMSG #main :/two")
    screen.wait_for("<carol> one\n        /two\n")
    alice.send(
        "BATCH +a draft/multiline #main", "@batch=a PRIVMSG #main :x", "@batch=a PRIVMSG #main :y", "BATCH -a"
    )
    mine = parse(alice.wait(r":alice!\S+ BATCH \+\S+ draft/multiline #main")).tags["msgid"]
    screen.wait_for("<alice> x\n        y\n")
    alice.send(f"REDACT #main {mine} :oops")
    screen.wait_for("-- alice removed a message by alice (oops)\n")
    keyboard.type("/quit")
    thread.join(60)
    assert codes == [0]
