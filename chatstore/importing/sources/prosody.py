"""Prosody: its message archives (XEP-0313) of rooms and of conversations, from its SQLite database.

Format: mod_storage_sql, mod_muc_mam and mod_mam of <https://prosody.im>: `prosodyarchive` has a stanza in
each row. Of a conversation both people may have an archive: the one with more messages is read. `prosody` has
the rooms' settings: those for members only, hidden, or with a password are private, and so is a room whose
settings are not there.

In rooms people are nicks: rooms hide addresses. A nick is taken for the account of that name, if there is
one. Those who have spoken in a private room are members of it, with those who are allowed in. Corrections
(XEP-0308), reactions (XEP-0444) and answers (XEP-0461) are read; what was encrypted between clients
(XEP-0384) can't be.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatstore.importing.reading import times
from chatstore.importing.reading.databases import Database
from chatstore.importing.reading.fields import mapping
from chatstore.importing.reading.files import UnreadableError
from chatstore.importing.reading.reader import Reader
from chatstore.importing.reading.text import clean, short
from chatstore.importing.source import (
    Item,
    Message,
    Options,
    Person,
    Place,
    Problem,
    Reaction,
    Room,
    Skipped,
    Source,
)

_REPLACE, _REACTIONS, _REPLY = "urn:xmpp:message-correct:0", "urn:xmpp:reactions:0", "urn:xmpp:reply:0"
_FALLBACK, _ENCRYPTED = "urn:xmpp:fallback:0", "eu.siacs.conversations.axolotl"
_ROOMS, _OWN = ("muc_log", "muc_archive"), ("archive", "archive2")


def open_source(path: Path, options: Options) -> Source:
    return ProsodyReader(Database(path, "database of Prosody", ["prosodyarchive"]), options, path.name)


@dataclass
class _Later:
    """What later messages say of those before: by whom and which; looked up when these are read."""

    texts: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """Corrections: by conversation, person and the message's id."""
    reactions: dict[tuple[str, str], dict[str, tuple[str, list[str]]]] = field(default_factory=dict)
    """By conversation and the message's id: of each person the name and the emoji, the last set of them."""


@dataclass(frozen=True, slots=True)
class _Where:
    """A room or a conversation. `host` and `user` are of its archive."""

    id: str
    host: str
    user: str
    peer: str = ""
    """The other one of a conversation; empty for a room."""


