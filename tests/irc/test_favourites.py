"""Favourite conversations: `soju.im/pinned` of METADATA, the account's own. Spec: soju, doc/ext/metadata.md."""

from __future__ import annotations

import pytest

from chatstore.chat.changes.accounts import RemoveAccount
from chatstore.chat.changes.favourites import MOST
from chatstore.chat.changes.rooms import RemoveRoom
from chatstore.chat.model.names import person_name
from chatstore.chat.model.rooms import room_key
from tests.running import IrcClient, Running, plain

PINNED = "soju.im/pinned"
CAPS = "batch draft/metadata-2 standard-replies chatstore/notify"


def pinned(client: IrcClient, *lines: str) -> list[str]:
    """What the answers say of the key."""
    return [line.partition(":chatstore.local ")[2] for line in client.ask(*lines) if PINNED in line]


@pytest.fixture
def laptop(server: Running) -> IrcClient:
    server.member("bob").ask("PRIVMSG #main :tea?")
    client = server.member("alice", CAPS)
    client.ask("PRIVMSG bob :psst", f"METADATA * SUB {PINNED}")
    return client


@pytest.mark.parametrize("draft", ["draft/metadata-2", "draft/metadata-3"])
def test_the_clients_of_the_account_are_told_and_nobody_else(
    server: Running, laptop: IrcClient, draft: str
) -> None:
    caps = f"batch {draft}"
    phone, eve, old = server.login("alice", caps), server.member("eve", caps), server.login("alice")
    for client in (phone, eve):
        client.ask(f"METADATA * SUB {PINNED}")
    for target in ("#main", "bob"):
        said = pinned(laptop, f"METADATA {target} SET {PINNED} 1")
        assert said == [f"761 alice {target} {PINNED} * :1"]
        assert phone.wait(f"{target} {PINNED}").endswith("* :1")
    for client in (eve, old):
        assert not [line for line in client.sync() if PINNED in line and "770" not in line]
    assert pinned(eve, f"METADATA #main GET {PINNED}") == [f"766 eve #main {PINNED} :key not set"]
    laptop.ask(f"METADATA #main SET {PINNED} 0")
    assert phone.wait(f"#main {PINNED}").endswith("* :0")
    assert pinned(phone, f"METADATA #main GET {PINNED}") == [f"766 alice #main {PINNED} :key not set"]
    assert server.rows("SELECT count(*) FROM favourites") == [(1,)]


def test_who_subscribes_before_the_welcome_is_shown_them_with_it(server: Running, laptop: IrcClient) -> None:
    laptop.ask(f"METADATA #main SET {PINNED} 1", f"METADATA bob SET {PINNED} 1")
    client = server.connect()
    client.send(f"CAP REQ :sasl {CAPS}", "NICK alice", "USER a 0 * :A", f"METADATA * SUB {PINNED}")
    client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}", "CAP END")
    client.wait(" 422 ")
    both = [f"METADATA #main {PINNED} * :1", f"METADATA bob {PINNED} * :1"]
    assert [line.partition(":chatstore.local ")[2] for line in client.log if f"{PINNED} * " in line] == both
    client.nick = "alice"
    client.sync()
    joined = next(number for number, line in enumerate(client.log) if " JOIN #main" in line)
    assert [line for line in client.log[joined:] if f"METADATA #main {PINNED} * :1" in line]  # it has the room now
    for target, shown in (("*ALL", both), ("#main", both[:1])):
        assert pinned(client, f"METADATA {target} SYNC") == shown


def test_what_is_refused(server: Running, laptop: IrcClient) -> None:
    server.register("eve").ask("JOIN #secret", "MODE #secret +s")
    server.register("carol")
    for target, value, code in (
        ("#main", "yes", "VALUE_INVALID"),
        ("#secret", "1", "INVALID_TARGET"),
        ("#none", "1", "INVALID_TARGET"),
        ("nobody", "1", "INVALID_TARGET"),
        ("carol", "1", "INVALID_TARGET"),  # nothing was said yet
    ):
        [said] = laptop.ask(f"METADATA {target} SET {PINNED} {value}")
        assert f"FAIL METADATA {code}" in said, said
    assert pinned(laptop, f"METADATA #main SET {PINNED} 0") == [f"761 alice #main {PINNED} * :0"]
    assert server.rows("SELECT * FROM favourites") == []


def test_a_secret_room_that_one_has_left_does_not_tell_its_new_name(server: Running, laptop: IrcClient) -> None:
    eve = server.register("eve")
    eve.ask("JOIN #den", "MODE #den +s", "INVITE alice #den")
    laptop.ask("JOIN #den", "METADATA * SUB soju.im/muted")
    laptop.ask(f"METADATA #den SET {PINNED} 1", "METADATA #den SET soju.im/muted 1")
    questions = ("METADATA *ALL SYNC", "NOTIFY LIST")
    kept = lambda room: sum(f" {room} " in line for line in laptop.ask(*questions))  # noqa: E731
    assert kept("#den") == 3
    eve.ask("KICK #den alice", "RENAME #den #lair")
    laptop.wait(" KICK ")
    assert (kept("#den"), kept("#lair")) == (0, 0)
    eve.ask("INVITE alice #lair")
    laptop.ask("JOIN #lair")
    assert kept("#lair") == 3


@pytest.mark.parametrize("key", [PINNED, "soju.im/muted"])
def test_nobody_makes_a_favourite_of_others(server: Running, laptop: IrcClient, key: str) -> None:
    """Clients would take what somebody else has set for their account's own."""
    laptop.ask(f"METADATA * SUB {key}")
    eve, early = server.member("eve", CAPS), server.connect()
    for target in ("*", "eve"):
        [said] = [line for line in eve.ask(f"METADATA {target} SET {key} 1") if key in line]
        assert f"KEY_NO_PERMISSION {target} {key}" in said
    early.send(f"CAP REQ :{CAPS}", f"METADATA * SET {key} 1")
    assert "KEY_NO_PERMISSION" in early.wait(f" {key} ")
    eve.ask(f"METADATA * SET {key}")  # whatever an earlier version has stored can be removed
    assert not [line for line in laptop.sync() if f"{key} *" in line]
    assert server.rows("SELECT * FROM metadata_items") == []


def test_there_is_a_most_of_them(server: Running, laptop: IrcClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST == 100
    monkeypatch.setattr("chatstore.chat.changes.favourites.MOST", 1)
    laptop.ask(f"METADATA #main SET {PINNED} 1")
    [said] = laptop.ask(f"METADATA bob SET {PINNED} 1")
    assert "FAIL METADATA" in said
    assert "LIMIT" in said


def test_nothing_is_left_of_a_removed_account_or_room(server: Running, laptop: IrcClient) -> None:
    laptop.ask("JOIN #other", f"METADATA #main SET {PINNED} 1", f"METADATA #other SET {PINNED} 1")
    other = server.server.chat.hub.room_keyed(room_key("other"))
    assert other is not None
    server.server.store.submit([RemoveRoom(other.room.id)]).result()
    assert server.rows("SELECT count(*) FROM favourites") == [(1,)]
    server.server.store.submit([RemoveAccount(person_name("alice"))]).result()
    assert server.rows("SELECT * FROM favourites") == []
