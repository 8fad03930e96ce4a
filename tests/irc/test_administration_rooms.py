"""ROOMS, INVITATION LIST and STATUS: what administrators see and change without being in a room."""

from __future__ import annotations

from threading import Event

import pytest

from chatstore.chat.changes.invitations import InviteToServer
from chatstore.chat.changes.setting_up import SetUpRoom
from chatstore.chat.model.actors import SERVER
from chatstore.chat.model.digests import digest_of
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.invitations import new_code
from chatstore.chat.model.rooms import ModeChange
from chatstore.irc.commands.invitation import invitation_commands
from chatstore.irc.commands.rooms import room_commands
from chatstore.irc.line import parse, parse_tags
from chatstore.storage.backups import Wanted
from tests.irc.administering import account, admin, asked, by_token, one, refusal, rows
from tests.running import PASSWORD, SECONDS, IrcClient, Running


@pytest.fixture
def olga(server: Running) -> IrcClient:
    return admin(server)


@pytest.fixture
def bob(server: Running) -> IrcClient:
    """The founder of a private room with a topic."""
    bob = server.member("bob", room="#tea")
    bob.ask("MODE #tea +si", "TOPIC #tea :green; or black", "PRIVMSG #tea :hello")
    return bob


def names(client: IrcClient, attributes: str = "") -> list[str]:
    return [params[1] for params, _ in rows(client, f"ROOMS LIST {attributes}".rstrip())]


def test_only_administrators(bob: IrcClient) -> None:
    given = {"LIST": "", "SET": "#tea *", "FOUNDER": "#tea bob", "ROLE": "#tea bob voice", "KICK": "#tea bob"}
    for name in room_commands.names:
        assert refusal(bob, f"ROOMS {name} {given.get(name, '#tea')}".rstrip()) == "ADMIN_REQUIRED"
    for line in ("LIST", "REVOKE 1", "CREATE * days=3"):
        assert refusal(bob, f"INVITATION {line}") == "ADMIN_REQUIRED"
    assert {"LIST", "REVOKE"} <= {*invitation_commands.names}
    assert refusal(bob, "STATUS") == "ADMIN_REQUIRED"


def test_the_list_has_private_rooms(server: Running, olga: IrcClient, bob: IrcClient) -> None:
    bob.ask("JOIN #zoo")
    found = {params[1]: values for params, values in rows(olga, "ROOMS LIST")}
    assert list(found) == ["#main", "#tea", "#zoo"]
    tea = found["#tea"]
    assert (tea["members"], tea["founder"], tea["secret"], tea["invite-only"]) == ("1", "bob", "1", "1")
    assert (tea["text"], tea["history"], "key" in tea, "retention" in tea) == (
        "green; or black",
        "everyone",
        False,
        False,
    )
    assert int(tea["events"]) >= 4
    assert names(olga, "match=EA") == ["#tea"]
    assert names(olga, "limit=2;after=#main") == ["#tea", "#zoo"]


def test_settings(olga: IrcClient, bob: IrcClient) -> None:
    """Those of ROOM, the flags, the key and the topic; the members see who did it: the server."""
    [shown] = asked(
        olga,
        "ROOMS SET #tea history=members;retention=30;moderated=on;inviteonly=off;key=sesame;topic=new :Be kind",
    )
    assert shown.params[:2] == ("SHOW", "#tea")
    assert (
        "history=members;retention=30;slowmode=0;previews=on;edits=erase;founder=bob;private=on;inviteonly=off;moderated=on"
        in shown.params[2]
    )
    assert shown.params[3] == "Be kind"
    assert "sesame" not in shown.params[2]
    told = bob.sync()
    assert any(line.endswith("MODE #tea +m-i+k sesame") for line in told)
    assert any(line.endswith("TOPIC #tea :new") for line in told)
    noted = rows(olga, "AUDIT LIST about=tea;by=olga")
    assert [params[3] for params, _ in noted] == ["room.topic", "room.mode", "room.settings"]
    assert all(values["via"] == "chat" for _, values in noted)


@pytest.mark.parametrize(
    "given", ["odd=1", "retention=x", "history=odd", "moderated=maybe", "key=a,b", "founder=bob"]
)
def test_settings_that_are_none(olga: IrcClient, bob: IrcClient, given: str) -> None:
    assert refusal(olga, f"ROOMS SET #tea {given}") == "INVALID_PARAMETERS"


