"""A bot whose token is limited to a room, at the HTTP API: it finds no way out of that room."""

from __future__ import annotations

import pytest

from tests.api.asking import ApiClient, EventsClient
from tests.irc.test_bots import make
from tests.running import IrcClient, Running

INSIDE = [
    ("GET", "/account", None),
    ("GET", "/rooms", None),
    ("GET", "/conversations", None),
    ("GET", "/rooms/in", None),
    ("GET", "/rooms/in/members", None),
    ("GET", "/rooms/in/messages", None),
    ("POST", "/rooms/in/messages", {"text": "built"}),
    ("GET", "/search?text=word", None),
    ("GET", "/search?text=word&in=%23in", None),
]
OUTSIDE = [
    ("GET", "/rooms/out", None),
    ("GET", "/rooms/no-such-room", None),
    ("GET", "/rooms/out/members", None),
    ("GET", "/rooms/out/messages", None),
    ("POST", "/rooms/out/messages", {"text": "x"}),
    ("POST", "/rooms/out/join", {}),
    ("POST", "/rooms/new/join", {}),
    ("GET", "/rooms/out/events", None),
    ("GET", "/search?text=word&in=%23out", None),
    ("GET", "/people/alice/messages", None),
    ("POST", "/people/alice/messages", {"text": "x"}),
    ("GET", "/people/alice/events", None),
    ("GET", "/account/tokens", None),
    ("DELETE", "/account/tokens/1", None),
    ("PATCH", "/account", {"avatar": "x"}),
    ("GET", "/rooms/in/hooks", None),
]


@pytest.fixture
def owner(running: Running) -> IrcClient:
    client = running.register("alice", "message-tags")
    client.ask("JOIN #in", "JOIN #out", "PRIVMSG #in :a word", "PRIVMSG #out :a word elsewhere")
    return client


@pytest.fixture
def bot(running: Running, owner: IrcClient) -> ApiClient:
    made = ApiClient(running, f"Bearer {make(owner, 'builds', 'scopes=read,write,manage;rooms=#in')}")
    made.post("/rooms/in/join")
    return made


def test_it_does_in_its_room_what_it_may(bot: ApiClient, owner: IrcClient) -> None:
    for method, path, body in INSIDE:
        answer = bot.ask(method, path, body)
        assert answer.status < 300, (path, answer)
        assert not any(word in answer.body.decode() for word in ("elsewhere", "#out")), path
    said = owner.wait("PRIVMSG #in :built")
    assert "bot" in said.split(" ")[0][1:].split(";")


def test_everything_else_is_outside_of_its_scope(bot: ApiClient) -> None:
    for method, path, body in OUTSIDE:
        answer = bot.ask(method, path, body)
        assert answer.status == 403, (path, answer)
        assert answer.json["type"].endswith("outside-scope"), (path, answer)


def test_its_stream_has_its_room_alone(bot: ApiClient, owner: IrcClient) -> None:
    stream = EventsClient(bot)
    owner.ask("INVITE builds #out", "PRIVMSG #out :one", "PRIVMSG builds :two", "PRIVMSG #in :three")
    assert stream.next().data["text"] == "three"
    stream.close()
