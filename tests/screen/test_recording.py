"""The recorder of the README's picture: what a program prints is on the tape, and what is on it is in the SVG."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pyte
import pytest
from pyte.screens import Char

from tools import tape as tapes
from tools.animation import BACKGROUND, HEIGHT, PITCH, animate
from tools.tape import Frame, Row, Tape

SVG = "{http://www.w3.org/2000/svg}"
GREETER = """
import sys
print("\\x1b[1;32mwhat is your name?\\x1b[0m")
print("hello", input("> "), "\\u2603")
sys.stdin.read()
"""


def greeter(folder: Path) -> Tape:
    environment = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
    return Tape([sys.executable, "-c", GREETER], 40, 5, folder, environment)


def row(text: str, columns: int = 12) -> Row:
    return tuple(Char(letter) for letter in text.ljust(columns))


def shown(svg: str, seconds: float, at: float) -> list[str]:
    """The texts that stand behind the windows at a time, from top to bottom: what the keyframes say, reckoned."""
    root = ElementTree.fromstring(svg)
    sheet = root.findtext(f"{SVG}style", "")
    lines = []
    for window in root.iterfind(f"{SVG}svg/{SVG}svg"):
        frames = re.search(rf"@keyframes {window.get('id')}{{(.*?}})}}", sheet)
        steps = re.findall(r"([\d.]+)%{transform:translateY\((-?\d+)px\)}", frames[1] if frames else "")
        tops = [-int(moved) for share, moved in steps if float(share) <= at / seconds * 100 + 1e-3]
        top = tops[-1] if tops else 0
        texts = [one for one in window.iter(f"{SVG}text") if top < int(one.get("y", "")) < top + HEIGHT]
        lines.append(" ".join(one.text or "" for one in texts))
    return lines


def test_what_is_typed_and_answered_is_on_the_tape(tmp_path: Path) -> None:
    with greeter(tmp_path) as tape:
        tape.wait_for(">")
        tape.pause(2)
        tape.type("ann\r")
        tape.wait_for("hello ann")
    assert tape.text().splitlines()[:3] == ["what is your name?", "> ann", "hello ann ☃"]
    looks = [frame.rows[1][:5] for frame in tape.frames]
    typed = ["".join(cell.data for cell in cells).rstrip() for cells in looks]
    assert [text for text in typed if text] == [">", "> a", "> an", "> ann", "> ann"]
    assert tape.frames[0].rows[0][0] == Char("w", fg="green", bold=True)
    times = [frame.time for frame in tape.frames]
    assert times == sorted(set(times))
    assert 2 < times[1] < times[-1] < 3  # the tape's clock, not the machine's


def test_a_tape_is_kept_as_an_asciicast(tmp_path: Path) -> None:
    with greeter(tmp_path) as tape:
        tape.wait_for(">")
        tape.type("bo\r")
        tape.wait_for("hello bo")
    tape.save(tmp_path / "x.cast", "a title")
    header, *events = [json.loads(line) for line in (tmp_path / "x.cast").read_text(encoding="utf-8").splitlines()]
    assert header == {"version": 2, "width": 40, "height": 5, "title": "a title"}
    screen = pyte.Screen(40, 5)
    stream = pyte.Stream(screen)
    for when, kind, text in events:
        assert (kind, when >= 0) == ("o", True)
        stream.feed(text)
    assert screen.display[2].rstrip() == "hello bo ☃"


def test_what_never_comes_is_told_with_what_stands_there_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with greeter(tmp_path) as tape:
        tape.wait_for(">")
        monkeypatch.setattr(tapes, "SECONDS", 0.0)
        with pytest.raises(TimeoutError, match="what is your name"):
            tape.wait_for("good bye")


def test_the_svg_shows_each_frame_at_its_time() -> None:
    first, second = row("$ ls -l"), row("$ ls -la <x>")
    frames = [
        Frame(0.0, (first, row(""))),
        Frame(2.0, (second, row(""))),
        Frame(3.5, (second, row("a & b"))),
        Frame(6.0, (first, row("a & b"))),
    ]
    svg = animate(frames, seconds=8.0, still=3.5, title="a <title>")
    assert ElementTree.fromstring(svg).findtext(f"{SVG}title") == "a <title>"
    for at, expected in (
        (0.0, ["$ ls -l", ""]),
        (1.9, ["$ ls -l", ""]),
        (2.0, ["$ ls -la <x>", ""]),
        (4.0, ["$ ls -la <x>", "a & b"]),
        (7.9, ["$ ls -l", "a & b"]),
    ):
        assert shown(svg, 8.0, at) == expected
    # A row that looks as before is not drawn again; the still is where nothing moves.
    assert svg.count("ls -l</text>") == 1
    assert f'style="transform:translateY({-PITCH}px)"' in svg


def test_colours_grounds_and_blanks() -> None:
    plain, loud = Char("a"), Char("b", fg="red", bg="ff8800", bold=True)
    turned = Char(" ", reverse=True)
    svg = animate([Frame(0.0, ((Char(" "), plain, loud, loud, turned, Char(" ")),))], seconds=1, still=0, title="x")
    root = ElementTree.fromstring(svg)
    texts = [(one.text, one.get("x"), one.get("textLength")) for one in root.iter(f"{SVG}text")]
    assert texts == [("a", "8.4", "8.4"), ("bb", "16.8", "16.8")]
    grounds = [(one.get("x"), one.get("width"), one.get("fill")) for one in root.iter(f"{SVG}rect")]
    assert grounds[1:] == [("16.8", "16.8", "#ff8800"), ("33.6", "8.4", "#d8dee9")]
    assert grounds[0][2] == BACKGROUND
    assert "font-weight:bold" in root.findtext(f"{SVG}style", "")


def test_a_wide_character_takes_two_columns() -> None:
    cells = (Char("茶"), Char(""), Char("!"), Char(" "))
    svg = animate([Frame(0.0, (cells,))], seconds=1, still=0, title="x")
    (text,) = ElementTree.fromstring(svg).iter(f"{SVG}text")
    assert (text.text, text.get("textLength")) == ("茶!", "25.2")
