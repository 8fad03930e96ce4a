"""Files, edits and what bridges pass on, on the full screen."""

from __future__ import annotations

import socket
from pathlib import Path

from chatstore.client.events import FileHost
from chatstore.client.files.jobs import TOKENS
from tests.running import IrcClient, Running
from tests.screen.piloting import at_the_screen, go


def test_a_message_is_edited_with_its_key(server: Running, alice: IrcClient) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            await zoe.type("helo")
            await zoe.until(lambda: zoe.said("#main") == ["helo"])
            await zoe.press("alt+up", "E")
            assert zoe.screen.composer.text == "helo"
            assert "you edit a message" in zoe.picture
            await zoe.type("hello")
            await zoe.until(lambda: zoe.said("#main") == ["hello"])
            await zoe.until(lambda: zoe.sees("hello (edited)"))
            await zoe.press("alt+up", "E", "escape")
            assert zoe.screen.editing is None
            assert zoe.screen.composer.text == ""
            alice.ask("PRIVMSG #main :mine")
            await zoe.until(lambda: zoe.sees("mine"))
            await zoe.press("alt+up", "E")
            assert zoe.screen.editing is None

    go(scenario())


def test_an_upload_is_shown_and_escape_cancels_it(server: Running, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(100_000_000)

    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as stands_still:
            async with at_the_screen(server, "zoe") as zoe:
                url = f"http://127.0.0.1:{stands_still.getsockname()[1]}/files"
                zoe.app.actions._put(lambda context: context.protocol.files.host.update({TOKENS[0]: url}))
                await zoe.type(f"/upload {large}")
                await zoe.until(lambda: "sending large.bin" in zoe.picture)
                await zoe.press("escape")
                await zoe.until(lambda: not zoe.buffers.uploads)
                await zoe.until(lambda: zoe.sees("cancelled"))
                assert "sending large.bin" not in zoe.picture

    go(scenario())


def test_a_file_has_a_card_and_a_key(server: Running, alice: IrcClient, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with at_the_screen(server, "zoe") as zoe:
            zoe.screen.take([FileHost("", 0, "http://127.0.0.1:1/files")])
            url = f"http://127.0.0.1:1/files/{'x' * 24}/kettle.png#w=800&h=600"
            alice.ask(f"PRIVMSG #main :my kettle {url}")
            await zoe.until(lambda: zoe.sees("▤ kettle.png picture, 800 × 600 · o opens it"))
            await zoe.press("alt+up", "o")
            await zoe.until(lambda: any(entry.kind == "failure" for entry in zoe["#main"].entries))

    go(scenario())


def test_what_a_bridge_passes_on_says_so(server: Running, alice: IrcClient) -> None:
    alice.ask("JOIN #den")

    async def scenario() -> None:
        async with at_the_screen(server, "zoe", "#den") as zoe:
            alice.ask("RELAYMSG #den ina/irc :hello from there", "PRIVMSG #den :and from me")
            await zoe.until(lambda: zoe.sees("and from me"))
            assert zoe.sees("ina/irc  [via alice] hello from there"), "\n".join(zoe.lines)
            assert zoe.sees("alice  and from me"), zoe.lines

    go(scenario())
