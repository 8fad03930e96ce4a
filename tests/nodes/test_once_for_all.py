"""What two servers of one database do for everybody: webhooks, previews and files; what one learns of the other.

What goes out goes out once, though both servers see the message; what comes in at one is seen at both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from chatstore.irc.line import parse
from tests.api.asking import ApiClient, EventsClient, basic
from tests.api.test_files import Files, png
from tests.irc.administering import one as row
from tests.irc.test_edits import change, say
from tests.irc.test_pins import pinned
from tests.net.web_server import WebServer
from tests.nodes.test_two_servers import durable, servers
from tests.previews.test_previewer import page
from tests.running import IrcClient, Running
from tests.waiting import until
from tests.webhooks.conftest import HERE, soon
from tests.webhooks.receiver import Receiver
from tests.webhooks.test_incoming import send

__all__ = ["durable", "servers", "soon"]

CAPS = (
    "message-tags echo-message batch server-time standard-replies draft/chathistory draft/event-playback"
    " chatstore/previews chatstore/pins chatstore/notify chatstore/ignore"
    " draft/message-redaction draft/message-edit"
)


class Pair(NamedTuple):
    """The one that does what one does for all, and the other one."""

    leader: Running
    other: Running


@pytest.fixture
def pair(servers: Callable[..., Running], tmp_path: Path) -> Pair:
    tables: dict[str, dict[str, object]] = {
        "listen": {"irc": "127.0.0.1:0", "web": "127.0.0.1:0"},
        "webhooks": HERE,
        "previews": {"enabled": True, "allowed": ["127.0.0.0/8"]},
        "files": {"folder": str(tmp_path / "shared"), "free_bytes": 0},
    }
    both = servers(**tables), servers(**tables)
    until(lambda: any(each.server.store.leads for each in both))
    leader, other = sorted(both, key=lambda each: not each.server.store.leads)
    assert not other.server.store.leads
    return Pair(leader, other)


def people(pair: Pair) -> tuple[IrcClient, IrcClient]:
    """Alice at the leader, who made #tea, and Bob at the other server. Each has heard of the other."""
    alice = pair.leader.member("alice", CAPS, "#tea")
    bob = pair.other.member("bob", CAPS, "#tea")
    alice.wait(":bob!.* JOIN ")
    return alice, bob


def test_a_webhook_sends_what_is_said_at_either_server_once(pair: Pair) -> None:
    alice, bob = people(pair)
    with Receiver() as receiver:
        secret = row(alice, f"HOOK ADD #tea out url={receiver.url};trigger=all :Out")[1]["secret"]
        for n in range(10):
            alice.ask(f"PRIVMSG #tea :a{n}")
            bob.wait(f":a{n}$")
            bob.ask(f"PRIVMSG #tea :b{n}")
            alice.wait(f":b{n}$")
        got = receiver.wait(20)
        assert [each.text for each in got] == [f"{who}{n}" for n in range(10) for who in "ab"]
        assert all(each.signed_with(secret) for each in got)
        alice.ask("HOOK SET #tea 1 state=off")
        bob.ask("PRIVMSG #tea :while it is off")
        alice.wait(":while it is off$")
        alice.ask("HOOK SET #tea 1 state=on", "PRIVMSG #tea :on again")
        assert receiver.wait(21)[20].text == "on again"
    until(lambda: [each.server._webhooks.outgoing.figures.sent for each in pair] == [21, 0])


def test_another_server_goes_on_with_the_webhooks_of_one_that_ends(pair: Pair) -> None:
    alice, bob = people(pair)
    with Receiver() as receiver:
        row(alice, f"HOOK ADD #tea out url={receiver.url};trigger=all :Out")
        alice.ask("PRIVMSG #tea :before")
        receiver.wait(1)
        until(lambda: pair.leader.rows("SELECT used_at IS NOT NULL FROM hooks") == [(True,)])
        pair.leader.stop()
        bob.ask("PRIVMSG #tea :after")
        assert [each.text for each in receiver.wait(2)] == ["before", "after"]


def test_what_comes_in_at_one_server_is_seen_at_both(pair: Pair) -> None:
    alice, bob = people(pair)
    shown = row(alice, "HOOK ADD #tea in * :CI")[1]["url"]
    token = shown.rpartition("/")[2]
    ids = []
    for server in pair:
        url = f"http://127.0.0.1:{server.port('web')}/hooks/{token}"
        assert send(url, json.dumps({"text": f"built at {server.port('web')}"})).status == 200
        lines = [parse(client.wait(f"PRIVMSG #tea :built at {server.port('web')}$")) for client in (alice, bob)]
        assert lines[0].tags["msgid"] == lines[1].tags["msgid"]
        ids.append(lines[0].tags["msgid"])
    given = {"X_GitHub_Event": "push", "X_GitHub_Delivery": "1", "Content_Type": "application/json"}
    body = json.dumps({"ref": "refs/heads/main", "repository": {"full_name": "a/b"}, "commits": [{"id": "1" * 40}]})
    said = [send(f"http://127.0.0.1:{each.port('web')}/hooks/{token}", body, **given).text for each in pair]
    assert said == ["ok", "ok: this was delivered before"]
    alice.ask("HOOK REMOVE #tea 1")
    for server in pair:
        assert send(f"http://127.0.0.1:{server.port('web')}/hooks/{token}", '{"text": "x"}').status == 404


