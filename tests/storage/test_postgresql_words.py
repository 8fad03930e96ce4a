"""PostgreSQL's index of words: what fills it may be behind, killed or twice there; ids are not in the order of
commits; and it keeps no word of what was erased."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatstore.chat.changes.posting import EditMessage, RedactMessage
from chatstore.chat.changes.pruning import PruneHistory
from chatstore.chat.changes.rooms import RemoveRoom
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.message_ids import msgid
from chatstore.chat.model.phrases import Asked, Word
from chatstore.chat.model.room_events import RoomEvent
from chatstore.chat.model.rooms import Role
from chatstore.storage.postgresql import indexing, lexemes
from chatstore.storage.postgresql.indexing import Filler, Settled
from chatstore.storage.postgresql.words import _parts
from chatstore.storage.retention import DAY
from chatstore.storage.search import Part
from tests.postgres import Cluster
from tests.storage.database import ALICE, SECONDS, Database, Do
from tests.storage.searching import InTables, in_small_pieces
from tests.waiting import until

LACKS = (
    "SELECT count(*) FROM messages, message_word_range AS range WHERE kind = 'message'"
    " AND messages.id >= first AND messages.id < upto AND messages.id NOT IN (SELECT id FROM message_words)"
)
"""How many messages the table lacks that the range has."""


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_pieces(monkeypatch)
    monkeypatch.setattr(indexing, "SLICE", 4)


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    database = Database(cluster.database())
    yield database
    database.close()


@pytest.fixture
def searched(database: Database) -> Iterator[InTables]:
    searched = InTables(database)
    yield searched
    searched.stop()


def words(first: int, last: int) -> list[str]:
    return [f"word {n}" for n in range(first, last)]


def redact(searched: InTables, event: RoomEvent) -> None:
    """Redact a message as its author, who is in the room."""
    searched.database.do(Do(lambda tx: tx.members.put(event.room, event.actor, Role.MEMBER, 1)))
    searched.database.do(RedactMessage(event.actor, event.room, msgid(event.room, event.seq), "", window=60 * 60))


class TestFilling:
    def test_it_follows_in_a_thread_of_its_own(self, searched: InTables, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(indexing, "LOOK", 0.01)
        room = searched.database.room()
        searched.database.say(room, *words(0, 20))
        searched.store.start_indexing(lambda: searched.database.now)
        searched.store.start_leading(lambda _node, _beat: None)
        until(lambda: searched.indexed() == 20)
        searched.database.say(room, *words(20, 30))
        until(lambda: searched.indexed() == 30)
        assert searched.found("word") == words(0, 30)

    def test_the_newest_come_first(self, searched: InTables) -> None:
        """In an older database, search also finds what is not indexed yet."""
        room = searched.database.room()
        searched.database.say(room, *words(0, 40))
        searched.filler.work()
        searched.filler.work()  # begins the range behind the last message
        searched.database.say(room, *words(40, 50))
        ranges = []
        while not (searched.indexed() == 50 and searched.is_whole()):
            searched.filler.work()
            ranges += searched.rows("SELECT first, upto FROM message_word_range")
            assert searched.found("word") == words(0, 50)
        firsts, ends = zip(*ranges, strict=True)
        assert list(firsts) == sorted(firsts, reverse=True)
        assert list(ends) == sorted(ends)
        assert max(end for first, end in ranges if first > 1) == max(ends), "new ones before old ones"

    def test_it_knows_how_far_it_is_behind(self, searched: InTables) -> None:
        searched.catch_up()
        searched.database.say(searched.database.room(), *words(0, 30))
        searched.filler.work()
        assert searched.filler.behind is not None
        assert searched.filler.behind >= 30
        searched.catch_up()
        searched.filler.work()
        assert searched.filler.behind == 0

    def test_a_start_goes_on_where_the_last_one_ended(self, searched: InTables) -> None:
        room = searched.database.room()
        searched.database.say(room, *words(0, 10))
        searched.catch_up()
        before = searched.rows("SELECT xmin, id FROM message_words ORDER BY id")
        searched.restart()
        searched.database.say(room, *words(10, 20))
        searched.catch_up()
        assert searched.rows("SELECT xmin, id FROM message_words ORDER BY id LIMIT 10") == before
        assert searched.indexed() == 20
        assert searched.found("word") == words(0, 20)

    def test_it_is_killed_between_two_statements(self, searched: InTables, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whichever statement of a slice is its last: the range never has a message that the table does not."""
        room = searched.database.room()
        searched.database.say(room, *words(0, 12))
        searched.catch_up()
        real = indexing.driver.run
        for last in range(9):
            searched.database.say(room, *words(12 + 3 * last, 15 + 3 * last))
            left = [last]

            def run(connection: Any, sql: str, parameters: Any = (), left: list[int] = left) -> Any:
                if connection is searched.filler._connection:
                    if not left[0]:
                        connection.connection.dbapi_connection.close()
                    left[0] -= 1
                return real(connection, sql, parameters)

            monkeypatch.setattr(indexing.driver, "run", run)
            searched.filler.work()
            monkeypatch.setattr(indexing.driver, "run", real)
            assert searched.found("word") == words(0, 15 + 3 * last)
            assert searched.rows(LACKS) == [(0,)]
        searched.catch_up()
        assert searched.indexed() == 39

    def test_two_fill_at_once(self, searched: InTables, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two servers may believe that they lead."""
        room = searched.database.room()
        searched.database.say(room, *words(0, 200))
        failed: list[str] = []
        monkeypatch.setattr(indexing.log, "warning", lambda *arguments, **_: failed.append(str(arguments)))
        fillers = [searched.another() for _ in range(3)]
        threads = [threading.Thread(target=fill, args=(filler, searched)) for filler in fillers]
        for thread in threads:
            thread.start()
        searched.database.say(room, *words(200, 250))
        for thread in threads:
            thread.join()
        searched.catch_up()
        assert not failed
        assert searched.indexed() == 250
        assert searched.found("word", limit=500) == words(0, 250)

    def test_another_one_begins_meanwhile(self, searched: InTables, monkeypatch: pytest.MonkeyPatch) -> None:
        """One that has seen an index to begin does not remove what another has filled since."""
        searched.database.say(searched.database.room(), *words(0, 20))
        other = searched.another()
        begin, begun = searched.filler._begin, []

        def later(*arguments: Any) -> bool:
            begun.append(1)
            while other.work() < indexing.LOOK:
                pass
            return begin(*arguments)

        monkeypatch.setattr(searched.filler, "_begin", later)
        while not begun:
            searched.filler.work()
        other.stop()
        assert searched.found("word") == words(0, 20)
        searched.catch_up()
        assert searched.found("word") == words(0, 20)

    @pytest.mark.parametrize("upwards", [True, False])
    def test_times_of_a_block_that_several_slices_fill(self, searched: InTables, upwards: bool) -> None:
        room = searched.database.room()
        if upwards:
            searched.catch_up()
        events = [event for n in range(3) for event in searched.database.say(room, *words(8 * n, 8 * n + 8))]
        searched.catch_up()
        assert searched.rows("SELECT count(*) FROM message_word_blocks") == [(4,)]
        for n, event in enumerate(events):
            assert searched.found("word", before=event.time) == words(0, n + 1)
            assert searched.found("word", after=event.time) == words(n, 24)

    def test_the_server_that_leads_fills(self, searched: InTables, monkeypatch: pytest.MonkeyPatch) -> None:
        """It has no connection while another one leads."""
        monkeypatch.setattr(indexing, "LOOK", 0.01)
        leads, looked = threading.Event(), threading.Event()

        def ask() -> bool:
            looked.set()
            return leads.is_set()

        searched.database.say(searched.database.room(), *words(0, 10))
        searched.filler.start(lambda: False, ask)
        for _ in range(3):
            looked.clear()
            assert looked.wait(SECONDS)
        assert searched.rows("SELECT * FROM message_word_range") == []
        assert searched.filler._connection is None
        leads.set()
        until(lambda: searched.indexed() == 10)
        leads.clear()
        until(lambda: searched.filler._connection is None)

    def test_words_of_another_version_are_made_again(
        self, searched: InTables, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(indexing, "_REMOVED", 7)
        room = searched.database.room()
        searched.database.say(room, *words(0, 20))
        with monkeypatch.context() as patched:
            patched.setattr(lexemes, "FORMAT", "0")
            patched.setattr(lexemes, "of_message", lambda *_: {"old"})
            searched.catch_up()
        assert searched.words() == {"old"}
        assert searched.found("word") == words(0, 20)
        while not (searched.filler.work() >= indexing.LOOK and searched.is_whole()):
            assert searched.found("word") == words(0, 20)
        assert "old" not in searched.words()
        assert searched.indexed() == 20

    def test_they_are_made_again_during_a_search(self, searched: InTables, monkeypatch: pytest.MonkeyPatch) -> None:
        searched.database.say(searched.database.room(), *words(0, 20))
        searched.catch_up()
        steps = searched.store.search(searched.search_for("word", limit=1), lambda: True)
        assert [event.body for event in steps.events] == ["word 19"]
        asked = []

        def go_on() -> bool:
            asked.append(1)
            if len(asked) == 2:
                monkeypatch.setattr(lexemes, "FORMAT", "9")
                searched.filler.work()
                monkeypatch.undo()
            return True

        assert len(searched.store.search(searched.search_for("word"), go_on).events) == 20

    def test_rows_that_were_copied_come_with_ids_of_their_own(self, searched: InTables) -> None:
        """The range that a server has left in a database that is empty again does not speak of them."""
        room, kept = searched.database.room(), searched.database.room("kept")
        searched.database.say(room, *words(0, 10))
        searched.catch_up()
        searched.database.do(Do(lambda tx: tx.rooms.remove(room.id)))
        engine = searched.store._engine.execution_options(isolation_level="READ COMMITTED")
        with engine.begin() as connection:
            indexing.driver.run(
                connection,
                "INSERT INTO messages (id, room_id, seq, sent_at, nick, kind, body, audience)"
                " VALUES (1, ?, 1, 1, 'far', 'message', 'word copied', '')",
                (kept.id,),
            )
            indexing.driver.run(connection, "UPDATE rooms SET last_seq = 1 WHERE id = ?", (kept.id,))
            indexing.driver.set_last_ids(connection, [], {"messages": 10})
        assert searched.found("word", {kept.id: 1}) == ["word copied"]
        searched.catch_up()
        assert searched.found("word", {kept.id: 1}) == ["word copied"]
        assert searched.indexed() == 1

    def test_the_server_of_the_database_restarts(self, searched: InTables) -> None:
        room = searched.database.room()
        searched.database.say(room, *words(0, 10))
        searched.catch_up()
        searched.database.say(room, *words(10, 20))
        [(pid,)] = indexing.driver.run(searched.filler._connection, "SELECT pg_backend_pid()")  # type: ignore[arg-type]
        searched.rows("SELECT pg_terminate_backend(:pid)", pid=pid)
        until(lambda: not searched.rows("SELECT 1 FROM pg_stat_activity WHERE pid = :pid", pid=pid))
        assert searched.filler.work() == indexing._TROUBLE
        searched.catch_up()
        assert searched.found("word") == words(0, 20)
        assert searched.indexed() == 20


def fill(filler: Filler, searched: InTables) -> None:
    while not searched.is_whole():
        filler.work()
    filler.stop()


def insert(run: Any, room: int, seq: int, body: str) -> None:
    """A message of a transaction that is not this server's."""
    run("UPDATE rooms SET last_seq = :seq WHERE id = :room", room=room, seq=seq)
    run(
        "INSERT INTO messages (room_id, seq, sent_at, nick, guest, kind, body, audience)"
        " VALUES (:room, :seq, :seq, 'far', 'g9', 'message', :body, '')",
        room=room,
        seq=seq,
        body=body,
    )


def write(searched: InTables, room: int) -> None:
    """Fifty transactions with pauses before and after each message gets its id."""
    draw = random.Random(room)
    for seq in range(1, 51):
        with searched.transaction() as run:
            run("UPDATE rooms SET last_seq = :seq WHERE id = :room", room=room, seq=seq)
            run("SELECT pg_sleep(:s)", s=draw.choice((0, 0, 0.002, 0.01)))
            insert(run, room, seq, f"word {seq}")
            run("SELECT pg_sleep(:s)", s=draw.choice((0, 0, 0.002, 0.03)))


class TestIdsAndCommits:
    def test_a_transaction_with_a_lower_id_commits_late(self, searched: InTables) -> None:
        here, there = searched.database.room("here"), searched.database.room("there")
        searched.database.say(here, *words(0, 4))
        searched.catch_up()
        [(upto,)] = searched.rows("SELECT upto FROM message_word_range")
        with searched.transaction() as run:
            insert(run, there.id, 1, "word late")
            searched.database.say(here, *words(4, 8))
            for _ in range(5):
                searched.filler.work()
            assert searched.rows("SELECT upto FROM message_word_range") == [(upto,)]
            assert searched.found("word") == words(0, 8)
        assert searched.found("word") == [*words(0, 4), "word late", *words(4, 8)]
        searched.catch_up()
        assert searched.indexed() == 9
        assert searched.found("word") == [*words(0, 4), "word late", *words(4, 8)]

    def test_the_last_transaction_that_began_commits_late(self, searched: InTables) -> None:
        """Nobody has committed since it began, so a snapshot's xmax does not know of it."""
        here, there = searched.database.room("here"), searched.database.room("there")
        searched.catch_up()
        late = searched.transaction()
        with searched.transaction() as run:
            run("UPDATE rooms SET topic = 'begun' WHERE id = :room", room=here.id)
            insert(late.__enter__(), there.id, 1, "word late")
            insert(run, here.id, 1, "word early")
        for _ in range(5):
            searched.filler.work()
        assert searched.found("word") == ["word early"]
        late.__exit__(None, None, None)
        assert searched.found("word") == ["word late", "word early"]
        searched.catch_up()
        assert searched.indexed() == 2
        assert searched.found("word") == ["word late", "word early"]

    def test_many_write_at_once(self, searched: InTables) -> None:
        """Their ids and their commits are in any order; what the range has is in the table, at each moment."""
        rooms = [searched.database.room(f"room{n}") for n in range(4)]
        searched.catch_up()
        writers = [threading.Thread(target=write, args=(searched, room.id)) for room in rooms]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            searched.filler.work()
            assert searched.rows(LACKS) == [(0,)]
        searched.catch_up()
        assert searched.rows(LACKS) == [(0,)]
        assert searched.indexed() == 4 * 50

    def test_it_waits_for_no_transaction_that_began_later(self, searched: InTables) -> None:
        """Somebody always has a transaction open, and each ends."""
        room = searched.database.room("here")
        others = [searched.database.room(f"other{n}") for n in range(4)]
        searched.catch_up()
        open_ = searched.transaction()
        insert(open_.__enter__(), others[0].id, 1, "word other 0")
        searched.database.say(room, *words(0, 4))
        searched.filler.work()
        for n in (1, 2, 3):
            later = searched.transaction()
            insert(later.__enter__(), others[n].id, 1, f"word other {n}")
            open_.__exit__(None, None, None)
            open_ = later
            searched.filler.work()
        assert searched.indexed() >= 5
        open_.__exit__(None, None, None)
        searched.catch_up()
        assert searched.indexed() == 8

    def test_a_transaction_that_is_rolled_back_keeps_nobody(self, searched: InTables) -> None:
        room, other = searched.database.room(), searched.database.room("other")
        with searched.transaction() as run:
            insert(run, other.id, 1, "never")
            searched.database.say(room, "word 0")
            searched.filler.work()
            run("ROLLBACK")
        searched.catch_up()
        assert searched.indexed() == 1

    def test_settled(self) -> None:
        settled = Settled()
        assert settled.look(10, 100, 105) is None
        assert settled.look(20, 104, 110) is None  # 104 is in progress
        assert settled.look(30, 105, 111) == 10
        assert settled.look(40, 110, 112) == 10  # 110 is in progress, and may have an id below 30
        assert settled.look(40, 113, 113) == 30
        assert settled.look(40, 114, 115) == 40

    def test_a_transaction_that_is_forgotten_is_said(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(indexing, "_LONG", -1.0)
        settled = Settled()
        for last in range(4):
            settled.look(last, 100, 105 + last)
        assert caplog.text.count("pg_prepared_xacts") == 1


class TestForgetting:
    @pytest.mark.parametrize("indexed_before", [True, False])
    def test_a_redaction_leaves_no_word(self, searched: InTables, indexed_before: bool) -> None:
        room = searched.database.room()
        [secret, _] = searched.database.say(room, "hunter2 secret", "hunter3")
        if indexed_before:
            searched.catch_up()
            assert "hunter2" in searched.words()
        redact(searched, secret)
        assert "hunter2" not in searched.words(), "with the redaction's own commit"
        searched.catch_up()
        assert searched.words() & {"hunter2", "secret", "hunter3"} == {"hunter3"}
        assert searched.found("hunter") == ["hunter3"]

    @pytest.mark.parametrize("indexed_before", [True, False])
    def test_an_edited_message_is_found_by_its_new_words(self, searched: InTables, indexed_before: bool) -> None:
        room = searched.database.room()
        (event,) = searched.database.say(room, "sesame opens")
        if indexed_before:
            searched.catch_up()
        searched.database.do(Do(lambda tx: tx.members.put(event.room, event.actor, Role.MEMBER, 1)))
        change = EditMessage(event.actor, room.id, msgid(room.id, event.seq), "abracadabra", window=60 * 60)
        searched.database.do(change)
        for _ in range(2):
            assert (searched.found("sesame"), searched.found("abracadabra")) == ([], ["abracadabra"])
            searched.catch_up()
        assert searched.indexed_ids("sesame") == []

    def test_a_refused_redaction_forgets_nothing(self, searched: InTables) -> None:
        room = searched.database.room()
        [said] = searched.database.say(room, "word")
        searched.catch_up()

        def fails(tx: Any) -> None:
            tx.erase(said, ALICE, "")
            raise ZeroDivisionError

        with pytest.raises(ChatError):
            searched.database.do(Do(fails))
        assert searched.indexed() == 1
        assert searched.found("word") == ["word"]

    def test_a_message_is_redacted_while_it_is_indexed(
        self, searched: InTables, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The filler has read the text, and not written its words yet."""
        room = searched.database.room()
        searched.catch_up()
        [secret, *_] = searched.database.say(room, "hunter2", "word 1", "word 2")
        real, done = indexing._add, []

        def add(connection: Any, rows: Any) -> None:
            if not done:
                assert "hunter2" in [row[-1] for row in rows]
                redact(searched, secret)
                done.append(True)
            real(connection, rows)

        monkeypatch.setattr(indexing, "_add", add)
        searched.catch_up()
        assert done
        assert "hunter2" not in searched.words()
        assert searched.indexed() == 2

    def test_a_redaction_waits_for_the_slice_that_has_its_words(
        self, searched: InTables, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The filler has written the words, and not committed them yet."""
        room = searched.database.room()
        searched.catch_up()
        [secret, *_] = searched.database.say(room, "hunter2", "word 1", "word 2")
        real, redacting = indexing._add, []

        def add(connection: Any, rows: Any) -> None:
            real(connection, rows)
            if not redacting:
                thread = threading.Thread(target=redact, args=(searched, secret))
                thread.start()
                redacting.append(thread)
                until(lambda: bool(searched.rows("SELECT 1 FROM pg_locks WHERE NOT granted")))

        monkeypatch.setattr(indexing, "_add", add)
        searched.catch_up()
        redacting[0].join()
        assert "hunter2" not in searched.words()

    @pytest.mark.parametrize("indexed_before", [True, False])
    def test_pruning_and_removing_a_room(self, searched: InTables, indexed_before: bool) -> None:
        old, gone, kept = (searched.database.room(name) for name in ("old", "gone", "kept"))
        for room, body in ((old, "oldword"), (gone, "goneword"), (kept, "keptword")):
            searched.database.say(room, body)
        if indexed_before:
            searched.catch_up()
        searched.database.do(Do(lambda tx: tx.rooms.update(old.id, retention_days=1)))
        with searched.transaction() as run:
            run("UPDATE messages SET sent_at = sent_at - :days WHERE room_id = :room", days=3 * DAY, room=old.id)
        searched.database.do(PruneHistory())
        searched.database.do(RemoveRoom(gone.id))
        searched.catch_up()
        assert searched.words() & {"oldword", "goneword", "keptword"} == {"keptword"}
        assert searched.indexed() == 1

    def test_a_room_is_removed_while_it_is_indexed(
        self, searched: InTables, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        room, other = searched.database.room(), searched.database.room("other")
        searched.catch_up()
        searched.database.say(room, "goneword")
        searched.database.say(other, "keptword")
        real, done = indexing._add, []

        def add(connection: Any, rows: Any) -> None:
            if not done:
                done.append(True)
                searched.database.do(Do(lambda tx: tx.rooms.remove(room.id)))
            real(connection, rows)

        monkeypatch.setattr(indexing, "_add", add)
        rest = 0.0
        while not done:
            rest = searched.filler.work()
        assert rest == indexing._SOON
        searched.catch_up()
        assert searched.words() & {"goneword", "keptword"} == {"keptword"}


CHARACTERS = st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("'\\\"&|!():*<->% \n\t#@京éß"))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(CHARACTERS, min_size=1), min_size=1, max_size=3), st.text(CHARACTERS))
def test_no_character_is_an_operator(database: Database, texts: list[str], author: str) -> None:
    """A tsquery of any words means exactly these words, and no others."""
    texts = [text.replace("\0", "") or "x" for text in texts]
    author = author.replace("\0", "")
    asked = lexemes.tsquery([Word(text, False) for text in texts], author, [1, 2])
    has = [*texts, lexemes._author(author), "#2"]
    for lexeme in ({*has}, {*has} - {texts[0]}):
        with database.store._reading() as connection:
            [(fits,)] = indexing.driver.run(
                connection,
                "SELECT array_to_tsvector(CAST(? AS text[])) @@ CAST(? AS tsquery)",
                ([*lexeme], asked),
            )
        assert fits == (texts[0] in lexeme)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(CHARACTERS), st.text(CHARACTERS, max_size=6), st.integers(0, 20), st.integers(1, 8))
