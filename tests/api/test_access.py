"""Who may ask: tokens, passwords, their limits, and what ends access."""

from __future__ import annotations

import threading
from dataclasses import replace
from unittest.mock import patch

import bcrypt

from chatstore.chat.changes.accounts import SuspendAccount
from chatstore.chat.model.names import person_name
from tests.api.asking import ApiClient, EventsClient, basic
from tests.api.conftest import Ask
from tests.running import Running


def test_a_token_says_whose_it_is(running: Running, ask: Ask) -> None:
    alice = ask("alice")
    own = alice.get("/account")
    assert own["name"] == own["nick"] == "alice"
    assert own["role"] == "user"
    assert own["stays"] is True
    assert own["limits"]["page"] == 1000
    token = alice.authorization.removeprefix("Bearer ")
    assert ApiClient(running, basic("alice", token)).get("/account")["name"] == "alice"
    assert ApiClient(running, basic("alice")).get("/account")["name"] == "alice"


def test_a_password_is_hashed_once_for_many_requests(running: Running, ask: Ask) -> None:
    ask("alice")
    alice = ApiClient(running, basic("alice"))
    with patch("bcrypt.checkpw", wraps=bcrypt.checkpw) as checked:
        for _ in range(5):
            assert alice.get("/account")["name"] == "alice"
        assert checked.call_count <= 1
        before = checked.call_count
        assert ApiClient(running, basic("alice", "wrong password")).ask("GET", "/account").status == 401
        assert checked.call_count == before + 1


def test_without_credentials_it_is_said_which_are_wanted(running: Running) -> None:
    nobody = ApiClient(running)
    found = nobody.ask("GET", "/account")
    assert (found.status, found.code) == (401, "login-required")
    assert found.headers["www-authenticate"].startswith("Bearer")
    assert "Basic" in found.headers["www-authenticate"]
    browser = nobody.ask("GET", "/account", headers={"Sec-Fetch-Mode": "cors"})
    assert "Basic" not in browser.headers["www-authenticate"]


def test_wrong_credentials_are_refused_and_counted(running: Running, ask: Ask) -> None:
    alice = ask("alice")
    token = alice.authorization.removeprefix("Bearer ")
    wrong = ["Bearer nonsense", "Bearer cst_" + "0" * 40, "Basic ????", "Basic " + "ZZ", basic("bob", token)]
    for authorization in [*wrong, basic("alice", "wrong password"), "Digest x"]:
        found = ApiClient(running, authorization).ask("GET", "/account")
        assert found.status == 401, authorization
        assert found.code in ("wrong-credentials", "login-required")
    codes = [ApiClient(running, basic("bob", "wrong")).ask("GET", "/account").code for _ in range(25)]
    assert codes[-1] == "throttled"
    found = ApiClient(running, basic("bob", "wrong")).ask("GET", "/account")
    assert found.status == 429
    assert int(found.headers["retry-after"]) >= 1
    assert alice.get("/account")["name"] == "alice"


def test_header_bytes_that_are_no_ascii_are_no_credentials(running: Running) -> None:
    for text in ("Basic \xff\xfe", "Bearer cst_\xe9", "Basic " + "=" * 500):
        found = ApiClient(running).ask("GET", "/account", headers={"Authorization": text})
        assert found.status == 401, text


def test_the_account_is_not_online_by_asking(running: Running, ask: Ask) -> None:
    alice, bob = ask("alice"), running.register("bob")
    stream = EventsClient(alice)
    assert stream.status == 200
    alice.get("/account")
    assert bob.ask("ISON alice")[0].endswith(":")
    assert [line.split()[3] for line in bob.ask("LUSERS") if " 253 " in line] == ["0"]
    alice.post("/rooms/main/join")
    bob.send("JOIN #main")
    bob.wait(" 366 ")
    who = [line for line in bob.ask("WHO #main") if " alice " in line]
    assert [line.split()[8][0] for line in who] == ["G"]
    stream.close()


def test_a_request_that_removes_its_own_token_is_answered_and_the_streams_by_it_end(
    running: Running, ask: Ask
) -> None:
    alice = ask("alice")
    stream = EventsClient(alice)
    (token,) = alice.get("/account/tokens")["tokens"]
    assert alice.ask("DELETE", f"/account/tokens/{token['id']}").status == 204
    assert stream.next().data["code"] == "access-lost"
    assert alice.ask("GET", "/account").code == "wrong-credentials"


