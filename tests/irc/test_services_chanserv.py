"""ChanServ: what MODE, TOPIC, KICK and INVITE do, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.rooms import Role
from chatstore.chat.ports import Change
from tests.irc.services import said
from tests.running import IrcClient, Running


@pytest.fixture
def olga(server: Running) -> IrcClient:
    """The founder of #tea."""
    return server.member("olga", room="#tea")


@pytest.fixture
def gus(server: Running, olga: IrcClient) -> IrcClient:
    client = server.member("gus", room="#tea")
    olga.wait("gus.* JOIN")
    return client


def ask(client: IrcClient, text: str) -> str:
    """The first thing that ChanServ says to it, after whatever the room sees of it."""
    client.send(f"PRIVMSG ChanServ :{text}")
    return client.wait("^:ChanServ!").partition(" :")[2]


class TestRoles:
    def test_op_and_voice(self, olga: IrcClient, gus: IrcClient) -> None:
        assert ask(gus, "OP #tea") == "You are not an operator of tea."
        assert ask(olga, "OP #tea gus") == "#tea: gus is now an operator."
        assert gus.wait(" MODE ").endswith("MODE #tea +o gus")
        assert ask(olga, "DEOP tea gus") == "#tea: gus is no longer an operator."
        assert ask(olga, "VOICE #tea gus") == "#tea: gus now has voice."
        assert ask(olga, "DEVOICE #tea gus").startswith("#tea: gus no longer has voice")
        assert gus.wait(r" MODE #tea \+v gus")
        assert gus.wait(r" MODE #tea -v gus")

    def test_errors_are_sentences(self, olga: IrcClient, gus: IrcClient, server: Running) -> None:
        eve = server.register("eve")
        assert ask(olga, f"OP #tea {eve.nick}") == "Eve is not in this room."
        assert ask(olga, "OP #tea zoe") == "There is nobody called zoe."
        assert ask(olga, "OP #nosuch gus") == "There is no room nosuch."
        assert ask(olga, "KICK #tea").startswith("Usage: KICK #ROOM NICK [REASON]: ")


class TestPeople:
    def test_kick(self, olga: IrcClient, gus: IrcClient) -> None:
        assert ask(gus, "KICK #tea olga") == "You are not an operator of tea."
        assert ask(olga, "KICK #tea gus too much tea") == "gus was removed from #tea."
        assert gus.wait(" KICK ").endswith("KICK #tea gus :too much tea")

    def test_ban_and_unban(self, olga: IrcClient, gus: IrcClient) -> None:
        assert ask(olga, "BAN #tea gus").startswith("#tea: a:gus is banned.")
        assert [line.command for line in gus.parsed("PRIVMSG #tea :hello")][-1] == "404"
        assert ask(olga, "UNBAN #tea gus") == "#tea: a:gus is no longer banned."
        assert ask(olga, "BAN #tea *!*@user/eve").startswith("#tea: *!*@user/eve is banned.")
        assert ask(olga, "UNBAN #tea *!*@user/eve") == "#tea: *!*@user/eve is no longer banned."
        assert ask(olga, "UNBAN #tea gus") == "#tea has no ban on gus."

    def test_invite(self, olga: IrcClient, server: Running) -> None:
        eve = server.register("eve")
        ask(olga, "SET #tea INVITEONLY ON")
        assert ask(olga, "INVITE #tea eve") == "eve is invited to #tea."
        assert eve.wait(" INVITE ")
        assert "366" in [line.command for line in eve.parsed("JOIN #tea")]


class TestSettings:
    def test_what_can_be_set(self, olga: IrcClient, gus: IrcClient) -> None:
        for text, shown in {
            "TOPIC green, not black": "TOPIC #tea :green, not black",
            "PRIVATE ON": "MODE #tea +s",
            "PRIVATE off": "MODE #tea -s",
            "MODERATED ON": "MODE #tea +m",
            "TOPICLOCK OFF": "MODE #tea -t",
            "KEY sesame": "MODE #tea +k sesame",
            "KEY OFF": "MODE #tea -k",
        }.items():
            assert ask(olga, f"SET #tea {text}") == f"#tea: {text.split()[0].lower()} is set."
            command, room, *rest = shown.split(" ", 2)
            assert rest[0] in gus.wait(f" {command} {room} ")
        for text in ("HISTORY MEMBERS", "RETENTION 30", "MOTD Be kind."):
            assert ask(olga, f"SET tea {text}") == f"#tea: {text.split()[0].lower()} is set."
        information = "\n".join(said(olga, "ChanServ", "INFO #tea")[0:])
        for words in ("2 members", "founded by olga", "green, not black", "30 days", "from when they joined"):
            assert words in information
        assert "Be kind." in information
        assert "lets only operators and members with voice speak" in information

    @pytest.mark.parametrize("text", ["KEY a,b", "PRIVATE maybe", "HISTORY nobody", "RETENTION -1", "COLOUR red"])
    def test_what_can_not(self, olga: IrcClient, text: str) -> None:
        assert ask(olga, f"SET #tea {text}").endswith(": /msg ChanServ HELP SET lists the settings.")

    def test_by_operators_only(self, gus: IrcClient) -> None:
        for text in ("PRIVATE ON", "HISTORY MEMBERS", "RETENTION 3", "MOTD hello", "KEY x"):
            assert ask(gus, f"SET #tea {text}") == "You are not an operator of tea."

    def test_a_secret_room_is_not_there(self, olga: IrcClient, server: Running) -> None:
        ask(olga, "SET #tea PRIVATE ON")
        eve = server.register("eve")
        for text in (
            "INFO #{}",
            "OP #{} eve",
            "SET #{} PRIVATE OFF",
            "KICK #{} olga",
            "UNBAN #{} x",
            "REGISTER #{}",
        ):
            there, nowhere = (ask(eve, text.format(room)) for room in ("tea", "not"))
            assert there == nowhere.replace("not", "tea") == "There is no room tea."


