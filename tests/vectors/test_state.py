"""What the terminal client makes of a server's lines: the scenarios that tests/web/js/state.test.js runs, too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatstore.client import events
from chatstore.client.protocol import ClientProtocol
from chatstore.irc.line import parse

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "state.json").read_text(encoding="utf-8"))
HAS: frozenset[str] = frozenset()
"""What of `needs` the state by itself has."""
NOW = 1_800_000_000_000


class Run:
    """One scenario's state: what it has told, and what it has sent since that was last looked at."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.state = ClientProtocol(nick)
        self.events: list[events.Event] = []
        self.sent: list[str] = []

    def take(self) -> None:
        told, lines = self.state.effects()
        self.events += told
        self.sent += lines

    def receive(self, text: str) -> None:
        told, lines = self.state.receive(parse(text), NOW)
        self.events += told
        self.sent += lines

    def step(self, step: dict[str, Any]) -> None:
        match step:
            case {"begin": {**more}}:
                self.state.begin(self.nick, VECTORS["caps"], VECTORS["multiline"])
                first, *rest = VECTORS["welcome"]
                extra = [f":s 005 bob {more['isupport']} :are supported"] if "isupport" in more else []
                for line in (first, *extra, *rest):
                    self.receive(line)
            case {"lose": _}:
                self.state.lost()
            case {"hear": line}:
                self.receive(line)
            case {"say": [target, text]}:
                self.state.say(target, text)
            case {"join": room}:
                self.state.join(room)
            case {"sent": lines}:
                self.check_sent(lines, tuple(step.get("not", ())))
            case _:
                raise AssertionError(f"unknown step {step}")
        self.take()

    def check_sent(self, lines: list[str], never: tuple[str, ...]) -> None:
        sent, self.sent = self.sent, []
        rest = iter(sent)
        for line in lines:
            assert line in rest, f"{line} is not among {sent}"
        assert not [line for line in sent if never and line.startswith(never)]

    def shown(self, target: str) -> list[list[str]]:
        return [words for event in self.events if event.target == target for words in spoken(event)]

    def given_back(self) -> list[list[str]]:
        return [[event.target, event.body] for event in self.events if isinstance(event, events.NotSent)]


def spoken(event: events.Event) -> Iterator[list[str]]:
    """Kind, nick and text, of what stands in a conversation."""
    because = f" ({event.reason})" if getattr(event, "reason", "") else ""
    match event:
        case events.Message(nick=nick, body=body, kind=kind):
            yield [kind, nick, body]
        case events.Joined(nick=nick):
            yield ["event", nick, f"{nick} joined"]
        case events.Left(nick=nick, quit=quit):
            yield ["event", nick, f"{nick} {'quit' if quit else 'left'}{because}"]
        case events.Kicked(nick=nick, by=by):
            yield ["event", by, f"{nick} was removed by {by}{because}"]
        case events.TopicChanged(nick=nick, topic=topic):
            said = f"changed the topic to: {topic}" if topic else "removed the topic"
            yield ["event", nick, f"{nick} {said}"]
        case events.NickChanged(nick=nick, new=new):
            yield ["event", nick, f"{nick} is now {new}"]
        case events.ModesChanged(nick=nick, modes=modes):
            yield ["event", nick, f"{nick} set {modes}"]


def scenarios() -> list[dict[str, Any]]:
    return [one for one in VECTORS["scenarios"] if HAS.issuperset(one.get("needs", ()))]


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario["name"])
def test_a_scenario(scenario: dict[str, Any]) -> None:
    run = Run(scenario["nick"])
    for step in scenario["steps"]:
        run.step(step)
    for target, expected in scenario["shown"].items():
        assert run.shown(target) == expected
    if "given_back" in scenario:
        assert run.given_back() == scenario["given_back"]
    if "pending" in scenario:
        assert run.state.unconfirmed == sum(map(len, scenario["pending"].values()))
    for target, expected in scenario.get("members", {}).items():
        people = run.state.target(target).members.values()
        assert sorted(one.prefix[:1] + one.nick for one in people) == expected
