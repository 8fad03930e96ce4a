"""All scenarios by letter, in the order in which they are measured."""

from __future__ import annotations

from benchmarks.scenarios.arriving import ARRIVING
from benchmarks.scenarios.idle import IDLE
from benchmarks.scenarios.logins import LOGGING_IN
from benchmarks.scenarios.replay import REPLAY
from benchmarks.scenarios.talking import TALKING
from benchmarks.scenarios.uploading import UPLOADING
from benchmarks.scenarios.writing import WRITING

SCENARIOS = {
    scenario.letter: scenario for scenario in (*TALKING, *ARRIVING, *IDLE, REPLAY, LOGGING_IN, WRITING, UPLOADING)
}
