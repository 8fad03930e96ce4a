"""IRCv3 labeled-response, with the nested batches of IRCv3 batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatstore.irc.line import Line, parse
from chatstore.irc.reply import Outgoing
from chatstore.net.outbox import Outbox
from tests.running import PASSWORD, IrcClient, Running, plain

CAPS = "labeled-response batch echo-message"


@pytest.fixture
def lea(server: Running) -> IrcClient:
    """Somebody in #main who labels."""
    return server.member("lea", CAPS)


def one(lines: list[Line], label: str = "x") -> Line:
    """The only line, which has the label."""
    assert len(lines) == 1
    assert lines[0].tags["label"] == label
    return lines[0]


def batched(lines: list[Line], label: str = "x") -> list[Line]:
    """What is in the batch that the lines are, from the first to the last."""
    first, last = lines[0], lines[-1]
    assert (first.command, first.params[1], first.tags) == ("BATCH", "labeled-response", {"label": label})
    reference = first.params[0][1:]
    assert (last.command, last.params, last.tags) == ("BATCH", (f"-{reference}",), {})
    assert all("label" not in line.tags for line in lines[1:])
    inner = {line.params[0][1:] for line in lines[1:-1] if line.command == "BATCH"}
    assert {line.tags["batch"] for line in lines[1:-1]} - inner == {reference}
    return lines[1:-1]


class TestShape:
    def test_one_line_has_the_label(self, lea: IrcClient) -> None:
        assert one(lea.parsed("@label=x PING hello")).params == ("chatstore.local", "hello")

    def test_several_are_a_batch(self, lea: IrcClient) -> None:
        inside = batched(lea.parsed("@label=x MODE #main"))
        assert [line.command for line in inside] == ["324", "329"]

    def test_none_is_an_ack(self, lea: IrcClient) -> None:
        line = one(lea.parsed("@label=x PONG chatstore.local"))
        assert (line.source, line.command, line.params) == ("chatstore.local", "ACK", ())

    def test_errors(self, lea: IrcClient) -> None:
        lines = lea.parsed("@label=a NOSUCH", "@label=b KICK", "@label=c JOIN nowhere",
                           "@label=d PRIVMSG nobody :hi", "@label=e PRIVMSG #main :")  # fmt: skip
        assert [(line.command, line.tags["label"]) for line in lines] == [
            ("421", "a"), ("461", "b"), ("403", "c"), ("401", "d"), ("412", "e"),
        ]  # fmt: skip

    def test_a_label_comes_back_as_it_was(self, lea: IrcClient) -> None:
        assert "@label=a\\:\\sb\\\\ " in lea.ask("@label=a\\:\\sb\\\\ PING x")[0]
        assert one(lea.parsed("@label=+é;+other=1 PING x"), "+é").tags == {"label": "+é"}

    @pytest.mark.parametrize("label", ["", "y" * 65])
    def test_what_is_no_label(self, lea: IrcClient, label: str) -> None:
        assert [line.tags for line in lea.parsed(f"@label={label} PING x")] == [{}]
        assert lea.ask(f"@label={label} PONG x") == []

    def test_sixty_four_bytes_are(self, lea: IrcClient) -> None:
        one(lea.parsed(f"@label={'y' * 64} PING x"), "y" * 64)

    @pytest.mark.parametrize("caps", ["batch message-tags", "labeled-response"])
    def test_both_capabilities_are_needed(self, server: Running, caps: str) -> None:
        client = server.member("old", caps)
        assert [line.tags for line in client.parsed("@label=x PING hello", "@label=y PONG z")] == [{}]

    def test_before_the_welcome(self, server: Running) -> None:
        client = server.connect()
        client.ask("CAP LS 302", f"CAP REQ :{CAPS} draft/account-registration")
        assert one(client.parsed("@label=x NICK new")).command == "ACK"
        client.ask("USER new 0 * :New", f"REGISTER * * :{PASSWORD}")
        inside = batched(client.parsed("@label=x CAP END"))
        assert [line.command for line in inside][:4] == ["001", "002", "003", "004"]
        assert inside[-1].command == "422"

    def test_quit(self, lea: IrcClient) -> None:
        lea.send("@label=x QUIT")
        assert one([parse(line) for line in lea.rest()]).command == "ERROR"


