"""One account does not fill a room's history by coming and going."""

from __future__ import annotations

from collections.abc import Callable

from tests.running import IrcClient, Running


def come(client: IrcClient, room: str = "#tea") -> str:
    """What comes of a JOIN, which is taken back."""
    lines = client.parsed(f"JOIN {room}")
    came = "366" in [line.command for line in lines]
    client.ask(f"PART {room}")
    return "366" if came else next(line.command for line in lines if line.command.isdigit())


def test_joining_a_room_again_and_again(run_server: Callable[..., Running]) -> None:
    server = run_server(limits={"joins_at_once": 3, "unlimited": ["bot"]})
    _olga, eve, bot = server.member("olga", room="#tea"), server.register("eve"), server.register("bot")
    assert [come(eve) for _ in range(5)] == ["366"] * 3 + ["480"] * 2
    assert come(eve, "#coffee") == "366"  # made
    again = server.login("eve")
    assert come(again) == "480"  # it is the account that counts
    assert [come(bot) for _ in range(5)] == ["366"] * 5
    assert "480" not in [line.command for line in _olga.parsed("JOIN #tea")]


def test_a_setting_of_zero_counts_nothing(run_server: Callable[..., Running]) -> None:
    server = run_server(limits={"joins_at_once": 0})
    _olga, eve = server.member("olga", room="#tea"), server.register("eve")
    assert {come(eve) for _ in range(15)} == {"366"}