def test_access_ends_with_the_token_the_password_and_the_account(running: Running, ask: Ask) -> None:
    alice = ask("alice")
    admin = ApiClient(running, basic("alice"))
    stream = EventsClient(alice)
    (token,) = admin.get("/account/tokens")["tokens"]
    assert token["current"] is False
    assert alice.get("/account/tokens")["tokens"][0]["current"] is True
    assert admin.ask("DELETE", f"/account/tokens/{token['id']}").status == 204
    told = stream.next()
    assert told.event == "end"
    assert told.data["code"] == "access-lost"
    assert alice.ask("GET", "/account").code == "wrong-credentials"
    bob = ask("bob")
    stream = EventsClient(bob)
    running.server.store.submit([SuspendAccount(person_name("bob"), "spam")]).result()
    assert stream.next().data["code"] == "access-lost"
    found = bob.ask("GET", "/account")
    assert (found.status, found.code) == (403, "suspended")


def test_a_token_makes_no_token(running: Running, ask: Ask) -> None:
    found = ask("alice").ask("POST", "/account/tokens", {"label": "another"})
    assert (found.status, found.code) == (403, "password-required")


def test_foreign_pages_are_refused_before_credentials(running: Running, ask: Ask) -> None:
    alice = ask("alice")
    alice.post("/rooms/main/join")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        found = alice.ask("POST", "/rooms/main/messages", {"text": "spam"}, headers=headers)
        assert found.status == 403
        assert found.json["code"] == "foreign-page"
        wrong = ApiClient(running, "Bearer nonsense").ask("POST", "/rooms/main/messages", {}, headers=headers)
        assert wrong.json["code"] == "foreign-page"


def test_too_many_requests_are_told_to_wait(running: Running, ask: Ask) -> None:
    alice = ask("alice")
    alice.post("/rooms/main/join")
    limits, flood = running.server.chat.policy.limits, running.server.chat.flood
    flood.clock = lambda: 1e6  # it stands still, however long the requests take
    flood.apply_limits(replace(limits, lines_per_second=1.0, lines_at_once=2))
    statuses = [alice.ask("POST", "/rooms/main/messages", {"text": str(n)}).status for n in range(8)]
    assert statuses[:3] == [201] * 3
    assert statuses[-1] == 429
    found = alice.ask("POST", "/rooms/main/messages", {"text": "x"})
    assert found.code == "too-fast"
    assert int(found.headers["retry-after"]) >= 1


def test_many_passwords_at_once_hold_up_nobody(running: Running, ask: Ask) -> None:
    alice = ask("alice")
    codes: list[int] = []

    def check() -> None:
        codes.append(ApiClient(running, basic("alice")).ask("GET", "/account").status)

    threads = [threading.Thread(target=check) for _ in range(24)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        assert alice.get("/account")["name"] == "alice"
    for thread in threads:
        thread.join()
    assert set(codes) <= {200, 429}
    assert 200 in codes


def test_a_token_may_allow_less(running: Running, ask: Ask) -> None:
    alice = ask("alice")
    for room in ("main", "tea"):
        alice.post(f"/rooms/{room}/join")
    owner = ApiClient(running, basic("alice"))
    made = owner.post("/account/tokens", label="reader", scopes=["read"], rooms=["#tea"])
    reader = ApiClient(running, f"Bearer {made['token']}")
    (listed,) = [each for each in owner.get("/account/tokens")["tokens"] if each["id"] == made["id"]]
    assert (listed["scopes"], listed["rooms"]) == (["read"], ["#tea"])
    stream = EventsClient(reader)
    alice.say("main", "not here")
    alice.post("/people/alice/messages", text="nor this")
    alice.say("tea", "here")
    assert stream.next().data["text"] == "here"
    stream.close()
    assert [each["text"] for each in reader.get("/rooms/tea/messages")["messages"]] == ["here"]
    refused = [
        reader.ask("GET", "/rooms/main/messages"),
        reader.ask("POST", "/rooms/tea/messages", {"text": "x"}),
        reader.ask("POST", "/rooms/tea/messages", {"text": "x"}, {"Idempotency-Key": "1"}),
        reader.ask("POST", "/rooms/main/leave", {}),
        reader.ask("GET", "/account/tokens"),
        reader.ask("DELETE", f"/account/tokens/{made['id']}"),
        reader.ask("GET", "/people/alice/messages"),
    ]
    assert {(found.status, found.code) for found in refused} == {(403, "outside-scope")}
    wrong = owner.ask("POST", "/account/tokens", {"label": "x", "scopes": ["everything"]})
    assert (wrong.status, wrong.json["errors"]) == (
        422,
        [{"pointer": "#/scopes/0", "detail": "expected one of files, manage, read, write"}],
    )
