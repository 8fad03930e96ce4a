"""Line: the grammar of IRCv3 message-tags and Modern's message format, case by case, and round trips."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstore.irc.line import Line, LineError, escape, format_line, parse, unescape

VECTORS = [
    ("PING", Line("PING")),
    ("ping x", Line("PING", ("x",))),
    ("PRIVMSG #a :hello there", Line("PRIVMSG", ("#a", "hello there"))),
    ("PRIVMSG #a hello", Line("PRIVMSG", ("#a", "hello"))),
    ("PRIVMSG #a :", Line("PRIVMSG", ("#a", ""))),
    ("PRIVMSG #a ::)", Line("PRIVMSG", ("#a", ":)"))),
    ("PRIVMSG  #a   :two  spaces ", Line("PRIVMSG", ("#a", "two  spaces "))),
    (":nick!u@h PRIVMSG me :x", Line("PRIVMSG", ("me", "x"), "nick!u@h")),
    ("  NICK bob", Line("NICK", ("bob",))),
    ("NICK bob ", Line("NICK", ("bob",))),
    ("@a=b;c;d= :s 001 x", Line("001", ("x",), "s", {"a": "b", "c": "", "d": ""})),
    (r"@k=a\:b\s\\\r\n PING", Line("PING", (), "", {"k": "a;b \\\r\n"})),
    (r"@k=a\b\ PING", Line("PING", (), "", {"k": "ab"})),
    ("@k=1;k=2 PING", Line("PING", (), "", {"k": "2"})),
    ("@+draft/reply=x;example.com/y=z PING", Line("PING", (), "", {"+draft/reply": "x", "example.com/y": "z"})),
    ("@;;a=1; PING", Line("PING", (), "", {"a": "1"})),
    ("USER a 0 * :Real Name", Line("USER", ("a", "0", "*", "Real Name"))),
]


@pytest.mark.parametrize(("text", "line"), VECTORS)
def test_parse(text: str, line: Line) -> None:
    assert parse(text) == line


@pytest.mark.parametrize("text", ["", " ", ":only", "@a=b", "@a=b ", "@a=b :src", "PRIV\0MSG", "П x", "A\x07B x"])
def test_what_is_no_line(text: str) -> None:
    with pytest.raises(LineError):
        parse(text)


words = st.text(st.characters(exclude_characters=" \r\n\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: text[0] != ":"
)
anything = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))
values = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
keys = st.from_regex(r"\A\+?([a-z0-9.-]+/)?[A-Za-z0-9-]+\Z")


@given(
    command=st.sampled_from(["PRIVMSG", "001", "JOIN"]),
    middle=st.lists(words, max_size=4),
    last=anything,
    source=st.one_of(st.just(""), words),
    tags=st.dictionaries(keys, values, max_size=4),
    trailing=st.booleans(),
)
def test_what_is_formatted_is_read_back(
    command: str, middle: list[str], last: str, source: str, tags: dict[str, str], trailing: bool
) -> None:
    text = format_line(command, *middle, last, source=source, tags=tags, trailing=trailing)
    assert parse(text) == Line(command, (*middle, last), source, tags)


@given(values)
def test_tag_values_survive_escaping(value: str) -> None:
    escaped = escape(value)
    assert unescape(escaped) == value
    assert not set(escaped) & set("; \r\n")


@given(st.text())
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with contextlib.suppress(LineError):
        parse(text)


@pytest.mark.parametrize("params", [("a b", "c"), ("", "x"), (":a", "x"), ("a", "b\nc"), ("a", "b\0")])
def test_what_no_line_can_carry_is_refused(params: tuple[str, ...]) -> None:
    with pytest.raises(LineError):
        format_line("X", *params)
