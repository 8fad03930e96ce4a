"""A database with accounts that upload files, without any protocol."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from chatstore.chat.changes.accounts import CreateAccount
from chatstore.chat.changes.files import CollectFiles
from chatstore.chat.changes.membership import JoinRoom
from chatstore.chat.live.hub import Hub
from chatstore.chat.model.actors import Actor
from chatstore.chat.model.errors import ChatError
from chatstore.chat.model.files import StoredFile
from chatstore.chat.model.names import person_name, room_name
from chatstore.chat.model.rooms import Room
from chatstore.chat.rules import policy
from chatstore.chat.rules.flood import Flood
from chatstore.chat.rules.policy import Policy
from chatstore.chat.session import Chat, Session
from chatstore.chat.session.files import find_file
from chatstore.chat.session.logins import Logins
from chatstore.storage.contents import Folder
from tests.chat.listening import RecordingRenderer
from tests.storage.database import Database, said

TEXT = b"a poem\n" * 100


class Nobody:
    """A protocol that is told things."""

    def send(self, data: bytes) -> None: ...
    def entered(self, room_id: int, joined: Any) -> None: ...
    def came_online(self, nick: str) -> None: ...
    def ended(self, reason: str) -> None: ...


class World:
    """A database, its folder of contents, and accounts with sessions."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        database.store.contents = Folder(folder)
        hub, rules = Hub(), Policy(files=policy.Files(free_bytes=0))
        logins = Logins(database.store, hub, rules, lambda: 0.0, lambda: database.now)
        flood = Flood(rules.limits, lambda: 0.0)
        self.chat = Chat(hub, database.store, logins, rules, lambda: database.now, flood)

    def set(self, **values: Any) -> None:
        self.chat.policy = replace(self.chat.policy, files=replace(self.chat.policy.files, **values))

    def session(self, name: str) -> Session:
        store = self.database.store
        if store.accounts.named(name) is None:
            self.database.do(CreateAccount(person_name(name), "x", "user"))
        session = Session(self.chat, Nobody(), "192.0.2.1", local=False, renderer=RecordingRenderer())
        session.account = store.accounts.named(name)
        return session

    def actor(self, name: str) -> Actor:
        account = self.session(name).own_account
        return Actor(account.nick, account.name, account.id)

    def join(self, name: str, room: str) -> Room:
        actor, there = self.actor(name), self.database.store.rooms.keyed(f"#{room}")
        if there is None or self.database.store.members.get(there.id, actor) is None:
            self.database.do(JoinRoom(actor, room_name(room), "", 100))
        return self.database.room(room)

    def upload(self, name: str, data: bytes = TEXT, called: str = "poem.txt") -> StoredFile:
        return upload(self.session(name), data, called)

    def say(self, name: str, room: Room, file: StoredFile) -> Any:
        text = f"look: https://chat.example/files/{file.token}/{file.name} #w=1"
        return self.database.store.submit(said(room, text, actor=self.actor(name))).result()

    def there(self, file: StoredFile) -> bool:
        """Whether the URL works."""
        try:
            return find_file(self.chat, file.token, None).path.is_file()
        except ChatError:
            return False

    def collect(self) -> None:
        collected = self.database.do(CollectFiles())
        assert self.database.store.contents is not None
        self.database.store.contents.remove(collected.places)

    @property
    def contents(self) -> list[str]:
        return [path.name for path in self.folder.rglob("*") if path.is_file()]


def upload(session: Session, data: bytes, called: str = "poem.txt") -> StoredFile:
    arriving = session.files.begin(called, len(data))
    for first in range(0, len(data), 1000):
        arriving.write(data[first : first + 1000])
    return arriving.finish()
