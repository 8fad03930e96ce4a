"""Live events: complete, in order, once, whatever is cut; for those who may read."""

from __future__ import annotations

import socket
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatstore.api import streams
from chatstore.chat.live import feed as feeds
from tests.api.asking import ApiClient, EventsClient
from tests.api.conftest import Ask
from tests.running import Running
from tests.waiting import until

_numbers = count(1)


@pytest.fixture
def alice(running: Running, ask: Ask) -> ApiClient:
    made = ask("alice")
    made.post("/rooms/main/join")
    made.post("/rooms/tea/join")
    return made


def test_a_stream_tells_typed_events(running: Running, alice: ApiClient) -> None:
    stream = EventsClient(alice)
    assert stream.headers["content-type"] == "text/event-stream"
    bob = running.member("bob")
    posted = alice.say("main", "hello")
    alice.ask("PUT", f"/rooms/main/messages/{posted['id']}/reactions/+1")
    alice.ask("DELETE", f"/rooms/main/messages/{posted['id']}")
    bob.ask("PRIVMSG alice :psst", "TOPIC #main :tea", "NICK bobby", "PART #main :bye")
    told = [stream.next() for _ in range(7)]
    assert [each.event for each in told] == [
        "joined", "message", "reaction", "redaction", "message", "topic", "left",
    ]  # fmt: skip
    assert all(each.event == each.data["type"] for each in told)
    assert told[1].data == posted
    assert told[3].data["redacts"] == posted["id"]
    assert (told[4].data["room"], told[4].data["person"]) == (None, "bob")
    assert (told[6].data["who"], told[6].data["how"], told[6].data["reason"]) == ("bob", "left", "bye")
    stream.close()


def test_a_stream_that_is_cut_at_every_event_loses_nothing(running: Running, alice: ApiClient) -> None:
    bob = running.member("bob")
    bob.ask("JOIN #tea", "JOIN #milk")
    whole = EventsClient(alice)
    begin = alice.say("main", "begin")
    for number in range(5):
        bob.ask(
            f"PRIVMSG #tea :{number}", f"PRIVMSG #main :{number}", f"PRIVMSG alice :{number}", "PRIVMSG #milk :no"
        )
    alice.say("main", "end")
    told = whole.until("end")
    assert len(told) == 17
    whole.close()
    for cut in range(len(told)):
        stream = EventsClient(alice, last=told[cut].id)
        if cut == len(told) - 1:
            alice.say("main", "more")
            assert stream.next().data["text"] == "more"
        else:
            assert stream.until("end") == told[cut + 1 :]
        stream.close()
    stream = EventsClient(alice, last=begin["id"])  # a message's id does as well
    assert stream.until("end") == told[1:]
    stream.close()
    stream = EventsClient(alice, f"/events?last_event_id={told[5].id}")
    assert stream.until("end") == told[6:]
    stream.close()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["tea", "main", "direct", "cut", "drop"]), min_size=5, max_size=25))
def test_whatever_happens_between_cuts_is_told_once(running: Running, alice: ApiClient, steps: list[str]) -> None:
    """`drop`: the connection is lost, and what is said until the next `cut` finds none."""
    bob = running.login("bob") if running.server.store.accounts.named("bob") else running.register("bob")
    bob.ask("JOIN #main", "JOIN #tea")
    wanted, got = [], []
    stream: EventsClient | None = EventsClient(alice)
    last = ""
    start = alice.say("main", f"start {next(_numbers)}")
    got = stream.until(start["text"])
    last = stream.last
    for step in steps:
        text = f"{step} {next(_numbers)}"
        if step in ("tea", "main", "direct"):
            bob.ask(f"PRIVMSG {'alice' if step == 'direct' else '#' + step} :{text}")
            wanted.append(text)
        elif stream is not None and step == "cut" and wanted:
            seen = {each.data.get("text") for each in got}
            while wanted[-1] not in seen:
                got.append(stream.next())
                seen.add(got[-1].data.get("text"))
            last = stream.last
            stream.close()
            stream = EventsClient(alice, last=last)
        elif stream is not None and step == "drop":
            stream.close()  # whatever was sent and not read is lost
            stream = None
        elif stream is None:
            stream = EventsClient(alice, last=last)
    if stream is None:
        stream = EventsClient(alice, last=last)
    end = alice.say("main", f"end {next(_numbers)}")
    got += stream.until(end["text"])
    stream.close()
    bob.close()
    assert [each.data["text"] for each in got if each.event == "message"][-len(wanted) - 1 :] == [
        *wanted,
        end["text"],
    ]
    ids = [each.id for each in got]
    assert len(set(ids)) == len(ids)


def test_one_room_alone(running: Running, alice: ApiClient, ask: Ask) -> None:
    bob = ask("bob")
    bob.post("/rooms/main/join")
    room, direct = EventsClient(alice, "/rooms/main/events"), EventsClient(alice, "/people/bob/events")
    assert direct.status == 404  # nothing was said with bob yet
    bob.post("/people/alice/messages", text="psst")
    alice.say("tea", "elsewhere")
    alice.say("main", "here")
    assert [each.data["text"] for each in room.until("here")] == ["here"]
    direct = EventsClient(alice, "/people/bob/events")
    bob.post("/people/alice/messages", text="again")
    assert direct.next().data["text"] == "again"
    alice.post("/rooms/main/leave")
    assert room.next().event == "left"
    assert room.next().event == "end"
    with pytest.raises(EOFError):
        room.next()
    assert EventsClient(alice, "/rooms/main/events").status == 404


