"""Pictures of the terminal client for the README, made from the running program:

    python -m tools.screenshots docs/pictures

A server in this process, five people who talk over two days (by a clock of their own), and the screen of one of
them, dark and light, as SVG; a thread; and a room with files, of which one is on its way.
"""

from __future__ import annotations

import asyncio
import re
import socket
import sys
import tempfile
import threading
import time
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from textual.pilot import Pilot

import chatstore.server
from chatstore.client import loop
from chatstore.client.address import Address
from chatstore.client.buffers import Buffers
from chatstore.client.files.jobs import TOKENS
from chatstore.client.names import fold
from chatstore.client.network import Network
from chatstore.client.parsing import nick_of
from chatstore.client.screen.abilities import Abilities
from chatstore.client.screen.app import ChatApp
from chatstore.client.screen.chat_screen import ChatScreen
from tests.api.test_files import Files, tables
from tests.running import PASSWORD, IrcClient, Running, start
from tests.screen.piloting import until
from tools.kettle import SIZE, kettle

_FETCHED_FONTS = re.compile(r"@font-face\s*\{.*?\}\s*", re.DOTALL)
"""Textual has its pictures fetch a font from elsewhere."""
_REPLY = re.compile("↱(.*?): ")
"""Before a reply stands the beginning of what it answers."""
_FILE = re.compile(r"\{(.*?)\}")
_CAPS = "message-tags echo-message batch draft/multiline labeled-response draft/message-redaction server-time "
_CAPS += "draft/read-marker"
_PEOPLE = ("ada", "grace", "linus", "margaret", "zoe")
_TALK = """
2026-11-24 17:52 ada       #main  The migration ran over the weekend's copy in 41 seconds. I'd call that ready.
2026-11-24 17:53 grace     #main  nice! did doctor say anything about the old rows?
2026-11-24 17:54 ada       #main  Nothing. 1 to 182,340, none missing.
2026-11-24 18:10 linus     #main  then let's ship tomorrow morning, before the kettle boils ☕
2026-11-25 09:02 margaret  #main  Good morning! Who watches the deploy?
2026-11-25 09:03 ada       #main  I do. Runbook: https://wiki.example.org/deploy/chat-3
2026-11-25 09:04 ada       #main  Steps, for the record:|  chatstore backup before.db|  systemctl restart chatstore
2026-11-25 09:05 grace     #main  standing by with the rollback, just in case
2026-11-25 09:11 ada       #main  Restarted in 0.8 s. Everybody came back by themselves.
2026-11-25 09:12 linus     #main  ↱standing by: didn't even notice 😄 scroll-back is all there
2026-11-25 09:14 zoe       #main  Same here, laptop and phone.
2026-11-25 09:31 margaret  #main  zoe: could you put the numbers into the release notes? I take the translations
2026-11-25 09:32 linus     #main  and a screenshot please, people love those
2026-11-25 09:20 grace     #dev   The flaky test was mine, sorry. Fixed.
2026-11-25 09:22 linus     #dev   reviewing
2026-11-25 09:23 ada       #dev   ↱The flaky: Thanks! Which one was it?
2026-11-25 09:24 grace     #dev   ↱The flaky: The one that compares two clocks. It waits for the answer now.
2026-11-25 09:26 linus     #dev   ↱The flaky: 300 runs in a row, all green ✔
2026-11-25 09:25 ada       zoe    lunch at noon?
2026-11-25 09:23 linus     #tea   It boils! Look what came:|The new kettle, red, with steam above it {kettle.png}
2026-11-25 09:26 grace     #tea   finally. The old one took longer than a deploy
2026-11-25 09:28 margaret  #tea   All teas of the kitchen, please add yours {teas.txt}
"""
_TEAS = b"Assam\nDarjeeling\nEarl Grey\nRooibos\nSencha\n" * 40
_FILES = {"kettle.png": (kettle, "#w={}&h={}".format(*SIZE)), "teas.txt": (lambda: _TEAS, "")}
"""By what stands in braces in the talk: the file, and what its link says of a picture."""
_FILM = 6_000_000
"""Bytes of the file that is on its way."""
_READ = {"#main": "14:59", "#dev": "19:00"}


class _Hands:
    """The time that the server and the screen live in: seconds since 1970."""

    def __init__(self) -> None:
        self.now = 0.0

    def set(self, text: str) -> None:
        self.now = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=timezone.utc).timestamp()


def _scene(running: Running, hands: _Hands) -> dict[str, IrcClient]:
    people = {name: running.register(name, _CAPS) for name in _PEOPLE}
    for name, client in people.items():
        client.ask("JOIN #main", "JOIN #tea", *(["JOIN #dev"] if name != "margaret" else []))
    people["ada"].ask("TOPIC #main :Release 3.0 on Wednesday · be kind, write it down", "MODE #main +v grace")
    people["ada"].ask("TOPIC #tea :Cups are washed by those who drank from them")
    people["ada"].ask("TOPIC #dev :What breaks, and why")
    return people


def _uploaded(running: Running, nick: str, named: re.Match[str]) -> str:
    """The link to a file that somebody has sent to the server."""
    made, fragment = _FILES[named[1]]
    return f"{Files(running, nick).upload(made(), named[1])['url']}{fragment}"