def test_what_matches_is_a_candidate(database: Database, body: str, other: str, begin: int, length: int) -> None:
    """Whatever is cut out of a message and asked for: if it fits, the index names the message."""
    for asked in (Asked(body[begin : begin + length]), Asked(other)):
        if asked.words and asked.fits(body):
            values = ([*lexemes.of_message(body, "a'b\\ c", 7)], lexemes.tsquery(asked.words, "a'b\\ c", [7]))
            with database.store._reading() as connection:
                [(fits,)] = indexing.driver.run(
                    connection, "SELECT array_to_tsvector(CAST(? AS text[])) @@ CAST(? AS tsquery)", values
                )
            assert fits


@given(
    st.integers(1, 60),
    st.integers(1, 200),
    st.one_of(st.none(), st.sets(st.integers(0, 40))),
    st.booleans(),
)
def test_parts_are_the_whole_range(first: int, length: int, there: set[int] | None, newest: bool) -> None:
    parts = _parts(first, first + length, there, newest=newest)
    assert [id_ for part in parts for id_ in range(part.low, part.high)] == [*range(first, first + length)]
    for part in parts:
        blocks = {id_ // lexemes.BLOCK for id_ in range(part.low, part.high)}
        assert part.empty == (there is not None and not blocks & there)
        assert part.empty or there is None or blocks <= there
        assert part.empty or len(blocks) <= 16
    assert not there or any(isinstance(part, Part) for part in parts)
