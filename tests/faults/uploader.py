"""A process that uploads, says, takes back and collects files until it is killed: `python -m tests.faults.uploader
DATABASE SEED`. It writes the token of each file that it was given, one per line.

`careless`: it commits the row of a file before the content is on disk, as a server must not.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from pathlib import Path
from typing import Any

from chatstore.chat.changes.posting import RedactMessage
from chatstore.chat.model.message_ids import msgid
from chatstore.storage import contents
from tests.media import made
from tests.storage.database import Database
from tests.storage.uploading import World, upload

PICTURE = made.jpeg(6, (900, 700))


def main() -> None:
    database, seed, careless = Path(sys.argv[1]), int(sys.argv[2]), "careless" in sys.argv
    if careless:
        _put_late()
    world, chance = World(Database(database), Path(f"{database}.files")), random.Random(seed)
    world.database.now = time.time()
    room = world.join("alice", "tea")
    alice = world.session("alice")
    while True:
        if not careless and chance.random() < 0.1:
            file = upload(alice, PICTURE)
        else:
            file = upload(alice, bytes([chance.randrange(8)]) * chance.randrange(1, 50_000), "x")
        print(file.token, flush=True)
        said: Any = world.say("alice", room, file)
        if chance.random() < 0.7:
            world.database.do(
                RedactMessage(world.actor("alice"), room.id, msgid(room.id, said.seq, said.time), "", 1e9)
            )
        if chance.random() < 0.5:
            world.collect()


def _put_late() -> None:
    """Give a content its place some milliseconds after its row is there."""

    def late(self: contents.Folder, part: Path, thumbnail: Path | None, digest: str) -> str:
        place = f"{digest[:2]}/{digest[2:]}-late{time.monotonic_ns()}"
        copy = part.with_name(f"late{time.monotonic_ns()}")
        part.rename(copy)

        def put_now() -> None:
            time.sleep(0.1)
            self.path(place).parent.mkdir(exist_ok=True)
            copy.rename(self.path(place))

        threading.Thread(target=put_now).start()
        return place

    contents.Folder.put = late  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
