"""What is pushed, to whom, and what becomes of it: a server, a push service, and clients that decrypt."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from chatstore.chat.changes.server_bans import BanFromServer
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import Published, ReadMarked
from chatstore.chat.model.room_events import MemberJoined, MessagePosted
from chatstore.net import fetching
from chatstore.net.retrying import Backoff
from chatstore.push import lanes, pusher
from tests.irc.test_isupport import tokens
from tests.push.service import PushService, vapid_of
from tests.running import IrcClient, Running, start
from tests.waiting import until

CAPS = "standard-replies soju.im/webpush message-tags server-time account-tag draft/read-marker echo-message"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pusher, "GATHER", 0.02)
    monkeypatch.setattr(lanes.Lanes.__init__, "__defaults__", (8, Backoff(0.01, 0.05), time.monotonic))


@pytest.fixture
def service() -> Iterator[PushService]:
    running = PushService()
    yield running
    running.close()


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    return run_server(push={"allowed": ["127.0.0.0/8"], "contact": "mailto:admin@example.org"})


@pytest.fixture
def alice(server: Running, service: PushService) -> IrcClient:
    """She is in #main with a subscription, and looks elsewhere: no connection of hers is open."""
    client = server.member("alice", CAPS)
    client.ask(f"WEBPUSH REGISTER {service.subscribe('alice')}")
    return client


def leave(server: Running, client: IrcClient) -> None:
    client.close()
    hub = server.server.chat.hub
    until(lambda: (person := hub.person_keyed(1)) is None or not person.sessions)


def settle(server: Running) -> None:
    """Until what was said has been looked at."""
    until(lambda: not server.server.push.busy)


def bob_of(server: Running) -> IrcClient:
    return server.member("bob", "message-tags echo-message server-time")


def test_a_direct_message_arrives(server: Running, service: PushService, alice: IrcClient) -> None:
    key = tokens(alice)["VAPID"]
    leave(server, alice)
    bob = bob_of(server)
    sent = next(line for line in bob.ask("PRIVMSG alice :grüße dich") if " PRIVMSG " in line)
    pushed = service.next()
    assert pushed.path == "/alice"
    msgid = re.search("msgid=([^; ]+)", sent)
    when = re.search("time=([^; ]+)", sent)
    assert msgid is not None
    assert when is not None
    line = rf"@time={when[1]};msgid={msgid[1]};account=bob :bob!\S+ PRIVMSG alice :grüße dich"
    assert re.fullmatch(line, pushed.line)
    assert len(pushed.body) <= 4096
    headers = pushed.headers
    assert (headers["ttl"], headers["urgency"], headers["content-encoding"]) == ("172800", "high", "aes128gcm")
    assert re.fullmatch("[A-Za-z0-9_-]{32}", headers["topic"])
    claims, k = vapid_of(headers["authorization"])
    assert k == key
    assert (claims["aud"], claims["sub"]) == (service.origin, "mailto:admin@example.org")
    assert 0 < int(str(claims["exp"])) - time.time() <= 24 * 3600


def test_what_is_pushed_of_a_room(server: Running, service: PushService, alice: IrcClient) -> None:
    alice.ask("NOTIFY SET * keywords=cake", "JOIN #loud", "NOTIFY SET #loud level=all")
    alice.ask("JOIN #quiet", "NOTIFY SET #quiet level=nothing")
    mine = next(line for line in alice.ask("PRIVMSG #main :who is here") if " PRIVMSG " in line)
    msgid = re.search("msgid=([^; ]+)", mine)
    assert msgid is not None
    leave(server, alice)
    bob = bob_of(server)
    bob.ask("JOIN #loud", "JOIN #quiet")
    for line in (
        "PRIVMSG #main :nothing for you",
        "PRIVMSG #main :alices and malice and alice-smith",
        "PRIVMSG #main :pancakes",
        "PRIVMSG #quiet :alice: cake",
        "PRIVMSG #main :\1VERSION\1",
        "@+typing=active TAGMSG alice",
        "NOTICE #main :Alice?",
        "PRIVMSG #main :a piece of CAKE!",
        f"@+draft/reply={msgid[1]} PRIVMSG #main :I am",
        "PRIVMSG #main :\1ACTION waves at @alice\1",
        "PRIVMSG #loud :anything",
        "PRIVMSG alice :the end",
    ):
        bob.ask(line)
        if "Alice?" in line or "CAKE" in line or "I am" in line or "waves" in line:
            assert service.next().line.endswith(line.partition(" :")[2])
    assert [each.said for each in service.until("the end")] == ["anything"]


