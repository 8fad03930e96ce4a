"""The keys of guests: drawn many at a time, and each of them given once."""

from __future__ import annotations

import threading
from typing import NoReturn

import pytest

from chatstore.chat.session import actors


def test_each_key_is_given_once_whoever_asks() -> None:
    given: list[list[str]] = [[] for _ in range(4)]
    start = threading.Barrier(len(given))

    def draw(own: list[str]) -> None:
        start.wait(10)
        own += [actors._random_key() for _ in range(20 * actors._DRAWN)]

    threads = [threading.Thread(target=draw, args=(own,)) for own in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    keys = [key for own in given for key in own]
    assert len({*keys}) == len(keys) == len(given) * 20 * actors._DRAWN
    assert all(len(key) == 16 and int(key, 16) >= 0 for key in keys)


def test_a_key_costs_no_draw_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(_size: int) -> NoReturn:
        raise AssertionError

    while len(actors._random_keys) < 2:
        actors._random_key()
    monkeypatch.setattr(actors.secrets, "token_hex", draw)
    assert actors._random_key() != actors._random_key()