class TestFounders:
    def test_transfer(self, olga: IrcClient, gus: IrcClient) -> None:
        assert ask(gus, "TRANSFER #tea gus") == "Only the founder can give tea away."
        assert ask(olga, "TRANSFER #tea zoe") == "There is no account of the name zoe."
        assert ask(gus, "ACCEPT #tea") == "Nobody has offered you the room tea."
        assert ask(olga, "TRANSFER #tea gus") == "#tea is offered to gus, and theirs when they accept it."
        assert gus.wait("NOTICE gus").endswith("olga offers you #tea: /msg ChanServ ACCEPT #tea, or DECLINE #tea.")
        assert "founded by olga" in "\n".join(said(gus, "ChanServ", "INFO #tea"))
        assert ask(gus, "OFFERS").startswith("#tea is offered to you by olga since 2")
        assert ask(olga, "OFFERS").startswith("You have offered #tea to gus on 2")
        assert ask(olga, "ACCEPT #tea") == "Nobody has offered you the room tea."
        assert ask(olga, "TRANSFER #tea olga") == "#tea is still olga's: the offer is withdrawn."
        assert ask(olga, "TRANSFER #tea olga") == "#tea is olga's already."
        assert ask(gus, "ACCEPT #tea") == "Nobody has offered you the room tea."
        ask(olga, "TRANSFER #tea gus")
        gus.wait("NOTICE gus :olga offers")
        assert ask(gus, "DECLINE #tea") == "You declined #tea."
        assert ask(gus, "OFFERS") == "No room is offered to you, or by you."
        ask(olga, "TRANSFER #tea gus")
        gus.wait("NOTICE gus :olga offers")
        gus.send("CS ACCEPT #tea")
        assert gus.wait(r"MODE #tea \+o gus")
        assert "founded by gus" in "\n".join(said(gus, "ChanServ", "INFO #tea"))

    def test_a_room_without_a_founder(self, server: Running, alice: IrcClient, bob: IrcClient) -> None:
        """#main is nobody's; the administrator makes somebody its operator."""
        assert "Nobody is its founder." in said(bob, "ChanServ", "INFO #main")
        assert ask(alice, "REGISTER #main").startswith("Only the founder")
        server.server.store.submit([_Promote("main", "alice")]).result()
        assert ask(alice, "REGISTER #main") == "#main is yours."
        assert ask(alice, "REGISTER #main") == "#main is yours already."
        assert ask(bob, "REGISTER #main").startswith("Only the founder")

    def test_it_is_not_dropped(self, olga: IrcClient) -> None:
        assert "TRANSFER" in ask(olga, "DROP #tea")
        assert olga.parsed("TOPIC #tea")[0].command == "331"


@dataclass
class _Promote(Change):
    room: str
    name: str

    def apply(self, tx: object) -> None:
        account = tx.accounts.named(self.name)  # type: ignore[attr-defined]
        room = tx.rooms.keyed(f"#{self.room}")  # type: ignore[attr-defined]
        member = tx.members.get(room.id, Actor(account.nick, account.name, account.id))  # type: ignore[attr-defined]
        tx.members.put(room.id, member.actor, Role.OPERATOR, member.joined_seq)  # type: ignore[attr-defined]


def test_the_message_of_the_day_is_told_to_members_only(server: Running, olga: IrcClient) -> None:
    eve = server.register("eve")
    assert ask(olga, "SET #tea MOTD the code is 1234") == "#tea: motd is set."
    assert any("1234" in line for line in olga.ask("PRIVMSG ChanServ :INFO #tea"))
    assert not any("1234" in line for line in said(eve, "ChanServ", "INFO #tea"))
