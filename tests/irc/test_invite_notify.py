"""INVITE, and who else hears of it. Modern "INVITE message"; IRCv3 invite-notify, account-tag."""

from __future__ import annotations

from tests.running import Running


def test_operators_hear_of_it(server: Running) -> None:
    olga, other = server.member("olga", "invite-notify", "#tea"), server.member("otto", "invite-notify", "#tea")
    deaf, member = server.member("dana", room="#tea"), server.member("mia", "invite-notify", "#tea")
    olga.ask("MODE #tea +oo otto dana")
    eve = server.register("eve", "account-tag invite-notify")
    for client in (olga, other, deaf, member):
        client.sync()
    olga.ask("INVITE eve #tea")
    line = ":olga!u@user/olga INVITE eve #tea"
    assert other.sync() == [line]
    assert eve.sync() == [f"@account=olga {line}"]
    assert olga.sync() == deaf.sync() == member.sync() == []


def test_the_inviters_other_connections_hear_of_it(server: Running) -> None:
    olga = server.member("olga", "invite-notify", "#tea")
    phone = server.login("olga", "invite-notify")
    phone.wait(" 366 ")
    _eve = server.register("eve")
    olga.ask("INVITE eve #tea")
    assert phone.sync() == [":olga!u@user/olga INVITE eve #tea"]
    assert not any(line.startswith(":olga!") for line in olga.sync())


def test_every_connection_of_the_invited_is_told(server: Running) -> None:
    olga = server.member("olga", room="#tea")
    eve = server.register("eve")
    phone = server.login("eve")
    olga.ask("INVITE eve #tea")
    assert eve.sync()[-1] == phone.sync()[-1] == ":olga!u@user/olga INVITE eve #tea"
