"""What docs/webhooks.md tells people to type works as it stands there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from chatstore.webhooks.incoming import REFUSALS
from tests.irc.administering import one
from tests.running import IrcClient, Running
from tests.webhooks.conftest import HERE
from tests.webhooks.receiver import Receiver
from tests.webhooks.samples import sample
from tests.webhooks.test_incoming import send

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def server(run_server: Callable[..., Running]) -> Running:
    return run_server(listen={"web": "127.0.0.1:0"}, webhooks=HERE)


@pytest.fixture
def alice(server: Running) -> IrcClient:
    return server.member("alice", "message-tags", "#ops")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_lines_with_curl(server: Running, alice: IrcClient) -> None:
    url = one(alice, "HOOK ADD #ops in * :CI")[1]["url"]
    for line in blocks("sh"):
        done = subprocess.run(
            ["sh", "-c", line], env={**os.environ, "HOOK_URL": url}, capture_output=True, text=True
        )
        assert done.stdout == "ok\n", line
    said = server.rows("SELECT nick, body FROM messages WHERE kind = 'message' ORDER BY id")
    assert said == [("CI/hook", "The backup is done."), ("backup/hook", "done:\n3 files, 2.1 GB")]


def test_the_lines_of_irc(server: Running, alice: IrcClient) -> None:
    lines = re.findall(r"^    (HOOK .*)$", PAGE, re.MULTILINE)
    lines += re.findall(r"`(HOOK (?:ADD|LIST)[^`]*#ops[^`]*)`", PAGE)
    assert len(lines) > 4
    one(alice, "HOOK ADD #ops in * :First")
    for line in lines:
        assert not any(" FAIL " in answer for answer in alice.ask(line)), line


def test_the_configurations_send_what_is_taken(server: Running, alice: IrcClient) -> None:
    alertmanager, grafana = (yaml.safe_load(text) for text in blocks("yaml"))
    url = one(alice, "HOOK ADD #ops in secret=SECRET :Alerts")[1]["url"]
    [config] = alertmanager["receivers"][0]["webhook_configs"]
    [contact] = grafana["contactPoints"][0]["receivers"]
    assert alertmanager["route"]["receiver"] == alertmanager["receivers"][0]["name"]
    for name, given, secret in (
        ("alertmanager-v4", config["url"], config["http_config"]["authorization"]["credentials"]),
        ("grafana-unified", contact["settings"]["url"], contact["settings"]["authorization_credentials"]),
    ):
        assert given == "https://chat.example.org/hooks/TOKEN"
        assert send(url, sample(name)[1], Authorization=f"Bearer {secret}").status == 200


def test_the_page_has_the_codes_of_all_refusals() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \|", PAGE, re.MULTILINE)
    assert {code: int(status) for status, code in rows} == {**REFUSALS, "too-large": 413}


def test_the_check_of_a_signature_and_the_shape_of_a_message(server: Running, alice: IrcClient) -> None:
    check: dict[str, Any] = {}
    exec(blocks("python")[0], check)
    with Receiver() as receiver:
        made = one(alice, f"HOOK ADD #ops out url={receiver.url};trigger=command;word=deploy :Deploy")[1]
        alice.ask("PRIVMSG #ops :!deploy main")
        [got] = receiver.wait(1)
    assert check["genuine"](got.headers, got.body, made["secret"])
    assert not check["genuine"](got.headers, got.body + b" ", made["secret"])
    assert not check["genuine"]({**got.headers, "webhook-timestamp": "1"}, got.body, made["secret"])
    shown = json.loads(blocks("json")[0])
    sent = got.json
    sent["data"] = {key: sent["data"][key] for key in shown["data"]}  # the API's words may become more
    assert _shape(sent) == _shape(shown)
    assert [got.json[name] for name in ("trigger", "word", "arguments")] == ["command", "deploy", "main"]
    assert got.text == shown["data"]["text"]


def _shape(value: Any) -> Any:
    return {key: _shape(each) for key, each in value.items()} if isinstance(value, dict) else type(value).__name__
