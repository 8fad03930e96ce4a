"""METADATA, what is set: IRCv3 draft/metadata-2 and draft/metadata-3, example by example."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chatstore.chat.changes.accounts import RemoveAccount
from chatstore.chat.model.metadata import Subject
from chatstore.chat.model.names import person_name
from chatstore.chat.ports import Change
from chatstore.irc.line import Line, parse
from tests.running import IrcClient, Running

OLD, NEW = "batch draft/metadata-2", "batch draft/metadata-3"


def answers(client: IrcClient, *lines: str) -> list[str]:
    """What came back, without the server's name and with batches as `{` and `}`."""
    shown = []
    for line in client.parsed(*lines):
        if line.command == "BATCH":
            shown.append(f"{{{' '.join(line.params[1:])}" if line.params[0][0] == "+" else "}")
        else:
            params = line.params[1:] if line.command.isdigit() else line.params
            shown.append(" ".join([line.command, *params]))
    return shown


@pytest.fixture
def new(server: Running) -> IrcClient:
    return server.register("anna", NEW)


@pytest.fixture
def old(server: Running) -> IrcClient:
    return server.register("otto", OLD)


class TestBothForms:
    """What the two have in common, for either."""

    @pytest.fixture(params=[OLD, NEW])
    def client(self, server: Running, request: pytest.FixtureRequest) -> IrcClient:
        return server.register("alice", request.param)

    def test_set_get_list_remove(self, client: IrcClient) -> None:
        assert answers(client, "METADATA * SET url :http://www.example.com") == [
            "761 alice url * http://www.example.com"
        ]
        assert answers(client, "METADATA alice SET display-name :Alice the -> \N{PURPLE HEART} <- First") == [
            "761 alice display-name * Alice the -> \N{PURPLE HEART} <- First"
        ]
        assert answers(client, "METADATA ALICE GET url nothing") == [
            "{metadata alice",
            "761 alice url * http://www.example.com",
            "766 alice nothing key not set",
            "}",
        ]
        assert answers(client, "METADATA * LIST") == [
            "{metadata alice",
            "761 alice display-name * Alice the -> \N{PURPLE HEART} <- First",
            "761 alice url * http://www.example.com",
            "}",
        ]
        assert answers(client, "METADATA * SET url") == ["766 alice url key not set"]
        assert answers(client, "METADATA * SET display-name :") == ["766 alice display-name key not set"]
        assert answers(client, "METADATA * LIST") == ["{metadata alice", "}"]

    def test_what_is_in_a_batch_says_so(self, client: IrcClient) -> None:
        client.ask("METADATA * SET url :x")
        begin, value, end = client.parsed("METADATA * GET url")
        assert begin.params[0] == f"+{value.tags['batch']}"
        assert end.params == (f"-{value.tags['batch']}",)

    def test_clear(self, client: IrcClient) -> None:
        client.ask("METADATA * SET url :x", "METADATA * SET avatar :y")
        cleared = ["{metadata alice", "766 alice avatar key not set", "766 alice url key not set", "}"]
        assert answers(client, "METADATA * CLEAR") == cleared
        assert answers(client, "METADATA * CLEAR") == ["{metadata alice", "}"]

    def test_others_read_and_do_not_write(self, client: IrcClient, server: Running) -> None:
        client.ask("METADATA * SET url :x")
        bob = server.register("bob", NEW)
        assert answers(bob, "METADATA alice GET url")[1] == "761 alice url * x"
        assert answers(client, "METADATA bob SET url :x") == [
            "FAIL METADATA KEY_NO_PERMISSION bob url you may not change that"
        ]
        assert answers(client, "METADATA bob CLEAR") == [
            "FAIL METADATA KEY_NO_PERMISSION bob * you may not change that"
        ]
        assert answers(bob, "METADATA * LIST") == ["{metadata bob", "}"]

    def test_no_such_target(self, client: IrcClient) -> None:
        for target in ("nobody", "#nosuch", "$a:user", "nobody!x"):
            for command in ("LIST", "GET url", "SET url :x", "CLEAR", "SYNC"):
                assert answers(client, f"METADATA {target} {command}") == [
                    f"FAIL METADATA INVALID_TARGET {target} invalid metadata target"
                ]
        assert answers(client, "METADATA #nosuch SUB url", "METADATA bob SUBS", "METADATA bob UNSUB x") == [
            f"FAIL METADATA INVALID_TARGET {target} invalid metadata target" for target in ("#nosuch", "bob", "bob")
        ]

    def test_it_is_kept_over_connections_and_for_who_is_not_here(self, client: IrcClient, server: Running) -> None:
        client.ask("METADATA * SET url :x")
        client.close()
        assert answers(server.register("bob", NEW), "METADATA alice GET url")[1] == "761 alice url * x"

    def test_without_batches(self, client: IrcClient) -> None:
        client.ask("CAP REQ -batch", "METADATA * SET url :x")
        assert answers(client, "METADATA * LIST", "METADATA * SUBS") == ["761 alice url * x"]


