"""Outgoing webhooks over real sockets: what arrives, in which order, how often, and after which failures."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable
from queue import Queue

import pytest

from chatstore.webhooks import outgoing
from chatstore.webhooks.signing import signature
from tests.irc.administering import one, rows
from tests.net.web_server import response
from tests.running import SECONDS, IrcClient, Running
from tests.waiting import until
from tests.webhooks.conftest import HERE
from tests.webhooks.receiver import Got, Receiver


def add(client: IrcClient, receiver: Receiver, attributes: str = "trigger=all", name: str = "Out") -> str:
    """Make an outgoing webhook, and return its secret. What is said from now on is sent."""
    return one(client, f"HOOK ADD #tea out url={receiver.url};{attributes} :{name}")[1]["secret"]


def settled(client: IrcClient) -> dict[str, str]:
    """The row of the webhook, once nothing is being sent."""
    return rows(client, "HOOK LIST #tea")[0][1]


def test_the_signature_of_the_specification() -> None:
    """The example of Standard Webhooks' libraries (tests of its Python one)."""
    secret, message = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    made = signature(secret, message, 1614265330, b'{"test": 2432232314}')
    assert made == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature("not base64!", message, 1, b"") != signature("another", message, 1, b"")


def test_every_message_is_sent_signed_and_in_order(hooked: Running, alice: IrcClient) -> None:
    with Receiver() as receiver:
        secret = add(alice, receiver)
        lines = alice.ask(*[f"PRIVMSG #tea :number {n}" for n in range(30)], "PRIVMSG #tea :\x01ACTION waves\x01")
        got = receiver.wait(31)
    assert [each.text for each in got] == [*(f"number {n}" for n in range(30)), "waves"]
    assert all(each.signed_with(secret) for each in got)
    assert len({each.id for each in got}) == 31
    sent = got[0].json
    ids = re.findall("msgid=([^; ]+)", " ".join(lines))
    assert [sent[name] for name in ("type", "hook", "trigger", "word", "arguments")] == [
        "message.created", {"id": 1, "name": "Out"}, "all", None, None,
    ]  # fmt: skip
    assert sent["data"] == {
        **sent["data"],
        "id": ids[0],
        "room": "#tea",
        "nick": "alice",
        "account": "alice",
        "kind": "message",
        "bot": False,
        "reply_to": None,
    }
    assert got[30].json["data"]["kind"] == "action"
    assert got[0].headers["content-type"] == "application/json"


def test_a_word_and_a_command(hooked: Running, alice: IrcClient) -> None:
    with Receiver() as word, Receiver() as command:
        add(alice, word, "trigger=word;word=release")
        add(alice, command, "trigger=command;word=deploy", "Deploy")
        alice.ask("PRIVMSG #tea :hello", "PRIVMSG #tea :a Release!", "PRIVMSG #tea :!deploy main now")
        alice.ask("PRIVMSG #tea :releases", "PRIVMSG #tea :say !deploy", "PRIVMSG #tea :the last release")
        assert [each.text for each in word.wait(2)] == ["a Release!", "the last release"]
        assert [command.wait(1)[0].json[name] for name in ("trigger", "word", "arguments")] == [
            "command", "deploy", "main now",
        ]  # fmt: skip
    assert len(command.got) == 1


def test_what_bots_and_webhooks_say_is_not_sent(hooked: Running, alice: IrcClient) -> None:
    """Two webhooks that answer each other would never stop."""
    with Receiver(lambda got: response(b'{"text": "an answer", "username": "robot"}')) as receiver:
        add(alice, receiver, "trigger=all;answers=1")
        robot = hooked.member("robot", "", "#tea")
        robot.ask("MODE robot +B", "PRIVMSG #tea :I am a bot")
        alice.ask("PRIVMSG #tea :first")
        alice.wait(":robot/hook!.* PRIVMSG #tea :an answer")
        alice.ask("HOOK ADD #tea in * :CI", "HOOK TEST #tea 2", "PRIVMSG #tea :second")
        alice.wait(":robot/hook!.* PRIVMSG #tea :an answer")
    assert receiver.texts == ["first", "second"]


def test_what_is_said_to_operators_alone_is_not_sent(hooked: Running, alice: IrcClient) -> None:
    with Receiver() as receiver:
        add(alice, receiver)
        alice.ask("PRIVMSG @#tea :between us", "PRIVMSG +#tea :and these", "PRIVMSG #tea :for all")
        assert [each.text for each in receiver.wait(1)] == ["for all"]


def test_an_answer_is_said_only_if_the_webhook_says_so(hooked: Running, alice: IrcClient) -> None:
    with Receiver(lambda got: response(b'{"text": "an answer"}')) as receiver:
        add(alice, receiver)
        alice.ask("PRIVMSG #tea :first", "PRIVMSG #tea :second")
        receiver.wait(2)
    assert "an answer" not in " ".join(alice.sync() + alice.log)


