"""A large database as a chat of some years would have made it, in about a minute: `make(path, 5_000_000)`.

The schema is the migrations'; the rows are written by raw sqlite3 without waiting for the disk. Words follow Zipf's
law, so a few are in every fifth message and most in a handful; one message in ten is Cyrillic and one in twenty has
Chinese characters. A room's size falls with its number as a word's frequency does. The same arguments make the same
database.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path

from chatstore.chat.model.passwords import hash_password
from chatstore.chat.model.rooms import direct_key, room_key
from chatstore.storage.store import DatabaseStore

PASSWORD = "correct horse battery"
"""The password of the account `alice`, who is in every room and in half of the direct conversations. Nobody
else can log in."""
PEOPLE = 500
DIRECT_CONVERSATIONS = 200
"""The number of direct conversations. They have one message in twenty."""
BEGUN = 1_600_000_000_000
"""When the first message was sent, in ms since 1970 UTC."""

_WORDS = 40_000
_STREAM = 1_000_000
"""The number of words that are drawn. Messages are cut out of them at random places, because drawing each
word takes minutes."""
_CHUNK = 50_000
_RARE_EVERY = 250_000


@dataclass(frozen=True)
class Made:
    """What the maker knows of a database. Ids are those of `rooms`, largest room first. Of the words,
    `common` is in about one message in five, `middle` in one in a thousand, `rare` in one in 250,000."""

    path: Path
    messages: int
    rooms: Sequence[int]
    direct_conversations: Sequence[int]
    common: str
    also_common: str
    middle: str
    rare: str
    cyrillic: str
    cjk: str

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"


def make(path: Path, messages: int, rooms: int = 50) -> Made:
    """Make a database with so many messages in so many rooms, and in the direct conversations. It must not
    exist."""
    draw = random.Random(f"{messages} {rooms}")
    DatabaseStore(f"sqlite:///{path}").close()
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous=OFF")
    database.execute("PRAGMA cache_size=-400000")
    database.execute("PRAGMA wal_autocheckpoint=20000")
    database.execute("BEGIN")
    _people(database)
    _places(database, rooms)
    database.execute("COMMIT")
    texts = _Texts(draw)
    places = range(1, rooms + DIRECT_CONVERSATIONS + 1)
    weights = [0.95 / (n + 3) / sum(1 / (m + 3) for m in range(rooms)) for n in range(rooms)]
    weights += [0.05 / DIRECT_CONVERSATIONS] * DIRECT_CONVERSATIONS
    seqs = [0] * (rooms + DIRECT_CONVERSATIONS + 1)
    rows = _rows(draw, texts, places, list(accumulate(weights)), seqs, messages, rooms)
    while chunk := list(islice(rows, _CHUNK)):
        database.execute("BEGIN")
        database.executemany(_INSERT, chunk)
        database.execute("COMMIT")
    database.execute("BEGIN")
    last = BEGUN + messages * 30
    database.executemany(
        "UPDATE rooms SET last_seq=?, last_sent_at=? WHERE id=?", [(seqs[n], last, n) for n in places]
    )
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    latin, russian, cjk = texts.latin, texts.russian, texts.cjk
    return Made(
        path=path,
        messages=messages,
        rooms=places[:rooms],
        direct_conversations=places[rooms:],
        common=latin[0],
        also_common=latin[3],
        middle=latin[700],
        rare="xylophone",
        cyrillic=russian[5],
        cjk=cjk[40] + cjk[41],
    )


_INSERT = (
    "INSERT INTO messages (room_id, seq, sent_at, account_id, nick, kind, body, tags, guest)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)"
)


def _rows(
    draw: random.Random,
    texts: _Texts,
    places: Sequence[int],
    weights: Sequence[float],
    seqs: list[int],
    messages: int,
    rooms: int,
) -> Iterator[tuple[object, ...]]:
    """The rows of events. Every thirtieth is a join or a leave, every fiftieth message is a notice, and some
    have tags."""
    speakers = list(accumulate(1 / (n + 5) for n in range(PEOPLE)))
    number = 0
    while number < messages:
        wanted = min(_CHUNK, messages - number)
        where = draw.choices(places, cum_weights=weights, k=wanted)
        who = draw.choices(range(1, PEOPLE + 1), cum_weights=speakers, k=wanted)
        for place, account in zip(where, who, strict=True):
            number += 1
            seqs[place] += 1
            kind, body, tags = "message", "", None
            if place > rooms:
                account = _pair(place - rooms - 1)[number % 2]
            if number % 30 == 0 and place <= rooms:
                kind = "join" if number % 60 else "part"
            else:
                body = texts.one()
                kind = "notice" if number % 50 == 7 else "message"
                tags = '{"+draft/reply": "1-1"}' if number % 20 == 3 else None
                if number % _RARE_EVERY == _RARE_EVERY // 2:
                    body = f"{body} xylophone"
            yield place, seqs[place], BEGUN + number * 30, account, _name(account), kind, body, tags


class _Texts:
    """Messages of one to thirty words."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.latin = _vocabulary(draw, "bcdfghjklmnprstvwz", "aeiou", _WORDS)
        self.russian = _vocabulary(draw, "бвгджзклмнпрстфхцчш", "аеиоуыя", _WORDS // 4)
        self.cjk = [chr(0x4E00 + n * 7) for n in range(2_500)]
        self._latin = self._stream(self.latin, _STREAM)
        self._russian = self._stream(self.russian, _STREAM // 4)
        self._cjk = self._stream(self.cjk, _STREAM // 4)

    def _stream(self, words: Sequence[str], length: int) -> list[str]:
        """Words drawn by the law of Zipf and Mandelbrot: the n-th word's share falls as 1 / (n + 2)."""
        return self._draw.choices(
            words, cum_weights=list(accumulate(1 / (n + 2.7) for n in range(len(words)))), k=length
        )

    def one(self) -> str:
        kind = self._draw.random()
        length = 1 + int(self._draw.expovariate(1 / 8))
        length = min(length, 30)
        if kind < 0.05:
            begin = int(kind / 0.05 * (len(self._cjk) - 60))
            return "".join(self._cjk[begin : begin + length + 4])
        stream = self._russian if kind < 0.15 else self._latin
        share = (kind - 0.05) / 0.10 if kind < 0.15 else (kind - 0.15) / 0.85
        begin = int(share * (len(stream) - 31))
        words = " ".join(stream[begin : begin + length])
        return f"{words[:1].upper()}{words[1:]}{'.?!'[begin % 3]}" if begin % 4 == 0 else words


def _vocabulary(draw: random.Random, consonants: str, vowels: str, size: int) -> list[str]:
    """Different words; the frequent ones are short."""
    words: dict[str, None] = {}
    while len(words) < size:
        syllables = 1 + min(len(words), 60) // 40 + draw.randrange(1 + min(len(words) // 300, 3))
        words["".join(draw.choice(consonants) + draw.choice(vowels) for _ in range(syllables))] = None
    return list(words)


def _name(account: int) -> str:
    return "alice" if account == 1 else f"person{account:03}"


def _pair(direct: int) -> tuple[int, int]:
    """The two accounts of a direct conversation; half of the conversations are alice's."""
    other = 2 + direct % (PEOPLE - 2)
    return (1, other) if direct % 2 == 0 else (other, other + 1)


def _people(database: sqlite3.Connection) -> None:
    hashed = hash_password(PASSWORD, 4)
    database.executemany(
        "INSERT INTO accounts (id, name, folded, nick, role, status, status_reason, password, created_at)"
        " VALUES (?, ?, ?, ?, 'user', 'active', '', ?, ?)",
        [(n, _name(n), _name(n), _name(n), hashed if n == 1 else "!", BEGUN) for n in range(1, PEOPLE + 1)],
    )


def _places(database: sqlite3.Connection, rooms: int) -> None:
    """Make the rooms `#room01` and so on, with alice in all and 39 more accounts in each; then the direct
    conversations."""
    members: list[tuple[object, ...]] = []
    for n in range(1, rooms + DIRECT_CONVERSATIONS + 1):
        if n <= rooms:
            kind, name, flags = "room", f"room{n:02}", "nt"
            key = room_key(name)
            people = {1, *((n * 13 + i * 11) % PEOPLE + 1 for i in range(39))}
        else:
            kind, name, flags = "direct", "", ""
            pair = _pair(n - rooms - 1)
            key, people = direct_key(*pair), set(pair)
        database.execute(
            "INSERT INTO rooms (id, kind, key, name, topic, topic_by, topic_at, flags, password, member_limit,"
            " created_at, last_seq, last_sent_at) VALUES (?, ?, ?, ?, '', '', 0, ?, '', 0, ?, 0, 0)",
            (n, kind, key, name, flags, BEGUN),
        )
        members += [(n, account, _name(account), BEGUN) for account in sorted(people)]
    database.executemany(
        "INSERT INTO memberships (room_id, account_id, nick, role, joined_seq, joined_at, seen_seq)"
        " VALUES (?, ?, ?, 0, 0, ?, 0)",
        members,
    )
