"""Lines out of bytes: the same lines whatever the pieces they arrive in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.net.framing import Item, LineFraming, Problem, TelnetFraming

MAX_LINE, MAX_ENDLESS = 10, 30
TOO_LONG, ENDLESS_LINE = Problem.TOO_LONG, Problem.ENDLESS

CASES: list[tuple[bytes, list[Item]]] = [
    (b"", []),
    (b"one\r\ntwo\r\n", ["one", "two"]),
    (b"one\ntwo\n", ["one", "two"]),
    (b"one\rtwo\r", ["one", "two"]),
    (b"\r\n\n\r\r\n", []),
    (b" \n", [" "]),
    (b"half", []),
    (b"one\nhalf", ["one"]),
    ("é日🔑\n".encode(), ["é日🔑"]),
    (b"a\0b\n", ["a\0b"]),
    (b"a\x0bb\x0c\x85\n", [b"a\x0bb\x0c\x85"]),
    ("a\u2028b\n".encode(), ["a\u2028b"]),  # no line end in this protocol
    (b"1234567890\nok\n", ["1234567890", "ok"]),
    (b"12345678901\nok\n", [TOO_LONG, "ok"]),
    (b"x" * 25 + b"\nok\n", [TOO_LONG, "ok"]),
    (b"x" * 11, [TOO_LONG]),
    (b"x" * 31, [TOO_LONG, ENDLESS_LINE]),
    (b"x" * 31 + b"\nok\n", [TOO_LONG, ENDLESS_LINE, "ok"]),
    (b"\xff\nok\n", [b"\xff", "ok"]),
    (b"\xc3\nok\n", [b"\xc3", "ok"]),
    (b"\xed\xa0\x80\n", [b"\xed\xa0\x80"]),  # a surrogate
    (b"\xc0\xaf\n", [b"\xc0\xaf"]),  # overlong
]


def fed(*pieces: bytes) -> list[Item]:
    framing = LineFraming(MAX_LINE, MAX_ENDLESS)
    return [line for piece in pieces for line in framing.feed(piece)]


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    at = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(at)]


@pytest.mark.parametrize(("data", "lines"), CASES, ids=lambda value: ascii(value)[:30])
def test_whole_and_byte_by_byte(data: bytes, lines: list[Item]) -> None:
    assert fed(data) == lines
    assert fed(*(data[n : n + 1] for n in range(len(data)))) == lines


@pytest.mark.parametrize(("data", "lines"), CASES, ids=lambda value: ascii(value)[:30])
def test_with_trailing_bytes(data: bytes, lines: list[Item]) -> None:
    """What follows a whole line changes nothing about it."""
    if data.endswith((b"\n", b"\r")):
        assert fed(data + b"rest") == lines
        assert fed(data + b"next\n") == [*lines, "next"]


chunks = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"bcd", "é".encode(), b"\xff", b"x" * 9, b"y" * 29]),
    max_size=25,
).map(b"".join)


@given(chunks, st.lists(st.integers(0, 300), max_size=12))
def test_the_same_lines_in_any_pieces(data: bytes, cuts: list[int]) -> None:
    assert fed(*split(data, cuts)) == fed(data)


@given(chunks)
def test_what_is_kept_is_bounded(data: bytes) -> None:
    framing = LineFraming(MAX_LINE, MAX_ENDLESS)
    for line in framing.feed(data):
        kept = line.encode() if isinstance(line, str) else line
        assert isinstance(kept, Problem) or 0 < len(kept) <= MAX_LINE
    assert len(framing._partial) <= MAX_LINE


def test_an_endless_line_is_reported_again_and_again() -> None:
    """Whoever hears of it may close; whoever doesn't is told once more after as many bytes."""
    framing = LineFraming(MAX_LINE, MAX_ENDLESS)
    found = [problem for _ in range(100) for problem in framing.feed(b"x")]
    assert found == [TOO_LONG, ENDLESS_LINE, ENDLESS_LINE, ENDLESS_LINE]