class TestMessages:
    def test_the_echo_has_it_and_nobody_else(self, lea: IrcClient, bob: IrcClient) -> None:
        bob.ask("CAP REQ :message-tags labeled-response batch")
        for command in ("PRIVMSG #main :hi", "NOTICE #main :hi"):
            assert one(lea.parsed(f"@label=x {command}")[-1:]).command == command.split()[0]
        assert ["label" in parse(line).tags for line in bob.sync() if ":hi" in line] == [False, False]

    def test_without_echo_message_there_is_an_ack(self, lea: IrcClient) -> None:
        lea.ask("CAP REQ :-echo-message message-tags")
        assert one(lea.parsed("@label=x PRIVMSG #main :hi")).command == "ACK"
        assert one(lea.parsed("@label=x NOTICE #main :hi")).command == "ACK"
        assert one(lea.parsed("@label=x;+typing=active TAGMSG #main")).command == "ACK"

    def test_tags_only(self, lea: IrcClient) -> None:
        lea.ask("CAP REQ :message-tags")
        line = one(lea.parsed("@label=x;+typing=active TAGMSG #main"))
        assert (line.command, line.tags["+typing"]) == ("TAGMSG", "active")

    def test_several_that_arrive_together(self, lea: IrcClient, bob: IrcClient) -> None:
        lea.sync()
        lines = lea.parsed(*(f"@label=l{i} PRIVMSG #main :number {i}" for i in range(50)))
        assert [(line.tags["label"], line.params[1]) for line in lines] == [
            (f"l{i}", f"number {i}") for i in range(50)
        ]
        bob.wait("number 49")

    def test_no_later_answer_overtakes(self, lea: IrcClient, bob: IrcClient) -> None:
        lea.ask("JOIN #tea")
        lea.sync()
        said = ["PRIVMSG #main :1", "PRIVMSG #tea :2", "PRIVMSG #main", "PRIVMSG #main :3",
                "PRIVMSG bob :4", "NOTICE #tea :5", "PRIVMSG nobody :6", "PING 7",
                "PRIVMSG #nosuch :8", "PRIVMSG #tea :9"]  # fmt: skip
        lines = lea.parsed(*(f"@label={i} {line}" for i, line in enumerate(said)))
        assert [(line.tags["label"], line.command) for line in lines] == [
            ("0", "PRIVMSG"), ("1", "PRIVMSG"), ("2", "412"), ("3", "PRIVMSG"), ("4", "PRIVMSG"),
            ("5", "NOTICE"), ("6", "401"), ("7", "PONG"), ("8", "403"), ("9", "PRIVMSG"),
        ]  # fmt: skip

    def test_errors_without_labels_come_in_order_too(self, lea: IrcClient) -> None:
        lines = lea.parsed("PRIVMSG #main :1", "PRIVMSG #main", "PRIVMSG #main :2", "PRIVMSG #nosuch :3", "PING 4")
        assert [line.command for line in lines] == ["PRIVMSG", "412", "PRIVMSG", "403", "PONG"]

    def test_several_targets_are_a_batch(self, lea: IrcClient, bob: IrcClient) -> None:
        lea.sync()
        inside = batched(lea.parsed("@label=x PRIVMSG #main,bob,nobody :hi"))
        assert [line.params[0] for line in inside if line.command == "PRIVMSG"] == ["#main", "bob"]
        assert [line.params[1] for line in inside if line.command == "401"] == ["nobody"]

    def test_to_somebody_who_is_away(self, lea: IrcClient, bob: IrcClient) -> None:
        bob.ask("AWAY :lunch")
        lea.sync()
        assert [line.command for line in batched(lea.parsed("@label=x PRIVMSG bob :hi"))] == ["PRIVMSG", "301"]

    def test_to_oneself_the_echo_has_it_and_the_message_has_not(self, lea: IrcClient) -> None:
        for command in ("PRIVMSG", "NOTICE"):
            lines = lea.parsed(f"@label=x {command} lea :note")
            assert [line.command for line in lines] == [command] * 2
            assert [line.tags.get("label") for line in lines] == ["x", None]

    def test_one_that_is_cut_is_a_batch(self, lea: IrcClient) -> None:
        lea.ask("CAP REQ :message-tags")
        whole = "word " * 190
        inside = batched(lea.parsed(f"@label=x NOTICE #main :{whole[:495]}"))
        assert "".join(line.params[1] for line in inside) == whole[:495]


