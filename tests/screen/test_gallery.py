"""What the screen keeps of pictures, how it draws them, and what a terminal says it can."""

from __future__ import annotations

import io
import os
import pty
import re
import threading
from collections.abc import Callable

import pytest
from PIL import Image

from chatstore.client.events import FileSeen
from chatstore.client.files.links import FileLink
from chatstore.client.screen import abilities
from chatstore.client.screen.abilities import Abilities
from chatstore.client.screen.pictures import choice, gallery
from chatstore.client.screen.pictures.boxes import Box, box_of
from chatstore.client.screen.pictures.drawing import MOST_PIXELS, Way, draw
from chatstore.client.screen.pictures.gallery import Gallery, Terminal
from tests.waiting import until

CELL = (8, 16)
BOX = Box(10, 4)


def made(width: int = 80, height: int = 64, kind: str = "PNG", mode: str = "RGB", color: object = "red") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height), color).save(file, kind)  # type: ignore[arg-type]
    return file.getvalue()


def link(number: int, name: str = "a.png") -> FileLink:
    return FileLink(f"https://chat.example/files/{number:024}/{name}#w=80&h=64", name, "picture", 80, 64)


class Around:
    """A gallery with nothing but a clock around it."""

    def __init__(self, way: Way = "blocks") -> None:
        self.now, self.changes = 1, 0
        self.asked: list[tuple[str, bool]] = []
        self.sent: list[str] = []
        self._calls: list[Callable[[], None]] = []
        self.gallery = Gallery(
            ask=lambda url, picture: self.asked.append((url, picture)),
            later=self._calls.append,
            send=self.sent.append,
            changed=self._changed,
            now=lambda: self.now,
        )
        self.gallery.use(Terminal(way, CELL), on=True)

    def _changed(self) -> None:
        self.changes += 1

    def drawn(self) -> None:
        """Until the thread has drawn something, and the screen has it."""
        until(lambda: self._calls)
        self._calls.pop(0)()

    def show(self, number: int, data: bytes = b"") -> None:
        one = link(number)
        self.gallery.about(one)
        self.gallery.seen(FileSeen("", 0, one.file, 500, data or made(), known=True))
        assert self.gallery.picture(one, BOX) is None
        self.drawn()
        assert self.gallery.picture(one, BOX) is not None


def test_the_server_is_asked_once_about_each_file() -> None:
    around = Around()
    for _ in range(3):
        assert around.gallery.about(link(1)).size == 0
        assert around.gallery.picture(link(1), BOX) is None
    assert around.asked == [(link(1).file, True)]
    around.gallery.seen(FileSeen("", 0, link(1).file, 500, made(), known=True))
    assert around.gallery.about(link(1)).size == 500
    around.gallery.about(FileLink("https://chat.example/files/x/a.zip", "a.zip", "file"))
    assert around.asked[1:] == [("https://chat.example/files/x/a.zip", False)]


def test_it_is_asked_again_a_while_after_it_could_not_tell() -> None:
    around = Around()
    around.gallery.about(link(1))
    around.gallery.seen(FileSeen("", 0, link(1).file))
    around.gallery.about(link(1))
    assert len(around.asked) == 1
    around.now += 31_000
    around.gallery.about(link(1))
    assert len(around.asked) == 2


def test_only_the_last_pictures_are_kept_here_and_in_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "MOST_DRAWN", 3)
    monkeypatch.setattr(gallery, "MOST_BYTES", 5 * len(made()))
    monkeypatch.setattr(gallery, "MOST_FILES", 10)
    around = Around("kitty")
    for number in range(20):
        around.show(number)
    shown = [int(one) for text in around.sent for one in re.findall(r"a=T.*?i=(\d+)", text)]
    gone = [int(one) for text in around.sent for one in re.findall(r"a=d,d=I,i=(\d+)", text)]
    assert len(shown) == 20
    assert gone == shown[:17]
    kept = around.gallery
    assert (len(kept._drawn), len(kept._small), len(kept._about)) == (3, 5, 10)
    asked = len(around.asked)
    assert kept.picture(link(16), BOX) is None  # it is drawn again from what is here
    around.drawn()
    assert len(around.asked) == asked
    kept.about(link(2))
    assert around.asked[asked:] == [(link(2).file, True)]
    kept.close()
    assert set(re.findall(r"a=d,d=I,i=(\d+)", "".join(around.sent))) >= {str(one) for one in shown}


