"""PRIVMSG, NOTICE, TAGMSG, echoes, direct messages, replays: what is said, to whom it goes, and in what order."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable

import pytest

from chatstore.chat.model.message_ids import message_place
from chatstore.chat.model.messages import HistoryQuery
from chatstore.irc.line import parse
from tests.running import IrcClient, Running

TAGS = "message-tags server-time batch echo-message"


def bodies(lines: list[str]) -> list[str]:
    return [parse(line).params[-1] for line in lines if parse(line).command in ("PRIVMSG", "NOTICE")]


class TestRooms:
    def test_everybody_else_hears_it(self, alice: IrcClient, bob: IrcClient, server: Running) -> None:
        eve = server.member("eve")
        alice.wait("eve!.* JOIN")
        assert alice.ask("PRIVMSG #MAIN :hello :)", "NOTICE #main :note") == []
        for other in (bob, eve):
            assert other.wait("PRIVMSG") == ":alice!u@user/alice PRIVMSG #main :hello :)"
            assert other.wait("NOTICE") == ":alice!u@user/alice NOTICE #main :note"

    def test_the_echo_is_the_receipt(self, server: Running, bob: IrcClient) -> None:
        alice = server.member("alice", TAGS)
        echo = parse(next(line for line in alice.ask("PRIVMSG #main :hello") if "PRIVMSG" in line))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", echo.tags["time"])
        bob.ask("CAP REQ :message-tags")
        alice.ask("PRIVMSG #main :again")
        assert parse(bob.wait(":again")).tags["msgid"] == parse(alice.log[-2]).tags["msgid"]

    def test_errors_come_in_the_order_of_the_lines(self, server: Running, bob: IrcClient) -> None:
        alice = server.member("alice", "echo-message")
        said = alice.ask(
            "PRIVMSG #main :1", "PRIVMSG #nosuch :x", "PRIVMSG #main :2", "PRIVMSG nobody :y", "PRIVMSG #main :3",
        )  # fmt: skip
        assert [parse(line).command for line in said] == ["PRIVMSG", "403", "PRIVMSG", "401", "PRIVMSG"]

    def test_several_targets(self, alice: IrcClient, bob: IrcClient) -> None:
        said = alice.ask("PRIVMSG bob,#main,nobody,bob :hi")
        assert [parse(line).command for line in said if " 4" in line] == ["401"]
        assert sorted(parse(line).params[0] for line in bob.sync() if "PRIVMSG" in line) == ["#main", "bob"]
        said = alice.ask("PRIVMSG a,b,c,d,e :hi")
        assert [parse(line).command for line in said].count("407") == 1

    def test_notices_are_never_answered(self, alice: IrcClient) -> None:
        assert (
            alice.ask("NOTICE nobody :x", "NOTICE #nosuch :x", "NOTICE", "NOTICE #main :", "NOTICE a,b,c,d,e :x")
            == []
        )

    def test_client_only_tags_travel_and_stay(self, server: Running, bob: IrcClient) -> None:
        alice = server.member("alice", TAGS)
        eve = server.member("eve", "message-tags")
        alice.ask(r"@+draft/reply=1-1;secret=x;+empty PRIVMSG #main :tagged")
        tags = parse(eve.wait("tagged")).tags
        assert tags["+draft/reply"] == "1-1"
        assert tags["+empty"] == ""
        assert "secret" not in tags
        assert bob.wait("tagged").startswith(":alice!")
        eve.ask("CAP REQ :draft/chathistory")
        assert parse(next(line for line in eve.ask("CHATHISTORY LATEST #main * 1") if "tagged" in line)).tags[
            "+draft/reply"
        ] == "1-1"  # fmt: skip

    def test_tags_alone(self, server: Running, bob: IrcClient) -> None:
        alice = server.member("alice", TAGS)
        eve = server.member("eve", "message-tags")
        bob.sync()
        said = alice.ask("@+typing=active TAGMSG #main", "@+typing=done TAGMSG #nosuch")
        assert [parse(line).command for line in said if "JOIN" not in line] == ["TAGMSG", "403"]
        assert parse(eve.wait("TAGMSG")).tags["+typing"] == "active"
        assert bob.sync() == []

    def test_what_fits_no_line_of_others_is_refused(self, server: Running, bob: IrcClient) -> None:
        alice = server.member("alice", "labeled-response batch echo-message")
        bob.sync()
        room = 510 - len(":alice!u@user/alice PRIVMSG #main :")
        assert bodies(alice.ask(f"PRIVMSG #main :{'a' * room}")) == ["a" * room]
        assert len(bob.wait(" PRIVMSG ")) == 510
        (refused,) = alice.parsed(f"@label=x PRIVMSG #main :{'a' * (room - 1)}é")
        assert (refused.command, refused.params[0], refused.tags) == ("417", "alice", {"label": "x"})
        assert bob.sync() == []
        said = alice.ask(f"PRIVMSG #main,bob :{'a' * (room + 2)}")  # there is more room for a shorter target
        assert [parse(line).command for line in said] == ["417", "PRIVMSG"]

    def test_a_long_notice_is_cut_for_the_line_and_kept_whole(self, server: Running, bob: IrcClient) -> None:
        alice = server.member("alice")
        body = ("слово " * 100).encode()[: 510 - len("NOTICE #main :")].decode(errors="ignore")
        assert alice.ask(f"NOTICE #main :{body}") == []
        assert "".join(bodies(bob.sync())) == body
        assert all(len(line.encode()) <= 510 for line in bob.log)
        last = server.server.store.messages.page(HistoryQuery(1, 1))
        assert last.events[0].body == body


class TestDirect:
    def test_between_two(self, server: Running) -> None:
        alice, bob = server.register("alice", TAGS), server.register("bob")
        said = alice.ask("PRIVMSG BOB :psst")
        assert parse(said[0]).params == ("bob", "psst")
        assert bob.wait("psst") == ":alice!u@user/alice PRIVMSG bob :psst"
        bob.ask("PRIVMSG alice :what?")
        assert parse(alice.wait("what?")).params == ("alice", "what?")
        assert message_place(parse(alice.ask("PRIVMSG bob :again")[0]).tags["msgid"]) == (2, 3)

    def test_to_oneself(self, server: Running) -> None:
        alice = server.register("alice", TAGS)
        said = alice.ask("PRIVMSG alice :note to self")
        assert bodies(said) == ["note to self"] * 2  # the echo, and the message
        alice.ask("CAP REQ :-echo-message")
        assert bodies(alice.ask("PRIVMSG alice :note to self")) == ["note to self"]
        assert len({parse(line).tags["msgid"] for line in said}) == 1
        assert bodies(server.register("bob").ask("PRIVMSG bob :note")) == ["note"]

    def test_own_words_reach_ones_other_connections(self, server: Running) -> None:
        server.register("bob").close()
        phone = server.register("alice")
        laptop = server.login("alice", TAGS)
        phone.ask("PRIVMSG bob :hi")
        assert parse(laptop.wait("hi")).params == ("bob", "hi")

    def test_to_somebody_offline_it_waits(self, run_server: Callable[..., Running]) -> None:
        server = run_server()
        bob = server.member("bob")
        alice = server.member("alice")
        bob.close()
        while parse(alice.ask("PRIVMSG bob :are you there?")[-1]).command != "301":
            pass  # until the server has noticed that bob is gone
        alice.ask("PRIVMSG #main :in the room", "PRIVMSG bob :call me")
        server.stop()
        again = run_server().login("bob")
        said = bodies(again.sync())
        assert [body for body in said if "call me" in body] == [again_line := said[-1]]
        assert re.fullmatch(r"\[\d\d:\d\d\] call me", again_line)
        assert bodies(again.sync()) == []

    def test_what_was_shown_is_not_shown_again(self, run_server: Callable[..., Running]) -> None:
        server = run_server()
        bob, alice = server.register("bob"), server.register("alice", "echo-message")
        alice.ask("PRIVMSG bob :while you are here")
        bob.wait("while you are here")
        bob.ask("PRIVMSG alice :my answer")
        server.stop()
        server = run_server()
        alice = server.login("alice")
        assert bodies(alice.sync()) == []
        alice.ask("PRIVMSG bob :while you are away")
        said = bodies(server.login("bob").sync())
        assert [body.partition("] ")[2] for body in said] == ["while you are away"]

    def test_what_was_in_the_socket_of_a_client_that_died_is_shown_again(self, server: Running) -> None:
        alice, bob = server.register("alice"), server.register("bob")
        alice.ask("PRIVMSG bob :did you get this?")
        bob._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        bob._socket.close()  # a reset: nobody has read it
        while parse(alice.ask("PRIVMSG bob :hello?")[-1]).command != "301":
            pass
        assert "did you get this?" in bodies(server.login("bob").sync())[0]

    def test_more_than_can_be_shown_is_said_so(self, run_server: Callable[..., Running]) -> None:
        server = run_server(limits={"history_page": 3})
        server.register("bob").close()
        alice = server.register("alice")
        while parse(alice.ask("PRIVMSG bob :0")[-1]).command != "301":
            pass  # until the server has noticed that bob is gone
        alice.ask(*(f"PRIVMSG bob :m{number}" for number in range(9)))
        lines = server.login("bob").sync()
        assert "you missed more messages from alice" in next(line for line in lines if " NOTICE " in line)
        assert [body.partition("] ")[2] for body in bodies(lines) if "] " in body] == ["m6", "m7", "m8"]

    def test_unknown_and_suspended(self, alice: IrcClient) -> None:
        assert parse(alice.ask("PRIVMSG nobody :x")[0]).command == "401"
        assert parse(alice.ask("PRIVMSG a*b :x")[0]).command == "401"


class TestReplay:
    @pytest.mark.parametrize("caps", ["", "server-time", "server-time batch message-tags"])
    def test_the_last_messages_on_join(self, run_server: Callable[..., Running], caps: str) -> None:
        server = run_server(history={"replay_on_join": 3})
        alice = server.member("alice")
        alice.ask(*(f"PRIVMSG #main :m{i}" for i in range(5)), "TOPIC #main :x", "PRIVMSG #main :\1ACTION waves\1")
        bob = server.register("bob", caps)
        lines = [parse(line) for line in bob.ask("JOIN #main")]
        shown = [line.params[-1] for line in lines if line.command == "PRIVMSG"]
        if caps:
            assert shown == ["m3", "m4", "\1ACTION waves\1"]
            assert all("time" in line.tags for line in lines if line.command == "PRIVMSG")
        else:
            assert [body.partition("] ")[2] for body in shown] == ["m3", "m4", "* alice waves"]
        if "batch" in caps:
            batch = [line for line in lines if line.command == "BATCH"]
            assert batch[0].params[1:] == ("chathistory", "#main")
            assert [line.tags.get("batch") for line in lines if line.command == "PRIVMSG"] == [
                batch[0].params[0][1:]
            ] * 3
        assert [line.command for line in lines].index("366") < [line.command for line in lines].index("PRIVMSG")

    def test_a_client_with_chathistory_gets_no_replay(self, server: Running, alice: IrcClient) -> None:
        alice.ask("PRIVMSG #main :m")
        bob = server.register("bob", "draft/chathistory batch")
        assert bodies(bob.ask("JOIN #main")) == []

    def test_without_what_programs_ask_each_other(self, server: Running, alice: IrcClient) -> None:
        """A client that is shown an old CTCP request would answer it."""
        server.register("bob").close()
        for target in ("#main", "bob"):
            alice.ask(f"PRIVMSG {target} :\x01VERSION\x01", f"NOTICE {target} :\x01PING 1\x01")
            alice.ask(f"PRIVMSG {target} :\x01ACTION waves\x01")
        bob = server.login("bob", "server-time")
        bob.ask("JOIN #main")
        assert bodies(bob.log) == ["\x01ACTION waves\x01"] * 2

    def test_none_where_none_is_configured(self, run_server: Callable[..., Running]) -> None:
        server = run_server(history={"replay_on_join": 0})
        server.member("alice").ask("PRIVMSG #main :m")
        assert bodies(server.register("bob").ask("JOIN #main")) == []

    def test_between_replay_and_live_nothing_is_lost_or_told_twice(
        self, run_server: Callable[..., Running]
    ) -> None:
        """Connections come while somebody talks without a pause: each sees a run without gap or double."""
        server = run_server(history={"replay_on_join": 1000})
        alice = server.member("alice", "echo-message")
        bob = server.member("bob")
        bob.ask("REPLAY ON")
        bob.close()
        for lap in range(12):
            alice.send(*(f"PRIVMSG #main :{lap}-{i}" for i in range(40)))
            watcher = server.login("bob", "server-time") if lap % 2 else server.member(f"w{lap}", "server-time")
            alice.wait(f":{lap}-39")
            alice.ask(f"PRIVMSG #main :end-{lap}")
            watcher.wait(f":end-{lap}")
            seen = [body for body in bodies(watcher.log) if not body.startswith("end")]
            assert seen == [f"{past}-{i}" for past in range(lap + 1) for i in range(40)]
            watcher.close()


@pytest.mark.parametrize(
    "text",
    [
        "\u3164",
        "\u200b",
        "\ufeff",
        "\x0304",
        "\x02\x0f",
        " \u00a0",
        "\u2800",
        "\U000e0041",
        "\x01ACTION \u200b\x01",
    ],
)
def test_what_nobody_would_see_is_no_message(alice: IrcClient, bob: IrcClient, text: str) -> None:
    bob.sync()
    assert [line.command for line in alice.parsed(f"PRIVMSG #main :{text}")][-1:] == ["412"]
    assert alice.ask(f"NOTICE #main :{text}", "PRIVMSG bob :\x0304")[-1].split()[1] == "412"
    assert [line for line in bob.sync() if "JOIN" not in line] == []
    alice.send("PRIVMSG #main :\u200f👩\u200d👧 שלום")
    assert bob.wait("PRIVMSG").endswith(" :\u200f👩\u200d👧 שלום")
