"""The targets of chatstore, as ratios and times of one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.results import Results, median
from benchmarks.scenarios.talking import ONE_FSYNC

OURS = "chatstore"


@dataclass(frozen=True)
class Target:
    """A target. `reached` returns what was measured; None if the run does not have it, or only with problems.
    `at_least` says whether the bound is a minimum or a maximum."""

    what: str
    bound: float
    unit: str
    reached: Callable[[Results], float | None]
    at_least: bool = False


def rows(results: Results) -> Iterator[tuple[str, str, str, str]]:
    """(what, the bound, what was reached, whether that suffices) for each target."""
    for target in TARGETS:
        value = target.reached(results)
        bound = f"{'at least' if target.at_least else 'at most'} {target.bound:,g} {target.unit}"
        if value is None:
            yield target.what, bound, "no valid measurement", ""
        else:
            good = value >= target.bound if target.at_least else value <= target.bound
            yield target.what, bound, f"{value:,.4g} {target.unit}", "yes" if good else "no"


def _of(results: Results, letter: str, who: str, figure: str) -> float | None:
    outcomes = results.get(letter, {}).get(who, ())
    return median(outcomes, figure) if all(outcome.valid for outcome in outcomes) else None


def _figure(letter: str, figure: str, scale: float = 1.0) -> Callable[[Results], float | None]:
    def reached(results: Results) -> float | None:
        value = _of(results, letter, OURS, figure)
        return None if value is None else value * scale

    return reached


def _times(letter: str, figure: str, other: str) -> Callable[[Results], float | None]:
    """Our figure divided by the other's."""

    def reached(results: Results) -> float | None:
        own, theirs = _of(results, letter, OURS, figure), _of(results, letter, other, figure)
        return own / theirs if own is not None and theirs else None

    return reached


def _beside(letter: str, figure: str) -> Callable[[Results], float | None]:
    """The first contestant's figure divided by the second's."""

    def reached(results: Results) -> float | None:
        first, second, *_ = [*results.get(letter, {}), "", ""]
        own, other = _of(results, letter, first, figure), _of(results, letter, second, figure)
        return own / other if own is not None and other else None

    return reached


def _first(letter: str, figure: str) -> Callable[[Results], float | None]:
    def reached(results: Results) -> float | None:
        return _of(results, letter, next(iter(results.get(letter, {})), ""), figure)

    return reached


def _beyond_inspircd_and_fsync(results: Results) -> float | None:
    """The milliseconds by which D's p99 exceeds inspircd's plus the median of an fsync."""
    own, other = _of(results, "D", OURS, "p99"), _of(results, "D", "inspircd", "p99")
    fsync = _of(results, "D", ONE_FSYNC, "p50")
    return None if own is None or other is None or fsync is None else own - other - fsync


TARGETS = (
    Target("A: deliveries beside ngircd", 1.0, "times", _times("A", "deliveries", "ngircd"), at_least=True),
    Target("A: deliveries beside inspircd", 1.0, "times", _times("A", "deliveries", "inspircd"), at_least=True),
    Target("B: deliveries beside inspircd", 1.2, "times", _times("B", "deliveries", "inspircd"), at_least=True),
    Target("C: messages beside ngircd", 0.75, "times", _times("C", "accepted", "ngircd"), at_least=True),
    Target("C: messages beside inspircd", 1.0, "times", _times("C", "accepted", "inspircd"), at_least=True),
    Target("P: p99", 15, "ms", _figure("P", "p99")),
    Target("D: p99 over inspircd's and one fsync (p50)", 0, "ms", _beyond_inspircd_and_fsync),
    Target("E: memory of a connection among 10,000", 10, "KB", _figure("E10", "bytes_each", 1 / 1024)),
    Target("E: connections accepted", 3000, "/s", _figure("E10", "accepts"), at_least=True),
    Target("E: refused", 0, "connections", _figure("E10", "refused")),
    Target("E: longest wait of others while 5,000 vanish", 250, "ms", _figure("E5", "longest_wait")),
    Target("F: latest 50 messages of the large database, p50", 5, "ms", _first("F", "latest50_p50")),
    Target("F: the same, beside the small one", 1.5, "times", _beside("F", "latest50_p50")),
    Target("F: 1,000 messages, p50", 40, "ms", _first("F", "before1000_p50")),
    Target("F: a common word, p50", 50, "ms", _first("F", "search_common_p50")),
    Target("F: a rare word, p50", 50, "ms", _first("F", "search_rare_p50")),
    Target("G: p99 while 100 log in, beside B alone", 2, "times", _beside("G", "p99")),
    Target("H: rows stored beside sqlite3 alone", 0.5, "times", _beside("H", "rows100"), at_least=True),
)