@pytest.mark.parametrize("body", [b"", b"ok", b"[]", b'{"text": 5}', b'{"text": " "}', b"x" * 100_000])
def test_an_answer_that_says_nothing(hooked: Running, alice: IrcClient, body: bytes) -> None:
    with Receiver(lambda got: response(body)) as receiver:
        add(alice, receiver, "trigger=all;answers=1")
        alice.ask("PRIVMSG #tea :first", "PRIVMSG #tea :second")
        receiver.wait(2)
        assert "error" not in settled(alice)


def test_a_receiver_in_trouble_is_asked_again_and_nothing_is_lost(hooked: Running, alice: IrcClient) -> None:
    answers = [
        response(status="503 Service Unavailable"),
        response(status="429 Too Many", Retry_After="0"),
        b"",
        b"no",
    ]

    def trouble(got: Got) -> bytes:
        return answers.pop(0) if answers else response()

    with Receiver(trouble) as receiver:
        add(alice, receiver)
        alice.ask("PRIVMSG #tea :first", "PRIVMSG #tea :second")
        got = receiver.wait(6)
    assert [each.text for each in got] == ["first"] * 5 + ["second"]
    assert len({each.id for each in got[:5]}) == 1, "the id stays, so that the receiver knows it"
    while hooked.server._webhooks.outgoing.figures.sent < 2:  # counted once it has answered
        alice.sync()


def test_a_message_that_is_refused_lets_the_others_pass_and_is_tried_some_times(
    hooked: Running, alice: IrcClient
) -> None:
    with Receiver(lambda got: response(status="400 Bad Request") if got.text == "bad" else response()) as receiver:
        add(alice, receiver)
        alice.ask("PRIVMSG #tea :bad", "PRIVMSG #tea :good", "PRIVMSG #tea :better")
        receiver.wait(7)
        alice.ask("PRIVMSG #tea :later")
        got = receiver.wait(8)
    texts = [each.text for each in got]
    assert texts.count("bad") == outgoing._MOST_TRIES
    assert [text for text in texts if text != "bad"] == ["good", "better", "later"]
    figures = hooked.server._webhooks.outgoing.figures
    until(lambda: (figures.sent, figures.given_up) == (3, 1))
    until(lambda: not hooked.rows("SELECT * FROM hook_retries"))


