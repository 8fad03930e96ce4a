"""/ignore, /unignore, /direct, /report."""

from __future__ import annotations

from tests.plain.talker import Talker
from tests.running import Running


def test_an_ignored_person_is_not_heard(ann: Talker, ben: Talker) -> None:
    assert ann.ask("/ignore") == ["-- You ignore nobody."]
    ben.ask("before")
    assert ann.ask("/ignore @ben") == ["ben: before", "-- You ignore ben. /unignore ends that."]
    ben.ask("rude")
    assert "does not take direct messages from you" in ben.ask("/msg ann rude")[0]
    assert ann.ask("/ignore") == ["-- You ignore: ben."]
    assert not any("rude" in line or "before" in line for line in ann.ask("/history", "/search rude"))
    assert ann.ask("/unignore ben") == ["-- You ignore ben no more."]
    ben.ask("kind")
    assert ann.sync() == ["ben: kind"]
    assert any("rude" in line for line in ann.ask("/search rude"))
    assert ann.ask("/unignore ben") == ["-- you don't ignore anybody called ben"]


def test_direct_messages(ann: Talker, ben: Talker) -> None:
    assert ann.ask("/direct") == ["-- Direct messages: from everyone."]
    assert ann.ask("/direct nobody") == ["-- Direct messages: from nobody."]
    assert "does not take direct messages from you" in ben.ask("/msg ann hello")[0]
    assert "expected everyone, known, nobody" in ann.ask("/direct friends")[0]


def test_a_report(server: Running, ann: Talker, ben: Talker) -> None:
    ben.ask("rude words")
    assert ann.ask("/report @ben insults")[-1] == "-- Reported to the administrators: rude words"
    [report] = server.server.store.reports.open()
    assert (report.author, report.reporter, report.reason, report.text) == ("ben", "ann", "insults", "rude words")
    assert ann.ask("/report") != []