def test_what_was_drawn_for_another_terminal_is_dropped() -> None:
    around = Around("kitty")
    around.gallery.seen(FileSeen("", 0, link(1).file, 500, made(), known=True))
    around.gallery.picture(link(1), BOX)
    until(lambda: around._calls)
    around.gallery.use(Terminal("blocks", CELL), on=True)
    around.drawn()
    assert around.sent == []
    around.gallery.picture(link(1), BOX)
    around.drawn()
    drawn = around.gallery.picture(link(1), BOX)
    assert drawn is not None
    assert drawn.rows[0][0].text == "▀"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        made()[:60],
        b"<svg/>",
        made(kind="BMP"),
        made(MOST_PIXELS // 1000 + 1, 1000, mode="1", color=0),
    ],
)
def test_a_bad_picture_is_not_shown(data: bytes) -> None:
    around = Around()
    around.gallery.about(link(1))
    around.gallery.seen(FileSeen("", 0, link(1).file, 500, data, known=True))
    assert around.gallery.picture(link(1), BOX) is None
    if data:
        around.drawn()
    assert around.gallery.about(link(1)).blank
    assert around.gallery.picture(link(1), BOX) is None
    assert not around.gallery.has_space(link(1))


@pytest.mark.parametrize("way", ["blocks", "kitty", "sixel"])
@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "1"), ("GIF", "L"), ("JPEG", "CMYK"), ("WEBP", "RGB")],
)
@pytest.mark.parametrize("size", [(80, 64), (1, 1), (3, 500), (500, 3), (81, 65)])
def test_every_kind_and_shape_fills_its_box(way: Way, kind: str, mode: str, size: tuple[int, int]) -> None:
    drawn = draw(made(*size, kind, mode, 0 if mode in ("P", "1", "L") else None), BOX, way, CELL, "#102030", 70_000)
    assert len(drawn.rows) == BOX.height
    assert {sum(one.cell_length for one in row) for row in drawn.rows} == {BOX.width}
    assert drawn.painted == () or len(drawn.painted) == BOX.height


