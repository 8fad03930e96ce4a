"""A file from each program in one room: the page, `chatstore client`, curl, and senpai, a client of others. All by
TLS, and each program sees what the others have sent."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.endpoints.reaching import Pair, make_pair
from tests.media.made import png
from tests.running import PASSWORD, Running
from tests.screen.senpai import needs_senpai, senpai
from tests.screen.tmux import Terminal, terminal
from tests.web.browsing import Person

pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
    pytest.mark.timeout(240),
    needs_senpai,
]
WHO = ("page", "terminal", "curl", "senpai")


class Curl:
    """curl, as an account."""

    def __init__(self, url: str, name: str, certificate: Path) -> None:
        self._url = url
        self._words = ["curl", "-sS", "--fail-with-body", "--cacert", str(certificate), "-u", f"{name}:{PASSWORD}"]

    def fetch(self, url: str, *options: str) -> bytes:
        done = subprocess.run([*self._words, *options, url], check=True, capture_output=True, timeout=60)
        return done.stdout

    def ask(self, path: str, *options: str) -> Any:
        return json.loads(self.fetch(self._url + path, *options))


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return make_pair(tmp_path, "server")


@pytest.fixture
def server(run_server: Callable[..., Running], pair: Pair) -> Running:
    return run_server(
        listen={"ircs": "127.0.0.1:0", "wss": "127.0.0.1:0"},
        tls={"certificate": str(pair.certificate), "key": str(pair.key)},
        files={"free_bytes": 0},
    )


@pytest.fixture
def open_terminal(tmp_path: Path, pair: Pair) -> Iterator[Callable[[str, str], Terminal]]:
    """Opens a terminal, in which a command runs that trusts the server's certificate."""
    with ExitStack() as stack:

        def run(name: str, command: str) -> Terminal:
            folder = tmp_path / name
            folder.mkdir()
            environment = {
                "SSL_CERT_FILE": str(pair.certificate),
                "CHATSTORE_PASSWORD": PASSWORD,
                "XDG_CONFIG_HOME": str(folder),
                "XDG_CACHE_HOME": str(folder),
                "TZ": "UTC",
            }
            opened = stack.enter_context(terminal(folder, (200, 50), environment))
            opened.type(command)
            opened.press("Enter")
            return opened

        yield run


def test_each_uploads_and_sees_what_the_others_sent(
    server: Running,
    pair: Pair,
    person: Callable[..., Person],
    open_terminal: Callable[..., Terminal],
    tmp_path: Path,
) -> None:
    web, secure = f"https://127.0.0.1:{server.port('wss')}/", f"ircs://127.0.0.1:{server.port('ircs')}"
    files = {who: tmp_path / f"from-{who}.png" for who in WHO}
    for file in files.values():
        file.write_bytes(png(size=(400, 200)))
    for who in ("curl", "senpai"):
        server.member(who).close()
    page = person("page", url=web, ignore_https_errors=True).register().join("#main")
    client = [sys.executable, "-m", "chatstore", "client", "--user", "terminal", "--server", secure]
    screen = open_terminal("terminal", shlex.join([*client, "--room", "main", "--register"]))
    screen.until_shown("#main", "terminal joined")
    theirs = open_terminal("senpai", senpai(tmp_path, "senpai", secure, 'channel "#main"'))
    theirs.until_shown("#main", "+terminal")
    curl = Curl(web, "curl", pair.certificate)

    page.page.locator("input[type=file]").set_input_files(files["page"])
    page.button("Send").click()
    screen.type(f"/upload {files['terminal']}")
    screen.press("Enter")
    disposition = 'Content-Disposition: attachment; filename="from-curl.png"'
    sent = curl.ask("files", "-H", disposition, "--data-binary", f"@{files['curl']}")
    curl.ask("api/v1/rooms/main/messages", "--json", json.dumps({"text": sent["url"]}))
    theirs.type(f"/upload {files['senpai']}")
    theirs.press("Enter")
    theirs.until(
        lambda shown: re.search(r"/files/\w+/from-senpai\.png", shown)
    )  # it writes the link into its input
    theirs.press("Enter")

    for who in WHO:
        expect(page.log.get_by_role("img", name=f"from-{who}.png")).to_be_visible()
    page.until("[...document.querySelectorAll('.picture img')].filter((one) => one.naturalWidth > 0).length === 4")
    seen: set[str] = set()
    keys = cycle(("PageUp", "PageUp", "End"))

    def have_all_been_seen(shown: str) -> bool:
        """Pictures take more rows than there are."""
        seen.update(who for who in WHO if f"from-{who}.png" in shown)
        screen.press(next(keys))
        return len(seen) == len(WHO)

    screen.until(have_all_been_seen)
    theirs.until(lambda shown: all(re.search(rf"{web}files/\w+/from-{who}\.png", shown) for who in WHO))
    texts = [one["text"] for one in curl.ask("api/v1/rooms/main/messages")["messages"]]
    links = {who: re.search(rf"{web}files/\w+/from-{who}\.png", "\n".join(texts)) for who in WHO}
    one = curl.fetch(sent["url"])
    assert one.startswith(b"\x89PNG")
    assert len(one) < len(files["curl"].read_bytes())  # without what it told of place and time
    for who, found in links.items():
        assert found is not None, (who, texts)
        assert curl.fetch(found[0], "--head").split()[1] == b"200"
        assert curl.fetch(found[0]).startswith(b"\x89PNG")