class TestFacts:
    """What goes through the writer and comes back to who did it, by the hub."""

    def test_join_with_topic_names_and_replay(self, server: Running, alice: IrcClient) -> None:
        alice.ask("TOPIC #main :hello", "PRIVMSG #main :one", "PRIVMSG #main :two")
        lea = server.register("lea", CAPS)
        inside = batched(lea.parsed("@label=x JOIN #main"))
        commands = [line.command for line in inside]
        assert commands[:3] == ["JOIN", "353", "366"] or commands[:5] == ["JOIN", "332", "333", "353", "366"]
        batch = next(line for line in inside if line.command == "BATCH")
        assert batch.params[1] == "chathistory"
        replayed = [line for line in inside if line.command == "PRIVMSG"]
        assert [line.tags["batch"] for line in replayed] == [batch.params[0][1:]] * 2
        alice.ask("PRIVMSG #main :live")
        assert lea.wait(":live").startswith(":alice!")

    def test_several_joins_are_one_answer(self, lea: IrcClient) -> None:
        inside = batched(lea.parsed("@label=x JOIN #a,#b,c"))
        assert [line.command for line in inside] == ["JOIN", "353", "366", "JOIN", "353", "366", "403"]
        assert [line.command for line in batched(lea.parsed("@label=x PART #a,#b"))] == ["PART", "PART"]

    def test_one_echo(self, lea: IrcClient, bob: IrcClient) -> None:
        lea.ask("JOIN #tea", "INVITE bob #tea")
        bob.ask("JOIN #tea")
        lea.sync()
        for command in ("TOPIC #tea :green", "MODE #tea +m", "KICK #tea bob :out", "PART #tea :bye"):
            line = one(lea.parsed(f"@label=x {command}"))
            assert (line.command, line.source.partition("!")[0]) == (command.split()[0], "lea")
            if command.startswith("PART"):
                continue
            other = bob.wait(f" {line.command} ")
            assert other.startswith(":")

    def test_nothing_changed_is_an_ack(self, lea: IrcClient) -> None:
        lea.ask("JOIN #tea", "TOPIC #tea :green")
        assert one(lea.parsed("@label=x TOPIC #tea :green")).command == "ACK"
        assert one(lea.parsed("@label=x JOIN #tea")).command == "ACK"

    def test_echo_and_error_together(self, lea: IrcClient) -> None:
        lea.ask("JOIN #tea")
        inside = batched(lea.parsed("@label=x MODE #tea +mvi nobody"))
        assert [line.command for line in inside] == ["MODE", "401"]

    def test_nick(self, run_server: Callable[..., Running]) -> None:
        server = run_server(accounts={"nick_must_be_account": False})
        lea, bob = server.member("lea", CAPS), server.member("bob")
        lea.ask("JOIN #tea")
        lea.sync()
        assert one(lea.parsed("@label=x NICK Leander")).command == "NICK"
        assert bob.wait(" NICK ") == ":lea!u@user/lea NICK Leander"
        lea.ask("PART #tea", "PART #main")
        assert one(lea.parsed("@label=x NICK lea")).command == "NICK"
        assert one(lea.parsed("@label=x NICK bob")).command == "433"

    def test_the_other_connections_of_a_person_see_no_label(self, server: Running, lea: IrcClient) -> None:
        other = server.login("lea", CAPS)
        other.wait(" 366 ")
        assert one(lea.parsed("@label=x PRIVMSG #main :hi")).command == "PRIVMSG"
        assert parse(other.wait(":hi")).tags == {}
        lea.ask("@label=y TOPIC #main :new")
        assert "label" not in parse(other.wait(" TOPIC ")).tags

    def test_logging_in(self, server: Running) -> None:
        server.register("alice").close()
        client = server.connect()
        client.ask("CAP LS 302", f"CAP REQ :{CAPS} sasl", "NICK alice")
        assert one(client.parsed("@label=x AUTHENTICATE PLAIN")).command == "AUTHENTICATE"
        inside = batched(client.parsed(f"@label=x AUTHENTICATE {plain('alice')}"))
        assert [line.command for line in inside] == ["900", "903"]

    def test_history_is_a_batch_in_the_batch(self, lea: IrcClient) -> None:
        lea.ask("CAP REQ :draft/chathistory message-tags", "PRIVMSG #main :one")
        inside = batched([*map(parse, lea.ask("@label=x CHATHISTORY LATEST #main * 10"))])
        assert [line.command for line in inside] == ["BATCH", "PRIVMSG", "BATCH"]


