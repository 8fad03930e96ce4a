"""Who reads what was said before they joined, wherever that is read; the message of the day; whose a room is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from chatstore.chat.changes.pruning import PruneHistory
from chatstore.chat.changes.rooms import ConfigureRoom, TransferRoom
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.names import person_name
from chatstore.irc.line import parse
from tests.plain.talker import Talker
from tests.running import IrcClient, Running

HISTORY = "draft/chathistory batch message-tags server-time"
TEA = 2
"""The id of the second room of a new database."""


@pytest.fixture
def op(server: Running) -> IrcClient:
    return server.member("olga", "message-tags echo-message server-time", room="#tea")


def configure(server: Running, **settings: str | int) -> None:
    server.server.store.submit([ConfigureRoom(SERVER, TEA, settings)]).result()


def said(lines: list[str]) -> list[str]:
    """Without the time that is put before what was said, where a client knows no tag for it."""
    bodies = [line.params[1] for line in map(parse, lines) if line.command == "PRIVMSG"]
    return [re.sub(r"^\[.*?\] ", "", body) for body in bodies]


def test_by_default_everyone_who_may_join_reads_it(server: Running, op: IrcClient) -> None:
    op.ask("PRIVMSG #tea :before")
    gus = server.register("gus")
    assert said(gus.ask("JOIN #tea")) == ["before"]


def test_members_read_from_their_own_join_on(server: Running, op: IrcClient) -> None:
    configure(server, history="members")
    op.ask("PRIVMSG #tea :before")
    msgid = parse(next(line for line in op.log if " PRIVMSG #" in line)).tags["msgid"]
    gus = server.register("gus")
    assert said(gus.ask("JOIN #tea")) == []
    op.sync()
    op.ask("PRIVMSG #tea :after")
    gus.sync()
    for selector in (
        "LATEST #tea *", f"AROUND #tea msgid={msgid}", "AFTER #tea timestamp=2020-01-01T00:00:00.000Z",
        f"BEFORE #tea msgid={msgid}", f"BETWEEN #tea msgid={msgid} timestamp=2099-01-01T00:00:00.000Z",
    ):  # fmt: skip
        assert "before" not in said(gus.ask(f"CHATHISTORY {selector} 50")), selector
    reader = server.login("gus", HISTORY)
    reader.sync()
    assert said(reader.ask("CHATHISTORY LATEST #tea * 50")) == ["after"]
    assert said(op.ask("CHATHISTORY LATEST #tea * 50")) == ["before", "after"]


def test_coming_back_reads_from_there_on(server: Running, op: IrcClient) -> None:
    configure(server, history="members")
    gus = server.member("gus", room="#tea")
    op.ask("PRIVMSG #tea :one")
    gus.ask("PART #tea")
    op.ask("PRIVMSG #tea :two")
    assert said(gus.ask("JOIN #tea")) == []
    op.ask("PRIVMSG #tea :three")
    gus.sync()
    assert said(gus.ask("CHATHISTORY LATEST #tea * 50")) == ["three"]


def test_becoming_operator_shows_nothing_more(server: Running, op: IrcClient) -> None:
    configure(server, history="members")
    op.ask("PRIVMSG #tea :one")
    gus = server.member("gus", room="#tea")
    op.ask("MODE #tea +o gus")
    gus.sync()
    assert said(gus.ask("CHATHISTORY LATEST #tea * 50")) == []


def test_a_room_whose_past_is_not_theirs_is_no_target(server: Running, op: IrcClient) -> None:
    configure(server, history="members")
    op.ask("PRIVMSG #tea :before")
    gus = server.member("gus", room="#tea")
    ask = "CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2099-01-01T00:00:00.000Z 50"
    assert not any("#tea" in line for line in gus.ask(ask))
    op.ask("PRIVMSG #tea :after")
    gus.sync()
    assert any("#tea" in line for line in gus.ask(ask))


def test_the_plain_endpoint_keeps_to_it(server: Running, op: IrcClient) -> None:
    configure(server, history="members")
    op.ask("PRIVMSG #tea :before")
    server.register("gus")
    talker = Talker(server.port("plain"))
    talker.log_in("gus")
    lines = talker.ask("/join tea", "/history")
    assert lines[-1] == "-- There are no older messages."
    assert not any("before" in line for line in talker.log)
    op.ask("PRIVMSG #tea :after")
    assert talker.wait("after") == "olga: after"
    talker.close()


def test_it_is_so_after_a_restart(run_server: Callable[..., Running]) -> None:
    server = run_server()
    op = server.member("olga", room="#tea")
    configure(server, history="members", motd="Tea is at five.", retention_days=7)
    op.ask("PRIVMSG #tea :before")
    server.stop()
    again = run_server()
    gus = again.register("gus")
    lines = gus.ask("JOIN #tea")
    assert said(lines) == []
    assert lines[-1] == ":chatstore.local NOTICE gus :[#tea] Tea is at five."
    room = again.server.chat.hub.room(TEA)
    assert room is not None
    assert room.room.retention_days == 7


def test_new_rooms_begin_as_configured(run_server: Callable[..., Running]) -> None:
    server = run_server(rooms={"history": "members", "retention_days": 30, "slowmode": 5, "motd": "Be kind."})
    server.member("olga", room="#tea")
    for room_id in (1, TEA):
        live = server.server.chat.hub.room(room_id)
        assert live is not None
        assert (live.room.history, live.room.retention_days) == ("members", 30)
        assert (live.room.slowmode, live.room.motd) == (5, "Be kind.")


def test_the_message_of_the_day_is_shown_on_joining_only(server: Running, op: IrcClient) -> None:
    configure(server, motd="Tea is at five.")
    gus = server.register("gus")
    assert [line.command for line in gus.parsed("JOIN #tea")] == ["JOIN", "353", "366", "NOTICE"]
    again = server.login("gus")
    again.wait(" 366 ")
    assert not any("five" in line for line in [*again.log, *again.sync()])
    configure(server, motd="")
    assert not any("NOTICE" in line for line in server.register("eve").ask("JOIN #tea"))


def test_what_is_erased_is_shown_to_nobody(server: Running, op: IrcClient, monkeypatch: pytest.MonkeyPatch) -> None:
    op.ask("PRIVMSG #tea :old")
    configure(server, retention_days=1)
    store = server.server.store
    day = 24 * 60 * 60
    server.set_clock(lambda: time.time() + 2 * day, monkeypatch)
    store.submit([PruneHistory()]).result()
    op.ask("PRIVMSG #tea :new")
    gus = server.register("gus")
    assert said(gus.ask("JOIN #tea")) == ["new"]
    assert said(op.ask("CHATHISTORY LATEST #tea * 50")) == ["new"]


class TestFounder:
    def test_giving_it_away(self, server: Running, op: IrcClient) -> None:
        gus = server.member("gus", room="#tea")
        op.wait("gus!.* JOIN")
        server.server.store.submit([TransferRoom(SERVER, TEA, person_name("gus"))]).result()
        assert gus.wait(" MODE ") == ":chatstore.local MODE #tea +o gus"
        assert parse(gus.ask("NAMES #tea")[0]).params[-1] == "@gus @olga"
        op.sync()
        assert parse(op.ask("KICK #tea gus")[0]).command == "482"
        gus.ask("KICK #tea olga")
        op.wait(" KICK ")
        op.ask("JOIN #tea")
        gus.sync()
        assert parse(gus.ask("NAMES #tea")[0]).params[-1] == "@gus olga"

    def test_nobody_takes_it_from_them(self, server: Running, op: IrcClient) -> None:
        gus = server.member("gus", room="#tea")
        op.ask("MODE #tea +o gus")
        gus.sync()
        assert [line.command for line in gus.parsed("MODE #tea -o olga", "KICK #tea olga")] == ["482", "482"]
        gus.ask("MODE #tea +bim olga")
        op.sync()
        assert [line.command for line in op.parsed("PRIVMSG #tea :still here")] == ["PRIVMSG"]
        op.ask("PART #tea")
        assert op.parsed("JOIN #tea")[0].command == "JOIN"
        gus.sync()
        assert parse(gus.ask("NAMES #tea")[0]).params[-1] == "@gus @olga"

    def test_they_may_lay_it_down_and_take_it_up(self, server: Running, op: IrcClient) -> None:
        assert [line.command for line in op.parsed("MODE #tea -o olga", "MODE #tea +m")] == ["MODE", "482"]
        gus = server.member("gus", room="#tea")
        assert [line.command for line in gus.parsed("MODE #tea +o gus")] == ["482"]
        op.sync()
        for more in ("+v olga", "+ov olga olga", "-k x", "+o gus"):
            assert [line.command for line in op.parsed(f"MODE #tea {more}")] == ["482"], more
        assert op.parsed("MODE #tea +o olga")[0].params == ("#tea", "+o", "olga")
