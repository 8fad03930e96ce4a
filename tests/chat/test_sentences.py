"""Changes of modes, in words."""

from __future__ import annotations

import pytest

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.room_events import WITH_ACCOUNT, MessageRedacted, ModesChanged, RemovedMessage
from chatstore.chat.model.room_settings import FLAGS, KEY
from chatstore.chat.model.sentences import sentence


@pytest.mark.parametrize(
    ("modes", "said"),
    [
        ("+o bob", "made bob an operator"),
        ("-o bob", "took the operator's role from bob"),
        ("+v bob", "gave bob voice"),
        ("+ov-v bob eve zoe", "made bob an operator, gave eve voice and took voice from zoe"),
        ("+b a:bob", "banned bob"),
        ("+b bob!*@*", "banned bob"),
        ("-b *!*@host", "lifted the ban on *!*@host"),
        ("+b m:a:bob", "muted bob"),
        ("+eI a:bob a:eve", "exempted bob from bans and let eve join without an invite"),
        ("+s", "made the room private"),
        ("-i", "opened the room to people without an invite"),
        ("+k sesame", "set a key"),
        ("-k *", "removed the key"),
        ("+l 20", "limited the room to 20 members"),
        ("-ln", "removed the limit of members and let people outside the room speak"),
        ("+X", "set mode +X"),
    ],
)
def test_modes(modes: str, said: str) -> None:
    event = ModesChanged(1, 1, 0, Actor("ann", "ann", 1), modes, {})
    assert sentence(event) == f"ann {said}"


def test_every_flag_has_both() -> None:
    for row in (*FLAGS, KEY):
        assert set(row.done) == {"on", "off"}


def test_what_was_erased_with_its_account_was_removed_by_nobody() -> None:
    """Whoever did it is in the audit log."""
    ada = Actor("ada", "ada", 1)
    removed = RemovedMessage(1, 1, 0, ada, "", {"by": "ada", "was": "message", "reason": WITH_ACCOUNT})
    assert sentence(removed) == "(a message of ada, erased with the account)"
    told = MessageRedacted(1, 2, 0, ada, WITH_ACCOUNT, {"seq": "1", "time": "0", "nick": "ada", "was": "message"})
    assert sentence(told) == "a message of ada was erased with the account"
