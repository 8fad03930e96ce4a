"""Server-wide bans in the database."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update

from chatstore.chat.model.events import ServerBansAre
from chatstore.chat.model.server_bans import ServerBan
from chatstore.storage.rows import Rows
from chatstore.storage.schema import server_bans, server_bans_version


class ServerBans(Rows):
    def all(self) -> list[ServerBan]:
        """All bans, also those that have ended, the oldest first."""
        rows = self._connection.execute(select(server_bans).order_by(server_bans.c.id)).all()
        return [ServerBan(**row._mapping) for row in rows]

    def state(self) -> ServerBansAre:
        """All bans, with their version. It is read first, so the bans are never older."""
        version = self._connection.execute(select(server_bans_version.c.version)).scalar()
        return ServerBansAre(tuple(self.all()), version or 0)

    def _changed(self) -> None:
        version = server_bans_version.c.version
        if not self._connection.execute(update(server_bans_version).values(version=version + 1)).rowcount:
            self._connection.execute(insert(server_bans_version).values(version=1))

    def put(self, mask: str, reason: str, set_by: str, until: int | None) -> ServerBan:
        """Add a ban. It replaces that of the same mask."""
        self._connection.execute(delete(server_bans).where(server_bans.c.mask == mask))
        values = {"mask": mask, "reason": reason, "set_by": set_by, "set_at": self._now, "until": until}
        self._connection.execute(insert(server_bans).values(values))
        self._changed()
        row = self._connection.execute(select(server_bans).where(server_bans.c.mask == mask)).one()
        return ServerBan(**row._mapping)

    def remove(self, ban_id: int) -> None:
        self._connection.execute(delete(server_bans).where(server_bans.c.id == ban_id))
        self._changed()

    def remove_ended(self) -> None:
        self._connection.execute(delete(server_bans).where(server_bans.c.until <= self._now))