class ProsodyReader(Reader[Database]):
    def __init__(self, database: Database, options: Options, title: str) -> None:
        super().__init__(database, options)
        self.title, self._name = f"Prosody's database {title}", title
        self._order = "sort_id" if "sort_id" in database.columns("prosodyarchive") else "rowid"
        self._count = 0
        self._addresses: dict[str, str] = {}
        """Whom a nick is taken for: the address with that name before its `@`, if there is one such."""
        self._later = _Later()
        self._ids: dict[tuple[str, str], str] = {}
        """In conversations: our ids by those that clients gave, which answers name."""

    def items(self) -> Iterator[Item]:
        try:
            self._count = self.files.one("SELECT count(*) FROM prosodyarchive") or 0
            self.files.read = 0
            self._find_addresses()
            for where in self._rooms():
                yield from self._one(where, self._room(where))
            for where in self._conversations():
                yield from self._one(where, self._conversation(where))
        except UnreadableError as error:
            yield Problem(str(error), Place(self._name))

    # -- rooms and people -----------------------------------------------------------------------

    def _rooms(self) -> list[_Where]:
        query = 'SELECT DISTINCT host, "user" FROM prosodyarchive WHERE store IN (?, ?) ORDER BY host, "user"'
        return [_Where(f"{user}@{host}", host, user) for host, user in self.files.rows(query, _ROOMS)]

    def _conversations(self) -> list[_Where]:
        """Each pair once: the archive that has more of it."""
        query = (
            'SELECT host, "user", "with", count(*) FROM prosodyarchive WHERE store IN (?, ?) '
            'GROUP BY host, "user", "with" ORDER BY count(*) DESC, host, "user"'
        )
        found: dict[str, _Where] = {}
        for host, user, peer, _ in self.files.rows(query, _OWN):
            own, other = f"{user}@{host}".lower(), clean(peer).partition("/")[0].lower()
            if other:
                room = "direct:" + ",".join(sorted({own, other}))
                found.setdefault(room, _Where(room, host, user, other))
        return list(found.values())

    def _find_addresses(self) -> None:
        query = "SELECT DISTINCT \"user\" || '@' || host FROM prosodyarchive WHERE store IN (?, ?)"
        found = {address.lower() for (address,) in self.files.rows(query, _OWN)}
        if "prosody" in self.files.tables():
            accounts = "SELECT DISTINCT \"user\" || '@' || host FROM prosody WHERE store = 'accounts'"
            found |= {address.lower() for (address,) in self.files.rows(accounts)}
        for address in found:
            name = address.partition("@")[0]
            self._addresses[name] = "" if name in self._addresses else address

    def _author(self, where: _Where, stanza: ElementTree.Element) -> tuple[str, str]:
        """The id and name of who said it: in a room the nick, which stands behind its address."""
        address = clean(stanza.get("from"))
        if where.peer:
            bare = address.partition("/")[0].lower()
            return bare, bare.partition("@")[0]
        nick = address.partition("/")[2]
        return (self._addresses.get(nick.lower()) or f"{where.host}/{nick.lower()}", nick) if nick else ("", "")

    def _speakers(self, where: _Where) -> dict[str, str]:
        found: dict[str, str] = {}
        for _, _, _, value in self._rows(where):
            try:
                stanza = _parsed(value)
            except ValueError:
                continue  # it is reported when it is read
            who, name = self._author(where, stanza)
            if who and not _why_not(stanza):
                found.setdefault(who, name)
        return found

    def _room(self, where: _Where) -> Iterator[Item]:
        settings, affiliations = self._settings(where)
        known = bool(settings)
        private = (
            self.options.private
            or not known
            or bool(settings.get("members_only") or settings.get("hidden") or settings.get("password"))
        )
        place = Place(self._name)
        members: dict[str, str] = {}
        if private:
            allowed = [who for who, which in affiliations.items() if which in ("owner", "admin", "member")]
            members = {who: who.partition("@")[0] for who in allowed} | self._speakers(where)
        for who, name in members.items():
            yield from self._person(who, name, place)
        if not known:
            yield Problem(
                f"there are no settings of the room {short(where.id)}: it becomes private", place, lost=False
            )
        topic = clean(settings.get("subject")) or clean(settings.get("description"))
        yield Room(where.id, where.user, private=private, topic=topic, members=tuple(members), place=place)

    def _settings(self, where: _Where) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """The room's settings, and the affiliations by address. Prosody 0.11 and later have a row for each
        address."""
        if "prosody" not in self.files.tables():
            return {}, {}
        settings: Mapping[str, Any] = {}
        affiliations: dict[str, str] = {}
        query = 'SELECT "key", type, value FROM prosody WHERE host = ? AND "user" = ? AND store = \'config\''
        for key, kind, value in self.files.rows(query, (where.host, where.user)):
            try:
                content = json.loads(value) if kind == "json" else value
            except (ValueError, TypeError, RecursionError):
                continue
            if key == "_data":
                settings = mapping(content)
            elif key == "_affiliations":
                affiliations |= {address: str(which) for address, which in mapping(content).items()}
            elif isinstance(key, str) and "@" in key:
                affiliations[key] = str(content)
        return settings, affiliations

    def _conversation(self, where: _Where) -> Iterator[Item]:
        members, place = where.id.removeprefix("direct:").split(","), Place(self._name)
        for address in members:
            yield from self._person(address, address.partition("@")[0], place)
        yield Room(where.id, where.user, "direct", private=True, members=members, place=place)

    def _person(self, who: str, name: str, place: Place) -> Iterator[Person]:
        if not self.knows(who):
            yield from self.meet(who, name or who, place=place)

    # -- what was said --------------------------------------------------------------------------

    def _one(self, where: _Where, room: Iterator[Item]) -> Iterator[Item]:
        self._look_ahead(where)
        yield from room
        for row, key, when, value in self._rows(where):
            place = Place(f"{self._name}, row {row}")
            try:
                yield from self._row(where, clean(key) or str(row), when, value, place)
            except ValueError as error:
                yield Problem(str(error), place)

    def _rows(self, where: _Where, like: str = "") -> Iterator[tuple[Any, ...]]:
        stores, peer = (_OWN, where.peer) if where.peer else (_ROOMS, "")
        query = f"""
            SELECT {self._order}, "key", "when", value FROM prosodyarchive
            WHERE host = ? AND "user" = ? AND store IN (?, ?)
                AND (? = '' OR lower("with") = ? OR lower("with") LIKE ? || '/%') AND (? = '' OR value LIKE ?)
            ORDER BY "when", {self._order}
        """
        values = (where.host, where.user, *stores, peer, peer, peer, like, like)
        return self.files.rows(query, values, self._count)

    def _look_ahead(self, where: _Where) -> None:
        self._later, self._ids = _Later(), {}
        for like in (f"%{_REPLACE}%", f"%{_REACTIONS}%"):
            for _, _, _, value in self._rows(where, like):
                try:
                    stanza = _parsed(value)
                except ValueError:
                    continue  # it is reported when it is read
                who, name = self._author(where, stanza)
                if (replaced := stanza.find(f"{{{_REPLACE}}}replace")) is not None:
                    self._later.texts[where.id, who, replaced.get("id", "")] = _body(stanza)
                elif (reacted := stanza.find(f"{{{_REACTIONS}}}reactions")) is not None:
                    values = [(one.text or "").strip() for one in reacted.iter(f"{{{_REACTIONS}}}reaction")]
                    about = self._later.reactions.setdefault((where.id, reacted.get("id", "")), {})
                    about[who] = name, [one for one in values if one]

    def _row(self, where: _Where, key: str, when: object, value: object, place: Place) -> Iterator[Item]:
        stanza = _parsed(value)
        if why := _why_not(stanza):
            yield Skipped(why, place)
            return
        at = times.from_number(when)
        who, name = self._author(where, stanza)
        if not who:
            raise ValueError("nobody is named who said it")
        given = stanza.get("id", "")
        text = self._later.texts.get((where.id, who, given)) if given else None
        edited, text = text is not None, _body(stanza) if text is None else text
        if not text.strip():
            yield Skipped("had no text", place)
            return
        said = f"{where.id}:{key}"
        if where.peer and given:
            self._ids[where.id, given] = said
        yield from self._person(who, name, place)
        reactions = []
        for person, (nick, values) in self._reacted(where, key, given).items():
            yield from self._person(person, nick, place)
            reactions += [Reaction(one, (person,)) for one in values]
        action = text.startswith("/me ")
        yield Message(
            said,
            where.id,
            who,
            at,
            text[4:] if action else text,
            answers=self._answered(where, stanza),
            reactions=reactions,
            edited=edited,
            action=action,
            place=place,
        )

    def _reacted(self, where: _Where, key: str, given: str) -> Mapping[str, tuple[str, list[str]]]:
        found = self._later.reactions
        return found.get((where.id, key)) or (found.get((where.id, given)) if given else None) or {}

    def _answered(self, where: _Where, stanza: ElementTree.Element) -> str:
        reply = stanza.find(f"{{{_REPLY}}}reply")
        about = reply.get("id", "") if reply is not None else ""
        if not about:
            return ""
        return self._ids.get((where.id, about), "") if where.peer else f"{where.id}:{about}"