class TestRooms:
    def test_operators_set(self, server: Running) -> None:
        olga, gus = server.member("olga", NEW, "#tea"), server.member("gus", OLD, "#tea")
        olga.sync()
        assert answers(olga, "METADATA #TEA SET url :http://tea.example") == ["761 #tea url * http://tea.example"]
        assert answers(gus, "METADATA #tea SET url :mine") == [
            "FAIL METADATA KEY_NO_PERMISSION #tea url you may not change that"
        ]
        assert answers(gus, "METADATA #tea GET url")[1] == "761 #tea url * http://tea.example"
        olga.ask("MODE #tea +o gus")
        gus.wait(" MODE ")
        assert answers(gus, "METADATA #tea SET url :mine") == ["761 #tea url * mine"]
        assert answers(gus, "METADATA #tea CLEAR") == ["{metadata #tea", "766 #tea url key not set", "}"]

    def test_from_outside(self, server: Running) -> None:
        olga, eve = server.member("olga", NEW, "#tea"), server.register("eve", NEW)
        olga.ask("METADATA #tea SET url :x")
        assert answers(eve, "METADATA #tea GET url")[1] == "761 #tea url * x"
        assert "KEY_NO_PERMISSION #tea url" in answers(eve, "METADATA #tea SET url :y")[0]

    def test_a_room_by_invitation_tells_its_own_to_those_inside(self, server: Running) -> None:
        olga, eve = server.member("olga", NEW, "#tea"), server.register("eve", NEW)
        olga.ask("METADATA #tea SET url :x", "MODE #tea +i", "METADATA * SET url :mine")
        eve.ask("METADATA * SUB url")
        assert answers(eve, "METADATA #tea GET url") == ["{metadata #tea", "766 #tea url key not set", "}"]
        assert answers(eve, "METADATA #tea LIST") == ["{metadata #tea", "}"]
        assert not any("#tea url" in line for line in answers(eve, "METADATA #tea SYNC"))
        assert answers(olga, "METADATA #tea LIST")[1] == "761 #tea url * x"
        olga.ask("INVITE eve #tea")
        joined = answers(eve, "JOIN #tea")
        assert [line for line in joined if line.startswith("761 #tea")] == ["761 #tea url * x"]

    def test_a_secret_room_is_not_there(self, server: Running) -> None:
        olga, eve = server.member("olga", NEW, "#tea"), server.register("eve", NEW)
        olga.ask("METADATA #tea SET url :x", "MODE #tea +s")
        for command in ("LIST", "GET url", "SET url :x", "CLEAR", "SYNC"):
            there, nowhere = (answers(eve, f"METADATA {room} {command}") for room in ("#tea", "#not"))
            assert there == [nowhere[0].replace("#not", "#tea")]

    def test_it_goes_with_the_room_and_with_the_account(self, server: Running) -> None:
        olga = server.member("olga", NEW, "#tea")
        olga.ask("METADATA * SET url :x", "METADATA * SET avatar :y")
        store = server.server.store
        account = store.accounts.named("olga")
        assert account is not None
        store.submit([RemoveAccount(person_name("olga"))]).result()
        assert store.metadata.around([], [account.id], ["url", "avatar"]) == []

    def test_an_administrator_sets_everybodys(self, server: Running) -> None:
        boss, eve = server.register("boss", NEW), server.member("eve", NEW, "#tea")
        server.server.store.submit([_MakeAdmin("boss")]).result()
        assert answers(boss, "METADATA eve SET url :x") == ["761 eve url * x"]
        assert answers(boss, "METADATA #tea SET url :x") == ["761 #tea url * x"]
        eve.sync()
        assert answers(eve, "METADATA * GET url")[1] == "761 eve url * x"


