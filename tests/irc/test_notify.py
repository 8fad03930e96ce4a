"""NOTIFY: what an account wants to be told of. Spec: chatstore/notify (docs/extensions.md)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import RemoveAccount
from chatstore.chat.changes.rooms import RemoveRoom
from chatstore.chat.model.names import person_name
from chatstore.chat.model.notifications import MAX_KEYWORD, MAX_KEYWORDS
from chatstore.chat.model.rooms import room_key
from tests.running import IrcClient, Running

DEFAULT = "rooms=mentions;direct=all;keywords=;quiet=;zone=UTC"
LATER = "2099-01-02T03:04:05.000Z"


def answer(client: IrcClient, line: str) -> list[tuple[str, ...]]:
    return [each.params for each in client.parsed(line)]


def refusal(client: IrcClient, line: str) -> str:
    [refused] = client.parsed(line)
    assert refused.command == "FAIL"
    return refused.params[1]


@pytest.fixture
def alice(server: Running) -> IrcClient:
    client = server.register("alice", "standard-replies chatstore/notify")
    client.ask("JOIN #main")
    return client


def test_what_an_account_begins_with(alice: IrcClient) -> None:
    assert answer(alice, "NOTIFY LIST") == [("LIST", "*", DEFAULT), ("LIST", "*")]


def test_all_conversations(alice: IrcClient) -> None:
    after = "rooms=all;direct=nothing;keywords=cake,deep\\sblue;quiet=22:00-07:00;zone=Europe/Berlin"
    line = f"NOTIFY SET * {after}".replace("blue;", "blue,,cake;")
    assert answer(alice, line) == [("SET", "*", after)]
    assert answer(alice, "NOTIFY LIST")[0] == ("LIST", "*", after)
    again = after.replace("22:00-07:00", "").replace("all", "mentions")
    assert answer(alice, "NOTIFY SET * rooms=mentions;quiet=")[0][2] == again
    assert answer(alice, "notify set * keywords=;direct=all;zone=") == [("SET", "*", DEFAULT)]


def test_one_conversation(server: Running, alice: IrcClient) -> None:
    server.register("bob").ask("PRIVMSG alice :hello")
    alice.sync()
    assert answer(alice, "NOTIFY SET #MAIN level=all") == [("SET", "#main", "level=all;muted-until=")]
    muted = f"level=default;muted-until={LATER}"
    assert answer(alice, f"NOTIFY SET BOB muted-until={LATER}") == [("SET", "bob", muted)]
    assert answer(alice, "NOTIFY LIST") == [
        ("LIST", "*", DEFAULT),
        ("LIST", "#main", "level=all;muted-until="),
        ("LIST", "bob", muted),
        ("LIST", "*"),
    ]
    assert answer(alice, f"NOTIFY SET #main muted-until={LATER}")[0][2] == f"level=all;muted-until={LATER}"
    assert answer(alice, "NOTIFY SET #main muted-until=;level=default")[0][2] == "level=default;muted-until="
    answer(alice, "NOTIFY SET bob muted-until=")
    assert answer(alice, "NOTIFY LIST") == [("LIST", "*", DEFAULT), ("LIST", "*")]


@pytest.mark.parametrize(
    "line",
    [
        "NOTIFY",
        "NOTIFY WHAT",
        "NOTIFY SET",
        "NOTIFY SET #main",
        "NOTIFY SET #main level=some",
        "NOTIFY SET #main color=blue",
        "NOTIFY SET #main muted-until=tomorrow",
        "NOTIFY SET * level=all",
        "NOTIFY SET * rooms=some",
        "NOTIFY SET * quiet=22-7",
        "NOTIFY SET * quiet=22:00-22:00",
        "NOTIFY SET * quiet=24:00-07:00",
        "NOTIFY SET * zone=Nowhere",
        "NOTIFY SET * zone=../../etc/passwd",
        "NOTIFY SET * zone=/etc/localtime",
        f"NOTIFY SET * keywords={'x' * (MAX_KEYWORD + 1)}",
        "NOTIFY SET * keywords=a\x02b",
    ],
)
def test_what_cannot_be(alice: IrcClient, line: str) -> None:
    if line == "NOTIFY":
        assert " 461 " in alice.ask(line)[0]
    else:
        assert refusal(alice, line) == "INVALID_PARAMETERS"
    assert answer(alice, "NOTIFY LIST")[0] == ("LIST", "*", DEFAULT)


def test_limits_and_strangers(server: Running, alice: IrcClient) -> None:
    words = ",".join(f"w{n}" for n in range(MAX_KEYWORDS + 1))
    assert refusal(alice, f"NOTIFY SET * keywords={words}") == "LIMIT_REACHED"
    server.register("bob", "standard-replies").ask("JOIN #secret", "MODE #secret +s")
    assert refusal(alice, "NOTIFY SET #secret level=all") == refusal(alice, "NOTIFY SET #none level=all")
    assert refusal(alice, "NOTIFY SET nobody level=all") == "NO_SUCH_PERSON"
    assert refusal(alice, "NOTIFY SET bob level=all") == "NO_SUCH_PERSON"  # nothing was said yet


def test_a_guest_has_none(run_server: Callable[..., Running]) -> None:
    guest = run_server(accounts={"guests": True}).connect()
    guest.nick = "gast"
    guest.send("CAP REQ :standard-replies", "NICK gast", "USER g 0 * :G", "CAP END")
    guest.wait(" 422 ")
    for line in ("NOTIFY LIST", "NOTIFY SET * rooms=all"):
        assert refusal(guest, line) == "ACCOUNT_REQUIRED"


def test_the_other_clients_of_the_account_are_told(server: Running, alice: IrcClient) -> None:
    phone = server.login("alice", "chatstore/notify")
    old, bob = server.login("alice"), server.register("bob", "chatstore/notify")
    alice.ask("NOTIFY SET * keywords=cake", "NOTIFY SET #main level=all", "NOTIFY SET #main level=all")
    assert phone.sync()[-2:] == [
        f":chatstore.local NOTIFY SET * {DEFAULT.replace('keywords=', 'keywords=cake')}",
        ":chatstore.local NOTIFY SET #main level=all;muted-until=",
    ]
    for client in (old, bob):
        assert not [line for line in client.sync() if "NOTIFY" in line]
    assert len([line for line in alice.log if "NOTIFY SET #main" in line]) == 2  # its own answers


@pytest.mark.parametrize("draft", ["draft/metadata-2", "draft/metadata-3"])
def test_muted_as_metadata(server: Running, alice: IrcClient, draft: str) -> None:
    """soju.im/muted is the account's own: nobody else sees it."""
    caps = f"batch {draft}"
    phone, eve, laptop = server.login("alice", caps), server.member("eve", caps), server.login("alice", caps)
    for client in (phone, laptop):
        client.sync()
    for client in (phone, eve):
        client.ask("METADATA * SUB soju.im/muted")
    [said] = laptop.ask("METADATA #main SET soju.im/muted :1")
    assert said.endswith("#main soju.im/muted * :1")
    assert ("LIST", "#main", "level=nothing;muted-until=") in answer(alice, "NOTIFY LIST")
    assert "soju.im/muted *" in phone.wait("#main soju.im/muted")
    assert not [line for line in eve.sync() if "soju.im/muted" in line]
    for client, value in ((laptop, "* :1"), (eve, "key not set")):
        assert any(value in line for line in client.ask("METADATA #main GET soju.im/muted"))
    later = server.login("alice", caps)
    assert any("#main soju.im/muted * :1" in line for line in later.ask("METADATA * SUB soju.im/muted"))
    assert any("#main soju.im/muted * :1" in line for line in later.ask("METADATA * SYNC", "METADATA *ALL SYNC"))
    alice.ask("NOTIFY SET #main level=all")
    assert "#main soju.im/muted" in phone.wait("#main soju.im/muted (?!.*:1$)")
    assert [line for line in laptop.ask("METADATA #main SET soju.im/muted :yes") if "expected 0 or 1" in line]
    laptop.ask("METADATA #main SET soju.im/muted :0")
    assert answer(alice, "NOTIFY LIST")[-2:] == [("LIST", "*", DEFAULT), ("LIST", "*")]


def test_nothing_is_left_of_a_removed_account_or_room(server: Running, alice: IrcClient) -> None:
    alice.ask("NOTIFY SET * keywords=cake", "NOTIFY SET #main level=all", "JOIN #other")
    alice.ask("NOTIFY SET #other level=nothing")
    assert len(server.rows("SELECT * FROM conversation_notifications")) == 2
    other = server.server.chat.hub.room_keyed(room_key("other"))
    assert other is not None
    server.server.store.submit([RemoveRoom(other.room.id)]).result()
    assert len(server.rows("SELECT * FROM conversation_notifications")) == 1
    server.server.store.submit([RemoveAccount(person_name("alice"))]).result()
    assert (
        server.rows("SELECT * FROM conversation_notifications") == server.rows("SELECT * FROM notifications") == []
    )
