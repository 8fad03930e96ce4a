"""What becomes of people whose server (node) has gone: changes that any other server of the database makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import PresenceMoved
from chatstore.chat.model.room_events import MemberQuit
from chatstore.chat.ports import Change, Touched, Transaction

RESTARTED = "the server was restarted"
GONE = "their server has gone away"


@dataclass
class EndTemporaryMembers(Change):
    """End the memberships that need a connection, of people who have none to any server: guests, and accounts
    that don't stay (permissions.stays)."""

    always_on: bool
    people: Sequence[Actor] | None = None
    """Only theirs; None means everybody's."""
    node: str = ""
    """The server that has gone with these people's connections, if it is because of that."""
    why: str = GONE
    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        absent = tx.members.temporary(self.people, always_on=self.always_on)
        # With their accounts, because these may be about to come back; a guest does not.
        accounts = {member.actor.account_id for member in absent if member.actor.account_id is not None}
        return Touched(accounts, {member.room for member in absent})

    def apply(self, tx: Transaction) -> None:
        for member in tx.members.temporary(self.people, always_on=self.always_on):
            tx.members.remove(member.room, member.actor)
            tx.record(MemberQuit, member.room, member.actor, self.why)
        if self.people is None:
            return
        tx.nicks.release_unheld(self.people)
        for actor in self.people if self.node else ():
            # After their quits: who does not stay is not shown as away first.
            tx.announce(PresenceMoved(actor, tx.now, self.node, None))


@dataclass
class ForgetGuests(Change):
    """Remove what guests leave behind who are nowhere: read markers, conversations among guests, and nicks."""

    ends_batch = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[room.id for room in tx.rooms.of_guests()])

    def apply(self, tx: Transaction) -> None:
        tx.markers.forget_guests()
        for room in tx.rooms.of_guests():
            tx.rooms.remove(room.id)
        tx.nicks.release_unheld()


@dataclass
class EndNode(Change):
    """Declare a server dead that has written nothing since `beat_at`. If it lives after all, it finds that it may
    not write any more. Returns who had connections to it, for EndTemporaryMembers; None if the server is alive, or
    somebody else has done it."""

    node: str
    beat_at: int

    def apply(self, tx: Transaction) -> Sequence[Actor] | None:
        if not tx.nodes.is_silent(self.node, self.beat_at):
            return None
        people = tx.presences.remove_all(self.node)
        tx.nodes.remove(self.node)
        return people
