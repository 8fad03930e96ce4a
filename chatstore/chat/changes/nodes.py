"""What becomes of people whose server (node) has gone: changes that any other server of the database makes."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.chat.model.events import MemberQuit, PresenceMoved
from chatstore.chat.ports import Change, Touched, Transaction

MAX_AT_ONCE = 200
"""The most memberships that one change ends, so that nobody waits long for it."""
RESTARTED = "the server was restarted"
GONE = "their server has gone away"


@dataclass
class EndTemporaryMembers(Change):
    """End the memberships that need a connection, of people who have none to any server: guests, and accounts
    that don't stay (permissions.stays). It runs at the start, and now and then. Returns whether there are more."""

    always_on: bool
    why: str = RESTARTED
    most: int | None = None
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        absent = tx.members.temporary(always_on=self.always_on)[: self.most]
        return Touched(rooms={member.room for member in absent})

    def apply(self, tx: Transaction) -> bool | None:
        absent = tx.members.temporary(always_on=self.always_on)
        for member in absent[: self.most]:
            tx.members.remove(member.room, member.actor)
            tx.record(MemberQuit, member.room, member.actor, self.why)
        if self.most is not None and len(absent) > self.most:
            return True
        tx.markers.forget_guests()
        for room in tx.rooms.of_guests():
            tx.rooms.remove(room.id)
        tx.nodes.release_nicks()
        return False


@dataclass
class EndNode(EndTemporaryMembers):
    """Declare a server dead that has written nothing since `beat_at`, and end what its people had by their
    connections. If it lives after all, it finds that it may not write any more. Returns whether there are more
    memberships to end; None if the server is alive, or somebody else has done it."""

    node: str = ""
    beat_at: int = 0
    why: str = GONE
    most: int | None = MAX_AT_ONCE

    def apply(self, tx: Transaction) -> bool | None:
        people = tx.nodes.end(self.node, self.beat_at)
        if people is None:
            return None
        for actor in people:
            tx.announce(PresenceMoved(actor, tx.now, self.node, None))
        return super().apply(tx)