def test_members_page_by_page(server: Running, olga: IrcClient, bob: IrcClient) -> None:
    bob.ask("MODE #tea -i")
    for name in ("Ann", "eve"):
        server.member(name, room="#tea")

    def members(attributes: str) -> list[str]:
        return [params[2] for params, _ in rows(olga, f"ROOMS MEMBERS #tea {attributes}")]

    assert members("limit=2") == ["Ann", "bob"]
    assert members("after=bob;limit=2") == ["eve"]
    assert members("match=N") == ["Ann"]
    assert members("after=eve") == members("match=x") == []


def test_settings_are_all_set_or_none(server: Running, olga: IrcClient, bob: IrcClient) -> None:
    """Also if what comes later is refused: nobody of that name becomes an operator."""
    [before] = asked(olga, "ROOMS SHOW #tea")
    room = server.server.chat.hub.room_keyed("#tea").room.id
    modes = [ModeChange(True, "m"), ModeChange(True, "o", "nobody")]
    with pytest.raises(ChatError):
        server.server.store.submit([SetUpRoom(SERVER, room, {"slowmode": 9}, modes, "new")]).result()
    assert asked(olga, "ROOMS SHOW #tea") == [before]
    assert not any("TOPIC" in line or "MODE" in line for line in bob.sync())


def test_members_roles_and_kicks(server: Running, olga: IrcClient, bob: IrcClient) -> None:
    bob.ask("MODE #tea -i")
    eve = server.member("eve", room="#tea")
    [(params, values), (_, second)] = rows(olga, "ROOMS MEMBERS #tea")
    assert (params[2], values["role"], values["online"], second["account"]) == ("bob", "@", "1", "eve")
    assert one(olga, "ROOMS ROLE #tea eve operator")[0] == ("ROLE", "#tea", "eve", "operator")
    assert eve.wait("MODE").endswith("MODE #tea +o eve")
    olga.ask("ROOMS ROLE #tea EVE voice")
    assert eve.wait("MODE").endswith("MODE #tea -o+v eve eve")
    assert one(olga, "ROOMS KICK #tea eve :enough")[0] == ("KICK", "#tea", "eve")
    assert eve.wait("KICK").endswith("KICK #tea eve :enough")
    assert refusal(olga, "ROOMS KICK #tea eve") == "NO_SUCH_PERSON"
    assert refusal(olga, "ROOMS KICK #tea bob") == "OPERATOR_REQUIRED"
    assert refusal(olga, "ROOMS ROLE #tea bob king") == "INVALID_PARAMETERS"


def test_the_owner_and_the_end(server: Running, olga: IrcClient, bob: IrcClient) -> None:
    account(server, "ann")
    assert one(olga, "ROOMS FOUNDER #tea ann")[0] == ("FOUNDER", "#tea", "ann")
    assert rows(olga, "ROOMS LIST match=tea")[0][1]["founder"] == "ann"
    assert refusal(olga, "ROOMS FOUNDER #tea nobody") == "NO_SUCH_PERSON"
    assert one(olga, "ROOMS REMOVE #tea")[0] == ("REMOVE", "#tea")
    assert refusal(olga, "ROOMS SHOW #tea") == refusal(olga, "ROOMS REMOVE #tea") == "NO_SUCH_ROOM"
    assert [params[3] for params, _ in rows(olga, "AUDIT LIST about=tea;limit=1")] == ["room.remove"]


def test_what_nobody_can_undo_needs_the_password(server: Running, olga: IrcClient, bob: IrcClient) -> None:
    page, _ = by_token(server, olga)
    account(server, "ann")
    for line in ("ROOMS REMOVE #tea", "PEOPLE REMOVE bob", "PEOPLE ERASE bob", "INVITATION CREATE zoe admin=1"):
        assert refusal(page, line) == "PASSWORD_REQUIRED"
    assert refusal(page, "ROOMS FOUNDER #tea ann") == "PASSWORD_REQUIRED"
    for before, days, refused in ((0, 30, True), (30, 60, False), (60, 30, True), (60, 0, False)):
        olga.ask(f"ROOMS SET #tea retention={before}")
        [answer] = asked(page, f"ROOMS SET #tea retention={days};slowmode=7")
        assert answer.params[:2] == (("ROOMS", "PASSWORD_REQUIRED") if refused else ("SHOW", "#tea"))
        [shown] = asked(olga, "ROOMS SHOW #tea")
        assert f"retention={before if refused else days};" in shown.params[2]
    page.ask(f"OPER olga :{PASSWORD}")
    assert asked(page, "ROOMS SET #tea retention=1")[0].params[0] == "SHOW"
    assert one(page, "PEOPLE REMOVE bob")[0] == ("REMOVE", "bob")


