"""Bots: accounts of programs. Whose they are, how they log in, how they are marked, and when they end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatstore.chat.changes.accounts import RemoveAccount, RestoreAccount, SuspendAccount
from chatstore.chat.model.names import person_name
from chatstore.irc.line import Line
from tests.irc.test_token import by_sasl
from tests.running import IrcClient, Running, plain
from tests.storage.database import Do

CAPS = "message-tags standard-replies"


def make(owner: IrcClient, name: str = "builds", attributes: str = "*") -> str:
    """Make a bot; its token."""
    [made] = owner.parsed(f"BOT ADD {name}")
    assert (made.command, made.params) == ("BOT", ("ADD", name)), made
    return token(owner, name, attributes)


def token(owner: IrcClient, name: str = "builds", attributes: str = "*") -> str:
    [answer] = owner.parsed(f"BOT TOKEN {name} {attributes} :on the build server")
    assert answer.params[:2] == ("TOKEN", name), answer
    assert answer.params[4] == "on the build server"
    return answer.params[3]


def code(lines: list[Line]) -> str:
    [line] = lines
    assert line.command == "FAIL", line
    return line.params[1]


def test_it_logs_in_by_its_token_and_is_marked(server: Running) -> None:
    alice = server.register("alice", CAPS)
    alice.ask("JOIN #ops")
    bot = by_sasl(server, "builds", make(alice))
    bot.ask("JOIN #ops", "PRIVMSG #ops :done")
    said = alice.parsed()[-1]
    assert (said.source, "bot" in said.tags) == ("builds!u@user/builds", True)
    assert any(line.command == "335" for line in alice.parsed("WHOIS builds"))
    assert [line.params[6] for line in alice.parsed("WHO #ops") if line.params[5:6] == ("builds",)] == ["HB"]
    bot.ask("MODE builds -B")
    bot.ask("PRIVMSG #ops :still one")
    assert "bot" in alice.parsed()[-1].tags
    bot.close()
    assert [line.params[6] for line in alice.parsed("WHO #ops") if line.params[5:6] == ("builds",)] == ["GB"]


def test_it_is_shown_nothing_of_before_unless_it_asks(server: Running) -> None:
    alice = server.register("alice", CAPS)
    alice.ask("JOIN #ops", "PRIVMSG #ops :before")
    text = make(alice)
    bot = by_sasl(server, "builds", text)
    assert "before" not in str(bot.ask("JOIN #ops"))
    bot.close()
    alice.ask("PRIVMSG #ops :meanwhile", "PRIVMSG builds :to it alone")
    bot = by_sasl(server, "builds", text)
    assert "meanwhile" not in str([*bot.log, *bot.sync()])
    bot.send("CAP REQ :draft/chathistory batch server-time")
    assert "meanwhile" in str(bot.ask("CHATHISTORY LATEST #ops * 5"))


def test_it_has_no_password_and_gets_none(server: Running) -> None:
    alice = server.register("alice", CAPS)
    make(alice)
    assert "904" in str(by_sasl(server, "builds", "correct horse").log)
    bot = by_sasl(server, "builds", token(alice))
    for line in ("TOKEN ADD :x", "BOT ADD other", "OPER builds x"):
        assert any(each.command in ("FAIL", "400", "464") for each in bot.parsed(line)), line
    admin = server.register("root", CAPS)
    server.server.store.submit([Do(lambda tx: tx.accounts.update(_id(tx, "root"), role="admin"))]).result()
    admin = server.login("root", CAPS)
    admin.sync()
    assert code(admin.parsed("PEOPLE RESET builds")) == "NO_SUCH_PERSON"
    assert code(admin.parsed("PEOPLE ADMIN builds on")) == "NO_SUCH_PERSON"


def _id(tx: object, name: str) -> int:
    account = tx.accounts.named(name)  # type: ignore[attr-defined]
    assert account is not None
    return int(account.id)


def test_whose_it_is(server: Running) -> None:
    alice, bob = server.register("alice", CAPS), server.register("bob", CAPS)
    make(alice)
    for line in (
        "BOT TOKEN builds",
        "BOT TOKENS builds",
        "BOT REVOKE builds",
        "BOT REMOVE builds",
        "BOT REMOVE no",
    ):
        assert code(bob.parsed(line)) == "NO_SUCH_BOT", line
    assert code(bob.parsed("BOT ADD builds")) == "NAME_TAKEN"
    assert code(bob.parsed("BOT ADD alice")) == "NAME_TAKEN"
    assert code(bob.parsed("BOT ADD x server=1")) == "ADMIN_REQUIRED"
    assert code(bob.parsed("BOT LIST all=1")) == "ADMIN_REQUIRED"
    assert [line.params for line in bob.parsed("BOT LIST")] == [("LIST", "*")]
    first, last = alice.parsed("BOT LIST")
    assert first.params[:2] == ("LIST", "builds")
    assert "owner=alice" in first.params[2]
    assert "tokens=1" in first.params[2]
    assert last.params == ("LIST", "*")


def test_administrators_manage_all_and_the_servers_own(server: Running) -> None:
    alice = server.register("alice", CAPS)
    make(alice)
    server.register("root").close()
    server.server.store.submit([Do(lambda tx: tx.accounts.update(_id(tx, "root"), role="admin"))]).result()
    admin = server.login("root", CAPS)
    admin.sync()
    assert admin.parsed("BOT ADD weather server=1")[0].params == ("ADD", "weather")
    names = [line.params[1] for line in admin.parsed("BOT LIST all=1")]
    assert names == ["builds", "weather", "*"]
    token(admin, "builds")
    assert "bot=1" in admin.parsed("PEOPLE SHOW builds")[0].params[2]
    assert admin.parsed("BOT REMOVE builds")[0].params == ("REMOVE", "builds")
    audit = [row for (row,) in server.rows("SELECT action FROM audit ORDER BY id")]
    assert [each for each in audit if each.startswith("bot.") or each == "account.remove"] == [
        "bot.add",
        "bot.token",
        "bot.add",
        "bot.token",
        "account.remove",
    ]


def test_its_tokens_allow_what_they_say_and_end(server: Running) -> None:
    alice = server.register("alice", CAPS)
    alice.ask("JOIN #in", "JOIN #out")
    text = make(alice, attributes="scopes=read,write;rooms=#in")
    bot = by_sasl(server, "builds", text)
    bot.send("CAP REQ :standard-replies")
    bot.sync()
    assert code(bot.parsed("JOIN #out")) == "OUTSIDE_SCOPE"
    assert any(" JOIN #in" in line for line in bot.ask("JOIN #in"))
    shown = alice.parsed("BOT TOKENS builds")
    while shown[0].command != "BOT":
        shown.pop(0)
    assert shown[0].params[4:6] == (shown[0].params[4], "online")
    assert shown[1].params[:2] == ("SCOPES", "builds")
    assert shown[1].params[3] == "scopes=read,write;rooms=#in"
    number = shown[0].params[2]
    assert alice.parsed(f"BOT REVOKE builds {number}")[-1].params == ("REVOKE", "builds", number)
    assert "was removed" in bot.rest()[-1]
    assert code(alice.parsed(f"BOT REVOKE builds {number}")[-1:]) == "NO_SUCH_TOKEN"


def test_it_ends_and_comes_back_with_its_owner(server: Running) -> None:
    alice = server.register("alice", CAPS)
    text = make(alice)
    bot = by_sasl(server, "builds", text)
    server.server.store.submit([SuspendAccount(person_name("alice"), "spam")]).result()
    assert "its owner was suspended" in bot.rest()[-1]
    refused = server.connect()
    refused.send("CAP LS 302", "CAP REQ :sasl", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('builds', text)}")
    assert "its owner was suspended" in refused.wait("SASL authentication failed")
    server.server.store.submit([RestoreAccount(person_name("alice"))]).result()
    bot = by_sasl(server, "builds", text)
    assert " 903 " in str(bot.log)
    server.server.store.submit([RemoveAccount(person_name("alice"))]).result()
    assert "removed" in bot.rest()[-1]
    assert server.rows("SELECT status FROM accounts WHERE folded = 'builds'") == [("removed",)]
    assert server.rows("SELECT count(*) FROM device_tokens") == [(0,)]


def test_a_bot_that_was_suspended_itself_stays_so(server: Running) -> None:
    make(server.register("alice", CAPS))
    for change in (
        SuspendAccount(person_name("builds"), "too loud"),
        SuspendAccount(person_name("alice"), "spam"),
        RestoreAccount(person_name("alice")),
    ):
        server.server.store.submit([change]).result()
    assert server.rows("SELECT status, status_reason FROM accounts WHERE folded = 'builds'") == [
        ("suspended", "too loud")
    ]


def test_there_is_a_limit(run_server: Callable[..., Running]) -> None:
    server = run_server(limits={"bots_per_account": 1})
    alice = server.register("alice", CAPS)
    make(alice)
    assert code(alice.parsed("BOT ADD more")) == "LIMIT_REACHED"
    alice.ask("BOT REMOVE builds")
    make(alice, "more")


def test_who_logged_in_by_a_token_makes_none(server: Running) -> None:
    alice = server.register("alice", CAPS)
    text = alice.parsed("TOKEN ADD :phone")[0].params[2]
    phone = by_sasl(server, "alice", text)
    phone.send("CAP REQ :standard-replies")
    phone.sync()
    assert code(phone.parsed("BOT ADD builds")) == "PASSWORD_REQUIRED"
    assert [line.params for line in phone.parsed("BOT LIST")] == [("LIST", "*")]


def test_rooms_invite_it_as_anybody(server: Running) -> None:
    alice = server.register("alice", CAPS)
    alice.ask("JOIN #ops", "MODE #ops +i")
    bot = by_sasl(server, "builds", make(alice))
    assert " 473 " in str(bot.ask("JOIN #ops"))
    alice.ask("INVITE builds #ops")
    bot.sync()
    assert " JOIN #ops" in str(bot.ask("JOIN #ops"))


@pytest.mark.parametrize("line", ["BOT", "BOT TOKEN builds scope=read :x", "BOT REVOKE builds seven", "BOT SING"])
def test_a_line_that_is_none_says_what_was_expected(server: Running, line: str) -> None:
    alice = server.register("alice", CAPS)
    make(alice)
    [answer] = alice.parsed(line)
    assert answer.command == "461" or answer.params[1] == "INVALID_PARAMETERS"
