"""The targets of chatstore, as ratios and times of one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.builds import COMPILED as COMPILED_BUILD
from benchmarks.builds import PURE, contestant
from benchmarks.results import Results, median
from benchmarks.scenarios.talking import ONE_FSYNC

OURS, COMPILED = contestant(PURE), contestant(COMPILED_BUILD)


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
    return median(outcomes, figure) if all(outcome.valid(figure) for outcome in outcomes) else None


def _figure(letter: str, figure: str, scale: float = 1.0, own: str = OURS) -> Callable[[Results], float | None]:
    def reached(results: Results) -> float | None:
        value = _of(results, letter, own, figure)
        return None if value is None else value * scale

    return reached


def _times(letter: str, figure: str, other: str, own: str = OURS) -> Callable[[Results], float | None]:
    """Our figure divided by the other's."""

    def reached(results: Results) -> float | None:
        ours, theirs = _of(results, letter, own, figure), _of(results, letter, other, figure)
        return ours / theirs if ours is not None and theirs else None

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


def _beyond_inspircd_and_fsync(own: str) -> Callable[[Results], float | None]:
    """The milliseconds by which D's p99 exceeds inspircd's plus the median of an fsync."""

    def reached(results: Results) -> float | None:
        ours, theirs = _of(results, "D", own, "p99"), _of(results, "D", "inspircd", "p99")
        fsync = _of(results, "D", ONE_FSYNC, "p50")
        return None if ours is None or theirs is None or fsync is None else ours - theirs - fsync

    return reached


def _rates(own: str, bounds: Mapping[tuple[str, str], float]) -> Iterator[Target]:
    """Messages a second beside those of other servers, by scenario and server."""
    for (letter, other), bound in bounds.items():
        reached = _times(letter, "accepted", other, own)
        yield Target(f"{letter}: messages of {own} beside {other}", bound, "times", reached, at_least=True)


def _of_build(own: str) -> Iterator[Target]:
    """What both builds are to reach."""
    yield Target(f"P: p99 of {own} beside ngircd", 1.5, "times", _times("P", "p99", "ngircd", own))
    beyond = _beyond_inspircd_and_fsync(own)
    yield Target(f"D: p99 of {own} over inspircd's and one fsync (p50)", 0, "ms", beyond)
    yield Target(f"J: joins of {own}", 1000, "/s", _figure("J", "joins", own=own), at_least=True)
    yield Target(f"J50: joins of {own}", 2500, "/s", _figure("J50", "joins", own=own), at_least=True)
    yield Target(f"R: registrations of {own}", 3000, "/s", _figure("R", "registered", own=own), at_least=True)
    kilobyte = 1 / 1024
    idle, registered = (_figure("E10", what, kilobyte, own) for what in ("accepted_bytes", "bytes_each"))
    yield Target(f"E: memory of a connection of {own}, not registered", 4.5, "KB", idle)
    yield Target(f"E: memory of a connection of {own}, registered", 9.5, "KB", registered)


TARGETS = (
    *_rates(OURS, {("A", "ngircd"): 0.75, ("B", "ngircd"): 1.9, ("C", "ngircd"): 0.9}),
    *_rates(
        COMPILED,
        {
            ("A", "ngircd"): 1.0,
            ("B", "ngircd"): 2.2,
            ("B", "inspircd"): 1.4,
            ("C", "ngircd"): 1.3,
            ("C", "inspircd"): 0.5,
        },
    ),
    *_of_build(OURS),
    *_of_build(COMPILED),
    Target("E: connections accepted", 3000, "/s", _figure("E10", "accepts"), at_least=True),
    Target("E: refused", 0, "connections", _figure("E10", "refused")),
    Target("E: longest wait of others while 5,000 vanish", 250, "ms", _figure("E5", "longest_wait")),
    Target("F: latest 50 messages of the large database, p50", 5, "ms", _first("F", "latest50_p50")),
    Target("F: the same, beside the small one", 1.5, "times", _beside("F", "latest50_p50")),
    Target("F: 1,000 messages, p50", 40, "ms", _first("F", "before1000_p50")),
    Target("F: a common word, p50", 50, "ms", _first("F", "search_common_p50")),
    Target("F: a rare word, p50", 50, "ms", _first("F", "search_rare_p50")),
    Target("G: p99 while 100 log in, beside B alone", 2, "times", _beside("G", "p99")),
    Target("U: p99 while 100 files are uploaded, beside B alone", 1.25, "times", _beside("U", "p99")),
    Target("H: rows stored beside sqlite3 alone", 0.5, "times", _beside("H", "rows100"), at_least=True),
)