def test_an_invite_is_pushed_as_a_direct_message_is(
    server: Running, service: PushService, alice: IrcClient
) -> None:
    bob = bob_of(server)
    bob.ask("JOIN #den", "MODE #den +i", "JOIN #hall")
    alice.ask("PRIVMSG #main :I am here")
    bob.ask("INVITE alice #hall")
    settle(server)  # she is at a client
    alice.ask("NOTIFY SET * direct=nothing")
    leave(server, alice)
    bob.ask("INVITE alice #hall")
    settle(server)
    later = server.login("alice", CAPS)
    later.ask("NOTIFY SET * direct=mentions")
    leave(server, later)
    bob.ask("INVITE alice #den")
    assert re.fullmatch(r"@time=\S+ :bob!\S+ INVITE alice #den", service.next().line)
    bob.ask("PRIVMSG alice :alice: the end")
    assert service.until("alice: the end") == []


def test_an_invite_is_not_pushed_from_those_who_may_not_write(
    server: Running, service: PushService, alice: IrcClient
) -> None:
    bob, carol, dave = bob_of(server), server.member("carol"), server.member("dave")
    bob.ask("PART #main", "JOIN #bobs")
    carol.ask("PART #main", "JOIN #carols")
    dave.ask("JOIN #daves")
    server.login("alice", CAPS).ask("PRIVMSG carol :hello")
    alice.ask("AWAY :out", "IGNORE DIRECT known")
    for inviting, room in ((bob, "#bobs"), (carol, "#carols"), (bob, "#bobs"), (dave, "#daves")):
        assert " 341 " in "".join(inviting.ask(f"INVITE alice {room}"))  # it is there when she looks
        settle(server)
    assert [service.next().line.split()[-2:] for _ in range(2)] == [["alice", "#carols"], ["alice", "#daves"]]
    alice.ask("IGNORE DIRECT nobody")
    dave.ask("INVITE alice #daves")
    settle(server)
    alice.ask("IGNORE DIRECT everyone")
    bob.ask("INVITE alice #bobs")
    assert service.next().line.split()[-2:] == ["alice", "#bobs"]


def test_not_while_a_client_of_the_account_is_in_use(
    server: Running, service: PushService, alice: IrcClient
) -> None:
    bob = bob_of(server)
    alice.ask("PRIVMSG #main :I am here")
    bob.ask("PRIVMSG alice :not pushed")
    person = server.server.chat.hub.person_keyed(1)
    assert person is not None
    alice.wait("not pushed$")
    settle(server)
    alice.ask("AWAY :out")
    bob.ask("PRIVMSG alice :away")
    assert service.until("away") == []
    alice.ask("AWAY")
    settle(server)
    person.last_active -= 200
    bob.ask("PRIVMSG alice :idle")
    assert service.until("idle") == []
    alice.ask("MARKREAD bob timestamp=2020-01-01T00:00:00.000Z")
    bob.ask("PRIVMSG alice :she reads")
    alice.wait("she reads$")
    settle(server)
    leave(server, alice)
    bob.ask("PRIVMSG alice :gone")
    assert service.until("gone") == []


def test_nothing_of_ones_own_and_nothing_for_others(
    server: Running, service: PushService, alice: IrcClient
) -> None:
    """A message to operators is theirs; and whoever left a room hears no more of it."""
    eve = server.register("eve", CAPS)
    alice.ask("JOIN #own", "AWAY :out", "NOTIFY SET * rooms=all")
    eve.ask(f"WEBPUSH REGISTER {service.subscribe('eve')}", "JOIN #own", "AWAY :out", "NOTIFY SET * rooms=all")
    alice.ask("PRIVMSG alice :note to self", "PRIVMSG @#own :psst")
    settle(server)  # otherwise the last one would take the place of the others
    alice.ask("PRIVMSG #own :hello")
    assert [(each.path, each.said) for each in [service.next()]] == [("/eve", "hello")]
    eve.ask("PRIVMSG @#own :operators")
    assert [(each.path, each.said) for each in [service.next()]] == [("/alice", "operators")]
    eve.ask("PART #own")
    alice.ask("PRIVMSG #own :are you gone", "PRIVMSG eve :the end")
    assert service.until("the end") == []


