"""Names and pictures of people by METADATA, from the upload to what others are told. IRCv3 metadata: `avatar`,
`display-name`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api.test_files import Files
from tests.irc.administering import admin
from tests.irc.test_metadata import NEW, OLD, answers
from tests.irc.test_metadata_notifications import told
from tests.media.made import png
from tests.running import Running


@pytest.fixture
def web(run_server: Callable[..., Running]) -> Running:
    return run_server(listen={"web": "127.0.0.1:0"})


def test_a_picture_from_the_upload_to_what_others_see(web: Running) -> None:
    alice = web.member("alice", NEW)
    new, old = web.register("anna", NEW), web.register("otto", OLD)
    for each in (new, old):
        each.ask("METADATA * SUB avatar display-name", "JOIN #main")
        each.sync()
    alice.sync()
    stranger = Files(web)
    first, second = (Files(web, "alice").upload(png(size=(90, 90 + n)), f"me {n}.png") for n in range(2))
    assert answers(alice, f"METADATA * SET avatar :{first['url']}") == [f"761 alice avatar * {first['url']}"]
    alice.ask("METADATA * SET display-name :Alice of the Teas")
    for each in (new, old):
        assert told(each) == [f"alice avatar {first['url']}", "alice display-name Alice of the Teas"]
    late = web.register("late", OLD)
    late.ask("METADATA * SUB avatar")
    late.send("JOIN #main")
    assert told(late) == [f"alice avatar {first['url']}"]
    assert stranger.ask("GET", first["url"]).status == 200
    alice.ask(f"METADATA * SET avatar :{second['url']}")
    assert stranger.ask("GET", first["url"]).code == "no-such-file"
    assert stranger.ask("GET", second["url"]).status == 200
    alice.ask("METADATA * CLEAR")
    assert stranger.ask("GET", second["url"]).code == "no-such-file"
    assert told(old) == [f"alice avatar {second['url']}", "alice avatar", "alice display-name"]
    assert Files(web, "alice").ask("GET").json["files"] == []


def test_an_administrator_takes_a_picture_away(web: Running) -> None:
    alice = web.member("alice", NEW)
    file = Files(web, "alice").upload(png(), "me.png")
    alice.ask(f"METADATA * SET avatar :{file['url']}")
    admin(web, "root", NEW).ask("METADATA alice SET avatar")
    assert answers(alice, "METADATA * GET avatar")[1] == "766 alice avatar key not set"
    assert Files(web).ask("GET", file["url"]).code == "no-such-file"


def test_any_other_url_is_stored_as_it_is(web: Running) -> None:
    alice, bob = web.member("alice", NEW), web.register("bob", OLD)
    for url in ("https://cdn.example/a.png?size={size}", "x:y", "https://chat.example/files/none/a.png"):
        alice.ask(f"METADATA * SET avatar :{url}")
        assert answers(bob, "METADATA alice GET avatar")[1] == f"761 alice avatar * {url}"
    assert answers(alice, f"METADATA * SET avatar :https://cdn.example/{'a' * 290}") == [
        "FAIL METADATA INVALID_VALUE avatar that value is too long"
    ]
