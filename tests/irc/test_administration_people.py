"""PEOPLE and AUDIT: what administrators see of people and do to them, and that nobody else does."""

from __future__ import annotations

import pytest

from chatstore.chat.model.tokens import REMOVED
from chatstore.irc.commands.people import people_commands
from tests.irc.administering import CAPABILITY, account, admin, by_token, one, refusal, rows
from tests.running import PASSWORD, IrcClient, Running, plain
from tests.storage.database import Do

FAR = "2099-12-24T18:00:00.000Z"


@pytest.fixture
def olga(server: Running) -> IrcClient:
    return admin(server)


def names(client: IrcClient, attributes: str = "") -> list[str]:
    return [params[1] for params, _ in rows(client, f"PEOPLE LIST {attributes}".rstrip())]


def test_only_administrators(server: Running) -> None:
    """Whatever the subcommand is."""
    bob = server.register("bob")
    given = {
        "LIST": "",
        "ALLOWED": "",
        "WAITING": "",
        "SUSPEND": f"alice {FAR} :spam",
        "ADMIN": "alice on",
        "SIGNOUT": "alice *",
    }
    for name in people_commands.names:
        assert refusal(bob, f"PEOPLE {name} {given.get(name, 'alice')}".rstrip()) == "ADMIN_REQUIRED"
    assert refusal(bob, "AUDIT LIST") == "ADMIN_REQUIRED"


def test_an_operator_of_the_server_may(server: Running) -> None:
    account(server, "olga", "admin")
    account(server, "eve")
    bob = server.register("bob")
    bob.ask(f"OPER olga :{PASSWORD}")
    assert names(bob) == ["bob", "eve", "olga"]
    bob.ask("PEOPLE SUSPEND eve * :spam")
    assert server.rows("SELECT actor, about FROM audit WHERE action = 'account.suspend'") == [("olga", "eve")]


def test_the_list(server: Running, olga: IrcClient) -> None:
    for name in ("anna", "bob", "eve"):
        account(server, name)
    olga.ask(f"PEOPLE SUSPEND eve {FAR} :spam; and more", "PEOPLE REMOVE anna")
    found = {params[1]: values for params, values in rows(olga, "PEOPLE LIST")}
    assert list(found) == ["anna", "bob", "eve", "olga"]
    assert (found["eve"]["status"], found["eve"]["until"], found["eve"]["reason"]) == (
        "suspended",
        FAR,
        "spam; and more",
    )
    assert found["anna"]["status"] == "removed"
    assert (found["olga"]["role"], found["olga"]["online"], "seen" in found["bob"]) == ("admin", "1", False)
    assert names(olga, "status=suspended") == ["eve"]
    assert names(olga, "match=O") == ["bob", "olga"]
    assert names(olga, "limit=2") == ["anna", "bob"]
    assert names(olga, "limit=2;after=Bob") == ["eve", "olga"]
    assert names(olga, "unused=1") == []


def test_a_suspension_that_is_over(server: Running, olga: IrcClient) -> None:
    """The account is active again, for filters as for the row; unused ones are people who could be here."""
    for name in ("anna", "bob", "eve", "zoe"):
        account(server, name)
    olga.ask(f"PEOPLE SUSPEND eve {FAR} :x", "PEOPLE SUSPEND zoe * :x", "PEOPLE REMOVE anna")
    store = server.server.store
    store.submit([Do(lambda tx: tx.accounts.update(tx.accounts.named("eve").id, suspended_until=1))]).result()
    [(_, eve)] = rows(olga, "PEOPLE LIST match=eve")
    assert eve["status"] == "active"
    assert names(olga, "status=active") == ["bob", "eve", "olga"]
    assert names(olga, "status=suspended") == ["zoe"]
    store.submit(
        [Do(lambda tx: [tx.accounts.update(i, created_at=1, last_seen_at=None) for i in range(1, 9)])]
    ).result()
    assert names(olga, "unused=90") == ["bob", "eve", "olga"]
    assert names(olga, "unused=90;status=suspended") == ["zoe"]


