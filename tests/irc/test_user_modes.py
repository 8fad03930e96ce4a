"""MODE of oneself. Modern "MODE message", "User Modes"."""

from __future__ import annotations

from tests.running import IrcClient, Running


def test_set_shown_and_unset(alice: IrcClient) -> None:
    assert alice.ask("MODE alice")[-1].endswith(" 221 alice +")
    assert alice.ask("MODE alice +i") == [":alice!u@user/alice MODE alice +i"]
    assert alice.ask("MODE ALICE -i+wB") == [":alice!u@user/alice MODE alice +Bw-i"]
    assert alice.ask("MODE alice")[-1].endswith(" 221 alice +Bw")
    assert alice.ask("MODE alice +w") == []


def test_without_a_sign_it_is_set(alice: IrcClient) -> None:
    assert alice.ask("MODE alice i") == [":alice!u@user/alice MODE alice +i"]


def test_unknown_letters_and_the_others(alice: IrcClient) -> None:
    lines = alice.parsed("MODE alice +iQ?")
    assert [line.command for line in lines] == ["501", "MODE"]
    assert lines[0].params[0] == "alice"


def test_nobody_makes_themselves_operator(server: Running, alice: IrcClient) -> None:
    assert alice.ask("MODE alice +o", "MODE alice -o") == []
    assert alice.ask("MODE alice")[-1].endswith(" 221 alice +")


def test_an_operator_is_shown_and_may_lay_it_down(server: Running, alice: IrcClient) -> None:
    person = server.server.chat.hub.person("alice")
    assert person is not None
    person.sessions[0].operator = True
    assert person.operator
    assert alice.ask("MODE alice")[-1].endswith(" 221 alice +o")
    assert alice.ask("MODE alice -o") == [":alice!u@user/alice MODE alice -o"]
    assert not person.operator


def test_those_of_others(alice: IrcClient, bob: IrcClient) -> None:
    bob.sync()
    lines = bob.parsed("MODE alice", "MODE alice +i", "MODE nobody", "MODE nobody +i")
    assert [(line.command, line.params[1] if line.command == "401" else "") for line in lines] == [
        ("502", ""), ("502", ""), ("401", "nobody"), ("401", "nobody"),
    ]  # fmt: skip


def test_they_are_the_persons_on_every_connection(server: Running, alice: IrcClient) -> None:
    phone = server.login("alice")
    alice.ask("MODE alice +i")
    assert phone.ask("MODE alice")[-1].endswith(" 221 alice +i")


def test_the_letters_are_announced(alice: IrcClient) -> None:
    myinfo = next(line for line in alice.log if " 004 " in line)
    assert myinfo.split()[5] == "Biow"
