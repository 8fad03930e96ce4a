"""`chatstore room hook`: beside nothing, and beside a running server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from chatstore.chat.model.digests import digest_of
from tests.cli.home import Home
from tests.irc.administering import rows
from tests.net.web_server import response
from tests.running import Running
from tests.webhooks.receiver import Receiver


@pytest.fixture
def ops(home: Home) -> Home:
    home.lines("room", "add", "ops")
    return home


def test_from_its_beginning_to_its_end(ops: Home) -> None:
    url = ops.lines("room", "hook", "add", "ops", "My CI")[0]
    assert re.fullmatch(r"http://\S+/hooks/[\w-]{43}", url)
    secret = ops.run(
        "room", "hook", "add", "ops", "Out", "--url", "https://example.org/x", "--command", "go"
    ).stdout
    assert secret.startswith("whsec_")
    one, other = json.loads("\n".join(ops.lines("room", "hook", "list", "ops", "--format", "json")))
    assert (one["name"], one["direction"], one["owner"], one["state"]) == ("My_CI", "in", None, "on")
    assert (other["trigger"], other["word"], other["url"]) == ("command", "go", "https://example.org/x")
    assert "a webhook named OUT" in ops.run("room", "hook", "add", "ops", "OUT").output
    table = ops.lines("room", "hook", "list", "ops")
    assert "sends !go to https://example.org/x" in table[-1]
    assert ops.lines("room", "hook", "renew", "ops", "1")[0] != url
    assert ops.lines("room", "hook", "set", "ops", "1", "--off", "--secret", "s") == ["My_CI is off"]
    assert ops.lines("room", "hook", "remove", "ops", "1") == ["webhook 1 was removed"]
    assert [line.split()[-3:] for line in ops.lines("audit", "--format", "text", "--action", "room.hook")]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["add", "ops", "CI", "--word", "x"], "give its --url"),
        (["add", "ops", "CI", "--url", "https://x.org", "--word", "x", "--command", "y"], "one word"),
        (["add", "ops", "CI", "--url", "http://10.0.0.1/"], "not a public address"),
        (["add", "ops", "//"], "letters and digits"),
        (["remove", "ops", "7"], "no webhook 7"),
    ],
)
def test_what_is_refused(ops: Home, arguments: list[str], why: str) -> None:
    found = ops.run("room", "hook", *arguments)
    assert found.exit_code
    assert why in found.output


def test_a_running_server_sends_by_one_that_a_command_has_made(
    run_server: Callable[..., Running], home: Home, tmp_path: Path
) -> None:
    server = run_server(webhooks={"allowed": ["127.0.0.0/8"]})
    alice = server.member("alice", "", "#tea")
    (tmp_path / "chatstore.toml").write_text('[webhooks]\nallowed = ["127.0.0.0/8"]\n')
    url = server.server.config.database_url
    with Receiver(lambda got: response()) as receiver:
        config = ["--config", str(tmp_path / "chatstore.toml"), "--database", url]
        home.lines("room", "hook", "add", "tea", "Out", "--url", receiver.url, *config)
        alice.ask("PRIVMSG #tea :hello")
        assert receiver.wait(1)[0].text == "hello"
        home.lines("room", "hook", "remove", "tea", "1", *config)
        assert rows(alice, "HOOK LIST #tea") == []


def test_digests_are_stored(ops: Home, tmp_path: Path) -> None:
    token = ops.lines("room", "hook", "add", "ops", "CI")[0].rpartition("/")[2]
    ops.lines("export", str(tmp_path / "all.jsonl"))
    exported = (tmp_path / "all.jsonl").read_text()
    assert '"type":"webhook"' in exported
    assert token not in exported
    assert digest_of(token) not in exported
