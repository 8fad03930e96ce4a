"""What a screen makes of a server's lines: the scenarios that the page and the line client run, too, with all that
they need."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatstore.client import events
from chatstore.client.buffers import Buffers
from chatstore.client.events import Event
from chatstore.client.names import fold
from chatstore.client.protocol import ClientProtocol
from chatstore.irc.line import parse

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "state.json").read_text(encoding="utf-8")
)
NOW = 1_800_000_000_000
_OTHERWISE = {"a direct message from somebody new while away is caught up"}
"""A screen asks for the marker first, then for the newest page, and reads back from there to the marker: see
test_client_updates.py."""


class Run:
    """One scenario: a protocol with updates, and its buffers."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.state = ClientProtocol(nick, updates=True)
        self.buffers = Buffers(nick)
        self.events: list[Event] = []
        self.sent: list[str] = []

    def take(self, told: list[Event], lines: list[str]) -> None:
        self.events += told
        self.sent += lines
        for event in told:
            self.buffers.apply(event)

    def receive(self, text: str) -> None:
        self.take(*self.state.receive(parse(text), NOW))

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
                sent, self.sent = self.sent, []
                rest = iter(sent)
                for line in lines:
                    assert line in rest, f"{line} is not among {sent}"
                never = tuple(step.get("not", ()))
                assert not [line for line in sent if never and line.startswith(never)]
            case _:
                raise AssertionError(f"unknown step {step}")
        self.take(*self.state.effects())

    def shown(self, target: str) -> list[list[str]]:
        told = [entry for entry in self.buffers.open(target).entries if entry.said or entry.kind == "event"]
        return [[entry.kind, entry.nick, entry.text] for entry in told if not entry.pending]


def scenarios() -> list[dict[str, Any]]:
    return [one for one in VECTORS["scenarios"] if one["name"] not in _OTHERWISE]


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario["name"])
def test_a_scenario(scenario: dict[str, Any]) -> None:
    run = Run(scenario["nick"])
    for step in scenario["steps"]:
        run.step(step)
    for target, expected in scenario["shown"].items():
        assert run.shown(target) == expected
    if "given_back" in scenario:
        given_back = [[event.target, event.body] for event in run.events if isinstance(event, events.NotSent)]
        assert given_back == scenario["given_back"]
    for target, bodies in scenario.get("pending", {}).items():
        pending = [entry.text for entry in run.buffers.open(target).entries if entry.pending]
        assert len(pending) == len(bodies)
    for target, people in scenario.get("members", {}).items():
        members = run.buffers.by_key[fold(target)].members.values()
        assert sorted(one.prefix[:1] + one.nick for one in members) == people
    for target, expected in scenario.get("unread", {}).items():
        buffer = run.buffers.by_key[fold(target)]
        assert [buffer.unread, buffer.mentions, buffer.first_unread] == expected
    entries = {entry.msgid: entry for one in run.buffers.by_key.values() for entry in one.entries}
    for msgid, marks in scenario.get("marks", {}).items():
        entry = entries[msgid]
        assert [[emoji, list(nicks)] for emoji, nicks in entry.reactions] == marks.get("reactions", [])
        assert [entry.removed, entry.reason] == [marks.get("removed", ""), marks.get("reason", "")]
