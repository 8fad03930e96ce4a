"""MARKREAD: IRCv3 draft/read-marker."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.irc.line import Line, parse
from tests.running import IrcClient, Running

CAPS = "draft/read-marker message-tags server-time"
EARLY, LATE = "2019-01-04T14:33:26.123Z", "2023-06-01T12:00:00.000Z"


@pytest.fixture
def olga(server: Running) -> IrcClient:
    return server.member("olga", CAPS)


def marks(client: IrcClient, *lines: str) -> list[tuple[str, ...]]:
    """The parameters of the MARKREADs that come."""
    return [line.params for line in client.parsed(*lines) if line.command == "MARKREAD"]


def refused(client: IrcClient, line: str) -> tuple[str, ...]:
    (answer,) = client.parsed(line)
    assert (answer.command, answer.params[0]) == ("FAIL", "MARKREAD")
    return answer.params[1:-1]


def test_set_and_get(olga: IrcClient) -> None:
    (answer,) = olga.ask(f"MARKREAD #MAIN timestamp={EARLY}")
    assert answer == f":chatstore.local MARKREAD #main timestamp={EARLY}"
    assert olga.ask("MARKREAD #main") == [answer]
    assert marks(olga, f"MARKREAD #main timestamp={LATE}", "MARKREAD #main") == [("#main", f"timestamp={LATE}")] * 2


def test_it_only_ever_rises_and_never_beyond_now(olga: IrcClient) -> None:
    olga.ask(f"MARKREAD #main timestamp={LATE}")
    for time in (EARLY, LATE):
        assert marks(olga, f"MARKREAD #main timestamp={time}") == [("#main", f"timestamp={LATE}")]
    ((_, mark),) = marks(olga, "MARKREAD #main timestamp=2999-01-01T00:00:00.000Z")
    assert LATE < mark.partition("=")[2] < "2999"


def test_none_yet(olga: IrcClient) -> None:
    for target in ("#main", "#nosuch", "nobody", "a*b", "#"):
        assert marks(olga, f"MARKREAD {target}") == [(target, "*")]


def test_it_comes_with_the_join_before_the_end_of_names(server: Running, olga: IrcClient) -> None:
    def joined(lines: list[Line]) -> tuple[str, ...]:
        commands = [line.command for line in lines]
        assert commands.index("JOIN") < commands.index("MARKREAD") < commands.index("366")
        return lines[commands.index("MARKREAD")].params

    assert joined(olga.parsed("JOIN #Talk")) == ("#Talk", "*")
    olga.ask(f"MARKREAD #talk timestamp={EARLY}")
    assert "MARKREAD" not in str(olga.ask("NAMES #talk"))
    olga.ask("PART #talk")
    assert marks(olga, "MARKREAD #talk") == [("#Talk", f"timestamp={EARLY}")]
    assert joined(olga.parsed("JOIN #talk")) == ("#Talk", f"timestamp={EARLY}")
    assert "MARKREAD" not in str(server.register("plain").ask("JOIN #talk"))


def test_it_outlives_the_connection_and_the_server(run_server: Callable[..., Running]) -> None:
    server = run_server()
    server.member("olga", CAPS).ask(f"MARKREAD #main timestamp={EARLY}")
    server.stop()
    olga = run_server().login("olga", CAPS)
    assert parse(olga.wait(" MARKREAD ")).params == ("#main", f"timestamp={EARLY}")


def test_the_other_connections_of_the_person_are_told_and_nobody_else(server: Running, olga: IrcClient) -> None:
    phone, old = server.login("olga", CAPS), server.login("olga")
    rita = server.member("rita", CAPS)
    for client in (olga, phone, old):
        client.wait("rita!.* JOIN")
    told = ("#main", f"timestamp={EARLY}")
    assert marks(olga, f"MARKREAD #main timestamp={EARLY}") == [told]
    assert parse(phone.wait(" MARKREAD ")).params == told
    assert marks(olga, f"MARKREAD #main timestamp={EARLY}") == [told]  # nothing new: nobody is told
    assert marks(phone) == marks(rita) == []
    assert old.sync() == []
    assert marks(rita, "MARKREAD #main") == [("#main", "*")]
    olga.ask("PRIVMSG rita :hello")
    assert marks(olga, f"MARKREAD rita timestamp={LATE}") == [("rita", f"timestamp={LATE}")]
    assert parse(phone.wait(" MARKREAD ")).params == ("rita", f"timestamp={LATE}")


def test_of_a_person_one_has_not_written_to(server: Running, olga: IrcClient) -> None:
    rita = server.register("Rita", f"{CAPS} draft/chathistory")
    assert marks(olga, "MARKREAD rita", f"MARKREAD RITA timestamp={EARLY}") == [("Rita", "*")] * 2
    olga.ask("PRIVMSG rita :hello")
    assert rita.wait(":hello")
    assert marks(olga, f"MARKREAD RITA timestamp={EARLY}", "MARKREAD rita") == [("Rita", f"timestamp={EARLY}")] * 2
    assert marks(rita, "MARKREAD olga") == [("olga", "*")]
    olga.ask("PRIVMSG rita :now")
    assert rita.wait(":now")
    assert marks(olga, "MARKREAD rita") == [("Rita", f"timestamp={EARLY}")]


def test_guests_have_one_as_long_as_they_are_here(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"guests": True})
    server.register("olga").close()
    for _ in range(2):
        guest = server.connect()
        guest.send(f"CAP REQ :{CAPS}", "NICK visitor", "USER v 0 * :v", "CAP END", "JOIN #main")
        assert parse(guest.wait(" MARKREAD ")).params == ("#main", "*")
        guest.wait(" 366 ")
        guest.ask("PRIVMSG olga :hello")
        for target in ("#main", "olga"):
            expected = [(target, f"timestamp={EARLY}")] * 2
            assert marks(guest, f"MARKREAD {target} timestamp={EARLY}", f"MARKREAD {target}") == expected
        guest.send("QUIT")
        guest.rest()


def test_errors(server: Running, olga: IrcClient) -> None:
    rita = server.member("rita", CAPS, "#ritas")
    assert refused(olga, "MARKREAD") == ("NEED_MORE_PARAMS",)
    for value in (
        "*",
        "timestamp=*",
        "timestamp=yesterday",
        EARLY,
        f"msgid={EARLY}",
        "timestamp=2019-13-04T14:33:26.123Z",
    ):
        assert refused(olga, f"MARKREAD #main {value}") == ("INVALID_PARAMS", "#main", value)
    rita.ask("MODE #ritas +s")
    for target in ("#nosuch", "#ritas", "nobody", "a*b", "#"):
        assert refused(olga, f"MARKREAD {target} timestamp={EARLY}") == ("INVALID_PARAMS", target)
        assert marks(olga, f"MARKREAD {target}") == [(target, "*")]


def test_of_a_secret_room_that_one_has_left_nothing_is_said(server: Running) -> None:
    olga, rita = server.member("olga", CAPS, "#secret"), server.member("rita", CAPS, "#secret")
    rita.ask("MARKREAD #secret timestamp=2020-01-01T00:00:00.000Z")
    olga.ask("MODE #secret +s", "KICK #secret rita")
    assert rita.wait(" KICK ")
    assert rita.ask("MARKREAD #secret")[-1].endswith("MARKREAD #secret *")
