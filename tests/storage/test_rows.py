"""A reader of the store stands in for a class of rows, which mypy takes it for: it can only call methods."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, make_url

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.invitations import InvitationsQuery
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import person_name
from chatstore.storage.rows import Rows
from chatstore.storage.store import DatabaseStore
from tests.postgres import Cluster
from tests.storage.database import Database


def _subclasses(base: type[Rows]) -> Iterator[type[Rows]]:
    for one in base.__subclasses__():
        yield one
        yield from _subclasses(one)


ALL = sorted(set(_subclasses(Rows)), key=lambda rows: rows.__name__)


def test_the_classes_of_rows_are_found() -> None:
    assert {"Accounts", "Messages", "Rooms", "Tokens"} <= {rows.__name__ for rows in ALL}


@pytest.mark.parametrize("rows", ALL)
def test_each_public_name_is_a_method_that_returns_when_it_has_read(rows: type[Rows]) -> None:
    """A property would be a function in the stand-in, and a generator would read after its connection was
    given back."""
    names = [name for name in dir(rows) if not name.startswith("_")]
    assert names
    for name in names:
        found = inspect.getattr_static(rows, name)
        assert inspect.isfunction(found), f"{rows.__name__}.{name}"
        assert not inspect.isgeneratorfunction(found), f"{rows.__name__}.{name}"


ONCE: dict[str, Callable[[DatabaseStore], object]] = {
    "Accounts.by_id": lambda store: store.accounts.by_id(1),
    "Accounts.named": lambda store: store.accounts.named("a"),
    "Accounts.looking_like": lambda store: store.accounts.looking_like(person_name("a")),
    "Accounts.with_certificate": lambda store: store.accounts.with_certificate("a"),
    "Accounts.certificates": lambda store: store.accounts.certificates(1),
    "Accounts.knows_network": lambda store: store.accounts.knows_network(1, "a"),
    "Accounts.has_admin": lambda store: store.accounts.has_admin(),
    "Tokens.by_digest": lambda store: store.tokens.by_digest("a"),
    "Tokens.of_account": lambda store: store.tokens.of_account(1),
    "Invitations.by_digest": lambda store: store.invitations.by_digest("a"),
    "Invitations.chosen": lambda store: store.invitations.chosen(InvitationsQuery(0)),
    "Answered.by_key": lambda store: store.answered.by_key(1, "a"),
    "FeedRows.horizon": lambda store: store.feed.horizon(),
    "FeedRows.between": lambda store: store.feed.between(0, 1, 1, [1]),
    "FeedRows.number_at": lambda store: store.feed.number_at(1, 1),
    "FeedRows.direct_rooms": lambda store: store.feed.direct_rooms(1),
    "Hooks.by_digest": lambda store: store.hooks.by_digest("a"),
    "Hooks.by_id": lambda store: store.hooks.by_id(1),
    "Hooks.of_room": lambda store: store.hooks.of_room(1),
    "Hooks.everywhere": lambda store: store.hooks.everywhere(0, 5),
    "Hooks.sending": lambda store: store.hooks.sending(),
    "Hooks.retries": lambda store: store.hooks.retries(1),
    "Imports.of_account": lambda store: store.imports.of_account(1),
    "Invites.of_person": lambda store: store.invites.of_person(Actor("a", "a", 1)),
    "Invites.to_room": lambda store: store.invites.to_room(1),
    "Offers.of_account": lambda store: store.offers.of_account(1),
    "ReadMarkers.read_at": lambda store: store.markers.read_at(1, Actor("a", "a", 1)),
    "Files.by_token": lambda store: store.files.by_token("a"),
    "Files.of_account": lambda store: store.files.of_account(1),
    "Files.usage": lambda store: store.files.usage(1),
    "Files.usages": lambda store: store.files.usages(),
    "Files.total": lambda store: store.files.total(),
    "Files.mentioned": lambda store: store.files.mentioned(1, "a"),
    "Files.known": lambda store: store.files.known(["a"]),
    "Files.contents": lambda store: store.files.contents(),
    "Files.references": lambda store: store.files.references(1, 9),
    "Push.key": lambda store: store.push.key(),
    "Push.any": lambda store: store.push.any(),
    "Push.of_account": lambda store: store.push.of_account(1),
    "Previews.known": lambda store: store.previews.known("a", 1),
    "Previews.of": lambda store: store.previews.of(["a"], 1),
    "Previews.picture": lambda store: store.previews.picture("a"),
    "Metadata.of": lambda store: store.metadata.of(Subject("a", room=1)),
    "Metadata.around": lambda store: store.metadata.around([1], [1], ["a"]),
}


def test_what_is_marked_reads_by_one_statement(cluster: Cluster) -> None:
    marked = {
        f"{rows.__name__}.{name}"
        for rows in ALL
        for name, method in vars(rows).items()
        if getattr(method, "one_statement", False)
    }
    assert marked == set(ONCE)
    store = DatabaseStore(cluster.database())
    executed: list[str] = []

    @event.listens_for(store._engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        real = connection.cursor_factory

        class Counting(real):  # type: ignore[misc,valid-type]
            def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
                executed.append(query)
                return super().execute(query, *arguments, **options)

        connection.cursor_factory = Counting

    store._engine.dispose()
    store.accounts.by_id(1)
    for read in ONCE.values():
        executed.clear()
        read(store)
        assert len(executed) == 1
    store.close()


def test_a_connection_that_the_server_has_ended_is_not_used(cluster: Cluster) -> None:
    url = cluster.database()
    store = DatabaseStore(url)
    assert store.accounts.by_id(1) is None
    ended = cluster.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        f" WHERE datname = '{make_url(url).database}' AND pid <> pg_backend_pid()"
    )
    assert ended
    assert store.accounts.by_id(1) is None
    assert store.rooms.by_id(1) is None
    store.close()


def test_the_stand_in_calls_them(tmp_path: Path) -> None:
    database = Database(tmp_path / "chat.db", start=False)
    store: DatabaseStore = database.store
    assert store.rooms.all() == []
    assert store.rooms.by_id(7) is None
    with pytest.raises(AttributeError):
        store.rooms.no_such_method()  # type: ignore[attr-defined]
    database.close()