def test_the_answer_is_one_batch_with_its_label(olga: IrcClient) -> None:
    first, *rest = olga.ask("@label=l1 PEOPLE LIST")
    assert "@label=l1 " in first
    assert first.endswith("labeled-response")
    assert rest[-2].endswith("PEOPLE LIST *")


def test_one_of_them(server: Running, olga: IrcClient) -> None:
    bob = server.member("bob")
    bob.ask("JOIN #own", "TOKEN ADD :phone")
    params, values = one(olga, "PEOPLE SHOW BOB")
    assert params[1] == "bob"
    assert (values["devices"], values["online"], values["nick"]) == ("1", "1", "bob")
    assert values["rooms"] == "#main,#own ~@"


def test_suspended_and_restored(server: Running, olga: IrcClient) -> None:
    bob = server.register("bob")
    olga.ask("PEOPLE SUSPEND bob * :spam")
    assert bob.rest()[-1] == "ERROR :Closing link: your account was suspended: spam"
    again = server.connect()
    again.ask("CAP REQ sasl", "NICK bob", "USER b 0 * :b", "AUTHENTICATE PLAIN")
    assert any(" 902 " in line for line in again.ask(f"AUTHENTICATE {plain('bob')}"))
    assert one(olga, "PEOPLE RESTORE bob")[0] == ("RESTORE", "bob")
    server.login("bob")


def test_nobody_locks_themselves_out(server: Running, olga: IrcClient) -> None:
    for line in ("SUSPEND Olga * :me", "ADMIN olga off", "REMOVE olga"):
        assert refusal(olga, f"PEOPLE {line}") == "OWN_ACCOUNT"
    account(server, "anna", "admin")
    assert one(olga, "PEOPLE ADMIN anna off")[0] == ("ADMIN", "anna", "off")


def test_a_thief_of_a_device_token_makes_no_administrator(server: Running, olga: IrcClient) -> None:
    """The password has to be shown; OPER does that on the same connection."""
    account(server, "bob")
    account(server, "anna", "admin")
    thief, _ = by_token(server, olga)
    assert refusal(thief, "PEOPLE ADMIN bob on") == refusal(thief, "PEOPLE RESET anna") == "PASSWORD_REQUIRED"
    assert thief.parsed("PEOPLE RESET bob")[0].params[:2] == ("RESET", "bob")
    thief.ask(f"OPER olga :{PASSWORD}")
    assert thief.parsed("PEOPLE RESET anna")[0].params[:2] == ("RESET", "anna")
    assert one(thief, "PEOPLE ADMIN bob on")[0] == ("ADMIN", "bob", "on")


@pytest.mark.parametrize("act", ["ADMIN anna off", "SUSPEND anna * :x", "SIGNOUT anna *", "RESTORE anna"])
def test_nor_does_it_act_on_other_administrators(server: Running, olga: IrcClient, act: str) -> None:
    account(server, "bob")
    anna = admin(server, "anna")
    anna.ask("TOKEN ADD :phone")
    if act.startswith("RESTORE"):
        olga.ask("PEOPLE SUSPEND anna * :x")
    thief, _ = by_token(server, olga)
    assert refusal(thief, f"PEOPLE {act}") == "PASSWORD_REQUIRED"
    assert one(thief, "PEOPLE SUSPEND bob * :x")[0][:2] == ("SUSPEND", "bob")
    assert one(thief, "PEOPLE RESTORE bob")[0] == ("RESTORE", "bob")
    if act.startswith("SIGNOUT"):
        _, other = by_token(server, olga)
        assert one(thief, f"PEOPLE SIGNOUT olga {other}")[0] == ("SIGNOUT", "olga", other)  # one's own
    thief.ask(f"OPER olga :{PASSWORD}")
    assert one(thief, f"PEOPLE {act}")[0][:2] == (act.split()[0], "anna")


