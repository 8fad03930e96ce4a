"""The small parts of the screen: completion, notifications, colours, what a terminal says of its background, and
what is kept of the person's choices."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatstore.client.buffer import Buffer
from chatstore.client.buffers import Buffers, ConnectionState
from chatstore.client.entries import Entry
from chatstore.client.events import Message, SearchResults
from chatstore.client.members import Member
from chatstore.client.screen import abilities, bars, commands, keys, preferences
from chatstore.client.screen.chat_screen import ChatScreen
from chatstore.client.screen.choices import buffers_like, hits_like, reactions_like
from chatstore.client.screen.colors import DARK, HUES, LIGHT, Palette, Styles, contrast, oklch
from chatstore.client.screen.completion import complete, emojis
from chatstore.client.screen.notification import notification


def room() -> Buffer:
    buffer = Buffer("#main", members={nick: Member(nick) for nick in ("alice", "alan", "bob", "zoe")})
    for number, nick in enumerate(("alan", "Alexandra", "alice")):
        buffer.append(Entry(f"k{number}", number, "message", nick, "hi"))
    return buffer


@pytest.mark.parametrize(
    ("line", "start", "put"),
    [
        ("al", 0, ["alice: ", "Alexandra: ", "alan: "]),
        ("hi al", 3, ["alice ", "Alexandra ", "alan "]),
        ("hi @bo", 3, ["@bob "]),
        ("zo", 0, []),
        ("", 0, []),
        ("#M", 0, ["#main "]),
        ("/top", 0, ["/topic "]),
        ("/the", 0, ["/theme "]),
        ("//the", 0, []),
        ("say /the", 4, []),
        ("car", 0, ["carol: "]),
    ],
)
def test_completion(line: str, start: int, put: list[str]) -> None:
    found = complete(line, commands.names(), room(), ["#main", "carol"], "zoe")
    assert (found.start, [choice for choice, _ in found.choices]) == (start, put)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("jose", "José"),
        ("JOSÉ", "josé"),
        ("francois", "François"),
        ("istan", "İstanbul"),
        ("lodz", "Łódź"),
        ("soren", "Søren"),
        ("strasse", "Straße"),
        ("ελλ", "Έλλη"),
    ],
)
def test_names_are_found_without_their_marks(typed: str, name: str) -> None:
    styles = Styles(DARK)
    buffer = Buffer("#main", members={"x": Member(name)})
    assert [shown for _, shown in complete(typed, [], buffer, [], "zoe").choices] == [name]
    assert [shown for _, shown in complete(f"#{typed}", [], buffer, [f"#{name}"], "zoe").choices] == [f"#{name}"]
    buffers = Buffers("zoe")
    for other in (name, f"#{name}", "#elsewhere"):
        buffers.open(other)
    found = [choice.value for choice in buffers_like(typed, buffers, styles)]
    assert set(found[:2]) == {name, f"#{name}"}
    hit = Message(name, 0, "ann", "over there", msgid="1-1")
    assert len(hits_like(typed, SearchResults("", 0, "over", (hit,)), styles, None)) == 1


def test_emoji_by_name() -> None:
    assert emojis("tada")[0] == (":tada:", "🎉")
    assert ("👍", ":thumbsup:") in [(emoji, name) for name, emoji in emojis("thumbsu")]
    found = complete("done :tad", commands.names(), room(), [], "zoe")
    assert (found.start, found.choices[0]) == (5, ("🎉 ", "🎉 :tada:"))
    assert emojis("nothing is called this") == []
    assert reactions_like("")[0].value == "👍"
    assert reactions_like("tada")[0].value == "🎉"
    assert reactions_like("🦄")[0].value == "🦄"


@pytest.mark.parametrize(
    ("environment", "written"),
    [
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM_PROGRAM": "iTerm.app"}, "\x1b]9;#main: bob: hi\x1b\\"),
        ({"TERM": "foot"}, "\x1b]777;notify;#main;bob: hi\x1b\\"),
        ({"VTE_VERSION": "7600"}, "\x1b]777;notify;#main;bob: hi\x1b\\"),
        (
            {"TMUX": "/tmp/x", "TERM_PROGRAM": "tmux", "KITTY_WINDOW_ID": "1"},
            "\x1bPtmux;\x1b\x1b]9;#main: bob: hi\x1b\x1b\\\x1b\\",
        ),
    ],
)
def test_notifications(environment: dict[str, str], written: str) -> None:
    assert notification("#main", "bob: hi", environment) == written


def test_a_notification_is_no_way_into_the_terminal() -> None:
    told = notification("#a;b", "x\x1b\\\x07\n" + "y" * 500, {"VTE_VERSION": "1"})
    assert told.count("\x1b") == 2
    assert "\x07" not in told
    assert told.startswith("\x1b]777;notify;#a,b;x\\x1b")
    assert len(told) < 200


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: str(palette.name))
def test_every_colour_can_be_read(palette: Palette) -> None:
    backs = (palette.background, palette.panel, palette.selected, palette.mention_background)
    for hue in range(HUES):
        nick = oklch(palette.nick_lightness, palette.nick_chroma, hue * 360 / HUES)
        assert min(contrast(nick, back) for back in backs) >= 4.5, (hue, nick)
    for color in (palette.text, palette.accent, palette.mention, palette.unread, palette.good, palette.bad):
        assert contrast(color, palette.background) >= 4.5
    assert min(contrast(palette.dim, back) for back in backs) >= 4
    assert contrast(palette.on_accent, palette.accent) >= 4.5


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62c", "light"),
        (b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07\x1b[?62c", "dark"),
        (b"\x1b]11;rgb:ff/fe/f0\x07", "light"),
        (b"\x1b[?1;2c", ""),
        (b"", ""),
    ],
)
def test_what_a_terminal_answers(answer: bytes, told: str) -> None:
    assert abilities.of_answer(answer) == told


@pytest.mark.parametrize(
    ("value", "told"), [("15;0", "dark"), ("0;15", "light"), ("0;default;7", "light"), ("", ""), ("x;y", "")]
)
def test_what_the_environment_says(value: str, told: str) -> None:
    assert abilities.of_environment({"COLORFGBG": value} if value else {}) == told


def test_the_next_try_is_told_before_the_reason_which_may_have_no_room() -> None:
    buffers = Buffers("zoe")
    buffers.connection = ConnectionState("waiting", why="cannot reach it", retry_at=5_000)
    left, _ = bars.status_row(buffers, [], 2_000, Styles(DARK, colors=True))
    assert "".join(text for text, _ in left) == " zoe ○ next try in 3 s: cannot reach it "


def test_choices_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "new" / "screen.json"
    assert preferences.load(path) == preferences.Preferences()
    preferences.save(preferences.Preferences(theme="light", members=False, typing=False), path)
    assert preferences.load(path) == preferences.Preferences(theme="light", members=False, typing=False)
    assert [file.name for file in path.parent.iterdir()] == ["screen.json"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"theme": 5, "typing": "no", "future": 1}', '{"members": null}'])
def test_choices_that_make_no_sense_are_left_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "screen.json"
    path.write_text(text)
    assert preferences.load(path) == preferences.Preferences()


def test_every_key_and_command_of_the_tables_does_something() -> None:
    for key in (*keys.EVERYWHERE, *keys.SELECTED):
        name = key.action.partition("(")[0]
        assert callable(getattr(ChatScreen, f"action_{name}")), key
    for name in commands.SCREEN_COMMANDS:
        assert callable(getattr(ChatScreen, f"command_{name}")), name
    shown = {key.shown for key in keys.EVERYWHERE}
    assert shown <= {shown for _, rows in keys.table() for shown, _ in rows}