@dataclass
class _MakeAdmin(Change):
    name: str

    def apply(self, tx: object) -> None:
        account = tx.accounts.named(self.name)  # type: ignore[attr-defined]
        tx.accounts.update(account.id, role="admin")  # type: ignore[attr-defined]


class TestErrors:
    def test_the_newer_form(self, new: IrcClient) -> None:
        cases = {
            "METADATA": "INVALID_PARAMS * not enough parameters",
            "METADATA *": "INVALID_PARAMS * not enough parameters",
            "METADATA * GET": "INVALID_PARAMS GET not enough parameters",
            "METADATA * SNEEZE": 'INVALID_PARAMS SNEEZE unknown subcommand "SNEEZE"',
            "METADATA #chan :: hi!": 'INVALID_PARAMS * unknown subcommand ": hi!"',
            "METADATA * LIST x": "INVALID_PARAMS LIST too many parameters",
            "METADATA * SET url a b": "INVALID_PARAMS SET too many parameters",
            "METADATA * SET $url$ :x": "INVALID_KEY $url$ invalid key",
            "METADATA * SET Url :x": "INVALID_KEY Url invalid key",
            "METADATA * SET a:b :x": "INVALID_KEY a:b invalid key",
            f"METADATA * SET {'k' * 49} :x": f"INVALID_KEY {'k' * 49} invalid key",
            "METADATA * SET url :" + "x" * 301: "INVALID_VALUE url that value is too long",
            "METADATA * SET url :" + "я" * 151: "INVALID_VALUE url that value is too long",
        }
        for said, wanted in cases.items():
            assert answers(new, said) == [f"FAIL METADATA {wanted}"]
        assert answers(new, "METADATA * GET a? url") == [
            "{metadata anna",
            "WARN METADATA INVALID_KEY a? invalid key",
            "766 anna url key not set",
            "}",
        ]
        assert answers(new, "METADATA * SET url") == ["766 anna url key not set"]

    def test_the_older_form(self, old: IrcClient) -> None:
        cases = {
            "METADATA * SNEEZE": 'FAIL METADATA SUBCOMMAND_INVALID SNEEZE unknown subcommand "SNEEZE"',
            "METADATA * GET": "461 METADATA not enough parameters",
            "METADATA": "461 METADATA not enough parameters",
            "METADATA * SET $url$ :x": "FAIL METADATA KEY_INVALID $url$ invalid key",
            "METADATA * SET url :" + "x" * 301: "FAIL METADATA VALUE_INVALID that value is too long",
            "METADATA * SET url": "FAIL METADATA KEY_NOT_SET * url key not set",
        }
        for said, wanted in cases.items():
            assert answers(old, said) == [wanted]
        assert answers(old, "METADATA * GET a? url")[1] == "FAIL METADATA KEY_INVALID a? invalid key"

    @pytest.mark.parametrize(("caps", "failed"), [(OLD, "LIMIT_REACHED *"), (NEW, "LIMIT_REACHED SET * 2")])
    def test_too_many_keys(self, run_server: Callable[..., Running], caps: str, failed: str) -> None:
        client = run_server(limits={"metadata_keys": 2}).register("alice", caps)
        client.ask("METADATA * SET a :x", "METADATA * SET b :x")
        assert answers(client, "METADATA * SET c :x") == [f"FAIL METADATA {failed} there are 2 keys already"]
        assert answers(client, "METADATA * SET b :y") == ["761 alice b * y"]
        client.ask("METADATA * SET a")
        assert answers(client, "METADATA * SET c :x") == ["761 alice c * x"]

    @pytest.mark.parametrize(
        ("caps", "failed"),
        [
            (OLD, r"FAIL METADATA RATE_LIMITED \* url \d+ too many changes"),
            (NEW, r"775 \d+ \* SET url x y"),
        ],
    )
    def test_too_often(self, run_server: Callable[..., Running], caps: str, failed: str) -> None:
        client = run_server(limits={"metadata_changes": 2}).register("alice", caps)
        client.ask("METADATA * SET a :x", "METADATA * SET b :x")
        assert re.fullmatch(failed, answers(client, "METADATA * SET url :x y")[0])
        assert re.search("RATE_LIMITED|775", answers(client, "METADATA * CLEAR")[0])
        assert len(answers(client, "METADATA * LIST")) == 4

    def test_a_value_that_no_line_would_have_room_for(self, server: Running) -> None:
        """Whoever reads it, and whatever the server is called: a nick, a room and a server may have 64, 129 and 63
        bytes."""
        room, key = "#" + "я" * 64, "k" * 48
        server.register("я" * 32)
        reader, client = server.login("я" * 32, NEW), server.member("alice", NEW, room)
        client.sync()
        rejected = f"FAIL METADATA INVALID_VALUE {key} that value is too long"
        fitting = [size for size in (300, 190) if answers(client, _set(room, key, size)) != [rejected]]
        assert fitting == [190]
        while answers(client, _set(room, key, fitting[-1] + 1)) != [rejected]:
            fitting.append(fitting[-1] + 1)
        assert reader.parsed(f"METADATA {room} GET {key}")[1].params[-1] == "x" * fitting[-1]


