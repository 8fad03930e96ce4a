"""Files in the database: what people have uploaded, and the contents that they share. See
chat/ports/files.py."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, insert, select, update

from chatstore.chat.model.files import FOLDER, Content, StoredFile
from chatstore.storage.rows import Rows, one_statement
from chatstore.storage.schema import accounts, blobs, file_references, files, messages, metadata_items

_FILE = [
    files.c[name]
    for name in (
        "id", "token", "account_id", "name", "media_type", "size", "width", "height", "thumbnail", "digest",
        "uploaded_at",
    )
]  # fmt: skip
_BY_TOKEN = (
    select(*_FILE, blobs.c.place, files.c.due_at)
    .join(blobs, blobs.c.id == files.c.blob_id)
    .where(files.c.token == bindparam("token"))
)
_OF_ACCOUNT = (
    select(*_FILE)
    .where(files.c.account_id == bindparam("account"), files.c.id < bindparam("before"))
    .order_by(files.c.id.desc())
    .limit(bindparam("most"))
)
_USAGE = select(func.count(), func.coalesce(func.sum(files.c.size + files.c.thumbnail), 0)).where(
    files.c.account_id == bindparam("account")
)
_BYTES = func.sum(files.c.size + files.c.thumbnail)
_USAGES = (
    select(accounts.c.name, func.count(), _BYTES)
    .join(accounts, accounts.c.id == files.c.account_id)
    .group_by(accounts.c.name)
    .order_by(_BYTES.desc(), accounts.c.name)
)
_MENTIONED = (
    select(metadata_items.c.id)
    .where(metadata_items.c.account_id == bindparam("account"))
    .where(metadata_items.c.value.contains(bindparam("link")))
    .limit(1)
)
_TOTAL = select(func.coalesce(func.sum(blobs.c.size + blobs.c.thumbnail), 0))
_KNOWN = select(blobs.c.place).where(blobs.c.place.in_(bindparam("places", expanding=True)))
_CONTENTS = (
    select(blobs.c.id, blobs.c.place, blobs.c.digest, blobs.c.size, blobs.c.thumbnail)
    .where(blobs.c.id > bindparam("after"))
    .where(exists().where(files.c.blob_id == blobs.c.id))
    .order_by(blobs.c.id)
    .limit(bindparam("most"))
)
_BLOB = (
    select(blobs.c.id, blobs.c.place, blobs.c.thumbnail)
    .where(blobs.c.digest == bindparam("digest"))
    .with_for_update(read=True, key_share=True)  # another server's collector waits, or has removed it
)
_DUE = (
    select(files.c.id).where(files.c.due_at <= bindparam("now")).order_by(files.c.due_at).limit(bindparam("most"))
)
_DUE_BLOBS = select(blobs.c.id).where(blobs.c.due_at <= bindparam("now")).order_by(blobs.c.due_at)
_REFERENCES = (
    select(file_references.c.room_id, file_references.c.seq, messages.c.audience)
    .join(
        messages,
        (messages.c.room_id == file_references.c.room_id) & (messages.c.seq == file_references.c.seq),
    )
    .where(file_references.c.file_id == bindparam("file"))
    .order_by(messages.c.id.desc())
    .limit(bindparam("most"))
)
_ENDLESS = 2**62


class Files(Rows):
    @one_statement
    def by_token(self, token: str) -> tuple[StoredFile, str, int | None] | None:
        row = self._connection.execute(_BY_TOKEN, {"token": token}).one_or_none()
        return (StoredFile(*row[:-2]), row.place, row.due_at) if row is not None else None

    @one_statement
    def of_account(self, account_id: int, before: int | None = None, limit: int = 50) -> Sequence[StoredFile]:
        asked = {"account": account_id, "before": before if before is not None else _ENDLESS, "most": limit}
        return [StoredFile(*row) for row in self._connection.execute(_OF_ACCOUNT, asked).all()]

    @one_statement
    def usage(self, account_id: int) -> tuple[int, int]:
        count, size = self._connection.execute(_USAGE, {"account": account_id}).one()
        return int(count), int(size)

    @one_statement
    def usages(self) -> Sequence[tuple[str, int, int]]:
        """The accounts that have files, those with the most bytes first: name, files and bytes."""
        return [(name, count, size) for name, count, size in self._connection.execute(_USAGES).all()]

    @one_statement
    def total(self) -> int:
        return int(self._connection.execute(_TOTAL).scalar_one())

    @one_statement
    def mentioned(self, account_id: int, token: str) -> bool:
        asked = {"account": account_id, "link": f"/{FOLDER}/{token}"}
        return self._connection.execute(_MENTIONED, asked).first() is not None

    @one_statement
    def known(self, places: Collection[str]) -> Collection[str]:
        """Those places that the database knows."""
        return set(self._connection.execute(_KNOWN, {"places": list(places)}).scalars().all())

    @one_statement
    def contents(self, after: int = 0, limit: int = 1000) -> Sequence[tuple[int, str, str, int, int]]:
        """Id, place, digest, size and bytes of the thumbnail of contents that files have, with larger ids."""
        rows = self._connection.execute(_CONTENTS, {"after": after, "most": limit}).all()
        return [(row.id, row.place, row.digest, row.size, row.thumbnail) for row in rows]

    @one_statement
    def references(self, file_id: int, limit: int) -> Sequence[tuple[int, int, str]]:
        rows = self._connection.execute(_REFERENCES, {"file": file_id, "most": limit}).all()
        return [(row.room_id, row.seq, row.audience) for row in rows]

    # Writing.

    def add(
        self,
        account_id: int,
        token: str,
        name: str,
        content: Content,
        due_at: int | None,
        uploaded_at: int | None = None,
    ) -> tuple[StoredFile, bool]:
        """Store a file, which is due at that time. See chat/ports/files.py."""
        blob = self._connection.execute(_BLOB, {"digest": content.digest}).one_or_none()
        mine = blob is None
        if blob is None:
            values = {
                "digest": content.digest,
                "place": content.place,
                "size": content.size,
                "thumbnail": content.thumbnail,
                "stored_at": self._now,
            }
            self._connection.execute(insert(blobs).values(values))
            blob = self._connection.execute(_BLOB, {"digest": content.digest}).one()
        row: dict[str, Any] = {
            "token": token,
            "account_id": account_id,
            "blob_id": blob.id,
            "name": name,
            "media_type": content.media_type,
            "size": content.size,
            "width": content.width,
            "height": content.height,
            "thumbnail": blob.thumbnail,
            "digest": content.digest,
            "uploaded_at": self._now if uploaded_at is None else uploaded_at,
            "due_at": due_at,
        }
        self._connection.execute(insert(files).values(row))
        stored = self.by_token(token)
        assert stored is not None
        return stored[0], mine

    def refer(self, references: Sequence[tuple[int, int, int]]) -> None:
        if references:
            rows = [{"file_id": file, "room_id": room, "seq": seq} for file, room, seq in references]
            self._connection.execute(insert(file_references), rows)

    def hand_over(self, account_id: int, to: int) -> int:
        its = files.c.account_id == account_id
        return self._connection.execute(update(files).where(its).values(account_id=to)).rowcount

    def remove(self, file_ids: Collection[int]) -> int:
        if not file_ids:
            return 0
        chosen = files.c.id.in_(file_ids)
        there = self._connection.execute(select(files.c.blob_id).where(chosen)).scalars().all()
        gone = self._connection.execute(delete(files).where(chosen)).rowcount
        self._connection.execute(update(blobs).where(blobs.c.id.in_(there)).values(due_at=self._now))
        return gone

    def remove_due(self, most: int) -> tuple[int, bool]:
        due = self._connection.execute(_DUE, {"now": self._now, "most": most}).scalars().all()
        return self.remove_unreferred(due), len(due) == most

    def remove_unreferred(self, file_ids: Sequence[int]) -> int:
        """Remove those files that nothing refers to any more: no message, and no metadata of their uploaders, such
        as the picture of a person. Returns how many."""
        if not file_ids:
            return 0
        # Locked first: another server may be about to store a message that refers to one of them.
        held = select(files.c.id, files.c.account_id, files.c.token).where(files.c.id.in_(file_ids))
        there = self._connection.execute(held.order_by(files.c.id).with_for_update()).all()
        chosen = file_references.c.file_id.in_(file_ids)
        referred = set(
            self._connection.execute(select(file_references.c.file_id).where(chosen).distinct()).scalars()
        )
        unreferred = [row for row in there if row.id not in referred]
        kept = {row.id for row in unreferred if self.mentioned(row.account_id, row.token)}
        self._keep(referred | kept)
        return self.remove({row.id for row in unreferred} - kept)

    def _keep(self, file_ids: Collection[int]) -> None:
        if file_ids:
            self._connection.execute(update(files).where(files.c.id.in_(file_ids)).values(due_at=None))

    def collect(self, most: int) -> Sequence[str]:
        due = self._connection.execute(_DUE_BLOBS.limit(most), {"now": self._now}).scalars().all()
        if not due:
            return ()
        # Locked first: whoever adds a file with this content meanwhile waits, and finds no content then.
        held = select(blobs.c.id, blobs.c.place).where(blobs.c.id.in_(due)).order_by(blobs.c.id).with_for_update()
        there = {row.id: row.place for row in self._connection.execute(held).all()}
        used = set(
            self._connection.execute(select(files.c.blob_id).where(files.c.blob_id.in_(there)).distinct()).scalars()
        )
        unused = there.keys() - used
        self._connection.execute(update(blobs).where(blobs.c.id.in_(used)).values(due_at=None))
        self._connection.execute(delete(blobs).where(blobs.c.id.in_(unused)))
        return [there[one] for one in sorted(unused)]
