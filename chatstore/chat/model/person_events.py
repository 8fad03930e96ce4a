"""Facts about a person that are told and not stored. Who hears of them is in peers.py; the actor is as before."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.chat.model.events import Actor, PersonEvent, PersonInvited


@dataclass(frozen=True)
class AwayChanged(PersonEvent):
    """An empty message: they are back."""

    message: str


@dataclass(frozen=True)
class RealnameChanged(PersonEvent):
    """`asked`: by SETNAME, which this confirms; otherwise a connection came with it."""

    realname: str
    asked: bool = True


@dataclass(frozen=True)
class AccountChanged(PersonEvent):
    """The person has logged in to this account."""

    account: str


@dataclass(frozen=True)
class HostChanged(PersonEvent):
    """The person is `after` from now on, by user and host."""

    after: Actor


@dataclass(frozen=True)
class SeenToQuit(HostChanged):
    """The same for views that can't be told of a new host: that the person quit …"""


@dataclass(frozen=True)
class SeenToJoin(PersonEvent):
    """… has joined each of their rooms …"""

    realname: str
    away: str


@dataclass(frozen=True)
class SeenToBePromoted(PersonEvent):
    """… and has been given their role there by the actor: these letters of MODE."""

    nick: str
    modes: str


@dataclass(frozen=True)
class LoggedIn(PersonEvent):
    """A guest (the actor) that took part is `after` from now on. `merged`: who has a person here already, whom
    the guest's connection joins; otherwise the guest's own person stays."""

    after: Actor
    merged: bool


class PresenceMoved(PersonEvent):
    """A person came, went, or is away on one of their connections, perhaps: who wants to know is to look."""


class PersonOnline(PersonEvent):
    """To who watches the nick."""


class PersonOffline(PersonEvent):
    """To who watches the nick that the actor had."""


@dataclass(frozen=True)
class PersonKilled(PersonEvent):
    """The actor, an operator of the server, closes every connection of the target."""

    target: Actor
    reason: str

    @property
    def why(self) -> str:
        """As the target's rooms are told."""
        return f"Killed ({self.actor.nick} ({self.reason}))"


@dataclass(frozen=True)
class OperatorsTold(PersonEvent):
    """Something for operators of the server, and for whoever wants to hear such things."""

    text: str


@dataclass(frozen=True)
class InvitationNoticed(PersonInvited):
    """The same, as it is told to those of the room who may invite."""
