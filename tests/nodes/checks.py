"""What must hold of several nodes, whatever was broken meanwhile."""

from __future__ import annotations

import itertools
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from contextlib import closing

from tests.faults.journal import BrokenPromiseError, check_database, check_history
from tests.nodes.fleet import Fleet
from tests.nodes.people import Talker, Wanted
from tests.nodes.stored import Stored
from tests.running import IrcClient

_PAUSE = 0.05


def check_stored(stored: Stored, talkers: Sequence[Talker]) -> None:
    """What was shown is stored where it said, once; what was refused is not; every connection heard each room in
    its order, by one."""
    check_database(stored.contents, talkers)
    for talker in talkers:
        for shown in talker.shown:
            _check_stream(stored, talker.nick, shown)


def _check_stream(stored: Stored, nick: str, shown: Sequence[tuple[int, int]]) -> None:
    by_room: dict[int, list[int]] = {}
    for room, seq in shown:
        by_room.setdefault(room, []).append(seq)
    for room, heard in by_room.items():
        if room not in stored.contents.rooms:
            raise BrokenPromiseError(f"{nick} was shown events of room {room}, which is not stored")
        first = stored.contents.rooms[room].first_seq
        places = stored.shown.get(room, [])
        known = set(places)
        seqs = [seq for seq in heard if seq >= first]
        if any(one >= other for one, other in itertools.pairwise(seqs)):
            raise BrokenPromiseError(f"{nick} was shown events of room {room} in another order than it has")
        seqs = [seq for seq in seqs if seq in known]
        between = places[bisect_left(places, seqs[0]) : bisect_right(places, seqs[-1])] if seqs else []
        heard_here = set(seqs)
        missing = [
            seq for seq in between if seq not in heard_here and (room, seq) not in stored.contents.redacted
        ]  # what was taken back before a node heard of it is shown to nobody there
        if missing:
            what = ", ".join(f"{seq} ({stored.kinds[room, seq]})" for seq in missing[:10])
            raise BrokenPromiseError(f"{nick} was not shown all of room {room}: a gap at {what}")


def check_histories(fleet: Fleet, stored: Stored, talker: Talker) -> None:
    """Every node pages through the same messages as are stored."""
    for node in fleet.nodes:
        talker.come(IrcClient("127.0.0.1", node.port))
        for target, room in talker.rooms.items():
            own = [each for each in stored.contents.of(room) if (room, each.seq) not in stored.contents.redacted]
            check_history(talker, target, own)
        talker.client.close()


def check_one_owner(wanted: Sequence[Wanted]) -> None:
    """Nobody had a nick while somebody else had it."""
    for one in wanted:
        for before, after in itertools.pairwise(sorted(one.held)):
            if after[0] < before[1]:
                raise BrokenPromiseError(f"two had the nick {one.nick} at once: {before} and {after}")


def check_here(
    fleet: Fleet, rooms: Sequence[str], here: Sequence[str], gone: Sequence[str], seconds: float
) -> None:
    """Every node says, at the latest after so many seconds, that `here` are here and in the rooms, and that `gone`
    are neither."""
    for node in fleet.nodes:
        with closing(IrcClient("127.0.0.1", node.port)) as looker:
            looker.send(f"NICK looker-{node.name}", "USER looker 0 * :x")
            looker.wait(" (422|376) ")
            until = time.monotonic() + seconds
            while wrong := _wrong(looker, rooms, set(here), set(gone)):
                if time.monotonic() > until:
                    raise BrokenPromiseError(f"{node.name} says that {wrong}")
                time.sleep(_PAUSE)
            looker.send("QUIT")
            looker.rest()


def _wrong(looker: IrcClient, rooms: Sequence[str], here: set[str], gone: set[str]) -> str:
    """What is not so, by one node; empty if all is."""
    [ison] = looker.parsed(f"ISON {' '.join(sorted(here | gone))}")
    found = set(ison.params[1].split())
    if found != here:
        return f"{sorted(found - here)} are here, and {sorted(here - found)} are not"
    for room in rooms:
        lines = looker.parsed(f"NAMES {room}")
        names = {nick.lstrip("@+") for line in lines if line.command == "353" for nick in line.params[3].split()}
        if ghosts := names & gone:
            return f"{sorted(ghosts)} are in {room}"
        if absent := here - names:
            return f"{sorted(absent)} are not in {room}"
    return ""
