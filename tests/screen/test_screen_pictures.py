"""Pictures of messages on the full screen: by half blocks, as Kitty takes them, and by Sixel."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region

from chatstore.client.events import FileSeen
from chatstore.client.screen.abilities import Abilities
from chatstore.client.screen.pictures import choice
from tests.api.test_files import Files, of, tables
from tests.running import IrcClient, Running
from tests.screen.piloting import Person, at_the_screen, go

WIDTH, HEIGHT = 320, 160
Color = tuple[int, int, int]
RED, BLUE = (250, 10, 10), (10, 10, 250)
CELL = (8, 16)
WIDE = (130, 40)


def picture(width: int = WIDTH, height: int = HEIGHT, kind: str = "PNG") -> bytes:
    """Red above, blue below."""
    made = Image.new("RGB", (width, height), RED)
    made.paste(BLUE, (0, height // 2, width, height))
    file = io.BytesIO()
    made.save(file, kind)
    return file.getvalue()


@pytest.fixture
def running(run_server: Callable[..., Running]) -> Running:
    return run_server(**tables())


@pytest.fixture
def files(running: Running) -> Files:
    return of(running, "alice")


@pytest.fixture
def alice(running: Running, files: Files) -> IrcClient:
    client = running.login("alice", "echo-message")
    client.ask("JOIN #main")
    return client


def said(
    alice: IrcClient, files: Files, words: str, body: bytes, *, fragment: str = f"#w={WIDTH}&h={HEIGHT}"
) -> str:
    """Say a picture; its URL."""
    url: str = files.upload(body, "kettle.png")["url"]
    alice.ask(f"PRIVMSG #main :{words} {url}{fragment}")
    return url


def cells(zoe: Person, text: str) -> list[list[Segment]]:
    """The segments of the rows in view that have this text."""
    return [list(strip) for _, strip in zoe.screen.lines._visible() if text in strip.text]


def near(style: Style | None, *colors: Color, by: int = 12) -> bool:
    """Whether a cell has this colour, and this one behind it."""
    assert style is not None
    got = [one.get_truecolor() for one in (style.color, style.bgcolor) if one is not None]
    return all(
        abs(a - b) <= by for one, two in zip(colors, got, strict=True) for a, b in zip(one, two, strict=True)
    )


def row_of(zoe: Person, text: str) -> int:
    return next(number for number, line in enumerate(zoe.lines) if text in line)


def written(zoe: Person) -> list[str]:
    """What the terminal gets besides the text."""
    got: list[str] = []
    assert zoe.app._driver is not None
    zoe.app._driver.write = got.append  # type: ignore[method-assign]
    return got


def test_a_picture_is_drawn_by_half_blocks_and_moves_nothing(
    running: Running, alice: IrcClient, files: Files
) -> None:
    async def scenario() -> None:
        async with at_the_screen(running, "zoe", size=WIDE, terminal=Abilities(cell=CELL)) as zoe:
            places, take = [], zoe.app.gallery.seen

            def seen(event: FileSeen) -> None:
                places.append(row_of(zoe, "▤"))
                assert row_of(zoe, "▤") - row_of(zoe, "my kettle") == 11, "the space is there before the picture"
                take(event)

            zoe.app.gallery.seen = seen  # type: ignore[method-assign]
            alice.ask("PRIVMSG #main :look")
            said(alice, files, "my kettle", picture())
            await zoe.until(lambda: zoe.sees("▀"))
            assert places[-1] == row_of(zoe, "▤")
            drawn = cells(zoe, "▀")
            assert len(drawn) == 10  # 320 × 160 pixels in cells of 8 × 16
            top = [one for one in drawn[0] if one.text == "▀"]
            assert len(top) == 40
            assert near(top[0].style, RED, RED)
            assert near(next(one for one in drawn[-1] if one.text == "▀").style, BLUE, BLUE)
            assert row_of(zoe, "my kettle") == row_of(zoe, "▀") - 1
            assert not zoe.sees("http://"), "the card stands for the link"
            assert zoe.sees("▤ kettle.png picture, 320 × 160, ")
            assert re.search(r"160, \d+ B · o opens it", zoe.picture), zoe.picture

    go(scenario())


def test_kitty_gets_the_picture_once_and_loses_it_at_the_end(
    running: Running, alice: IrcClient, files: Files
) -> None:
    async def scenario() -> None:
        async with at_the_screen(running, "zoe", size=WIDE, terminal=Abilities(way="kitty", cell=CELL)) as zoe:
            got = written(zoe)
            said(alice, files, "my kettle", picture())
            await zoe.until(lambda: zoe.sees("\U0010eeee"))
            sent = [one for one in got if "a=T" in one]
            assert len(sent) == 1
            chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sent[0])
            assert chunks[0][0].startswith("a=T,U=1,q=2,f=100,i=")
            assert "c=40,r=10" in chunks[0][0]
            assert [head.rpartition("m=")[2] for head, _ in chunks] == [*["1"] * (len(chunks) - 1), "0"]
            with Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in chunks)))) as file:
                assert file.size == (WIDTH, HEIGHT)
            number = int(re.findall(r"i=(\d+)", sent[0])[0])
            rows = cells(zoe, "\U0010eeee")
            assert len(rows) == 10
            placeholders = [one for one in rows[3] if one.text.startswith("\U0010eeee")]
            assert placeholders[1].text == "\U0010eeee\u0310\u030d"  # row 3, column 1
            assert near(placeholders[1].style, (number >> 16, number >> 8 & 255, number & 255), by=0)
            assert placeholders[1].cell_length == 1
            await zoe.type("/pictures off")
            await zoe.until(lambda: zoe.sees("pictures are off"))
            assert f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\" in got
            assert not zoe.sees("\U0010eeee")

    go(scenario())


def sixels(text: str) -> list[tuple[int, int, int, int]]:
    """(row, column, width, height) of each picture that is painted."""
    found = re.findall(r'\x1b7\x1b\[(\d+);(\d+)H\x1bP0;0;0q"1;1;(\d+);(\d+)[^\x1b]*\x1b\\\x1b8', text)
    return [tuple(map(int, one)) for one in found]  # type: ignore[misc]


def painted(zoe: Person, region: Region | None = None) -> list[tuple[int, int, int, int]]:
    lines = zoe.screen.lines
    strips = lines.render_lines(region or Region(0, 0, *lines.size))
    return sixels("".join(segment.text for strip in strips for segment in strip if segment.control))


def test_sixel_is_painted_row_by_row_and_not_behind_a_popup(
    running: Running, alice: IrcClient, files: Files
) -> None:
    async def scenario() -> None:
        async with at_the_screen(running, "zoe", size=WIDE, terminal=Abilities(way="sixel", cell=CELL)) as zoe:
            said(alice, files, "my kettle", picture())
            await zoe.until(lambda: painted(zoe))
            lines = zoe.screen.lines
            first = row_of(zoe, "my kettle") + 1
            left = lines.region.x + lines._drawing.columns.indent + 1
            wanted = [(lines.region.y + first + row + 1, left, WIDTH, CELL[1]) for row in range(10)]
            assert painted(zoe) == wanted
            assert painted(zoe, Region(0, first + 2, lines.size.width, 3)) == wanted[2:5]
            whole = "".join(strip.render(zoe.app.console) for strip in zoe.app.screen._compositor.render_strips())
            assert sixels(whole) == wanted
            assert all(
                strip.cell_length == lines.size.width for strip in lines.render_lines(Region(0, 0, *lines.size))
            )
            await zoe.press("f1")
            assert painted(zoe) == []
            assert "\x1bP" not in zoe.picture
            await zoe.press("escape")
            assert painted(zoe) == wanted
            for number in range(40):
                alice.send(f"PRIVMSG #main :line {number}")
            await zoe.until(lambda: zoe.sees("line 39"))
            assert painted(zoe) == []

    go(scenario())


def test_a_picture_of_unknown_size_has_the_usual_space(running: Running, alice: IrcClient, files: Files) -> None:
    async def scenario() -> None:
        async with at_the_screen(running, "zoe", size=WIDE, terminal=Abilities(cell=CELL)) as zoe:
            said(alice, files, "my kettle", picture(), fragment="")
            await zoe.until(lambda: zoe.sees("▀"))
            assert row_of(zoe, "▤") - row_of(zoe, "my kettle") == 9
            assert len(cells(zoe, "▀")) == 6  # 24 cells are 192 pixels, so 96 of 192 down

    go(scenario())


def test_what_is_no_picture_says_so_and_has_no_space_the_next_time(
    running: Running, alice: IrcClient, files: Files
) -> None:
    async def scenario() -> None:
        async with at_the_screen(running, "zoe", size=WIDE, terminal=Abilities(cell=CELL)) as zoe:
            heights, take = [], zoe.app.gallery.seen

            def seen(event: FileSeen) -> None:
                for what in (lambda: None, lambda: take(event)):
                    what()
                    heights.append((row_of(zoe, "▤") - row_of(zoe, "it says"), zoe.sees("no picture")))

            zoe.app.gallery.seen = seen  # type: ignore[method-assign]
            said(alice, files, "it says", b"it is no picture", fragment="#w=320&h=160")
            await zoe.until(lambda: heights)
            assert heights == [(11, False), (11, True)]
            await zoe.press("ctrl+n", "ctrl+p")
            await zoe.until(lambda: zoe.sees("it says"))
            assert row_of(zoe, "▤") - row_of(zoe, "it says") == 1

    go(scenario())


def test_a_removed_file_says_so(running: Running, alice: IrcClient, files: Files) -> None:
    url = files.upload(b"leaves", "tea.txt")["url"]
    alice.ask(f"PRIVMSG #main :my tea {url}")
    assert files.ask("DELETE", url.rpartition("/")[0]).status == 204

    async def scenario() -> None:
        async with at_the_screen(running, "zoe") as zoe:
            await zoe.until(lambda: zoe.sees("▤ tea.txt was removed"))

    go(scenario())


def test_pictures_are_off_over_ssh_until_somebody_wants_them(
    running: Running, alice: IrcClient, files: Files, tmp_path: Path
) -> None:
    async def scenario() -> None:
        ssh, kept = {"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"}, tmp_path / "screen.json"
        async with at_the_screen(running, "zoe", size=WIDE, environment=ssh, kept=kept) as zoe:
            said(alice, files, "my kettle", picture())
            await zoe.until(lambda: zoe.sees("▤ kettle.png picture, 320 × 160, "))
            assert row_of(zoe, "▤") - row_of(zoe, "my kettle") == 1
            await zoe.type("/pictures")
            await zoe.until(lambda: zoe.sees("pictures are off: this is an ssh connection"))
            await zoe.type("/pictures on")
            await zoe.until(lambda: zoe.sees("▀"))
            assert '"pictures": true' in kept.read_text()
            await zoe.type("/pictures maybe")
            await zoe.until(lambda: zoe.sees("usage: /pictures"))

    go(scenario())


def test_without_the_extra_it_says_what_to_install(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "_NEEDED", ("no_such_library",))

    async def scenario() -> None:
        async with at_the_screen(running, "zoe", size=WIDE) as zoe:
            await zoe.type("/pictures on")
            await zoe.until(lambda: zoe.sees("not installed"))
            [failure] = [entry for entry in zoe["#main"].entries if entry.kind == "failure"]
            assert failure.text.endswith("pip install 'chatstore[terminal-pictures]'")
            assert not zoe.app.gallery.on

    go(scenario())