def by_terminal(sixels: str) -> Image.Image:
    """What a terminal shows that, as xterm, does not choose a colour when it is defined."""
    head = re.match(r'\x1bP0;0;0q"1;1;(\d+);(\d+)(.*)\x1b\\$', sixels)
    assert head is not None
    shown = Image.new("RGB", (int(head[1]), int(head[2])))
    colors: dict[int, tuple[int, ...]] = {}
    chosen, x, y = 0, 0, 0
    for one in re.finditer(r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|(?:!(\d+))?([?-~])|([$-])", head[3]):
        if one[2]:
            colors[int(one[1])] = tuple(round(int(part) * 2.55) for part in one.group(2, 3, 4))
        elif one[1]:
            chosen = int(one[1])
        elif one[7]:
            x, y = 0, y + 6 * (one[7] == "-")
        else:
            bits, end = ord(one[6]) - 63, x + int(one[5] or 1)
            for bit in (bit for bit in range(6) if bits >> bit & 1):
                shown.paste(colors[chosen], (x, y + bit, end, y + bit + 1))
            x = end
    return shown


def test_sixel_shows_the_picture() -> None:
    """Each column has another colour, so that colours come one after the other."""
    striped = Image.new("RGB", (80, 64))
    for x in range(80):
        striped.paste((3 * x, 255 - 3 * x, 99), (x, 0, x + 1, 64))
    file = io.BytesIO()
    striped.save(file, "PNG")
    drawn = draw(file.getvalue(), BOX, "sixel", CELL, "#000000", 1)
    for painted in drawn.painted:
        shown = by_terminal(painted)
        assert shown.size == (80, 16)
        for x in range(80):
            for y in (0, 5, 6, 15):
                got, wanted = shown.getpixel((x, y)), striped.getpixel((x, 0))
                assert isinstance(got, tuple)
                assert isinstance(wanted, tuple)
                assert max(abs(a - b) for a, b in zip(got, wanted, strict=True)) < 12, (x, y, got, wanted)


def test_behind_what_is_transparent_is_the_background() -> None:
    drawn = draw(made(mode="RGBA", color=(0, 0, 0, 0)), BOX, "blocks", CELL, "#102030", 1)
    style = drawn.rows[0][0].style
    assert style is not None
    assert style.color is not None
    assert style.color.get_truecolor() == (0x10, 0x20, 0x30)


def test_a_picture_has_its_shape_and_is_never_enlarged() -> None:
    assert box_of(800, 600, CELL, 200, 100) == Box(32, 12)
    assert box_of(800, 100, CELL, 200, 100) == Box(48, 3)
    assert box_of(16, 16, CELL, 200, 100) == Box(2, 1)
    assert box_of(1, 50_000, CELL, 200, 100) == Box(1, 12)
    assert box_of(800, 600, CELL, 20, 100) == Box(20, 8)
    assert box_of(800, 600, CELL, 200, 3) == Box(8, 3)
    assert box_of(0, 0, CELL, 200, 100) == Box(24, 8)
    assert box_of(0, 0, CELL, 0, 0) == Box(1, 1)


# Whether, and how.


@pytest.mark.parametrize(
    ("wanted", "environment", "why"),
    [
        (None, {}, ""),
        (True, {}, ""),
        (False, {}, "/pictures on"),
        (None, {"SSH_CONNECTION": "a"}, "ssh"),
        (None, {"SSH_TTY": "/dev/pts/1"}, "ssh"),
        (True, {"SSH_CONNECTION": "a"}, ""),
        (True, {"NO_COLOR": "1"}, "NO_COLOR"),
        (None, {"NO_COLOR": ""}, "NO_COLOR"),
    ],
)
def test_whether_pictures_are_drawn(wanted: bool | None, environment: dict[str, str], why: str) -> None:
    said = choice.why_not(wanted, environment)
    assert why in said
    assert bool(said) is bool(why)


def test_half_blocks_in_16_colors_are_nothing_to_look_at() -> None:
    assert "16 colors" in choice.why_not(None, {}, coarse=True)
    assert choice.why_not(True, {}, coarse=True) == ""


def test_without_the_libraries_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_NEEDED", ("PIL", "no_such_library"))
    for wanted in (None, True):
        assert choice.why_not(wanted, {}).endswith("pip install 'chatstore[terminal-pictures]'")


def asked(answer: bytes, environment: dict[str, str]) -> tuple[Abilities, bytes]:
    """What the client finds out, and what it has sent, where a terminal answers this."""
    ours, terminals = pty.openpty()
    questions = [b""]

    def be_the_terminal() -> None:
        while not questions[0].endswith(b"\x1b[c"):
            questions[0] += os.read(ours, 1024)
        os.write(ours, answer)

    thread = threading.Thread(target=be_the_terminal)
    thread.start()
    try:
        found = abilities.ask(terminals, terminals, environment)
        thread.join()
        return found, questions[0]
    finally:
        os.close(ours)
        os.close(terminals)


XTERM, VT340 = b"\x1b[?64;1;2;6;22c", b"\x1b[?63;1;2;4;6c"
TAKES = b"\x1b_Gi=4211;OK\x1b\\"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (XTERM, Abilities()),
        (VT340, Abilities(way="sixel")),
        (b"\x1b[?4;1c", Abilities()),  # a VT132: the first number is what it is
        (TAKES + b"\x1bP>|kitty(0.35.2)\x1b\\\x1b[?62;c", Abilities(way="kitty")),
        (b"\x1bP>|ghostty 1.1.3\x1b\\" + TAKES + XTERM, Abilities(way="kitty")),
        (TAKES + b"\x1bP>|kitty(0.26.5)\x1b\\\x1b[?62;c", Abilities()),  # without placeholders
        (b"\x1bP>|kitty(0.35.2)\x1b\\\x1b[?62;c", Abilities()),  # tmux may be between
        (TAKES + b"\x1bP>|Konsole 23.04.3\x1b\\\x1b[?62;1;4c", Abilities(way="sixel")),
        (TAKES + b"\x1bP>|other 9.9\x1b\\" + XTERM, Abilities()),
        (TAKES + XTERM, Abilities()),
        (b"\x1b_Gi=4211;ENOTSUP:no\x1b\\" + XTERM, Abilities()),
        (TAKES + VT340, Abilities(way="sixel")),
        (b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[6;17;9t" + XTERM, Abilities("light", "blocks", (9, 17))),
        (b"\x1b[6;0;0t" + XTERM, Abilities()),
        (b"xyz\x1b[6;9999;9999t" + XTERM, Abilities()),
    ],
)
def test_a_terminal_is_asked_once_and_answers_in_any_way(answer: bytes, found: Abilities) -> None:
    told, question = asked(answer, {"TERM": "xterm", "COLORTERM": "truecolor"})
    assert told == found
    assert b"\x1b_G" in question


@pytest.mark.parametrize(
    ("environment", "way", "colorful"),
    [
        ({"TERM": "xterm-kitty", "COLORTERM": "truecolor"}, "kitty", True),
        ({"TERM": "xterm-kitty"}, "blocks", True),  # by ssh: its placeholders have any colour
        ({"TERM": "xterm"}, "blocks", False),
        ({"TERM": "tmux-256color"}, "blocks", True),
    ],
)
def test_colors_are_those_that_textual_sends(environment: dict[str, str], way: Way, colorful: bool) -> None:
    found, _ = asked(TAKES + b"\x1bP>|kitty(0.35.2)\x1b\\\x1b[?62;c", environment)
    assert (found.way, found.colorful) == (way, colorful)


@pytest.mark.parametrize("environment", [{"TERM": "linux"}, {}, {"TERM": "xterm-kitty", "SSH_TTY": "/dev/pts/1"}])
def test_what_would_print_it_or_answer_late_is_not_asked_about_pictures(environment: dict[str, str]) -> None:
    _, question = asked(XTERM, environment)
    assert b"\x1b_G" not in question
    assert b"\x1b[>q" not in question
