"""What is measured. Each of A to D and P is one Load; the same for every server, in turns."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.run import Load


@dataclass(frozen=True)
class Scenario:
    """`figure`: the field of Outcome that counts; `better` whether more of it is or less."""

    letter: str
    what: str
    load: Load
    figure: str
    unit: str
    more_is_better: bool = True


SCENARIOS = {
    scenario.letter: scenario
    for scenario in (
        Scenario("A", "50 members, 10 senders, window 16", Load(50, 10, 1, 16), "deliveries", "deliveries/s"),
        Scenario("B", "200 members, 20 senders, window 16", Load(200, 20, 1, 16), "deliveries", "deliveries/s"),
        Scenario("C", "500 members, 50 rooms, 100 senders", Load(500, 100, 50, 16), "accepted", "messages/s"),
        Scenario("D", "1,000 members, 100 messages/s", Load(1000, 20, 1, rate=100.0), "p99", "ms p99", False),
        Scenario("P", "200 members, 2,000 messages/s", Load(200, 20, 1, rate=2000.0), "p99", "ms p99", False),
    )
}