def test_an_operator_mentions_everybody_in_a_room(server: Running, service: PushService, alice: IrcClient) -> None:
    eve = server.register("eve", CAPS)
    eve.ask("JOIN #club")
    alice.ask("JOIN #club", "AWAY :out")
    bob = server.register("bob", CAPS)
    bob.ask("JOIN #club")
    bob.ask("PRIVMSG #club :@room from a member")
    eve.ask("PRIVMSG #club :a room without the sign", "PRIVMSG alice :so far nothing")
    assert service.until("so far nothing") == []
    eve.ask("PRIVMSG #club :hello, @Room!")
    assert [each.said for each in service.until("hello, @Room!")] == []
    alice.ask("NOTIFY SET #club level=nothing")
    eve.ask("PRIVMSG #club :@room again", "PRIVMSG alice :the end")
    assert service.until("the end") == []


def test_muted_and_quiet_hours(server: Running, service: PushService, alice: IrcClient) -> None:
    bob = bob_of(server)
    bob.ask("PRIVMSG alice :first")
    settle(server)
    now = datetime.now(timezone.utc)
    quiet = f"{(now.hour - 1) % 24:02}:00-{(now.hour + 2) % 24:02}:00"
    alice.ask("AWAY :out", "NOTIFY SET bob muted-until=2099-01-01T00:00:00.000Z", "NOTIFY SET * rooms=all")
    bob.ask("PRIVMSG alice :muted", "PRIVMSG #main :loud")
    assert service.until("loud") == []
    alice.ask("NOTIFY SET bob muted-until=2020-01-01T00:00:00.000Z", f"NOTIFY SET * quiet={quiet}")
    bob.ask("PRIVMSG alice :at night")
    settle(server)
    alice.ask("NOTIFY SET * quiet=")
    bob.ask("PRIVMSG alice :in the morning")
    assert service.until("in the morning") == []


def test_what_was_read_elsewhere_is_taken_back(server: Running, service: PushService, alice: IrcClient) -> None:
    alice.ask("AWAY :out")
    bob = bob_of(server)
    bob.ask("PRIVMSG alice :one", "PRIVMSG #main :alice?")
    first, second = service.next(), service.next()
    assert first.headers["topic"] != second.headers["topic"]
    alice.ask("MARKREAD bob timestamp=2099-01-01T00:00:00.000Z")
    taken = service.next()
    assert re.fullmatch(r":chatstore\.local MARKREAD bob timestamp=\S+Z", re.sub("^@[^ ]+ ", "", taken.line))
    topics = {each.said: each.headers["topic"] for each in (first, second)}
    assert taken.headers["topic"] == topics["one"]
    assert taken.headers["urgency"] == "low"
    alice.ask(
        "MARKREAD bob timestamp=2099-01-01T00:00:00.000Z", "MARKREAD #main timestamp=2099-01-01T00:00:00.000Z"
    )
    assert " MARKREAD #main " in service.next().line


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_a_subscription_that_its_service_knows_no_more(
    server: Running, service: PushService, alice: IrcClient, status: str
) -> None:
    alice.ask("AWAY :out", f"WEBPUSH REGISTER {service.subscribe('tablet')}")
    bob = bob_of(server)
    service.answers = [(status, {})]
    bob.ask("PRIVMSG alice :one")
    gone, other = service.next().path, service.next().path
    assert {gone, other} == {"/alice", "/tablet"}
    until(lambda: len(server.rows("SELECT endpoint FROM push_subscriptions")) == 1)
    assert server.rows("SELECT endpoint FROM push_subscriptions")[0][0].endswith(other)
    bob.ask("PRIVMSG alice :two")
    assert service.next().path == other


@pytest.mark.parametrize(
    "answer",
    [
        ("500 Oops", {}),
        ("503 Later", {"Retry_After": "0"}),
        ("429 Too Many", {"Retry_After": "0"}),
        ("429 Slower", {}),
    ],
)
def test_a_failure_is_tried_again(
    server: Running, service: PushService, alice: IrcClient, answer: tuple[str, dict[str, str]]
) -> None:
    alice.ask("AWAY :out")
    service.answers = [answer, answer]
    bob_of(server).ask("PRIVMSG alice :one")
    assert [service.next().said for _ in range(3)] == ["one"] * 3


def test_a_message_that_is_too_large_is_sent_shorter(
    server: Running, service: PushService, alice: IrcClient
) -> None:
    alice.ask("AWAY :out")
    bob = bob_of(server)
    tags = f"@+draft/x={'x' * 3900}"
    bob.ask(f"{tags} PRIVMSG alice :long")
    pushed = service.next()
    assert len(pushed.body) <= 4096
    assert pushed.line.startswith("@msgid=")
    assert ";time=" in pushed.line
    assert "account=bob" in pushed.line
    assert "draft/x" not in pushed.line


