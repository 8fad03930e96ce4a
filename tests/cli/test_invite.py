"""`chatstore invite`: the link and nothing else, and what there is of them."""

from __future__ import annotations

import json
import re

import pytest

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.invitations import InviteToServer
from chatstore.chat.model.accounts import Account
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.invitations import DAY, AccountInvitation
from chatstore.chat.model.names import person_name
from chatstore.chat.rules.policy import Policy
from chatstore.first_start import invite_first_admin
from chatstore.storage.sqlite.lock import path_of, served
from tests.cli.home import Home, seen
from tests.running import start

LINK = re.compile(r"http://127\.0\.0\.1:8097/#invite=(csi_[a-z2-9]{24})\n")


def made(home: Home) -> list[AccountInvitation]:
    with home.store() as store:
        return list(store.invitations.all())


def code_of(home: Home, *args: str) -> str:
    result = home.run("invite", *args, apart=True)
    assert result.exit_code == 0, result.output
    assert result.stderr.startswith("works once, until ")
    found = LINK.fullmatch(result.stdout)
    assert found, result.output
    return found[1]


def use(home: Home, code: str, name: str) -> Account:
    account: Account = home.submit(CreateAccount(person_name(name), "x", invitation=digest_of(code)))[0]
    return account


def test_the_link_alone_is_printed(home: Home) -> None:
    """In an empty folder, too: whoever comes first is invited before the server runs."""
    code = code_of(home)
    [one] = made(home)
    assert (one.digest, one.name, one.role, one.made_by) == (digest_of(code), "", "user", None)
    assert one.expires_at - one.created_at == 7 * DAY
    assert not use(home, code, "zoe").admin


@pytest.mark.sqlite
def test_the_link_leads_to_the_server_that_runs(home: Home) -> None:
    """Whatever flags it was started with; and where none runs, to where the configuration says."""
    database = home.path
    server = start(database, listen={"web": "127.0.0.1:0"})
    link = home.run("invite")
    assert link.output.startswith(f"http://127.0.0.1:{server.port('web')}/#invite=csi_")
    given = home.run("invite", "--url", "https://chat.example.org/chat")
    assert given.output.startswith("https://chat.example.org/chat/#invite=csi_")
    server.stop()
    assert served(database) is None
    # The lock file stays, but it does not lead to a server any more.
    who, note, where = path_of(database).read_text().split("\n")
    assert (who, where) == ("", "")
    assert "incarnation" in json.loads(note)
    server = start(database)
    without = home.run("invite")
    assert f" --server irc://127.0.0.1:{server.port()} --invitation csi_" in without.output
    server.stop()
    path_of(database).write_text('a server\n{}\n["http://127.0.0.1:1/", {}]')  # of a server that was killed
    assert home.run("invite").output.startswith("http://127.0.0.1:8097/#invite=")


def test_for_somebody_as_an_admin_for_some_days(home: Home) -> None:
    code = code_of(home, "Zoe", "--admin", "--days", "30")
    [one] = made(home)
    assert (one.name, one.role, one.expires_at - one.created_at) == ("Zoe", "admin", 30 * DAY)
    assert use(home, code, "zoe").admin


@pytest.mark.parametrize(
    ("settings", "printed"),
    [
        ({"LISTEN_WEB": "off"}, "chatstore client --user NAME --invitation {}"),
        (
            {"LISTEN_WEB": "off", "LISTEN_IRC": "[::]:6668"},
            "chatstore client --user NAME --server irc://[::1]:6668 --invitation {}",
        ),
        (
            {"LISTEN_WEB": "off", "LISTEN_IRCS": "0.0.0.0:6697"},
            "chatstore client --user NAME --server ircs://127.0.0.1:6697 --invitation {}",
        ),
        ({"LISTEN_WEB": "off", "LISTEN_IRC": "off"}, "{}"),
        ({"LISTEN_WSS": "0.0.0.0:8443"}, "https://127.0.0.1:8443/#invite={}"),
        ({"WEB_URL": "https://chat.example.org"}, "https://chat.example.org/#invite={}"),
    ],
)
def test_how_it_is_used(
    home: Home, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], printed: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"CHATSTORE_{name}", value)
    [line] = home.lines("invite")
    code = re.search("csi_[a-z2-9]+", line)
    assert code
    assert line == printed.format(code[0])
    assert home.lines("invite", "zoe", "--url", "https://other.example/")[0].startswith("https://other.example/#i")


