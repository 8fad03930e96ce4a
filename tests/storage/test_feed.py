"""The order of what is stored, over all rooms: what several transactions of PostgreSQL do to it at once."""

from __future__ import annotations

from sqlalchemy import Connection, create_engine, text

from chatstore.chat.live.feed import Feed
from chatstore.chat.live.hub import Hub
from chatstore.storage.store import DatabaseStore
from tests.postgres import Cluster

_ROOM = (
    "INSERT INTO rooms (kind, key, name, topic, topic_by, topic_at, flags, password, member_limit, created_at,"
    " last_seq, last_sent_at) VALUES ('room', :key, :key, '', '', 0, '', '', 0, 0, 9, 0) RETURNING id"
)
_MESSAGE = (
    "INSERT INTO messages (room_id, seq, sent_at, nick, kind, body) VALUES (:room, :seq, 1, 'a', 'message', 'b')"
    " RETURNING id"
)


def _say(connection: Connection, room: int, seq: int) -> int:
    return int(connection.execute(text(_MESSAGE), {"room": room, "seq": seq}).scalar_one())


def test_streams_wait_for_lower_numbers_that_may_come(cluster: Cluster) -> None:
    url = cluster.database()
    store = DatabaseStore(url)
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    feed = Feed(Hub(), store, lambda _: b"")
    with engine.begin() as connection:
        tea, milk = (int(connection.execute(text(_ROOM), {"key": key}).scalar_one()) for key in ("#tea", "#milk"))
        first = _say(connection, tea, 1)
    feed._look_at_horizon()
    assert feed._settled == first
    with engine.connect() as slow:
        with slow.begin():
            lower = _say(slow, tea, 2)
            with engine.begin() as quick:
                higher = _say(quick, milk, 1)
            assert first < lower < higher
            seen = store.feed.horizon()
            assert (seen.newest, seen.ended < seen.begun) == (higher, True)
            assert feed.newest() < lower  # a stream that begins now misses nothing of it
            for _ in range(5):
                feed._look_at_horizon()
            assert feed._settled == first
        feed._look_at_horizon()
        assert feed._settled == higher
    found = store.feed.between(first, higher, 10)
    assert [fed.id for fed in found] == [lower, higher]
    assert store.feed.between(first, higher, 10, [milk])[0].id == higher
    engine.dispose()
    store.close()