def test_a_page_is_asked_once_and_shown_at_both(pair: Pair) -> None:
    alice, bob = people(pair)
    with WebServer(page()) as web:
        for number, client in enumerate((alice, bob)):
            client.send(f"PRIVMSG #tea :look: {web.url(f'/{number}')}")
            for each in (alice, bob):
                assert r"title=A\s&\sB\:\sC" in each.wait(
                    rf" PREVIEW #tea .*url={re.escape(web.url(f'/{number}'))}"
                )
        bob.send(f"PRIVMSG #tea :again: {web.url('/0')}")
        for each in (alice, bob):
            each.wait(" PREVIEW #tea ")
        assert [head.split(b" ")[1] for head in web.heads] == [b"/0", b"/1"]


def test_a_file_of_one_server_is_served_by_the_other(pair: Pair) -> None:
    alice, _ = people(pair)
    here, there = (Files(each, authorization=basic("alice")) for each in pair)
    file = here.upload(png(), "a.png")
    path = f"/files/{file['id']}/a.png"
    fetched = there.ask("GET", path)
    assert (fetched.status, fetched.headers["content-type"]) == (200, "image/png")
    assert fetched.body == here.ask("GET", path).body
    again = there.upload(png(), "same.png")
    assert again["sha256"] == file["sha256"]
    assert len(list(pair.leader.server.config.files_folder.glob("??/*"))) == 1  # type: ignore[union-attr]
    assert there.ask("GET", "/files").json["usage"]["files"] == 2
    message = say(alice, "#tea", f"look: http://127.0.0.1{path}")
    alice.ask(f"REDACT #tea {message}")
    until(lambda: there.ask("GET", path).status == 404)
    assert there.ask("GET", f"/files/{again['id']}").status == 200


def test_live_events_of_one_server_have_what_is_said_at_the_other(pair: Pair) -> None:
    alice, bob = people(pair)
    stream = EventsClient(ApiClient(pair.other, basic("bob")))
    texts = [f"{n}" for n in range(30)]
    for n, text in enumerate(texts):
        (alice if n % 3 else bob).ask(f"PRIVMSG #tea :{text}")
        (bob if n % 3 else alice).wait(f":{text}$")
    told = stream.until(texts[-1])
    assert [each.data["text"] for each in told] == texts
    seqs = [each.data["seq"] for each in told]
    assert seqs == sorted(seqs)
    again = EventsClient(ApiClient(pair.leader, basic("bob")), last=told[4].id)
    assert again.until(texts[-1]) == told[5:]
    again.close()
    message = say(alice, "#tea", "helo")
    stream.until("helo")
    alice.ask(change("#tea", message, "hello"))
    edited = stream.next()
    assert (edited.event, edited.data["edits"], edited.data["text"]) == ("edit", message, "hello")
    alice.ask(f"REDACT #tea {message}")
    assert stream.next().data["redacts"] == message
    stream.close()


def test_edits_pins_and_settings_of_one_server_hold_at_the_other(pair: Pair) -> None:
    alice, bob = people(pair)
    phone = pair.other.login("alice", CAPS)
    message = say(alice, "#tea", "helo")
    bob.wait(":helo$")
    alice.ask(change("#tea", message, "hello"))
    assert parse(bob.wait(" EDIT ")).tags["draft/edit-text"] == "hello"
    late = pair.other.login("bob", CAPS)
    late.wait(" 366 ")
    latest = [parse(line) for line in late.ask("CHATHISTORY LATEST #tea * 5")]
    assert [line.params[-1] for line in latest if line.command == "PRIVMSG"] == ["hello"]
    alice.ask(f"PIN #tea {message}")
    assert parse(bob.wait(" PIN ")).params == ("#tea", message)
    assert pinned(bob, "#tea") == ["hello"]
    phone.ask(f"UNPIN #tea {message}")
    alice.wait(" UNPIN ")
    assert pinned(alice, "#tea") == pinned(bob, "#tea") == []
    phone.ask("NOTIFY SET #tea level=nothing")
    assert "level=nothing" in alice.wait("NOTIFY SET #tea ")
    assert any("level=nothing" in line for line in alice.ask("NOTIFY LIST"))
    alice.ask("IGNORE ADD bob")
    phone.wait("IGNORE ADD bob")
    assert [line.command for line in bob.parsed("PRIVMSG alice :rude")][-1] == "531"
