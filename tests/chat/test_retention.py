"""The time that retention uses if the clock is right, ahead, or back."""

from __future__ import annotations

import pytest

from chatstore.chat.rules.retention import DAY, TrustedTime, judge

NOW = 1_790_000_000_000
HOUR = DAY // 24


@pytest.mark.parametrize(
    ("known", "now", "passed", "doubting", "judged"),
    [
        # The first pass of all.
        (None, NOW, None, None, TrustedTime(NOW)),
        # A start: after a night, after a long weekend, with a clock that has gone back.
        (TrustedTime(NOW), NOW + DAY, None, None, TrustedTime(NOW + DAY)),
        (TrustedTime(NOW), NOW + 4 * DAY, None, None, TrustedTime(NOW + 4 * DAY)),
        (TrustedTime(NOW), NOW - 90 * DAY, None, None, TrustedTime(NOW - 90 * DAY)),
        # A start far ahead is doubted; a start on the next day finds the clock there still, and trusts it.
        (TrustedTime(NOW), NOW + 60 * DAY, None, None, TrustedTime(NOW, NOW + 60 * DAY)),
        (
            TrustedTime(NOW, NOW + 60 * DAY),
            NOW + 60 * DAY + HOUR,
            None,
            None,
            TrustedTime(NOW, NOW + 60 * DAY),
        ),
        (TrustedTime(NOW, NOW + 60 * DAY), NOW + 61 * DAY, None, None, TrustedTime(NOW + 61 * DAY)),
        (TrustedTime(NOW, NOW + 60 * DAY), NOW + DAY, None, None, TrustedTime(NOW + DAY)),
        # While the server runs: on time; an hour ahead; two; for a day; and back.
        (TrustedTime(NOW), NOW + HOUR, HOUR, None, TrustedTime(NOW + HOUR)),
        (TrustedTime(NOW), NOW + 2 * HOUR, HOUR, None, TrustedTime(NOW + 2 * HOUR)),
        (TrustedTime(NOW), NOW + 3 * HOUR, HOUR, None, TrustedTime(NOW + HOUR, NOW + 3 * HOUR)),
        (
            TrustedTime(NOW, NOW + 60 * DAY),
            NOW + 60 * DAY + HOUR,
            HOUR,
            DAY - 1,
            TrustedTime(NOW + HOUR, NOW + 60 * DAY),
        ),
        (TrustedTime(NOW, NOW + 60 * DAY), NOW + 61 * DAY, HOUR, DAY, TrustedTime(NOW + 61 * DAY)),
        (TrustedTime(NOW, NOW + 60 * DAY), NOW + HOUR, HOUR, 5 * HOUR, TrustedTime(NOW + HOUR)),
        # A clock that runs on while it is doubted proves nothing by itself.
        (
            TrustedTime(NOW, NOW + 60 * DAY),
            NOW + 90 * DAY,
            HOUR,
            HOUR,
            TrustedTime(NOW + HOUR, NOW + 60 * DAY),
        ),
    ],
)
def test_the_time_to_erase_by(
    known: TrustedTime | None, now: int, passed: int | None, doubting: int | None, judged: TrustedTime
) -> None:
    assert judge(known, now, passed, doubting) == judged