def test_what_can_not_be(home: Home, alice: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(home.run("invite", "alice"), 1, "chatstore: the name alice is taken")
    seen(home.run("invite", "no name"), 1, "chatstore: a name can't contain spaces")
    for days in ("0", "367", "x"):
        seen(home.run("invite", "--days", days), 2, "--days")
    for args in (["zoe", "--list"], ["--admin", "--revoke", "1"], ["--list", "--revoke", "1"]):
        seen(home.run("invite", *args), 2, "exclude each other")
    seen(home.run("invite", "--url", "example.org"), 1, "expected a URL such as")
    monkeypatch.setenv("CHATSTORE_ACCOUNTS_REGISTRATION", "closed")
    seen(home.run("invite"), 1, "registration is closed")
    assert made(home) == []


def test_they_are_listed(home: Home) -> None:
    assert home.lines("invite")
    used = code_of(home, "--admin")
    use(home, used, "ann")
    code_of(home, "Zoe")
    with home.store() as store:
        assert invite_first_admin(store, Policy()).code == ""
    home.run("account", "reset", "ann")
    rows = [re.split(r"\s{2,}", line) for line in home.lines("invite", "--list")[2:]]
    assert [row[:5] for row in rows] == [
        ["1", "account", "anyone", "user", "the command line"],
        ["2", "account", "anyone", "admin", "the command line"],
        ["3", "account", "Zoe", "user", "the command line"],
        ["4", "password", "ann", "admin", "the command line"],
    ]
    assert rows[0][6].startswith("until 20")
    assert rows[1][6].startswith("used by ann, 20")
    records = json.loads(home.run("invite", "--list", "--format", "json").stdout)
    assert [(record["id"], record["kind"], record["name"], record["used_by"]) for record in records] == [
        (1, "account", None, None),
        (2, "account", None, "ann"),
        (3, "account", "Zoe", None),
        (4, "password", "ann", None),
    ]
    assert all(record["expires"] > record["created"] for record in records)
    assert {record["by"] for record in records} == {None}
    with home.store() as store:
        ann = store.accounts.named("ann")
        assert ann is not None
        store.submit([InviteToServer("d" * 64, made_by=ann.id)]).result()
    assert json.loads(home.run("invite", "--list", "--format", "json").stdout)[-1]["by"] == "ann"


@pytest.mark.sqlite
def test_the_first_admins_and_expired_ones_say_so(home: Home) -> None:
    home.room()
    with home.store(lambda: 1_000_000.0) as store:
        assert invite_first_admin(store, Policy()).code
    [row] = home.lines("invite", "--list")[2:]
    assert "the first start" in row
    assert "expired 1970-01-12" in row
    assert json.loads(home.run("invite", "--list", "--format", "json").stdout)[0]["used"] is None


def test_one_is_taken_back(home: Home) -> None:
    used = code_of(home)
    use(home, used, "ann")
    code_of(home)
    seen(home.run("invite", "--revoke", "2"), 0, "the invitation 2 is revoked\n")
    for number in ("1", "2", "9"):
        seen(home.run("invite", "--revoke", number), 5, f"there is no unused invitation {number}")
    assert [one.id for one in made(home)] == [1]


def test_none_in_a_folder_without_a_database(home: Home) -> None:
    seen(home.run("invite", "--list"), 5, "chatstore: ")
    seen(home.run("invite", "--revoke", "1"), 5, "chatstore: ")
    assert not home.path.exists()


def test_an_empty_list(home: Home, alice: Actor) -> None:
    assert home.run("invite", "--list", "--format", "json").stdout == "[]\n"
