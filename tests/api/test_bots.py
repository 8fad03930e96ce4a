"""The account's bots by the HTTP API: made, given tokens, used and removed; and who may not."""

from __future__ import annotations

from tests.api.asking import ApiClient, basic
from tests.api.conftest import Ask
from tests.irc.administering import admin
from tests.running import Running


def test_from_its_beginning_to_its_end(running: Running, ask: Ask) -> None:
    ask("alice")
    alice = ApiClient(running, basic("alice"))
    made = alice.ask("POST", "/account/bots", {"name": "builds"})
    assert (made.status, made.headers["location"]) == (201, "/api/v1/account/bots/builds")
    assert alice.get("/account/bots") == {"bots": [made.json]}
    assert (made.json["owner"], made.json["status"], made.json["tokens"]) == ("alice", "active", 0)
    path = "/account/bots/builds/tokens"
    token = alice.ask("POST", path, {"label": "ci", "scopes": ["read", "write"], "rooms": ["main"]})
    assert (token.status, token.headers["location"]) == (201, f"/api/v1{path}/{token.json['id']}")
    [listed] = alice.get(path)["tokens"]
    assert (listed["label"], listed["scopes"], listed["rooms"], listed["online"]) == (
        "ci", ["read", "write"], ["#main"], False,
    )  # fmt: skip
    builds = ApiClient(running, f"Bearer {token.json['token']}")
    builds.post("/rooms/main/join")
    assert builds.say("main", "built")["bot"] is True
    assert alice.ask("DELETE", f"{path}/{token.json['id']}").status == 204
    assert builds.ask("GET", "/rooms").code == "wrong-credentials"
    other = alice.post(path, label="other")["token"]
    assert alice.ask("DELETE", path).status == 204
    assert ApiClient(running, f"Bearer {other}").ask("GET", "/rooms").code == "wrong-credentials"
    assert alice.get(path) == {"tokens": []}
    assert alice.ask("DELETE", "/account/bots/builds").status == 204
    assert alice.get("/account/bots") == {"bots": []}


def test_what_is_refused(running: Running, ask: Ask) -> None:
    alice, bob = (ApiClient(running, basic(name)) for name in ("alice", "bob") if ask(name))
    alice.post("/account/bots", name="builds")
    for name, code in (("BUILDS", "name-taken"), ("alice", "name-taken"), ("a b", "invalid-name")):
        assert alice.ask("POST", "/account/bots", {"name": name}).code == code
    assert bob.get("/account/bots") == {"bots": []}
    for method, path, body in (
        ("DELETE", "/account/bots/builds", None),
        ("GET", "/account/bots/builds/tokens", None),
        ("POST", "/account/bots/builds/tokens", {"label": "x"}),
        ("DELETE", "/account/bots/builds/tokens", None),
        ("DELETE", "/account/bots/builds/tokens/1", None),
        ("DELETE", "/account/bots/nobody", None),
    ):
        assert bob.ask(method, path, body).code == "no-such-bot", (method, path)
    for wrong in ("9", "x", "9" * 30):
        assert alice.ask("DELETE", f"/account/bots/builds/tokens/{wrong}").code == "no-such-token"
    assert bob.ask("GET", "/account/bots", all="true").code == "admin-required"
    assert bob.ask("POST", "/account/bots", {"name": "ours", "server": True}).code == "admin-required"
    token = ApiClient(running, "Bearer " + alice.post("/account/tokens", label="device")["token"])
    assert token.ask("POST", "/account/bots", {"name": "more"}).code == "password-required"
    assert token.ask("POST", "/account/bots/builds/tokens", {"label": "x"}).code == "password-required"
    less = alice.post("/account/tokens", label="less", scopes=["read", "write"])["token"]
    assert ApiClient(running, f"Bearer {less}").ask("GET", "/account/bots").code == "outside-scope"


def test_administrators_see_all_and_make_the_servers_own(running: Running, ask: Ask) -> None:
    ask("alice")
    ApiClient(running, basic("alice")).post("/account/bots", name="builds")
    admin(running).close()
    olga = ApiClient(running, basic("olga"))
    assert olga.post("/account/bots", name="ours", server=True)["owner"] is None
    found = olga.get("/account/bots", all="true")["bots"]
    assert [(each["name"], each["owner"]) for each in found] == [("builds", "alice"), ("ours", None)]
