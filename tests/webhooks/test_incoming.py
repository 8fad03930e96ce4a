"""Incoming webhooks by real requests: what the room sees, and what the sender is told."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tests.irc.administering import one, rows
from tests.running import IrcClient, Running
from tests.webhooks.samples import names, sample
from tests.webhooks.test_payloads import EXPECTED

WEB: dict[str, object] = {"web": "127.0.0.1:0"}


class Answered:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.text = response.read().decode().strip()


def send(url: str, body: bytes | str, method: str = "POST", **headers: str) -> Answered:
    """`_` in the names of headers stands for `-`."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, parts.path, body.encode() if isinstance(body, str) else body, given)
        return Answered(connection.getresponse())
    finally:
        connection.close()


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    return run_server(listen=WEB)


@pytest.fixture
def alice(server: Running) -> IrcClient:
    return server.member("alice", "message-tags draft/multiline batch", "#tea")


def code_of(answer: Answered) -> str:
    """The code of a refusal."""
    return str(json.loads(answer.text)["code"])


def hook(client: IrcClient, attributes: str = "*") -> str:
    """The URL of a new webhook in #tea."""
    return one(client, f"HOOK ADD #tea in {attributes} :CI")[1]["url"]


def test_a_text_is_a_message_of_a_bot(server: Running, alice: IrcClient) -> None:
    url = hook(alice)
    assert url.startswith("http://127.0.0.1:")
    answer = send(url, '{"text": "The backup is done."}', Content_Type="application/json")
    assert (answer.status, answer.text) == (200, "ok")
    line = alice.wait("PRIVMSG #tea :The backup is done.")
    assert ":CI/hook!" in line
    assert "bot" in line.split(" ")[0]
    send(url, '{"text": "as somebody", "username": "alice"}')
    assert ":alice/hook!" in alice.wait("PRIVMSG #tea :as somebody")
    assert "used" in rows(alice, "HOOK LIST #tea")[0][1]


@pytest.mark.parametrize("name", names())
def test_every_recorded_payload(server: Running, alice: IrcClient, name: str) -> None:
    url = hook(alice)
    headers, body = sample(name)
    answer = send(url, body, **{key.replace("-", "_"): value for key, value in headers.items()})
    assert answer.status == 200
    said = server.rows("SELECT body FROM messages WHERE kind = 'message'")
    assert said == ([(EXPECTED[name],)] if EXPECTED[name] else [])


def test_a_delivery_that_comes_again_is_said_once(server: Running, alice: IrcClient) -> None:
    url = hook(alice)
    headers, body = sample("github-push")
    given = {key.replace("-", "_"): value for key, value in headers.items()}
    assert send(url, body, **given).text == "ok"
    assert send(url, body, **given).text == "ok: this was delivered before"
    assert send(url, body, **{**given, "x_github_delivery": "another"}).text == "ok"
    assert server.rows("SELECT count(*) FROM messages WHERE kind = 'message'") == [(2,)]
    assert send(url, sample("github-ping")[1], x_github_event="ping").text == "pong"


def test_signatures_are_asked_for(server: Running, alice: IrcClient) -> None:
    url = hook(alice, "secret=hush")
    headers, body = sample("github-push")
    given = {key.replace("-", "_"): value for key, value in headers.items()}
    refused = send(url, body, **given)
    assert (refused.status, refused.headers["content-type"]) == (401, "application/problem+json")
    assert code_of(refused) == "wrong-signature"
    made = "sha256=" + hmac.new(b"hush", body, hashlib.sha256).hexdigest()
    assert send(url, body, x_hub_signature_256=made, **given).status == 200
    assert send(url, '{"text": "x"}').status == 401
    assert send(url, '{"text": "x"}', Authorization="Bearer hush").status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [("", 400), ("no", 400), ("[]", 400), ("{}", 400), ("[" * 100_000, 400), ('{"text": "' + "x" * 1_100_000, 413)],
)
def test_what_is_refused(server: Running, alice: IrcClient, body: str, status: int) -> None:
    url = hook(alice)
    refused = send(url, body)
    assert (refused.status, code_of(refused)) == (
        status,
        "invalid-payload" if status == 400 else "too-large",
    )
    if status == 400:
        while "error" not in rows(alice, "HOOK LIST #tea")[0][1]:
            alice.sync()
    assert send(url, '{"text": "still there"}').status == 200


def test_what_says_nothing_is_no_error(server: Running, alice: IrcClient) -> None:
    url = hook(alice)
    assert send(url, '{"text": " \\u0002\\u200b"}').text == "ok: this event says nothing here"
    headers, body = sample("github-star")
    assert send(url, body, **{key.replace("-", "_"): value for key, value in headers.items()}).status == 200
    assert server.server._webhooks.incoming.unknown["github star"] == 1