def test_a_refused_message_that_was_redacted_is_not_sent_again(
    hooked: Running, alice: IrcClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = threading.Event()
    with Receiver(lambda got: response(status="400 Bad Request")) as receiver:
        receiver.answer = lambda got: bad.set() or response(status="400 Bad Request")  # type: ignore[func-returns-value]
        monkeypatch.setattr(outgoing, "_MOST_TRIES", 1_000)
        add(alice, receiver)
        lines = alice.ask("PRIVMSG #tea :bad")
        found = re.search("msgid=([^; ]+)", " ".join(lines))
        assert found is not None
        assert bad.wait(60)
        alice.ask(f"REDACT #tea {found[1]} :oops")
        receiver.answer = lambda got: response()
        alice.ask("PRIVMSG #tea :end")
        while receiver.texts[-1] != "end":
            receiver.wait(len(receiver.got) + 1)
        assert rows(alice, "HOOK LIST #tea")


def test_what_is_said_while_it_is_off_is_not_sent(hooked: Running, alice: IrcClient) -> None:
    """Even if its sender is busy all the while."""
    came, go = threading.Event(), threading.Event()

    def busy(got: Got) -> bytes:
        came.set()
        assert go.wait(SECONDS)
        return response()

    with Receiver(busy) as receiver:
        add(alice, receiver)
        alice.ask("PRIVMSG #tea :first")
        assert came.wait(SECONDS)
        one(alice, "HOOK SET #tea 1 state=off")
        alice.ask("PRIVMSG #tea :second")
        one(alice, "HOOK SET #tea 1 state=on")
        go.set()
        alice.ask("PRIVMSG #tea :third")
        assert [each.text for each in receiver.wait(2)] == ["first", "third"]


def test_gone_switches_it_off_and_operators_are_told(hooked: Running, alice: IrcClient) -> None:
    with Receiver(lambda got: response(status="410 Gone")) as receiver:
        add(alice, receiver)
        alice.send("PRIVMSG #tea :first")
        line = alice.wait("NOTICE @#tea :The webhook Out was switched off")
        assert "status 410" in line
        assert settled(alice)["state"] == "off"
        alice.ask("PRIVMSG #tea :second")
        one(alice, "HOOK SET #tea 1 state=on")
        receiver.answer = lambda got: response()
        alice.ask("PRIVMSG #tea :third")
        assert [each.text for each in receiver.wait(2)] == ["first", "third"]


def test_one_that_fails_for_days_is_switched_off(
    hooked: Running, alice: IrcClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "_DAY", 1)
    with Receiver(lambda got: response(status="500 Oops")) as receiver:
        add(alice, receiver)
        alice.send("PRIVMSG #tea :first")
        alice.wait("NOTICE @#tea :The webhook Out was switched off")
    while not hooked.server._webhooks.outgoing.figures.switched_off:  # counted once it is stored
        alice.sync()


def test_nobody_can_have_this_machine_asked_that_does_not_allow_it(run_server: Callable[..., Running]) -> None:
    """The URL is a name, which turns out to be this machine when it is asked."""
    server = run_server()
    alice = server.member("alice", "", "#tea")
    with Receiver() as receiver:
        port = receiver.url.split(":")[2]
        one(alice, f"HOOK ADD #tea out url=http://localhost:{port} :Out")
        answer = alice.ask("HOOK TEST #tea 1")[-1]
        assert "FAIL HOOK TEST_FAILED #tea 1 :" in answer
        assert not receiver.got


def test_a_test_is_sent_at_once(hooked: Running, alice: IrcClient) -> None:
    with Receiver() as receiver:
        secret = add(alice, receiver, "trigger=word;word=x")
        assert alice.ask("HOOK TEST #tea 1")[-1].endswith("HOOK TEST #tea 1")
        (got,) = receiver.wait(1)
        assert (got.json["type"], got.signed_with(secret)) == ("hook.test", True)
        receiver.answer = lambda got: response(status="404 Not Found")
        assert alice.ask("HOOK TEST #tea 1")[-1].endswith(":the receiver answers with the status 404")


def test_one_whose_owner_may_not_read_sends_nothing_and_later_not_what_was_said_meanwhile(
    hooked: Running, alice: IrcClient
) -> None:
    bob = hooked.member("bob", "", "#tea")
    alice.ask("MODE #tea +o bob")
    with Receiver() as receiver:
        add(bob, receiver)
        alice.ask("PRIVMSG #tea :first")
        receiver.wait(1)
        alice.ask("MODE #tea -o bob", "PRIVMSG #tea :only for us")
        work = next(iter(hooked.server._webhooks.outgoing._work.values()))
        alice.ask("HOOK LIST #tea")
        while work.read != work.heard or work.busy:
            alice.sync()
        one(alice, "HOOK RENEW #tea 1")
        alice.ask("PRIVMSG #tea :for all")
        assert [each.text for each in receiver.wait(2)] == ["first", "for all"]


def test_a_slow_receiver_holds_up_nobody_else(hooked: Running, alice: IrcClient) -> None:
    go = threading.Event()
    with Receiver(lambda got: (go.wait(60), response())[1]) as slow, Receiver() as fast:
        add(alice, slow, name="Slow")
        add(alice, fast)
        alice.ask(*[f"PRIVMSG #tea :{n}" for n in range(20)])
        assert len(fast.wait(20)) == 20
        assert len(slow.got) == 0
        go.set()
        assert len(slow.wait(20)) == 20


def test_the_slow_receivers_of_one_account_leave_senders_to_others(run_server: Callable[..., Running]) -> None:
    hooked = run_server(webhooks={**HERE, "timeout": 30})
    alice = hooked.member("alice", "message-tags", "#tea")
    go = threading.Event()

    begun: Queue[bool] = Queue()

    def slow(_got: Got) -> bytes:
        begun.put(True)
        go.wait(SECONDS)
        return response()

    with Receiver(slow) as stuck, Receiver() as quick:
        for number in range(outgoing.SENDERS):
            add(alice, stuck, name=f"Slow{number}")
        bob = hooked.member("bob", "message-tags", "#milk")
        bob.ask(f"HOOK ADD #milk out url={quick.url};trigger=all :Deploy")
        alice.ask("PRIVMSG #tea :hello")
        for _ in range(outgoing.SENDERS // 2):
            begun.get(timeout=SECONDS)
        bob.ask("PRIVMSG #milk :hello")
        quick.wait(1)
        assert not stuck.got
        assert begun.empty()
        go.set()
        stuck.wait(outgoing.SENDERS)


def test_a_restart_goes_on_where_it_was(run_server: Callable[..., Running]) -> None:
    server = run_server(webhooks=HERE)
    alice = server.member("alice", "", "#tea")
    with Receiver(lambda got: response(status="503 No")) as receiver:
        add(alice, receiver)
        alice.ask(*[f"PRIVMSG #tea :{n}" for n in range(5)])
        receiver.wait(1)
        server.stop()
        receiver.answer = lambda got: response()
        receiver.got.clear()
        again = run_server(webhooks=HERE)
        expected = {str(n) for n in range(5)}
        # One of them may come twice: the answer to the first time may have been lost with the server.
        until(lambda: {each.text for each in receiver.got} >= expected)
        client = again.login("alice")
        client.ask("PRIVMSG #tea :5")
        until(lambda: "5" in receiver.texts)
        assert set(receiver.texts) == expected | {"5"}


def test_outgoing_ones_can_be_switched_off(run_server: Callable[..., Running]) -> None:
    server = run_server(webhooks={**HERE, "outgoing": False})
    alice = server.member("alice", "", "#tea")
    with Receiver() as receiver:
        add(alice, receiver)
        alice.ask("PRIVMSG #tea :first", "HOOK TEST #tea 1")
    assert not receiver.got


def test_secrets_are_random() -> None:
    from chatstore.chat.model.hooks import new_secret

    one_, other = new_secret(), new_secret()
    assert one_ != other
    assert len(base64.b64decode(one_.removeprefix("whsec_"))) == 32
