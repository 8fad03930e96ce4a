"""Webhooks by the HTTP API."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.asking import ApiClient, basic
from tests.running import PASSWORD, Running
from tests.webhooks.test_incoming import send


def test_from_its_beginning_to_its_end(run_server: Callable[..., Running]) -> None:
    server = run_server(listen={"web": "127.0.0.1:0"})
    server.member("alice", "", "#tea").close()
    server.member("bob", "", "#tea").close()
    alice, bob = ApiClient(server, basic("alice")), ApiClient(server, basic("bob", PASSWORD))
    made = alice.ask("POST", "/rooms/tea/hooks", {"name": "CI"})
    assert made.status == 201
    assert (made.json["hook"]["state"], made.json["hook"]["owner"], made.json["secret"]) == ("on", "alice", None)
    url = made.json["url"]
    assert url.startswith(f"http://127.0.0.1:{server.port('web')}/hooks/")
    assert send(url, '{"text": "hello"}').status == 200
    [listed] = alice.ask("GET", "/rooms/tea/hooks").json["hooks"]
    assert listed["used"]
    out = alice.ask("POST", "/rooms/tea/hooks", {"name": "Out", "direction": "out", "url": "https://example.org/x"})
    assert out.json["secret"].startswith("whsec_")
    again = alice.ask(
        "POST", "/rooms/tea/hooks", {"name": "ci", "direction": "out", "url": "https://example.org/x"}
    )
    assert (again.status, again.code) == (409, "name-taken")
    wrong = alice.ask("POST", "/rooms/tea/hooks", {"name": "Out", "direction": "out", "url": "http://127.0.0.1/"})
    assert (wrong.status, wrong.code) == (422, "invalid-text")
    assert alice.ask("PATCH", made.headers["location"], {"state": "off"}).json["state"] == "off"
    assert send(url, '{"text": "hello"}').status == 403
    renewed = alice.ask("POST", f"{made.headers['location']}/renew").json
    assert renewed["url"] != url
    for method, path in (("GET", "/rooms/tea/hooks"), ("DELETE", made.headers["location"])):
        assert bob.ask(method, path).code == "operator-required"
    assert alice.ask("DELETE", made.headers["location"]).status == 204
    assert alice.ask("DELETE", made.headers["location"]).code == "no-such-hook"
    assert alice.ask("DELETE", "/rooms/tea/hooks/x").code == "no-such-hook"


def test_a_token_that_may_not_manage(run_server: Callable[..., Running]) -> None:
    server = run_server(listen={"web": "127.0.0.1:0"})
    server.member("alice", "", "#tea").close()
    owner = ApiClient(server, basic("alice"))
    for asked in ({"scopes": ["read", "write"]}, {"rooms": ["tea"]}):
        token = owner.ask("POST", "/account/tokens", {"label": "x", **asked}).json["token"]
        found = ApiClient(server, f"Bearer {token}").ask("GET", "/rooms/tea/hooks")
        assert (found.status, found.code) == (403, "outside-scope")