def test_what_a_service_finds_too_large_is_sent_shorter(
    server: Running, service: PushService, alice: IrcClient
) -> None:
    alice.ask("AWAY :out")
    bob = bob_of(server)
    service.answers = [("413 Too Large", {})]
    bob.ask(f"@+draft/x={'x' * 2000} PRIVMSG alice :shorter")
    first, second = service.next(), service.next()
    assert "draft/x" in first.line
    assert len(second.body) < 1200
    assert second.line.startswith("@msgid=")


def test_refusals_lose_the_message_alone(server: Running, service: PushService, alice: IrcClient) -> None:
    alice.ask("AWAY :out")
    bob = bob_of(server)
    service.answers = [("403 Forbidden", {})]
    bob.ask("PRIVMSG alice :one")
    service.next()
    bob.ask("PRIVMSG alice :two")
    assert service.until("two") == []
    assert len(server.rows("SELECT * FROM push_subscriptions")) == 1
    assert server.server.push.lanes.figures.dropped == 1


def test_who_is_ignored_is_not_heard(server: Running, service: PushService, alice: IrcClient) -> None:
    bob, carol = bob_of(server), server.member("carol")
    alice.ask("AWAY :out", "NOTIFY SET * rooms=all", "IGNORE ADD bob")
    bob.ask("PRIVMSG #main :alice: it is me", "PRIVMSG #main :and again")
    settle(server)  # otherwise the last one would take the place of the others
    carol.ask("PRIVMSG #main :and me")
    assert service.until("and me") == []
    alice.ask("IGNORE REMOVE bob")
    bob.ask("PRIVMSG #main :sorry")
    assert service.until("sorry") == []


def test_an_endpoint_that_turns_into_this_machine_is_not_asked(
    run_server: Callable[..., Running], service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The URL was judged when the client came with it; the name is looked up when there is something to push."""
    server = run_server()
    alice, bob = server.member("alice", CAPS), bob_of(server)
    real = fetching.addresses_of
    monkeypatch.setattr(fetching, "addresses_of", lambda *given: real(given[0], given[1], lambda *_: ["127.0.0.1"]))
    endpoint, keys = service.subscribe("alice").split(" ")
    alice.ask(
        f"WEBPUSH REGISTER {endpoint.replace('http://127.0.0.1', 'https://push.example')} {keys}", "AWAY :out"
    )
    assert server.rows("SELECT count(*) FROM push_subscriptions") == [(1,)]
    bob.ask("PRIVMSG alice :one")
    until(lambda: not server.rows("SELECT * FROM push_subscriptions"))
    assert server.server.push.lanes.figures.ended == 1


def test_who_is_banned_is_told_nothing(server: Running, service: PushService, alice: IrcClient) -> None:
    leave(server, alice)
    bob = bob_of(server)
    server.server.store.submit([BanFromServer("alice!*@*", "spam")]).result()
    bob.ask("PRIVMSG alice :not any more")
    until(lambda: not server.rows("SELECT * FROM push_subscriptions"))
    assert service.pushes.empty()


def test_the_key_stays(tmp_path: Path) -> None:
    """Clients have it; another one would make their subscriptions worthless. It is in the database, and in
    backups."""
    keys = []
    for _ in range(2):
        server = start(tmp_path / "chat.db")
        key = server.server.store.push.key()
        assert key is not None
        keys.append((key, server.server.chat.push_key))
        server.stop()
    assert keys[0] == keys[1]
    assert keys[0][0].public == keys[0][1]


def test_messages_that_find_no_place_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no message takes a place until the thread has looked, and is not counted."""
    monkeypatch.setattr(pusher, "MAX_HEARD", 4)
    said: Published = (MessagePosted(1, 1, 1, Actor("bob"), "hello"), None)
    joined: Published = (MemberJoined(1, 2, 2, Actor("bob")), None)
    policy = SimpleNamespace(push=SimpleNamespace(enabled=True))
    waiting = pusher.Pusher(SimpleNamespace(policy=policy), *[lambda *_: None] * 3)  # type: ignore[arg-type]
    waiting.committed([said, joined, joined])
    waiting.committed([said])
    assert (waiting.busy, waiting.lost) == (True, 0)
    waiting.committed([joined, said, said])
    waiting.marked(ReadMarked(1, Actor("bob"), 3))
    assert waiting.lost == 3
