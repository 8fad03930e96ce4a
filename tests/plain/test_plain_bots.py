"""/bot in the plain protocol."""

from __future__ import annotations

from collections.abc import Callable

from chatstore.chat.model.tokens import is_token
from tests.irc.test_bots import make
from tests.plain.talker import Talker
from tests.running import Running


def test_bots_are_made_listed_and_removed(ann: Talker) -> None:
    assert "You have no bots" in ann.ask("/bot")[0]
    assert "builds is a bot of yours" in ann.ask("/bot add builds")[0]
    told = ann.ask("/bot token builds main")
    assert is_token(told[1].removeprefix("-- "))
    assert "in #main" in str(ann.ask("/bot tokens builds"))
    assert "builds, not connected, 1 token" in str(ann.ask("/bot"))
    assert ann.ask("/bot token builds scopes=read rooms=main the build server")[0].startswith(
        "-- Token 2 of builds"
    )
    assert ann.ask("/bot tokens builds")[1:] == [
        "--   1: allows read, write, files in #main",
        "--   2 (the build server): allows read in #main",
    ]
    assert "the scopes of a token are" in ann.ask("/bot token builds scopes=sing")[0]
    assert "is removed" in ann.ask("/bot revoke builds 2")[0]
    assert "is removed" in ann.ask("/bot revoke builds 1")[0]
    assert "builds has no token" in ann.ask("/bot tokens builds")[0]
    assert "usage" in ann.ask("/bot sing")[0]
    assert "you have no bot nobody" in ann.ask("/bot remove nobody")[0]
    assert "is removed" in ann.ask("/bot remove builds")[0]


def test_a_bot_that_is_limited_to_a_room_takes_part_there_alone(
    server: Running, ann: Talker, connect: Callable[[], Talker]
) -> None:
    owner = server.register("olga", "message-tags standard-replies")
    owner.ask("JOIN #ops", "JOIN #other")
    token = make(owner, "builds", "scopes=read,write;rooms=#ops")
    bot = connect()
    bot.log_in("builds", token)
    bot.sync()
    assert "OUTSIDE" in str(bot.ask("/join other")) or "does not allow" in str(bot.ask("/join other"))
    bot.ask("/join ops")
    bot.ask("built")
    assert owner.wait("PRIVMSG #ops").endswith(":builds!u@user/builds PRIVMSG #ops :built")
    owner.ask("PRIVMSG #other :not for it", "PRIVMSG builds :nor this", "PRIVMSG #ops :but this")
    told = "\n".join(bot.sync())
    assert "but this" in told
    assert "not for it" not in told
    assert "nor this" not in told
    for line in ("/msg ann hello", "/topic x", "/invite ann", "/join main", "/search word", "/nick other", "/bot"):
        bot.ask(line)
    assert "main" not in str(bot.ask("/list"))
    assert "hello" not in "\n".join(ann.sync())