def _talk(running: Running, people: dict[str, IrcClient], hands: _Hands) -> dict[str, str]:
    """The msgid of each thing said, by its text."""
    said: dict[str, str] = {}
    for row in sorted(_TALK.strip().split("\n")):
        at, nick, target, text = row[:16], *row[16:].split(None, 2)
        hands.set(at)
        tag = ""
        if (reply := _REPLY.match(text)) is not None:
            tag, text = f"@+draft/reply={said[reply[1]]} ", text[reply.end() :]
        text = _FILE.sub(partial(_uploaded, running, nick), text)
        client, lines = people[nick], text.split("|")
        batch = [f"BATCH +1 draft/multiline {target}", *(f"@batch=1 PRIVMSG {target} :{line}" for line in lines)]
        received = client.parsed(*([*batch, "BATCH -1"] if len(lines) > 1 else [f"{tag}PRIVMSG {target} :{text}"]))
        own = [one for one in received if nick_of(one.source) == nick and "msgid" in one.tags]
        said[" ".join(text.split()[:2])] = own[-1].tags["msgid"]
    people["zoe"].ask(*(f"MARKREAD {room} timestamp=2026-11-25T09:{at}.000Z" for room, at in _READ.items()))
    return said


def _react(people: dict[str, IrcClient], said: dict[str, str]) -> None:
    for nick, emoji, what in (
        ("grace", "🎉", "Restarted in"),
        ("linus", "🎉", "Restarted in"),
        ("zoe", "🎉", "Restarted in"),
        ("margaret", "👀", "Restarted in"),
        ("ada", "🙏", "standing by"),
        ("ada", "🎉", "It boils!"),
        ("margaret", "🎉", "It boils!"),
    ):
        room = "#tea" if what == "It boils!" else "#main"
        people[nick].ask(f"@+draft/react={emoji};+draft/reply={said[what]} TAGMSG {room}")


async def _pictures(running: Running, hands: _Hands, folder: Path) -> None:
    network = Network(Address("127.0.0.1", running.port()), loop.Account("zoe", PASSWORD), ["#main"])
    network.enter()
    buffers = Buffers("zoe")
    buffers.open("#main")
    buffers.current = fold("#main")
    terminal = Abilities(cell=(9, 20))
    app = ChatApp(network, buffers, terminal=terminal, zone=timezone.utc, wall=lambda: hands.now, environment={})
    async with app.run_test(size=(120, 36)) as pilot:
        main = buffers.open("#main")
        await until(pilot, lambda: main.entries and main.entries[-1].text.startswith("and a screenshot"))
        await until(pilot, lambda: buffers.open("ada").mentions and buffers.open("#dev").unread)
        await until(pilot, lambda: len(main.members) == len(_PEOPLE))
        for name in ("dark", "light"):
            app.use_theme(name)
            app.screen.lines.restyle(app.text_styles)  # type: ignore[attr-defined]
            app.screen.draw_all()  # type: ignore[attr-defined]
            await pilot.pause()
            _save(app, folder / f"terminal-{name}.svg")
        await _thread(app, pilot, folder)
        await _files(app, pilot, folder)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: buffers.connection.status == "ended")


async def _thread(app: ChatApp, pilot: Pilot[None], folder: Path) -> None:
    chat = app.screen_stack[1]
    assert isinstance(chat, ChatScreen)
    app.use_theme("dark")
    chat.lines.restyle(app.text_styles)
    chat.go(fold("#dev"))
    await until(pilot, lambda: any("3 replies" in row for row in chat.lines.text_rows()))
    await pilot.press("ctrl+t")
    await pilot.press("enter")
    await until(pilot, lambda: any("two clocks" in row for row in chat.lines.text_rows()))
    chat.composer.put("Shall we look for its siblings?")
    await pilot.pause()
    _save(app, folder / "terminal-thread.svg")
    chat.composer.clear()
    await pilot.press("escape")


async def _files(app: ChatApp, pilot: Pilot[None], folder: Path) -> None:
    """A picture, a card, and an upload to a place that takes a part of it slowly."""
    chat = app.screen_stack[1]
    assert isinstance(chat, ChatScreen)
    app.use_theme("dark")
    chat.lines.restyle(app.text_styles)
    chat.go(fold("#tea"))
    await until(pilot, lambda: any("▀" in row for row in chat.lines.text_rows()))
    await until(pilot, lambda: any("teas.txt" in row and "KiB" in row for row in chat.lines.text_rows()))
    film, taken = folder / "first-tea.mp4", threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as slow, film.open("wb") as file:
        file.truncate(_FILM)
        url = f"http://127.0.0.1:{slow.getsockname()[1]}/files"
        threading.Thread(target=_take_slowly, args=(slow, taken), daemon=True).start()
        app.actions._put(lambda context: context.protocol.files.host.update({TOKENS[0]: url}))
        chat.composer.put(f"/upload {film} the first cup")
        await pilot.press("enter")
        await until(pilot, lambda: any(one.sent > _FILM // 3 for one in app.buffers.uploads.values()))
        taken.set()
        await pilot.pause()
        _save(app, folder / "terminal-files.svg")
        film.unlink()
        await pilot.press("escape")
        await until(pilot, lambda: not app.buffers.uploads)


def _take_slowly(place: socket.socket, taken: threading.Event) -> None:
    """Take what one client sends, a little at a time, until enough is taken; then nothing until it goes."""
    connection, _ = place.accept()
    with connection:
        while not taken.wait(0.01):
            connection.recv(1 << 16)
        while connection.recv(1 << 10):
            taken.wait(0.1)
            time.sleep(0.1)


def _save(app: ChatApp, path: Path) -> None:
    path.write_text(_FETCHED_FONTS.sub("", app.export_screenshot(title="chatstore")), encoding="utf-8")


def main(folder: Path) -> None:
    hands = _Hands()
    hands.set("2026-11-24 17:50")
    chatstore.server.time = SimpleNamespace(time=lambda: hands.now, monotonic=time.monotonic)  # type: ignore[attr-defined,assignment]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        running = start(Path(scratch) / "chat.db", **tables())
        try:
            people = _scene(running, hands)
            said = _talk(running, people, hands)
            _react(people, said)
            asyncio.run(_pictures(running, hands, folder))
        finally:
            running.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