@pytest.mark.sqlite
def test_an_account_is_erased(server: Running, olga: IrcClient, bob: IrcClient) -> None:
    """Also one that was removed before. A line says later what is gone, and where it still is."""
    olga.ask("PEOPLE REMOVE bob")
    copy = server.server.store.back_up(Wanted(server.database.with_name("before.db")))
    said = olga.ask("PEOPLE ERASE bob")
    assert any(line.endswith("PEOPLE ERASE bob begun=1") for line in said)
    done = parse(next((line for line in said if " ERASED " in line), "") or olga.wait("PEOPLE ERASED "))
    assert done.params[:2] == ("ERASED", "bob")
    assert parse_tags(done.params[2])["messages"] == "1"
    assert parse_tags(done.params[2])["copies"] == "1"
    assert done.params[3] == copy.path.name
    assert "hello" not in server.everything()
    assert refusal(olga, "PEOPLE ERASE olga") == "OWN_ACCOUNT"
    [(_, noted)] = rows(olga, "AUDIT LIST action=account.erase")
    assert (noted["by"], noted["about"]) == ("olga", "bob")


def test_an_erasure_has_its_own_thread(server: Running, olga: IrcClient, bob: IrcClient) -> None:
    """One at a time; meanwhile commands are answered."""
    long_work, began, end = server.server.chat.long_work, Event(), Event()

    def work(_pace: object) -> None:
        began.set()
        end.wait()

    assert long_work.begin("a test", work)
    assert began.wait(SECONDS)
    try:
        assert refusal(olga, "PEOPLE ERASE bob") == "BUSY"
        assert one(olga, "PEOPLE SHOW bob")[1]["status"] == "active", "it is not removed either"
    finally:
        end.set()


def test_invitations(server: Running, olga: IrcClient) -> None:
    account(server, "ann")
    code = olga.parsed("INVITATION CREATE carol admin=1;days=2")[0].params[1]
    olga.ask("INVITATION CREATE", "PEOPLE RESET ann")
    third, second, first = (values for _, values in rows(olga, "INVITATION LIST"))
    assert (first["for"], first["role"], first["by"], first["state"]) == ("carol", "admin", "olga", "open")
    assert ("for" in second, third["kind"], third["for"]) == (False, "reset", "ann")
    carol = server.connect()
    carol.ask("CAP LS 302", "NICK carol", "USER c 0 * :c", f"INVITATION {code}", f"REGISTER * * :{PASSWORD}")
    assert one(olga, "INVITATION REVOKE 2")[0] == ("REVOKE", "2")
    assert refusal(olga, "INVITATION REVOKE 1") == refusal(olga, "INVITATION REVOKE 9") == "NO_SUCH_INVITATION"
    [(_, used)] = rows(olga, "INVITATION LIST state=used")
    assert (used["state"], used["by"], used["account"]) == ("used", "olga", "carol")
    server.server.store.submit([InviteToServer(digest_of(new_code()), life=0)]).result()

    def ids(attributes: str = "") -> list[str]:
        return [params[1] for params, _ in rows(olga, f"INVITATION LIST {attributes}".rstrip())]

    assert (ids(), ids("state=expired"), ids("state=all")) == (["3"], ["4"], ["4", "3", "1"])
    assert (ids("state=all;limit=2"), ids("state=all;limit=2;before=3")) == (["4", "3"], ["1"])
    assert refusal(olga, "INVITATION LIST state=odd") == "INVALID_PARAMETERS"
    assert refusal(olga, "INVITATION CREATE a b c") == "INVALID_PARAMETERS"
    assert refusal(olga, "INVITATION CREATE x days=no") == "INVALID_PARAMETERS"


def test_status(server: Running, olga: IrcClient) -> None:
    server.server.warnings.set("disk", "the disk is nearly full: make room")
    first, *warnings, last = asked(olga, "STATUS")
    values = dict(each.split("=", 1) for each in first.params[0].split(";"))
    assert values["version"] == server.server._irc.version
    assert (values["people"], values["rooms"], values["healthy"]) == ("1", "1", "1")
    assert int(values["connections"]) == 1
    assert ("WARNING", "disk", "the disk is nearly full: make room") in [each.params for each in warnings]
    assert last.params == ("*",)