def _parsed(value: object) -> ElementTree.Element:
    """The stanza, its own elements without a namespace. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("it has no XML")
    if "<!DOCTYPE" in value or "<!ENTITY" in value:
        raise ValueError("its XML has a DOCTYPE, which no stanza has")
    try:
        stanza = ElementTree.fromstring(
            value.replace("xmlns='jabber:client'", "").replace('xmlns="jabber:client"', "")
        )
    except ElementTree.ParseError as error:
        raise ValueError(f"its XML can't be read: {error}") from None
    return stanza


def _why_not(stanza: ElementTree.Element) -> str:
    """Why it is no message: in a few words; empty if it is one."""
    if stanza.tag == "presence":
        return "left" if stanza.get("type") == "unavailable" else "joined"
    if stanza.tag != "message" or stanza.get("type") in ("error", "headline"):
        return "from the server itself"
    if stanza.find(f"{{{_REPLACE}}}replace") is not None:
        return "a correction, which is with its message"
    if stanza.find(f"{{{_REACTIONS}}}reactions") is not None:
        return "a reaction, which is with its message"
    if stanza.find(f"{{{_ENCRYPTED}}}encrypted") is not None:
        return "was encrypted"
    if stanza.find("subject") is not None and stanza.find("body") is None:
        return "changed the topic"
    return ""


def _body(stanza: ElementTree.Element) -> str:
    """The text, without what is there for clients that don't know answers: a quotation of what was answered."""
    body = stanza.find("body")
    text = clean(body.text if body is not None else "")
    for fallback in stanza.iter(f"{{{_FALLBACK}}}fallback"):
        part = fallback.find(f"{{{_FALLBACK}}}body")
        if fallback.get("for") == _REPLY and part is not None:
            try:
                start, end = int(part.get("start", "0")), int(part.get("end", str(len(text))))
            except ValueError:
                continue
            text = text[:start] + text[end:] if 0 <= start <= end else text
    return text
