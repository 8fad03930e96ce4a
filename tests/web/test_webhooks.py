"""The webhooks of a room in its dialog: made, used, tested, switched off and removed."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from urllib.error import HTTPError

import pytest
from playwright.sync_api import expect

from tests.web.browsing import Person


def post(url: str, text: str) -> int:
    """Say something by an incoming webhook. Returns the status of the answer."""
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return int(answer.status)


def test_webhooks(person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    alice.button("Room settings").click()
    dialog = alice.page.get_by_role("dialog")
    dialog.get_by_role("heading", name="Webhooks").click()
    expect(dialog.get_by_text("#tea has no webhooks.")).to_be_visible()
    dialog.get_by_role("button", name="Add an incoming webhook…").click()
    dialog.get_by_label("Name").fill("CI")
    dialog.get_by_role("button", name="Add", exact=True).click()
    url = dialog.get_by_label("URL (shown once)").input_value()
    assert post(url, "Build 7 is done") < 300
    row = dialog.get_by_role("list", name="Webhooks").get_by_role("listitem").filter(has_text="CI")
    row.get_by_role("button", name="New URL… CI").click()
    row.get_by_role("button", name="Make a new URL").click()
    fresh = row.get_by_label("URL (shown once)").input_value()
    assert fresh != url
    with pytest.raises(HTTPError):
        post(url, "nobody hears this")
    row.get_by_role("button", name="Switch off CI").click()
    expect(row.get_by_text("off", exact=True)).to_be_visible()
    row.get_by_role("button", name="Switch on CI").click()
    expect(row.get_by_text("off", exact=True)).to_have_count(0)
    row.get_by_role("button", name="Remove… CI").click()
    row.get_by_role("button", name="Remove CI").click()
    expect(dialog.get_by_text("#tea has no webhooks.")).to_be_visible()
    dialog.get_by_role("button", name="Add an outgoing webhook…").click()
    dialog.get_by_label("Name").fill("Deploy")
    dialog.get_by_label("Send to").fill("https://example.org/hook")
    dialog.locator("select[name=trigger]").select_option(label="Messages that begin with !command")
    dialog.get_by_label("Word or command").fill("!deploy")
    dialog.get_by_role("button", name="Add", exact=True).click()
    assert dialog.get_by_label("Secret (shown once)").input_value().startswith("whsec_")
    sends = dialog.get_by_text("Sends messages that begin with !deploy to https://example.org/hook")
    expect(sends).to_be_visible()
    alice.page.keyboard.press("Escape")
    said = alice.message("Build 7 is done")
    expect(said).to_contain_text("CI/hook")
    expect(said.get_by_text("bot", exact=True)).to_be_visible()