def test_a_stream_ends_for_who_was_kicked_from_its_room(running: Running, alice: ApiClient, ask: Ask) -> None:
    owner = running.register("owner")
    owner.ask("JOIN #own")
    alice.post("/rooms/own/join")
    room, all_ = EventsClient(alice, "/rooms/own/events"), EventsClient(alice)
    owner.ask("PRIVMSG #own :before")
    assert room.next().data["text"] == all_.next().data["text"] == "before"
    owner.ask("KICK #own alice :out", "PRIVMSG #own :secret", "PRIVMSG alice :end")
    assert [room.next().event for _ in range(2)] == ["left", "end"]
    assert [each.data.get("text") for each in all_.until("end")] == [None, "end"]
    all_.close()


def test_what_is_said_to_operators_is_told_to_operators(running: Running, alice: ApiClient) -> None:
    owner = running.register("owner")
    owner.ask("JOIN #own")
    alice.post("/rooms/own/join")
    stream = EventsClient(alice)
    owner.ask("PRIVMSG @#own :psst", "PRIVMSG #own :hello")
    assert [each.data["text"] for each in stream.until("hello") if each.event == "message"] == ["hello"]
    owner.ask("MODE #own +o alice", "PRIVMSG @#own :now you, too")
    assert [each.data["text"] for each in stream.until("now you, too") if each.event == "message"] == [
        "now you, too"
    ]
    stream.close()


def test_who_reads_slowly_gets_everything(
    running: Running, alice: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "FULL", 4096)
    stream, bob = EventsClient(alice, receive=16384), running.member("bob")
    alice.say("main", "begin")
    stream.until("begin")
    (fed,) = running.server.api.feed._streams
    until(lambda: not fed.behind)
    for connection in running.server.acceptors["web"]._connections:
        connection._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    for number in range(400):
        bob.send(f"PRIVMSG #main :{number} " + "x" * 380)
    bob.sync()
    until(lambda: fed.behind)
    alice.say("main", "end")
    texts = [each.data["text"].split()[0] for each in stream.until("end")]
    assert texts == [*map(str, range(400)), "end"]
    stream.close()


def test_what_can_not_be_told_any_more_is_said(running: Running, alice: ApiClient) -> None:
    for last in (
        "0000aaaa-1",
        "0000aaaa-5",
        "nonsense",
        "9-9",
        f"{running.server.api.streams.incarnation}-99999",
        "x" * 90,
    ):
        stream = EventsClient(alice, last=last)
        assert stream.next().event == "reset", last
        stream.close()


def test_an_account_has_so_many_streams(
    running: Running, alice: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "EACH", 2)
    open_ = [EventsClient(alice) for _ in range(2)]
    alice.say("main", "hello")
    for each in open_:
        each.until("hello")
    assert alice.ask("GET", "/events").code == "too-many-streams"
    for each in open_:
        each.close()
    while running.server.api.feed.count:
        alice.say("main", "more")


def test_streams_end_when_the_server_stops(running: Running, alice: ApiClient) -> None:
    stream = EventsClient(alice)
    alice.say("main", "hello")
    stream.until("hello")
    running.stop()
    with pytest.raises((EOFError, ConnectionError)):
        stream.until("nothing more")


def test_who_goes_before_the_stream_begins_leaves_nothing(running: Running, alice: ApiClient) -> None:
    counts = running.server.chat.hub.user_counts
    for _ in range(5):
        stream = EventsClient(alice)
        stream.close()
    alice.say("main", "hello")
    while running.server.api.feed.count or counts._visitors:
        alice.say("main", "more")


def test_ignored_people_are_left_out_of_streams_and_nothing_else_is(running: Running, alice: ApiClient) -> None:
    """Live, after each cut, and as soon as somebody is ignored or heeded again."""
    irc, eve = running.login("alice"), running.register("eve", "message-tags")
    eve.ask("JOIN #main", "JOIN #tea")
    begin = alice.say("main", "begin")
    irc.ask("IGNORE ADD eve")
    spared, everything = EventsClient(alice), EventsClient(alice, "/events?ignored=show")
    posted = alice.say("main", "look")
    for number in range(3):
        eve.ask(f"PRIVMSG #main :spam {number}", f"@+draft/react=x;+draft/reply={posted['id']} TAGMSG #main")
        alice.say("tea", f"tea {number}")
    eve.ask("TOPIC #main :spam", "PART #main :bye")
    alice.say("main", "end")
    shown = [(each.event, each.data.get("text")) for each in spared.until("end")]
    said = [("message", f"tea {number}") for number in range(3)]
    assert shown == [("message", "look"), *said, ("topic", None), ("left", None), ("message", "end")]
    assert len(everything.until("end")) == len(shown) + 6
    spared.close()
    everything.close()
    told, last = [], begin["id"]
    while not told or told[-1] != ("message", "end"):  # cut after each event
        stream = EventsClient(alice, "/events", last)
        each = stream.next()
        told.append((each.event, each.data.get("text")))
        last = each.id
        stream.close()
    assert told == shown
    stream = EventsClient(alice)
    irc.ask("IGNORE REMOVE eve")
    eve.ask("PRIVMSG #tea :heard again")
    assert stream.next().data["text"] == "heard again"
    stream.close()