def _set(room: str, key: str, size: int) -> str:
    return f"METADATA {room} SET {key} :{'x' * size}"


class TestCapability:
    def test_what_is_advertised(self, server: Running) -> None:
        said = " ".join(server.connect().ask("CAP LS 302"))
        wanted = "before-connect,max-subs=100,max-keys=50,max-key-bytes=48,max-value-bytes=300"
        assert f"draft/metadata-2={wanted}" in said
        assert f"draft/metadata-3={wanted}" in said

    def test_not_both(self, server: Running) -> None:
        client = server.connect()
        assert " NAK :" in client.ask("CAP REQ :draft/metadata-2 draft/metadata-3")[0]
        assert " ACK :" in client.ask("CAP REQ draft/metadata-2")[0]
        assert " NAK :" in client.ask("CAP REQ draft/metadata-3")[0]
        assert " ACK :" in client.ask("CAP REQ :-draft/metadata-2 draft/metadata-3")[0]


class TestBeforeTheWelcome:
    @pytest.mark.parametrize(("caps", "told"), [(OLD, "METADATA abc"), (NEW, "761 abc abc")])
    def test_set_and_subscribed_before(self, run_server: Callable[..., Running], caps: str, told: str) -> None:
        client = run_server(accounts={"guests": True}).connect()
        client.ask("CAP LS 302", f"CAP REQ :{caps}")
        assert answers(client, "METADATA * SUB display-name") == ["770 display-name"]
        assert client.ask("METADATA * SET display-name :a b c")[0].endswith("761 * * display-name * :a b c")
        assert answers(client, "METADATA * GET display-name")[1] == "761 * display-name * a b c"
        assert answers(client, "METADATA abc GET display-name", "METADATA #main LIST") == [
            f"FAIL METADATA INVALID_TARGET {target} invalid metadata target" for target in ("abc", "#main")
        ]
        burst = _burst(client, "NICK abc", "USER u s e r", "CAP END")
        begin = next(i for i, line in enumerate(burst) if line.command == "BATCH")
        assert burst[begin].params[1:] == ("metadata", "abc")
        assert " ".join([burst[begin + 1].command, *burst[begin + 1].params]) == f"{told} display-name * a b c"
        assert burst[begin + 2].command == "BATCH"
        assert burst[-1].command == "422"
        client.nick = "abc"
        assert answers(client, "METADATA * LIST")[1] == "761 abc display-name * a b c"
        assert answers(client, "METADATA * SUBS")[1] == "772 display-name"

    def test_it_is_stored_for_an_account(self, server: Running) -> None:
        server.register("alice").ask("METADATA * SET avatar :x")
        client = server.connect()
        client.ask(f"CAP REQ :{NEW}", "METADATA * SET url :x", "METADATA * SET gone :x", "METADATA * SET gone")
        client.send("NICK alice", "USER a 0 * :A", "PASS :correct horse")
        client.send("CAP END")
        client.wait(" 422 ")
        assert [line for line in client.log if " 761 alice " in line][0].endswith("avatar * :x")  # noqa: RUF015
        assert answers(server.register("bob", NEW), "METADATA alice LIST")[1:-1] == [
            "761 alice avatar * x",
            "761 alice url * x",
        ]

    def test_nobody_is_told_who_did_not_ask(self, server: Running) -> None:
        server.register("alice").ask("METADATA * SET avatar :x")
        again = server.login("alice", "draft/metadata-3")
        assert not any("avatar" in line for line in again.log)
        assert any("avatar" in line for line in server.login("alice", NEW).log)

    def test_an_empty_batch_when_nothing_is_set(self, server: Running) -> None:
        client = server.register("zoe", NEW)
        batches = [parse(line) for line in client.log if " BATCH " in line]
        assert [line.params[1:] for line in batches] == [("metadata", "zoe"), ()]


