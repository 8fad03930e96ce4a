"""Posting, reading, reacting, taking back, searching: by real requests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.asking import ApiClient
from tests.api.conftest import Ask
from tests.running import Running, next_moment


@pytest.fixture
def alice(running: Running, ask: Ask) -> ApiClient:
    made = ask("alice")
    made.post("/rooms/main/join")
    return made


def texts(page: Any) -> list[str]:
    return [event["text"] for event in page["messages"]]


def test_a_message_is_stored_and_everybody_in_the_room_sees_it(running: Running, alice: ApiClient) -> None:
    bob = running.member("bob", "message-tags")
    posted = alice.say("main", "hello")
    assert posted["type"] == "message"
    assert (posted["room"], posted["person"]) == ("#main", None)
    assert (posted["nick"], posted["account"], posted["kind"], posted["text"]) == (
        "alice",
        "alice",
        "message",
        "hello",
    )
    line = bob.wait("PRIVMSG #main :hello")
    assert f"msgid={posted['id']}" in line
    assert alice.get(f"/rooms/main/messages/{posted['id']}") == posted
    assert alice.get("/rooms/%23main/messages")["messages"] == [posted]


def test_replies_actions_notices_and_lines(running: Running, alice: ApiClient) -> None:
    bob = running.member("bob", "message-tags")
    first = alice.say("main", "hello")
    reply = alice.say("main", "yes", reply_to=first["id"])
    assert reply["reply_to"] == first["id"]
    assert f"+draft/reply={first['id']}" in bob.wait("PRIVMSG #main :yes")
    assert alice.say("main", "waves", kind="action")["kind"] == "action"
    bob.wait("PRIVMSG #main :\x01ACTION waves\x01")
    assert alice.say("main", "beep", kind="notice")["kind"] == "notice"
    bob.wait("NOTICE #main :beep")
    assert alice.say("main", "one\ntwo")["text"] == "one\ntwo"
    bob.wait("PRIVMSG #main :two")
    assert texts(alice.get("/rooms/main/messages")) == ["hello", "yes", "waves", "beep", "one\ntwo"]


def test_between_two_people(running: Running, alice: ApiClient, ask: Ask) -> None:
    bob = ask("bob")
    posted = alice.post("/people/bob/messages", text="psst")
    assert (posted["room"], posted["person"]) == (None, "bob")
    (got,) = bob.get("/people/alice/messages")["messages"]
    assert got == {**posted, "person": "alice"}
    bob.post("/people/alice/messages", text="yes", reply_to=posted["id"])
    assert texts(alice.get("/people/bob/messages")) == ["psst", "yes"]
    listed = alice.get("/conversations")["conversations"]
    assert [(each["room"], each["person"]) for each in listed] == [(None, "bob")]
    eve = ask("eve")
    assert eve.ask("GET", "/people/bob/messages").code == "no-such-person"
    assert eve.ask("GET", f"/people/bob/messages/{posted['id']}").code == "no-such-person"


def test_pages_by_id_and_by_time(alice: ApiClient) -> None:
    posted = []
    for number in range(10):
        posted.append(alice.say("main", str(number)))
        next_moment()
    ids, times = [each["id"] for each in posted], [each["time"] for each in posted]
    read = lambda **query: texts(alice.get("/rooms/main/messages", **query))  # noqa: E731
    assert read(limit=3) == ["7", "8", "9"]
    assert read(before=ids[5], limit=2) == ["3", "4"]
    assert read(after=ids[5], limit=2) == ["6", "7"]
    assert read(around=ids[5], limit=5) == ["3", "4", "5", "6", "7"]
    assert read(around=ids[5], limit=1) == ["5"]
    assert read(after=ids[2], before=ids[6]) == ["3", "4", "5"]
    assert read(from_=times[2], to=times[4]) == ["2", "3", "4"]
    assert read(from_=times[8]) == ["8", "9"]
    assert read(to=times[1]) == ["0", "1"]
    forth, back = [], []
    page = alice.get("/rooms/main/messages", after=ids[0], limit=2)
    while True:
        forth += texts(page)
        if page["next"] is None:
            break
        page = alice.get(page["next"])
    assert forth == list("123456789")
    page = alice.get("/rooms/main/messages", limit=3)
    while page is not None:
        back = texts(page) + back
        page = alice.get(page["previous"]) if page["previous"] else None
    assert back == list("0123456789")
    empty = alice.get("/rooms/main/messages", after=ids[-1])
    assert (empty["messages"], empty["next"]) == ([], None)


def test_an_etag_says_that_nothing_is_new(alice: ApiClient) -> None:
    alice.say("main", "hello")
    first = alice.ask("GET", "/rooms/main/messages")
    again = alice.ask("GET", "/rooms/main/messages", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    alice.say("main", "more")
    later = alice.ask("GET", "/rooms/main/messages", headers={"If-None-Match": first.headers["etag"]})
    assert later.status == 200
    assert later.headers["cache-control"] == "private, no-cache"


def test_everything_that_happened_is_told_if_asked_for(running: Running, alice: ApiClient) -> None:
    bob = running.member("bob")
    bob.ask("TOPIC #main :tea", "PART #main :bye")
    posted = alice.say("main", "hello")
    alice.ask("PUT", f"/rooms/main/messages/{posted['id']}/reactions/%F0%9F%91%8D")
    kinds = [event["type"] for event in alice.get("/rooms/main/messages", kinds="all")["messages"]]
    assert kinds == ["joined", "joined", "topic", "left", "message", "reaction"]


def test_reactions_and_taking_back(running: Running, alice: ApiClient, ask: Ask) -> None:
    bob = ask("bob")
    bob.post("/rooms/main/join")
    posted = alice.say("main", "hello")
    path = f"/rooms/main/messages/{posted['id']}"
    reacted = bob.ask("PUT", f"{path}/reactions/%F0%9F%91%8D").json
    assert (reacted["type"], reacted["to"], reacted["added"]) == ("reaction", posted["id"], ["👍"])
    gone = bob.ask("DELETE", f"{path}/reactions/%F0%9F%91%8D").json
    assert (gone["added"], gone["removed"]) == ([], ["👍"])
    assert bob.ask("PUT", f"{path}/reactions/%00").status in (404, 405)
    assert bob.ask("DELETE", path).code == "redact-forbidden"
    redaction = alice.ask("DELETE", path, reason="typo").json
    assert (redaction["type"], redaction["redacts"], redaction["reason"]) == ("redaction", posted["id"], "typo")
    (removed,) = alice.get("/rooms/main/messages")["messages"]
    assert (removed["type"], removed["id"], removed["by"], removed["reason"]) == (
        "removed",
        posted["id"],
        "alice",
        "typo",
    )
    assert "text" not in removed
    assert alice.ask("DELETE", path).code == "no-such-message"


def test_authors_edit_what_they_said(running: Running, alice: ApiClient, ask: Ask) -> None:
    posted, waves = alice.say("main", "helo"), alice.say("main", "wavs", kind="action")
    path = f"/rooms/main/messages/{posted['id']}"
    edited = alice.ask("PUT", path, {"text": "hello"}).json
    assert edited == {**posted, "text": "hello", "edited": edited["edited"]} == alice.get(path)
    assert edited["edited"] > posted["time"]
    assert alice.ask("PUT", path, {"text": "hello"}).json == edited
    assert alice.ask("PUT", "/rooms/main/messages/9-9", {"text": "x"}).code == "no-such-message"
    assert alice.ask("PUT", f"/rooms/main/messages/{waves['id']}", {"text": "waves"}).json["text"] == "waves"
    assert alice.get(f"/rooms/main/messages/{waves['id']}")["kind"] == "action"
    bob = ask("bob")
    bob.post("/rooms/main/join")
    assert bob.ask("PUT", path, {"text": "mine"}).code == "edit-forbidden"
    kinds = [event["type"] for event in bob.get("/rooms/main/messages", kinds="all")["messages"]]
    assert kinds == ["joined", "message", "message", "edit", "edit", "joined"]


def test_who_is_no_member_reads_and_posts_nothing(running: Running, alice: ApiClient, ask: Ask) -> None:
    posted, eve = alice.say("main", "secret"), ask("eve")
    for path in ("/rooms/main/messages", f"/rooms/main/messages/{posted['id']}", "/rooms/main/events"):
        assert eve.ask("GET", path).code == "no-such-room"
    assert eve.ask("POST", "/rooms/main/messages", {"text": "spam"}).code == "cannot-post"
    assert eve.ask("POST", "/rooms/none/messages", {"text": "spam"}).code == "no-such-room"
    assert eve.get("/search", text="secret")["messages"] == []
    eve.post("/rooms/main/join")
    assert eve.post("/rooms/main/leave") is None
    assert eve.ask("POST", "/rooms/main/leave", {}).code == "not-a-member"
    assert eve.ask("GET", f"/rooms/main/messages/{posted['id']}").code == "no-such-room"


def test_search_and_read_markers(alice: ApiClient) -> None:
    for number in range(5):
        alice.say("main", f"tea number {number}")
        next_moment()
    found = alice.get("/search", text="tea", limit=2)
    assert [each["text"] for each in found["messages"]] == ["tea number 3", "tea number 4"]
    assert [each["text"] for each in alice.get(found["previous"])["messages"]] == ["tea number 1", "tea number 2"]
    assert [
        each["text"] for each in alice.get("/search", text='"number 3"', in_="#main", by="alice")["messages"]
    ] == ["tea number 3"]
    assert alice.get("/rooms/main/read-marker") == {"read": None}
    read = alice.ask("PUT", "/rooms/main/read-marker", {"read": found["messages"][0]["time"]}).json
    assert read == {"read": found["messages"][0]["time"]} == alice.get("/rooms/main/read-marker")
    back = alice.ask("PUT", "/rooms/main/read-marker", {"read": "2020-01-01T00:00:00Z"}).json
    assert back == read


def test_rooms_and_members(running: Running, alice: ApiClient) -> None:
    bob = running.member("bob")
    (main,) = alice.get("/rooms", member="true")["rooms"]
    assert (main["name"], main["members"], main["role"]) == ("#main", 2, "member")
    assert alice.get("/rooms/main") == main
    members = {each["nick"]: each for each in alice.get("/rooms/main/members")["members"]}
    assert members["alice"]["online"] is False
    assert members["bob"]["online"] is True
    made = alice.post("/rooms/tea/join")
    assert (made["name"], made["role"]) == ("#tea", "operator")
    bob.close()


def test_names_and_pictures_of_people(running: Running, alice: ApiClient) -> None:
    bob = running.member("bob", "batch draft/metadata-2", "#main")
    bob.ask("METADATA * SUB avatar display-name")
    own = alice.get("/account")
    assert (own["display_name"], own["avatar"]) == ("", "")
    url = "https://elsewhere.example/a.png?{size}"
    own = alice.ask("PATCH", "/account", {"display_name": "Alice of the Teas", "avatar": url}).json
    assert (own["display_name"], own["avatar"]) == ("Alice of the Teas", url)
    changes = [line.params for line in bob.parsed() if line.command == "METADATA"]
    assert changes == [("alice", "display-name", "*", "Alice of the Teas"), ("alice", "avatar", "*", url)]
    bob.ask("METADATA * SET avatar :https://elsewhere.example/b.png")
    members = {each["nick"]: each for each in alice.get("/rooms/main/members")["members"]}
    assert (members["alice"]["display_name"], members["alice"]["avatar"]) == ("Alice of the Teas", url)
    assert (members["bob"]["display_name"], members["bob"]["avatar"]) == ("", "https://elsewhere.example/b.png")
    own = alice.ask("PATCH", "/account", {"avatar": ""}).json
    assert (own["display_name"], own["avatar"]) == ("Alice of the Teas", "")
    found = alice.ask("PATCH", "/account", {"display_name": "ü" * 151})
    assert (found.status, found.code) == (422, "message-too-long")
    assert alice.get("/account")["display_name"] == "Alice of the Teas"
    sizes = {size: alice.ask("PATCH", "/account", {"display_name": "x" * size}).status for size in (296, 295)}
    assert sizes == {296: 422, 295: 200}  # a line of IRC has no room for more, where names are long
    bob.close()


def test_a_request_that_comes_again_posts_once(running: Running, alice: ApiClient) -> None:
    headers = {"Idempotency-Key": "6b1e"}
    first = alice.ask("POST", "/rooms/main/messages", {"text": "once"}, headers)
    again = alice.ask("POST", "/rooms/main/messages", {"text": "once"}, headers)
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert first.headers["location"] == f"/api/v1/rooms/main/messages/{first.json['id']}"
    other = alice.ask("POST", "/rooms/main/messages", {"text": "other"}, headers)
    assert (other.status, other.code) == (422, "key-reused")
    running.register("bob").close()
    direct = [
        alice.ask("POST", "/people/bob/messages", {"text": "psst"}, {"Idempotency-Key": "d"}) for _ in range(2)
    ]
    assert direct[0].json == direct[1].json
    assert texts(alice.get("/rooms/main/messages")) == ["once"]
    for key in ("", "x" * 300, "a b"):
        found = alice.ask("POST", "/rooms/main/messages", {"text": "x"}, {"Idempotency-Key": key})
        assert (found.status, found.code) == (422, "invalid-request"), key


def test_two_accounts_may_have_the_same_key(running: Running, alice: ApiClient, ask: Ask) -> None:
    bob = ask("bob")
    bob.post("/rooms/main/join")
    posted = [
        each.ask("POST", "/rooms/main/messages", {"text": "once"}, {"Idempotency-Key": "1"})
        for each in (alice, bob)
    ]
    assert [(each.status, each.json["account"]) for each in posted] == [(201, "alice"), (201, "bob")]


BAD_BODIES: list[tuple[bytes, int, str]] = [
    (b"", 400, ""),
    (b"{", 400, ""),
    (b"null", 422, "#"),
    (b"[]", 422, "#"),
    (b'{"text": "a"} x', 400, ""),
    (b'{"text": "\xff\xfe"}', 400, ""),
    (b'\xff\xfe{\x00"\x00', 400, ""),
    (b'{"text": "\\ud800"}', 400, ""),
    (b"{}", 422, "#/text"),
    (b'{"text": 1}', 422, "#/text"),
    (b'{"text": null}', 422, "#/text"),
    (b'{"text": ["a"]}', 422, "#/text"),
    (b'{"text": "a", "text": "b"}', 422, "#/text"),
    (b'{"text": "a", "kind": "shout"}', 422, "#/kind"),
    (b'{"text": "a", "more": 1}', 422, "#/more"),
    (b'{"text": "a\\u0000"}', 422, "#/text"),
    (b'{"text": "a\\u001b[31m"}', 422, "#/text"),
    (b'{"text": "a\\r\\nQUIT"}', 422, "#/text"),
    (b'{"text": "a", "reply_to": "\\u0007"}', 422, "#/reply_to"),
    (b'{"text": ' + b"[" * 100_000, 400, ""),
    (b"[" * 500_000, 400, ""),
    (b'{"a":' * 100_000, 400, ""),
    (b'{"text": "a", "~/": 1}', 422, "#/~0~1"),
]


@pytest.mark.parametrize(("body", "status", "pointer"), BAD_BODIES)
def test_bad_bodies_are_told_what_is_wrong(alice: ApiClient, body: bytes, status: int, pointer: str) -> None:
    found = alice.ask("POST", "/rooms/main/messages", body)
    told = [each["pointer"] for each in found.json.get("errors", ())]
    assert (found.status, told) == (status, [pointer] if pointer else []), found
    assert found.code == ("invalid-json" if status == 400 else "invalid-request")
    assert alice.get("/rooms/main/messages")["messages"] == []


def test_bodies_have_a_type_and_a_size(alice: ApiClient) -> None:
    path = "/rooms/main/messages"
    assert alice.ask("POST", path, b"text=a", {"Content-Type": "application/x-www-form-urlencoded"}).status == 415
    assert alice.ask("POST", path, b'{"text": "' + b"a" * 2_000_000 + b'"}').status == 413
    long = alice.ask("POST", path, {"text": "ä" * 3000})
    assert (long.status, long.code) == (422, "message-too-long")
    lines = alice.ask("POST", path, {"text": "\n".join("a" * 300)})
    assert lines.code == "message-too-long"
    for text in ("", "\n\n", " \u200b "):
        assert alice.ask("POST", path, {"text": text}).code == "empty-message"
    said = alice.post(path, text="hello")
    assert alice.ask("PUT", f"{path}/{said['id']}", {"text": ""}).code == "empty-message"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("limit=1001", "limit"),
        ("limit=1&limit=2", "limit"),
        ("nothing=1", "nothing"),
        ("from=yesterday", "from"),
        ("from=2026-13-45T00:00:00Z", "from"),
        ("before=%07", "before"),
        ("around=1-1&from=2026-01-01T00:00:00Z", "around"),
        ("after=1-1&to=2026-01-01T00:00:00Z", "after"),
    ],
)
def test_bad_parameters_are_told_what_is_wrong(alice: ApiClient, query: str, name: str) -> None:
    found = alice.ask("GET", f"/rooms/main/messages?{query}")
    assert (found.status, found.code) == (422, "invalid-request"), found
    assert found.json["errors"][0]["parameter"] == name


@pytest.mark.parametrize("text", ["1-1-0000", "nonsense", "0-0", "z" * 40, "1-99999"])
def test_an_unknown_message_is_none(alice: ApiClient, text: str) -> None:
    for query in ({"after": text}, {"before": text}, {"around": text}):
        assert alice.ask("GET", "/rooms/main/messages", **query).code == "no-such-message"
    assert alice.ask("GET", f"/rooms/main/messages/{text}").code == "no-such-message"
    assert alice.ask("POST", "/rooms/main/messages", {"text": "a", "reply_to": text}).code == "no-such-message"


def test_what_a_bridge_passes_on_says_so(running: Running, ask: Ask) -> None:
    alice = ask("alice")
    bridge = running.register("bridge")
    bridge.ask("JOIN #talk")
    alice.post("/rooms/talk/join")
    bridge.ask("RELAYMSG #talk nora/north :hello")
    [said] = alice.get("/rooms/talk/messages", limit=1)["messages"]
    assert (said["nick"], said["account"], said["relayed_by"]) == ("nora/north", "bridge", "bridge")


def test_what_ignored_people_say_is_left_out_or_shown(running: Running, alice: ApiClient) -> None:
    bob, eve = running.member("bob", "", "#main"), running.member("eve", "message-tags", "#main")
    for number in range(4):
        bob.ask(f"PRIVMSG #main :tea {number}")
        eve.ask(f"PRIVMSG #main :tea and spam {number}")
    irc = running.login("alice")
    irc.ask("IGNORE ADD eve")
    said = [f"tea {number}" for number in range(4)]
    page = alice.get("/rooms/main/messages")
    assert texts(page) == said
    assert len(alice.get("/rooms/main/messages", ignored="show")["messages"]) == 8
    path, found = "/rooms/main/messages?limit=2", []
    while path:  # a page may be short or empty, and the next one goes on where it was
        page = alice.get(path)
        found += reversed(texts(page))
        path = page["previous"]
    assert found == said[::-1]
    assert "ignored=show" in alice.get("/rooms/main/messages", limit=1, ignored="show")["previous"]
    assert [each["text"] for each in alice.get("/search", text="tea")["messages"]] == said
    assert len(alice.get("/search", text="tea", ignored="show")["messages"]) == 8
    spam = alice.get("/search", text="spam", ignored="show")["messages"][0]
    assert alice.get(f"/rooms/main/messages/{spam['id']}")["text"] == spam["text"], "whoever asks for it by its id"
    assert alice.ask("GET", "/rooms/main/messages", ignored="yes").json["errors"] == [
        {"parameter": "ignored", "detail": "expected one of hide, show"}
    ]
    irc.ask("IGNORE REMOVE eve")
    assert len(alice.get("/rooms/main/messages")["messages"]) == 8