def test_a_session_sends_by_the_outbox_of_its_connection(server: Running, alice: IrcClient) -> None:
    """The loop in C knows these; what it does not know, it calls one by one."""
    [session] = server.server.chat.hub.person("alice").sessions  # type: ignore[union-attr]
    send: Any = session.send
    assert (type(send.__self__), send.__name__) == (Outbox, "send")


class Sent:
    """What an Outgoing sends, line by line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.out = Outgoing("s", self.take)

    def take(self, data: bytes) -> None:
        self.lines += data.decode().splitlines()


class TestOutgoing:
    """The order of what answers and what doesn't, without a server."""

    def test_what_comes_behind_a_first_line_waits_for_it(self) -> None:
        sent = Sent()
        answer = sent.out.answer("x", "1")
        sent.out.send(b"before\r\n")
        answer.send(b":a ONE\r\n")
        sent.out.send(b"behind\r\n")
        assert sent.lines == ["before"]
        answer.finish()
        assert sent.lines == ["before", "@label=x :a ONE", "behind"]

    def test_a_second_line_opens_the_batch_in_the_place_of_the_first(self) -> None:
        sent = Sent()
        answer = sent.out.answer("x", "1")
        answer.send(b":a ONE\r\n")
        sent.out.send(b"between\r\n")
        answer.send(b"@time=t :a TWO\r\n")
        sent.out.send(b"at once\r\n")
        assert sent.lines == [
            "@label=x :s BATCH +1 labeled-response", "@batch=1 :a ONE", "between", "@batch=1;time=t :a TWO",
            "at once",
        ]  # fmt: skip
        answer.finish()
        assert sent.lines[-1] == ":s BATCH -1"

    def test_who_is_carried_sends_by_the_connection_unless_something_waits(self) -> None:
        class Bystander:
            send: Callable[[bytes], None]

        sent, teller = Sent(), Bystander()
        sent.out.carry(teller)
        assert teller.send == sent.take
        answer = sent.out.answer("x", "1")
        answer.send(b":a ONE\r\n")
        teller.send(b"behind\r\n")
        assert (teller.send, sent.lines) == (sent.out.send, [])
        answer.finish()
        assert (teller.send, sent.lines) == (sent.take, ["@label=x :a ONE", "behind"])

    def test_several_answers_at_once(self) -> None:
        sent = Sent()
        first, second = sent.out.answer("x", "1"), sent.out.answer("y", "2")
        first.send(b":a ONE\r\n")
        second.send(b":a TWO\r\n")
        second.finish()
        assert sent.lines == []
        first.finish()
        assert sent.lines == ["@label=x :a ONE", "@label=y :a TWO"]

    def test_what_comes_after_the_end_has_no_label(self) -> None:
        sent = Sent()
        answer = sent.out.answer("x", "1")
        answer.finish()
        answer.finish()
        answer.send(b":a LATE\r\n")
        assert sent.lines == ["@label=x :s ACK", ":a LATE"]

    def test_inner_batches(self) -> None:
        sent = Sent()
        answer = sent.out.answer("x", "1")
        answer.send(b":s BATCH +2 chathistory #a\r\n@time=t;batch=2 :b ONE\r\n:s BATCH -2\r\n")
        answer.finish()
        assert sent.lines == [
            "@label=x :s BATCH +1 labeled-response", "@batch=1 :s BATCH +2 chathistory #a",
            "@time=t;batch=2 :b ONE", "@batch=1 :s BATCH -2", ":s BATCH -1",
        ]  # fmt: skip
