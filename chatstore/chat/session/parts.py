"""The parts of a session. A server has thousands of sessions, and nearly all of them use two or three parts.

So a part that keeps nothing is made anew whenever somebody asks for it: that costs less than a microsecond, and
to keep it would cost memory for every connection. A part that keeps something, and that few sessions need, is
made when it is asked for first.
"""

from __future__ import annotations

import threading

from chatstore.chat.ports import Renderer
from chatstore.chat.session.accounts import Accounts
from chatstore.chat.session.administration import Administration
from chatstore.chat.session.bots import Bots
from chatstore.chat.session.delivered import Delivered
from chatstore.chat.session.favourites import Favourites
from chatstore.chat.session.files import Files
from chatstore.chat.session.history import History
from chatstore.chat.session.hooks import Hooks
from chatstore.chat.session.invitations import Invitations
from chatstore.chat.session.metadata import Metadata
from chatstore.chat.session.monitor import MonitorList
from chatstore.chat.session.notifications import Notifications, PushSubscriptions
from chatstore.chat.session.operator import Operator
from chatstore.chat.session.own_data import OwnData
from chatstore.chat.session.peace import Peace
from chatstore.chat.session.previews import Previews
from chatstore.chat.session.room_administration import RoomAdministration
from chatstore.chat.session.rooms import Rooms
from chatstore.chat.session.sending import Sending
from chatstore.chat.session.state import Chat, Receiver, SessionState
from chatstore.chat.session.tokens import Tokens
from chatstore.chat.session.visibility import Visibility

_making = threading.Lock()
"""Two threads may be the first to ask one session for a part that it keeps. Nothing is called under this lock but
the making of that part."""


class SessionParts(SessionState):
    """`sees` says what the session may know, `sending` sends messages, `rooms` acts in rooms, `history` reads
    what was said before, `metadata` keeps values of people and rooms, `hooks` the webhooks of rooms, and
    `monitor` lists the nicks that it watches. `accounts`, `tokens` and `invitations` manage accounts,
    `own_data` exports one, and `files` has what it uploads; `notifications` says what an account wants to be
    told of, `push` where, `favourites` which conversations it wants first, and `peace` whom it ignores;
    `server_operator`, `administration` and `room_administration` manage the server. `delivered` says what has
    arrived."""

    __slots__ = ("_delivered", "_own_data", "invitations", "metadata", "sees", "sending")

    def __init__(self, chat: Chat, receiver: Receiver, address: str, *, local: bool, renderer: Renderer) -> None:
        super().__init__(chat, receiver, address, local=local, renderer=renderer)
        self.sees = Visibility(self)
        self.sending = Sending(self, self.sees)
        self.metadata = Metadata(self, self.sees)
        self.invitations = Invitations(self)
        self._delivered: Delivered | None = None
        self._own_data: OwnData | None = None

    # What few sessions need. Each keeps something.

    @property
    def delivered(self) -> Delivered:
        if self._delivered is None:
            with _making:
                self._delivered = self._delivered or Delivered(self)
        return self._delivered

    @property
    def own_data(self) -> OwnData:
        if self._own_data is None:
            with _making:
                self._own_data = self._own_data or OwnData(self)
        return self._own_data

    # What keeps nothing.

    @property
    def monitor(self) -> MonitorList:
        return MonitorList(self)

    @property
    def history(self) -> History:
        return History(self, self.sees)

    @property
    def rooms(self) -> Rooms:
        return Rooms(self, self.sees)

    @property
    def accounts(self) -> Accounts:
        return Accounts(self)

    @property
    def tokens(self) -> Tokens:
        return Tokens(self, self.sees)

    @property
    def bots(self) -> Bots:
        return Bots(self, self.tokens)

    @property
    def files(self) -> Files:
        return Files(self)

    @property
    def notifications(self) -> Notifications:
        return Notifications(self, self.sees)

    @property
    def push(self) -> PushSubscriptions:
        return PushSubscriptions(self)

    @property
    def favourites(self) -> Favourites:
        return Favourites(self, self.sees)

    @property
    def peace(self) -> Peace:
        return Peace(self, self.sees)

    @property
    def previews(self) -> Previews:
        return Previews(self)

    @property
    def server_operator(self) -> Operator:
        return Operator(self, self.sees)

    @property
    def administration(self) -> Administration:
        return Administration(self)

    @property
    def room_administration(self) -> RoomAdministration:
        return RoomAdministration(self, self.sees, self.administration)

    @property
    def hooks(self) -> Hooks:
        return Hooks(self, self.sees, self.administration)