def test_a_flush_takes_what_has_no_end() -> None:
    framing = LineFraming(MAX_LINE, MAX_ENDLESS)
    assert framing.flush() == []
    assert framing.feed(b"one\nhalf") == ["one"]
    assert framing.has_partial
    assert framing.flush() == ["half"]
    assert not framing.has_partial
    assert framing.flush() == []
    assert framing.feed(b"next\n") == ["next"]


def test_a_flush_ends_a_line_that_was_too_long() -> None:
    framing = LineFraming(MAX_LINE, MAX_ENDLESS)
    assert framing.feed(b"x" * 20) == [TOO_LONG]
    assert not framing.has_partial
    assert framing.flush() == []
    assert framing.feed(b"next\n") == ["next"]


def test_a_flush_of_half_a_character_is_no_line() -> None:
    framing = LineFraming(MAX_LINE, MAX_ENDLESS)
    framing.feed("é".encode()[:1])
    assert framing.flush() == [b"\xc3"]


# Telnet: what it says by itself, and the lines that stay.
TELNET: list[tuple[bytes, list[Item]]] = [
    (b"\xff\xfd\x03\xff\xfb\x18\xff\xfb\x1fbob\r\n", ["bob"]),  # Linux telnet's first words
    (b"\xff\xfb\nbob\r\n", ["bob"]),  # an option whose number is that of a line end
    (b"b\xff\xf1ob\xff\xf9\r\n", ["bob"]),
    (b"\xff\xfa\x1f\0\x50\0\n\xff\xf0bob\r\n", ["bob"]),  # a window of ten rows
    (b"\xff\xfaa\xff\xff\xf0b\xff\xf0bob\n", ["bob"]),  # 255 doubled
    (b"bob\r\0secret\r\0", ["bob", "secret"]),
    (b"a\0b\n\0c\n", ["a\0b", "\0c"]),
    (b"\xff\xff\nok\n", [b"\xff\xff", "ok"]),
    (b"\xff\xe0\nok\n", [b"\xff\xe0", "ok"]),
    (b"\xff\xfa" + b"x" * 600 + b"\nok\n", [TOO_LONG, *[ENDLESS_LINE] * 20, "ok"]),
    (b"\xff\xfa" + b"x" * 512 + b"\xff\xf0ok\n", ["ok"]),
    (b"bob\xff", []),
]


def spoken(*pieces: bytes) -> list[Item]:
    framing = TelnetFraming(MAX_LINE, MAX_ENDLESS)
    return [line for piece in pieces for line in framing.feed(piece)]


@pytest.mark.parametrize(("data", "lines"), TELNET, ids=lambda value: ascii(value)[:30])
def test_telnet_whole_and_byte_by_byte(data: bytes, lines: list[Item]) -> None:
    assert spoken(data) == lines
    assert spoken(*(data[n : n + 1] for n in range(len(data)))) == lines


@pytest.mark.parametrize(("data", "lines"), CASES, ids=lambda value: ascii(value)[:30])
def test_without_telnet_the_lines_are_the_same(data: bytes, lines: list[Item]) -> None:
    assert spoken(data) == lines


telnet = st.lists(
    st.one_of(
        st.sampled_from([b"\xff", b"\xfa", b"\xf0", b"\xfb", b"\xf1", b"\r", b"\n", b"\0", b"a", b"x" * 510]),
        st.binary(max_size=3),
    ),
    max_size=25,
).map(b"".join)


@given(telnet, st.lists(st.integers(0, 2000), max_size=12))
def test_telnet_in_any_pieces(data: bytes, cuts: list[int]) -> None:
    assert spoken(*split(data, cuts)) == spoken(data)
    assert spoken(*(data[n : n + 1] for n in range(len(data)))) == spoken(data)


@given(telnet)
def test_what_is_kept_of_telnet_is_bounded(data: bytes) -> None:
    framing = TelnetFraming(MAX_LINE, MAX_ENDLESS)
    framing.feed(data)
    assert len(framing._partial_command) <= 2 + 2 * 512 + 1
