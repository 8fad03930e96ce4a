"""IRCv3 draft/channel-rename: RENAME, its errors, and what clients are told that don't know it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.rooms import RenameRoom
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.names import room_name
from chatstore.irc.line import parse
from tests.running import IrcClient, Running

CAP = "draft/channel-rename standard-replies"


@pytest.fixture
def op(server: Running) -> IrcClient:
    return server.member("olga", CAP, room="#tea")


@pytest.fixture
def old(server: Running, op: IrcClient) -> IrcClient:
    """Somebody in #tea whose client knows nothing of renames."""
    client = server.member("gus", room="#tea")
    op.wait("gus!.* JOIN")
    return client


def numbers(client: IrcClient, *lines: str) -> list[str]:
    return [line.command for line in client.parsed(*lines)]


def test_a_rename_is_told_with_its_reason(op: IrcClient) -> None:
    assert op.ask("RENAME #tea #coffee :It is late") == [":olga!u@user/olga RENAME #tea #coffee :It is late"]
    assert op.ask("RENAME #coffee #tea") == [":olga!u@user/olga RENAME #coffee #tea :"]


def test_everything_stays(server: Running, op: IrcClient, old: IrcClient) -> None:
    op.ask("TOPIC #tea :green", "MODE #tea +b eve", "PRIVMSG #tea :before", "RENAME #tea #coffee")
    old.sync()
    op.ask("PRIVMSG #coffee :after")
    assert old.wait(" PRIVMSG ") == ":olga!u@user/olga PRIVMSG #coffee :after"
    assert parse(op.ask("TOPIC #coffee")[0]).params[-1] == "green"
    assert "eve!*@*" in op.ask("MODE #coffee b")[0]
    assert parse(op.ask("NAMES #coffee")[0]).params[-1] == "gus @olga"
    reader = server.login("olga", "draft/chathistory batch message-tags")
    reader.sync()
    said = [line.params for line in reader.parsed("CHATHISTORY LATEST #coffee * 10") if line.command == "PRIVMSG"]
    assert said == [("#coffee", "before"), ("#coffee", "after")]


def test_the_fallback(op: IrcClient, old: IrcClient) -> None:
    op.ask("TOPIC #tea :green")
    old.sync()
    op.ask("RENAME #tea #coffee :It is late")
    lines = [parse(line) for line in old.sync()]
    assert [line.command for line in lines] == ["PART", "JOIN", "332", "333", "353", "366"]
    assert [line.source for line in lines[:2]] == ["gus!u@user/gus"] * 2
    assert lines[0].params == ("#tea", "It is late")
    assert lines[1].params == ("#coffee",)
    assert lines[4].params[-2:] == ("#coffee", "gus @olga")
    op.ask("RENAME #coffee #tea")
    assert parse(old.wait(" PART ")).params == ("#coffee",)


def test_nothing_is_lost_or_said_twice_around_a_fallback(op: IrcClient, old: IrcClient) -> None:
    """A client without history is not shown the past again, and what is said meanwhile comes after the JOIN."""
    for i in range(30):
        now, then = ("#tea", "#coffee") if i % 2 == 0 else ("#coffee", "#tea")
        op.send(f"PRIVMSG {now} :{i}", f"RENAME {now} {then}", f"PRIVMSG {then} :{i} more")
    op.sync()
    lines = [parse(line) for line in old.sync()]
    said = [line.params[1] for line in lines if line.command == "PRIVMSG"]
    assert said == [text for i in range(30) for text in (f"{i}", f"{i} more")]
    names = [line.params[0] for line in lines if line.command == "JOIN" and line.source == "gus!u@user/gus"]
    assert set(names) == {"#tea", "#coffee"}
    where = {line.params[-2] for line in old.parsed("NAMES #tea") if line.command == "353"}
    assert where == {"#tea"}


def test_who_renames_without_knowing_the_answer(server: Running) -> None:
    op = server.member("olga", room="#tea")
    lines = op.parsed("RENAME #tea #coffee")
    assert [line.command for line in lines] == ["PART", "JOIN", "353", "366"]


def test_extended_join_in_the_fallback(server: Running, op: IrcClient) -> None:
    gus = server.member("gus", "extended-join", room="#tea")
    op.ask("RENAME #tea #coffee")
    assert gus.wait(" JOIN ") == ":gus!u@user/gus JOIN #coffee gus :Gus"


def test_case_alone(op: IrcClient, old: IrcClient) -> None:
    assert op.ask("RENAME #tea #TEA") == [":olga!u@user/olga RENAME #tea #TEA :"]
    assert old.sync() == []
    assert parse(old.ask("NAMES #tea")[0]).params[-2] == "#TEA"


def test_the_old_name_is_free(server: Running, op: IrcClient, old: IrcClient) -> None:
    op.ask("RENAME #tea #coffee")
    old.sync()
    assert numbers(old, "PRIVMSG #tea :x", "JOIN #tea") == ["403", "JOIN", "353", "366"]
    assert parse(old.ask("NAMES #tea")[0]).params[-1] == "@gus"
    assert "MODE" in numbers(old, "MODE #tea +k beer")
    assert op.ask("RENAME #coffee #tea") == [
        ":chatstore.local FAIL RENAME CHANNEL_NAME_IN_USE #coffee #tea :that room exists already"
    ]


def test_errors(server: Running, op: IrcClient, old: IrcClient) -> None:
    eve = server.register("eve")
    assert numbers(op, "RENAME #tea", "RENAME #nosuch #a") == ["461", "403"]
    assert numbers(old, "RENAME #tea #coffee") == ["482"]
    assert numbers(eve, "RENAME #tea #coffee") == ["442"]
    for name in ("coffee", "#a*b", "&local", "#tea", "#" + "x" * 65):
        assert parse(op.ask(f"RENAME #tea {name}")[0]).params[:4] == ("RENAME", "CANNOT_RENAME", "#tea", name)
    assert op.ask("RENAME #tea #MAIN")[0].split()[1:6] == [
        "FAIL", "RENAME", "CHANNEL_NAME_IN_USE", "#tea", "#MAIN",
    ]  # fmt: skip
    op.ask("MODE #tea +s")
    assert numbers(eve, "RENAME #tea #coffee", "RENAME #tea coffee") == ["403", "403"]


def test_it_is_so_after_a_restart(run_server: Callable[..., Running]) -> None:
    server = run_server()
    server.member("olga", CAP, room="#tea").ask("RENAME #tea #coffee")
    server.stop()
    again = run_server().login("olga")
    again.wait(" 366 .*#coffee")
    assert numbers(again, "MODE #tea")[-1] == "403"


def test_renamed_by_the_server_itself(server: Running, op: IrcClient) -> None:
    server.server.store.submit([RenameRoom(SERVER, 2, room_name("coffee"))]).result()
    assert op.wait(" RENAME ") == ":chatstore.local RENAME #tea #coffee :"
