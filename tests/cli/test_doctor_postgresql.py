"""`chatstore doctor` over PostgreSQL: what applies there."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from chatstore.storage.postgresql.address import parsed
from tests.cli.home import Home, seen
from tests.cli.test_doctor import examined, not_ok
from tests.cli.test_postgresql import point
from tests.postgres import Cluster


def damage(home: Home, *statements: str) -> None:
    engine = create_engine(parsed(home.url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="module")
def made(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with a room of five messages, which is copied for each test."""
    home = Home(tmp_path_factory.mktemp("made"))
    home.url = cluster.database()
    room, alice = home.room("main"), home.account("alice")
    home.say(room, alice, "one", "two", "three", "four", "five")
    return home.url


@pytest.fixture
def talk(home: Home, made: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Home:
    point(home, cluster.copy(made), monkeypatch)
    return home


def test_all_is_well_but_what_the_tests_leave_out(talk: Home) -> None:
    """Without fsync PostgreSQL is faster, and no server would use it."""
    for more in ([], ["--deep"]):
        found = examined(talk, *more)
        assert not_ok(found).keys() == {"safety"}
        assert found["safety"].found == "the database has fsync = off: it would lose messages when power fails"
        assert found["numbers"].found == "5 events in 1 room or conversation"
        assert found["postgresql"].found.startswith("PostgreSQL 1")
        assert "disk" not in found


@pytest.mark.parametrize(
    ("statement", "check", "said"),
    [
        ("DELETE FROM messages WHERE seq = 3", "numbers", "#main lacks 1 event, the first of them 3"),
        ("UPDATE messages SET sent_at = sent_at - 10000 WHERE seq = 4", "times", "ids go back: #main 1 time"),
        ("UPDATE rooms SET last_sent_at = 5", "times", "before the last one: #main at 5"),
        ("UPDATE rooms SET last_sent_at = 9999999999999", "clock", "ahead of the clock: #main by"),
        ("UPDATE messages SET tags = '{oh' WHERE seq = 2", "tags", "tags that can't be read"),
        ("ALTER TABLE messages DROP COLUMN audience", "tables", "messages.audience not there"),
        (
            "INSERT INTO memberships (room_id, nick, role, joined_seq, joined_at, seen_seq)"
            " SELECT id, '', 0, 0, 0, 0 FROM rooms",
            "members",
            "1 membership of rooms or accounts that are gone",
        ),
        (
            "INSERT INTO reactions (room_id, seq, person, value) SELECT id, 44, '1', 'x' FROM rooms",
            "reactions",
            "1 re",
        ),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = CAST('ix_nicks_person' AS regclass)",
            "integrity",
            "indexes that can't be used: ix_nicks_person",
        ),
        (
            "ALTER TABLE reactions ADD CONSTRAINT odd FOREIGN KEY (room_id) REFERENCES rooms NOT VALID",
            "references",
            "not checked: odd",
        ),
    ],
)
def test_what_should_not_be(talk: Home, statement: str, check: str, said: str) -> None:
    damage(talk, statement)
    found = examined(talk, "--deep")
    assert found[check].state in ("warning", "problem")
    assert said in found[check].found


def test_repairs(talk: Home) -> None:
    damage(
        talk,
        "INSERT INTO memberships (room_id, nick, role, joined_seq, joined_at, seen_seq)"
        " SELECT id, '', 0, 0, 0, 0 FROM rooms",
        "INSERT INTO reactions (room_id, seq, person, value) SELECT id, 44, '1', 'x' FROM rooms",
        "UPDATE rooms SET last_sent_at = 5",
    )
    assert not_ok(examined(talk)).keys() == {"safety", "members", "reactions", "times"}
    found = examined(talk, "--repair")
    assert [found[check].repaired for check in ("members", "reactions", "times")] == [
        "removed 1 membership of what is gone",
        "removed 1 reaction to what is gone",
        "the clock of 1 room was put after the last message",
    ]
    assert not_ok(examined(talk)).keys() == {"safety"}


def test_missing_rights_are_no_damage(talk: Home, monkeypatch: pytest.MonkeyPatch, cluster: Cluster) -> None:
    """amcheck's functions are for superusers unless somebody grants them."""
    name = "no_amcheck"
    damage(talk, "CREATE EXTENSION amcheck", f"CREATE ROLE {name}", f"GRANT pg_read_all_data TO {name}")
    assert examined(talk, "--deep")["integrity"].found == "every index is whole"
    url = talk.url
    point(talk, f"{url}{'&' if '?' in url else '?'}options=-crole%3D{name}", monkeypatch)
    found = examined(talk, "--deep")["integrity"]
    assert (found.state, "permission denied" in found.found) == ("skipped", True)
    assert "GRANT EXECUTE ON FUNCTION public.bt_index_check(regclass, boolean) TO " in found.found
    point(talk, url, monkeypatch)
    damage(
        talk,
        "CREATE OR REPLACE FUNCTION bt_index_check(index regclass, heapallindexed boolean) RETURNS void AS"
        " $$ BEGIN RAISE EXCEPTION 'it lacks a row' USING ERRCODE = 'XX002'; END $$ LANGUAGE plpgsql",
    )
    found = examined(talk, "--deep")["integrity"]
    assert (found.state, ": it lacks a row" in found.found) == ("problem", True)


def node(name: str, policy: str, beat: int) -> str:
    return (
        "INSERT INTO nodes (id, kind, name, server, version, policy, batch, started_at, beat_at) VALUES"
        f" ('{name}', 'server', '{name}, process 1', 's', '1', '{policy}', 0, 0,"
        f" CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) - {beat})"
    )


def test_servers_that_are_silent_or_differ(talk: Home) -> None:
    damage(talk, node("a", "x", 0), node("b", "y", 0))
    assert "they have different [accounts]" in examined(talk)["servers"].found
    damage(talk, "DELETE FROM nodes", node("a", "x", 0), node("b", "x", 60_000))
    assert examined(talk)["servers"].found == "silent: b"


def test_an_index_of_words_that_is_behind(talk: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from chatstore.storage.postgresql import checking, lexemes

    monkeypatch.setattr(checking, "_BEHIND", 2)
    damage(talk, node("a", "x", 0), f"INSERT INTO message_word_range VALUES (1, '{lexemes.FORMAT}', 1, 2)")
    found = examined(talk)["search index"]
    assert (found.state, found.found) == ("warning", "4 events behind: searches read these one by one")


def test_backups_are_those_of_postgresql(talk: Home, cluster: Cluster) -> None:
    seen(talk.run("backup", "--verify", "x.dump"), 1, "pg_dump --format=custom --file=")
    seen(talk.run("restore", "x.dump"), 1, "pg_restore --no-owner --dbname=")
    url = cluster.empty()
    seen(talk.run("doctor", "--database", url), 5, "has no chat in it yet")
    seen(talk.run("doctor", "--database", "postgresql://127.0.0.1:1/no"), 1, "no PostgreSQL server listens there")