@pytest.mark.parametrize("which", ["own", "*"])
def test_who_signs_itself_out_is_answered_and_then_the_end(server: Running, olga: IrcClient, which: str) -> None:
    page, number = by_token(server, olga)
    wanted = number if which == "own" else which
    page.send(f"PEOPLE SIGNOUT olga {wanted}", "PING x")
    assert page.rest()[-2:] == [
        f":chatstore.local PEOPLE SIGNOUT olga {wanted}",
        f"ERROR :Closing link: {REMOVED}",
    ]
    assert olga.ask("PING x")


def test_a_link_of_a_stolen_token_ends_with_it(server: Running, olga: IrcClient) -> None:
    account(server, "bob")
    thief, number = by_token(server, olga)
    code = thief.parsed("PEOPLE RESET bob")[0].params[2]
    olga.ask(f"TOKEN REMOVE {number}")
    stranger = server.connect()
    assert refusal(stranger, f"INVITATION {code}") == "INVALID_CODE"


@pytest.mark.parametrize("act", ["ADMIN anna off", "SUSPEND anna * :x", "REMOVE anna"])
def test_what_an_administrator_has_made_ends_with_their_rights(server: Running, olga: IrcClient, act: str) -> None:
    """Invitations and links, also those that somebody has shown already; nothing makes them work again."""
    account(server, "bob")
    anna = admin(server, "anna")
    made = anna.parsed("INVITATION CREATE * admin=1;days=366")[0].params[1]
    link = anna.parsed("PEOPLE RESET bob")[0].params[2]
    stranger = server.connect()
    stranger.ask("CAP LS 302", "NICK eve", "USER e 0 * :e")
    assert stranger.parsed(f"INVITATION {made}")[0].params[2] == "admin"
    olga.ask(f"PEOPLE {act}")
    assert refusal(stranger, f"REGISTER * * :{PASSWORD}") == "INVALID_CODE"
    olga.ask("PEOPLE ADMIN anna on", "PEOPLE RESTORE anna")
    assert {refusal(stranger, f"INVITATION {code}") for code in (made, link)} == {"INVALID_CODE"}


def test_a_link_for_an_ordinary_account_does_not_open_an_administrators(server: Running, olga: IrcClient) -> None:
    account(server, "bob")
    code = olga.parsed("PEOPLE RESET bob")[0].params[2]
    olga.ask("PEOPLE ADMIN bob on")
    assert refusal(server.connect(), f"INVITATION {code}") == "INVALID_CODE"


def test_who_is_not_suspended_is_not_restored(server: Running, olga: IrcClient) -> None:
    account(server, "bob")
    assert refusal(olga, "PEOPLE RESTORE bob") == "NOT_SUSPENDED"


def test_devices(server: Running, olga: IrcClient) -> None:
    bob = server.register("bob")
    number, token = bob.parsed("TOKEN ADD :my phone")[0].params[1:3]
    bob.ask("JOIN #tea", "TOKEN ADD scopes=read;rooms=#tea :laptop")
    by_token = server.connect()
    by_token.ask("CAP REQ sasl", "NICK bob", "USER b 0 * :b", "AUTHENTICATE PLAIN")
    by_token.ask(f"AUTHENTICATE {plain('bob', token)}", "CAP END")
    [first, second] = rows(olga, "PEOPLE DEVICES bob")
    assert (first[1]["text"], first[1]["online"], second[1]["text"]) == ("my phone", "1", "laptop")
    assert "scopes" not in first[1]
    assert (second[1]["scopes"], second[1]["rooms"]) == ("read", "#tea")
    olga.ask(f"PEOPLE SIGNOUT bob {number}")
    assert "removed" in by_token.rest()[-1]
    assert [values["text"] for _, values in rows(olga, "PEOPLE DEVICES bob")] == ["laptop"]
    assert refusal(olga, "PEOPLE SIGNOUT bob 99") == "NO_SUCH_TOKEN"
    assert one(olga, "PEOPLE SIGNOUT bob *")[0] == ("SIGNOUT", "bob", "*")
    assert rows(olga, "PEOPLE DEVICES bob") == []