def test_who_does_not_know_the_url(server: Running, alice: IrcClient) -> None:
    url = hook(alice)
    for wrong in (url[:-1], url[:-1] + ("A" if url[-1] != "A" else "B"), url + "A"):
        refused = send(wrong, '{"text": "x"}')
        assert (refused.status, code_of(refused)) == (404, "no-such-hook")
    assert send(url, b"", "GET").status == 405
    alice.ask("HOOK REMOVE #tea 1")
    assert send(url, '{"text": "x"}').status == 404


def test_one_that_is_off_stopped_or_banned(server: Running, alice: IrcClient) -> None:
    url = hook(alice)
    alice.ask("HOOK SET #tea 1 state=off")
    assert code_of(send(url, '{"text": "x"}')) == "hook-off"
    alice.ask("HOOK SET #tea 1 state=on", "MODE #tea +m")
    assert send(url, '{"text": "x"}').status == 200
    alice.ask("MODE #tea +b CI/hook!*@*")
    assert code_of(send(url, '{"text": "x"}')) == "hook-muted"
    assert send(url, '{"text": "x", "username": "other"}').status == 403


def test_a_page_of_another_site_can_not_use_it(server: Running, alice: IrcClient) -> None:
    url = hook(alice)
    assert send(url, '{"text": "x"}', Origin="https://evil.example").status == 403
    assert send(url, '{"text": "x"}', Sec_Fetch_Site="cross-site").status == 403


def test_it_has_the_pace_of_a_connection(server: Running, alice: IrcClient) -> None:
    url, limits, flood = hook(alice), server.server.chat.policy.limits, server.server.chat.flood
    flood.clock = lambda: 1e6  # it stands still, however long the requests take
    flood.apply_limits(replace(limits, lines_per_second=1.0, lines_at_once=3))
    answers = [send(url, '{"text": "x"}') for _ in range(6)]
    assert [answer.status for answer in answers[:3]] == [200] * 3
    slowed = [answer for answer in answers if answer.status == 429]
    assert slowed
    assert slowed[0].headers["retry-after"] == "1"
    assert json.loads(slowed[0].text)["code"] == "too-fast"


def test_what_is_wrong_has_that_pace_too(run_server: Callable[..., Running]) -> None:
    """Payloads that can't be read; and webhooks that there are not, which slow down no other of the network."""
    server = run_server(listen=WEB, limits={"lines_per_second": 0.001, "lines_at_once": 5, "unlimited": ["alice"]})
    alice = server.member("alice", "", "#tea")
    good, bad = hook(alice), one(alice, "HOOK ADD #tea in * :Bad")[1]["url"]
    assert send(good, '{"text": "first"}').status == 200
    assert [send(bad, "{}").status for _ in range(7)] == [400] * 5 + [429] * 2
    unknown = good[:-43] + "A" * 43
    store = server.server.store
    assert [send(unknown, "{}").status for _ in range(7)] == [404] * 5 + [429] * 2
    assert [send(good, '{"text": "x"}').status for _ in range(6)] == [200] * 4 + [429] * 2
    asked = []
    ask, store.hooks.by_digest = store.hooks.by_digest, lambda digest: asked.append(digest)  # type: ignore[method-assign,assignment]
    for url in (good, bad, unknown):
        assert code_of(send(url, '{"text": "x"}')) == "too-fast"
    assert asked == [], "nothing is read for those who come too fast"
    assert ask


def test_several_lines_are_one_message(server: Running, alice: IrcClient) -> None:
    url = hook(alice)
    send(url, json.dumps({"text": "one\r\n:server KILL alice\nthree"}))
    assert server.rows("SELECT body FROM messages WHERE kind = 'message'") == [("one\n:server KILL alice\nthree",)]
    plain = server.member("bob", "", "#tea")
    send(url, json.dumps({"text": "a\n:b\nc"}))
    lines = [line for line in (plain.wait("PRIVMSG #tea :a"), *plain.sync()) if "PRIVMSG" in line]
    assert [line.rpartition("PRIVMSG #tea ")[2] for line in lines] == [":a", "::b", ":c"]


def test_they_can_be_switched_off(run_server: Callable[..., Running]) -> None:
    server = run_server(listen=WEB, webhooks={"incoming": False})
    url = hook(server.member("alice", "", "#tea"))
    assert code_of(send(url, '{"text": "x"}')) == "webhooks-off"


def test_one_whose_owner_has_left_is_stopped(server: Running, alice: IrcClient) -> None:
    bob = server.member("bob", "", "#tea")
    alice.ask("MODE #tea +o bob")
    url = hook(bob)
    alice.ask("KICK #tea bob")
    refused = send(url, '{"text": "x"}')
    assert (refused.status, code_of(refused)) == (403, "hook-stopped")


def test_no_token_is_in_the_log(server: Running, alice: IrcClient, caplog: pytest.LogCaptureFixture) -> None:
    url = hook(alice)
    with caplog.at_level("DEBUG"):
        send(url, "{}")
        send(url, '{"text": "x"}')
    assert url.rpartition("/")[2] not in caplog.text