class TestWhois:
    def test_some_of_it_for_clients_that_know_of_metadata(self, server: Running) -> None:
        alice, plain = server.register("alice"), server.register("bob")
        knowing, unbatched = server.register("carol", NEW), server.register("dave", "draft/metadata-3")
        alice.ask("METADATA * SET display-name :Alice The First", "METADATA * SET x.secret :y")
        numbers = [line.command for line in plain.parsed("WHOIS alice")]
        lines = knowing.parsed("WHOIS alice")
        assert [line.params for line in lines if line.command == "760"] == [
            ("carol", "alice", "display-name", "*", "Alice The First")
        ]
        assert [line.command for line in lines if line.command != "760"] == numbers
        assert lines[-1].command == "318"
        assert [line.command for line in unbatched.parsed("WHOIS alice")] == numbers


class TestGuests:
    def test_kept_while_they_are_here(self, run_server: Callable[..., Running]) -> None:
        server = run_server(accounts={"guests": True})
        client = server.connect()
        client.send(f"CAP REQ :{NEW}", "NICK visitor", "USER v 0 * :V", "CAP END")
        client.wait(" 422 ")
        assert answers(client, "METADATA * SET url :x") == ["761 visitor url * x"]
        assert answers(client, "METADATA * SET avatar :x") == ["761 visitor avatar * x"]
        bob = server.register("bob", NEW)
        assert answers(bob, "METADATA visitor GET url")[1] == "761 visitor url * x"
        assert "KEY_NO_PERMISSION" in answers(bob, "METADATA visitor SET url :y")[0]
        assert "KEY_NO_PERMISSION" in answers(bob, "METADATA visitor CLEAR")[0]
        assert answers(client, "METADATA * SET url") == ["766 visitor url key not set"]
        assert answers(client, "METADATA * CLEAR") == ["{metadata visitor", "766 visitor avatar key not set", "}"]
        client.send("QUIT")
        client.rest()
        assert "INVALID_TARGET" in answers(bob, "METADATA visitor LIST")[0]

    def test_no_more_keys_than_anybody(self, run_server: Callable[..., Running]) -> None:
        client = run_server(accounts={"guests": True}, limits={"metadata_keys": 1}).connect()
        client.ask(f"CAP REQ :{NEW}", "METADATA * SET a :x")
        assert "LIMIT_REACHED SET * 1" in answers(client, "METADATA * SET b :x")[0]
        client.send("NICK visitor", "USER v 0 * :V", "CAP END")
        client.wait(" 422 ")
        assert "LIMIT_REACHED SET * 1" in answers(client, "METADATA * SET b :x")[0]


def test_a_subject_is_a_room_or_a_person() -> None:
    assert Subject("tea", room=1).account_id is None
    assert not Subject("tea", room=1).guest


def _burst(client: IrcClient, *lines: str) -> list[Line]:
    before = len(client.log)
    client.send(*lines)
    client.wait(" (422|376) ")
    return [parse(line) for line in client.log[before:]]
