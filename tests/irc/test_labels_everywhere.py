"""Every command there is can be labelled, and is answered by exactly one labelled line or batch: a walk through the
table of commands, so that a new one is asked too."""

from __future__ import annotations

from collections.abc import Callable

from chatstore.irc.commands import all_commands
from chatstore.irc.line import Line
from tests.running import IrcClient, Running

CAPS = (
    "labeled-response batch echo-message message-tags away-notify account-notify setname extended-monitor "
    "invite-notify draft/chathistory draft/persistence draft/extended-isupport draft/message-redaction"
)
WORDS = ("", "#main", "bob", "#main bob", "#main #other", "#main :some words", "bob :some words", "+ bob", "GET")
ENDS = {"QUIT"}


def answers(client: IrcClient, label: str, line: str) -> list[Line]:
    """What a labelled line is answered with; its label is on exactly one line of it, the first."""
    lines = client.parsed(f"@label={label};+typing=active {line}")
    labelled = [each for each in lines if each.tags.get("label") == label]
    assert len(labelled) == 1, (line, lines)
    return lines


def within(lines: list[Line], label: str) -> None:
    """If the answer is a batch, it ends, and its lines are in it."""
    first = next(each for each in lines if each.tags.get("label") == label)
    if first.command != "BATCH":
        return
    reference = first.params[0].removeprefix("+")
    assert [each for each in lines if each.command == "BATCH" and each.params[0] == f"-{reference}"]
    inside = [each for each in lines if each.tags.get("batch") == reference]
    assert len(inside) > 1 or first.params[1] != "labeled-response"


def test_every_command(run_server: Callable[..., Running]) -> None:
    server = run_server(accounts={"nick_must_be_account": False})
    server.member("bob")
    lea = server.member("lea", CAPS)
    for name in sorted(all_commands().keys() - ENDS):
        for number, words in enumerate(WORDS):
            label = f"{name}{number}"
            within(answers(lea, label, f"{name} {words}"), label)