@pytest.mark.parametrize(
    "line",
    [
        "PEOPLE",
        "PEOPLE NONSENSE",
        "PEOPLE SHOW",
        "PEOPLE LIST status=odd",
        "PEOPLE LIST color=red",
        "PEOPLE LIST limit=x",
        "PEOPLE SUSPEND bob soon :spam",
        "PEOPLE SUSPEND bob 2001-01-01T00:00:00.000Z :spam",
        "PEOPLE SUSPEND bob * : ",
        "PEOPLE ADMIN bob maybe",
        "PEOPLE SIGNOUT bob x",
        "AUDIT LIST since=x",
    ],
)
def test_what_is_not_understood(server: Running, olga: IrcClient, line: str) -> None:
    account(server, "bob")
    [answer] = olga.parsed(line)
    if line == "PEOPLE":
        assert answer.command == "461"
    else:
        assert answer.params[:2] == (line.split()[0], "INVALID_PARAMETERS")


def test_people_who_are_none(olga: IrcClient) -> None:
    for line in ("SHOW nobody", "SUSPEND nobody * :x", "RESTORE nobody", "RESET nobody", "REMOVE nobody"):
        assert refusal(olga, f"PEOPLE {line}") == "NO_SUCH_PERSON"


def test_the_audit_log(server: Running, olga: IrcClient) -> None:
    account(server, "bob")
    olga.ask("PEOPLE SUSPEND bob * :spam", "PEOPLE RESTORE bob")
    [(last, values), (first, before)] = rows(olga, "AUDIT LIST by=OLGA;about=bob")
    assert (last[3], values["by"], values["via"], values["about"]) == ("account.restore", "olga", "chat", "bob")
    assert (before["says"], before["text"]) == ("suspended bob", "spam")
    assert [params[1] for params, _ in rows(olga, f"AUDIT LIST action=account;before={last[1]};limit=1")] == [
        first[1]
    ]


def test_the_audit_log_by_names_in_any_case(server: Running) -> None:
    """Also those for which that is more than ASCII."""
    account(server, "Straße")
    umit = admin(server, "Ümit")
    umit.ask("PEOPLE SUSPEND straße * :spam")
    for given in ("by=Ümit", "by=ümit", "by=ÜMIT", "by=U\u0308mit", "about=STRASSE;by=Ümit"):
        assert [params[3] for params, _ in rows(umit, f"AUDIT LIST {given}")] == ["account.suspend"]


def test_what_operators_of_rooms_did_is_shown_to_those_who_ask(server: Running, olga: IrcClient) -> None:
    """They would otherwise hide what administrators did. What these do in rooms is theirs."""
    bob = server.member("bob", room="#tea")
    bob.ask("TOPIC #tea :free text", "MODE #tea +m")
    olga.ask("PEOPLE SUSPEND bob * :spam", "ROOMS SET #tea topic=green")

    def did(attributes: str) -> list[tuple[str, str]]:
        return [(values["by"], params[3]) for params, values in rows(olga, f"AUDIT LIST {attributes}".rstrip())]

    admins = [("olga", "room.topic"), ("olga", "account.suspend")]
    assert did("") == did("about=#tea") + did("about=bob") == admins
    assert did("rooms=1") == [*admins, ("bob", "room.mode")]
    assert did("action=room") == [("olga", "room.topic"), ("bob", "room.mode")]
    assert did("action=room.mode") == [("bob", "room.mode")]


def test_the_capability_is_offered_before_the_login(server: Running) -> None:
    stranger = server.connect()
    assert CAPABILITY in " ".join(stranger.ask("CAP LS 302"))
