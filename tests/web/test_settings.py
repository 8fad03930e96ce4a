"""Settings of rooms and of the account: what is set on the page is what the server has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.irc.test_password import logs_in
from tests.running import PASSWORD, Running, plain
from tests.web.browsing import Person


def dialog_of(one: Person, button: str | re.Pattern[str]) -> Locator:
    one.button(button).first.click()
    return one.page.get_by_role("dialog")


def test_room_settings(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    bob = web.member("bob", "chatstore/rooms", room="#tea")
    dialog = dialog_of(alice, "Room settings")
    days = dialog.get_by_role("textbox", name="Days for which messages are kept")
    expect(days).to_have_value("0")
    days.fill("30")
    days.locator("xpath=../..").get_by_role("button", name="Set").click()
    bob.wait("ROOM #tea retention=30")
    dialog.get_by_label("Which messages members see").select_option("members")
    bob.wait("ROOM #tea history=members")
    greeting = dialog.get_by_role("textbox", name="Message of the day")
    greeting.fill("Be kind")
    greeting.locator("xpath=../..").get_by_role("button", name="Set").click()
    bob.wait(r"ROOM #tea \* :Be kind")
    dialog.get_by_label("Private: hidden from people who are not in it").click()
    bob.wait(r"MODE #tea \+s")
    dialog.get_by_role("textbox", name="Topic").fill("Green and black")
    dialog.get_by_role("button", name="Change topic").click()
    bob.wait("TOPIC #tea :Green and black")
    dialog.get_by_label("Nick or mask").fill("eve")
    dialog.get_by_role("button", name="Ban", exact=True).click()
    bob.wait(r"MODE #tea \+b eve")
    dialog.get_by_role("button", name=re.compile("^Remove the ban on eve")).click()
    bob.wait(r"MODE #tea -b eve")


def test_slow_mode_is_shown_and_what_was_typed_waits_in_the_field(
    web: Running, person: Callable[..., Person]
) -> None:
    alice, bob = person("alice").register().join("#tea"), person("bob").register().join("#tea")
    dialog = dialog_of(alice, "Room settings")
    dialog.get_by_role("textbox", name=re.compile("^Slow mode")).fill("600")
    dialog.get_by_role("textbox", name=re.compile("^Slow mode")).press("Enter")
    told = bob.page.get_by_text("Slow mode: members wait 600 seconds between messages.", exact=True)
    expect(told).to_be_visible()
    bob.say("the first").reads("the first")
    waits = bob.page.get_by_text(re.compile(r"^Slow mode: you can send in \d+ s\.$"))
    bob.field.fill("the second")
    bob.field.press("Enter")
    expect(waits).to_be_visible()
    expect(bob.field).to_have_value("the second")
    # A page that does not know of the first message is told by the server.
    bob.page.reload()
    expect(told).to_be_visible()
    expect(bob.field).to_have_value("the second")
    bob.tool("the first", "Reply")
    bob.field.press("Enter")
    expect(waits).to_be_visible()
    expect(bob.field).to_have_value("the second")
    expect(bob.page.get_by_text("Replying to bob")).to_be_visible()
    expect(bob.page.get_by_text("Not sent: ")).to_have_count(0)
    expect(bob.log.get_by_text("the second")).to_have_count(0)
    dialog.get_by_role("button", name="Close").click()
    alice.say("an operator").say("does not wait").reads("does not wait")


def test_an_operators_actions_on_a_member(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    bob = web.member("bob", room="#tea")
    members = alice.page.get_by_role("complementary", name="Members")
    members.get_by_role("button", name=re.compile("^bob")).click()
    dialog = alice.page.get_by_role("dialog", name="bob", exact=True)
    dialog.get_by_role("button", name="Give voice").click()
    bob.wait(r"MODE #tea \+v bob")
    dialog.get_by_role("button", name="Remove voice").click()
    bob.wait("MODE #tea -v bob")
    dialog.get_by_role("button", name="Make operator").click()
    bob.wait(r"MODE #tea \+o bob")
    dialog.get_by_role("button", name="Ban…").click()
    dialog.get_by_label("Kick bob and ban them").fill("too loud")
    dialog.get_by_role("button", name="Ban bob").click()
    bob.wait("KICK #tea bob :too loud")
    expect(dialog).to_be_hidden()
    expect(members.get_by_role("button", name=re.compile("^bob"))).to_have_count(0)


def test_changing_the_password(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    dialog = dialog_of(alice, re.compile("^alice"))
    dialog.get_by_role("heading", name="Password").click()
    for label, words in (
        ("Current password", "not that one"),
        ("New password", "a few small words"),
        ("Confirm new password", "a few small words"),
    ):
        dialog.get_by_label(label, exact=True).fill(words)
    change = dialog.get_by_role("button", name="Change password")
    change.click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("Current password", exact=True).fill(PASSWORD)
    change.click()
    expect(dialog.get_by_text("Password changed.")).to_be_visible()
    assert logs_in(web, "a few small words")
    assert not logs_in(web, PASSWORD)
    alice.page.reload()
    expect(alice.field).to_be_visible()


def test_exporting_ones_data(web: Running, person: Callable[..., Person], tmp_path: Path) -> None:
    alice = person("alice").register().join("#tea").say("for the file")
    alice.reads("for the file")
    dialog = dialog_of(alice, re.compile("^alice"))
    dialog.get_by_role("heading", name="Your data").click()
    with alice.page.expect_download() as download:
        dialog.get_by_role("button", name="Export data").click()
    assert download.value.suggested_filename == "chatstore-alice.jsonl"
    download.value.save_as(tmp_path / "data")
    text = (tmp_path / "data").read_text()
    records = [json.loads(line) for line in text.splitlines()]
    assert (records[0]["type"], records[0]["account"], records[-1]["type"]) == ("export", "alice", "end")
    assert {"account", "device", "room", "member", "message"} <= {one["type"] for one in records}
    said = [one for one in records if one.get("kind") == "message"]
    assert [(one["name_of_room"], one["body"]) for one in said] == [("tea", "for the file")]
    assert "cst_" not in text
    lines = len(records)
    done = f"Saved {lines} lines as chatstore-alice.jsonl in your downloads."
    expect(dialog.get_by_role("status").filter(has_text="Saved")).to_have_text(done)
    expect(dialog.get_by_role("heading", name="Invite people")).to_have_count(0)  # admins' alone


def test_what_one_is_told_of(web: Running, person: Callable[..., Person]) -> None:
    bob = web.member("bob", room="#tea")
    alice = person("alice").register().join("#tea").join("#coffee")
    page = alice.page
    there = person("alice")
    there.sign_in("#to=%23coffee")
    alice.open("#tea")
    alice.button("Notifications").click()
    dialog = page.get_by_role("dialog", name="Notifications of #tea")
    dialog.get_by_label("All messages").check()
    alice.page.keyboard.press("Escape")
    alice.open("#coffee")
    bob.ask("PRIVMSG #tea :one")
    expect(there.item("#tea")).to_contain_text("1 mention")  # on another device, too
    alice.open("#tea").button("Notifications").click()
    dialog.get_by_role("button", name="For 1 hour").click()
    expect(dialog.get_by_text("Muted until")).to_be_visible()
    page.keyboard.press("Escape")
    alice.open("#coffee")
    bob.ask("PRIVMSG #tea :alice: two")
    expect(alice.item("#tea")).to_contain_text("muted")
    expect(alice.item("#tea")).not_to_contain_text("mention")
    expect(page).to_have_title("#coffee – chatstore")
    alice.open("#tea").reads("two").button("Notifications").click()
    dialog.get_by_role("button", name="Unmute").click()
    dialog.get_by_label("The usual (mentions)").check()
    dialog.get_by_role("button", name="What is usual").click()
    account = page.get_by_role("dialog", name="Account and settings")
    account.get_by_role("heading", name="What you are told of").click()
    account.get_by_label("Words that count as a mention").fill("cake, pie")
    account.get_by_role("button", name="Save", exact=True).click()
    expect(account.get_by_text("Saved.")).to_be_visible()
    account.get_by_role("button", name="Set", exact=True).click()
    expect(account.get_by_text("Nothing rings from 22:00 to 07:00 (UTC).")).to_be_visible()
    page.keyboard.press("Escape")
    alice.open("#coffee")
    bob.ask("PRIVMSG #tea :Is there cake?")
    expect(alice.item("#tea")).to_contain_text("1 mention")
    page.reload()
    expect(alice.item("#tea")).to_contain_text("1 mention")


def test_a_token_for_a_program(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    dialog = dialog_of(alice, re.compile("^alice"))
    for password, told in (("wrong", "password"), (PASSWORD, "Copy the token now")):
        dialog.get_by_role("button", name="Add a token for a program…").click()
        dialog.get_by_label("What is it for?").fill("Backup script")
        dialog.get_by_label("It may").select_option(label="Only read")
        dialog.get_by_label("Only in these rooms (optional)").fill("#tea")
        dialog.get_by_label("Your password").fill(password)
        dialog.get_by_role("button", name="Make the token").click()
        expect(dialog.get_by_text(told).last).to_be_visible()
        if password == "wrong":
            dialog.get_by_role("button", name="Cancel").click()
    token = dialog.get_by_label("Token (shown once)").input_value()
    assert token.startswith("cst_")
    assert logs_in(web, token)
    row = dialog.get_by_role("listitem").filter(has_text="Backup script")
    expect(row).to_contain_text("Backup script token")
    expect(row).to_contain_text(re.compile("May only read · only in #tea · never used · made "))
    row.get_by_role("button", name="Remove Backup script").click()
    expect(row).to_have_count(0)
    assert not logs_in(web, token)


def test_bots(web: Running, person: Callable[..., Person]) -> None:
    alice = person("alice").register().join("#tea")
    dialog = dialog_of(alice, re.compile("^alice"))
    dialog.get_by_role("heading", name="Bots").click()
    dialog.get_by_role("button", name="Add a bot…").click()
    dialog.get_by_label("Name", exact=True).fill("builds")
    dialog.get_by_label("What is it for?").fill("the build server")
    dialog.get_by_label("Your password").fill(PASSWORD)
    dialog.get_by_role("button", name="Make the bot").click()
    token = dialog.get_by_label("Token (shown once)").input_value()
    bot = web.connect()
    bot.send("CAP REQ :sasl message-tags", "NICK builds", "USER b 0 * :b", "AUTHENTICATE PLAIN")
    bot.send(f"AUTHENTICATE {plain('builds', token)}")
    bot.wait(" 903 ")
    bot.send("CAP END", "JOIN #tea", "PRIVMSG #tea :Build 7 is done")
    bot.sync()
    row = dialog.get_by_role("list", name="Bots").get_by_role("listitem").filter(has_text="builds")
    expect(row).to_contain_text("1 token")
    row.get_by_role("button", name="Remove its tokens… builds").click()
    row.get_by_role("button", name="Remove the tokens").click()
    expect(row).to_contain_text("0 tokens")
    row.get_by_role("button", name="Remove… builds").click()
    row.get_by_role("button", name="Remove builds").click()
    expect(row).to_have_count(0)
    alice.page.keyboard.press("Escape")
    expect(alice.message("Build 7").get_by_text("bot", exact=True)).to_be_visible()
