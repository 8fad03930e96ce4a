"""Pictures of the terminal client for the README, made from the running program:

    python -m tools.screenshots docs/pictures

A server in this process, five people who talk over two days (by a clock of their own), and the screen of one of
them, dark and light, as SVG.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import chatstore.server
from chatstore.client import loop
from chatstore.client.address import Address
from chatstore.client.buffers import Buffers
from chatstore.client.names import fold
from chatstore.client.network import Network
from chatstore.client.parsing import nick_of
from chatstore.client.screen.app import ChatApp
from tests.running import PASSWORD, IrcClient, Running, start
from tests.screen.piloting import until

_FETCHED_FONTS = re.compile(r"@font-face\s*\{.*?\}\s*", re.DOTALL)
"""Textual has its pictures fetch a font from elsewhere."""
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
2026-11-25 09:12 linus     #main  didn't even notice 😄 scroll-back is all there
2026-11-25 09:14 zoe       #main  Same here, laptop and phone.
2026-11-25 09:31 margaret  #main  zoe: could you put the numbers into the release notes? I take the translations
2026-11-25 09:32 linus     #main  and a screenshot please, people love those
2026-11-25 09:20 grace     #dev   The flaky test was mine, sorry. Fixed.
2026-11-25 09:22 linus     #dev   reviewing
2026-11-25 09:25 ada       zoe    lunch at noon?
"""
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
        client.ask("JOIN #main", *(["JOIN #dev"] if name != "margaret" else []))
    people["ada"].ask("TOPIC #main :Release 3.0 on Wednesday · be kind, write it down", "MODE #main +v grace")
    people["ada"].ask("TOPIC #dev :What breaks, and why")
    return people


def _talk(people: dict[str, IrcClient], hands: _Hands) -> dict[str, str]:
    """The msgid of each thing said, by its text."""
    said: dict[str, str] = {}
    for row in sorted(_TALK.strip().split("\n")):
        at, nick, target, text = row[:16], *row[16:].split(None, 2)
        hands.set(at)
        client, lines = people[nick], text.split("|")
        tag = f"@+draft/reply={said['standing by']} " if text.startswith("didn't") and "standing by" in said else ""
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
    ):
        people[nick].ask(f"@+draft/react={emoji};+draft/reply={said[what]} TAGMSG #main")


async def _pictures(running: Running, hands: _Hands, folder: Path) -> None:
    network = Network(Address("127.0.0.1", running.port()), loop.Account("zoe", PASSWORD), ["#main"])
    network.enter()
    buffers = Buffers("zoe")
    buffers.open("#main")
    buffers.current = fold("#main")
    app = ChatApp(network, buffers, zone=timezone.utc, wall=lambda: hands.now, environment={})
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
            drawn = _FETCHED_FONTS.sub("", app.export_screenshot(title="chatstore"))
            (folder / f"terminal-{name}.svg").write_text(drawn, encoding="utf-8")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: buffers.connection.status == "ended")


def main(folder: Path) -> None:
    hands = _Hands()
    hands.set("2026-11-24 17:50")
    chatstore.server.time = SimpleNamespace(time=lambda: hands.now, monotonic=time.monotonic)  # type: ignore[attr-defined,assignment]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        running = start(Path(scratch) / "chat.db")
        try:
            people = _scene(running, hands)
            said = _talk(people, hands)
            _react(people, said)
            asyncio.run(_pictures(running, hands, folder))
        finally:
            running.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures"))
