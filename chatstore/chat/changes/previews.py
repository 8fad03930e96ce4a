"""Previews of links: keep what a page said, and tell those who see the message.

The message was delivered long before. Whether its preview may be shown is asked again here: it may have been
redacted, and the room may have switched previews off, while the page was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatstore.chat.model.actors import Actor
from chatstore.chat.model.events import LinkPreviewed
from chatstore.chat.model.previews import Picture, Preview, previewed
from chatstore.chat.model.room_events import MessagePosted
from chatstore.chat.ports import Change, Touched, Transaction


@dataclass
class KeepPreview(Change):
    """Keep what is known of a URL for `lasts` ms. `failure`: why there is no preview; empty if there is one.
    `most`: how many are kept. `said`: the room and seq of messages that have it. If all of
    them were erased, or edited, meanwhile, nothing is kept: the URL is gone with them."""

    preview: Preview
    picture: Picture | None
    failure: str
    lasts: int
    most: int
    said: Sequence[tuple[int, int]]
    deferrable = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[room for room, _ in self.said])

    def apply(self, tx: Transaction) -> None:
        there = (tx.messages.at(room, seq) for room, seq in self.said)
        if not any(message is not None and previewed(message.body) == self.preview.url for message in there):
            return
        tx.previews.put(self.preview, self.picture, self.failure, tx.now + self.lasts, self.most)


@dataclass
class TellPreview(Change):
    """Tell of the preview of a message: everybody in its room; or, in a direct conversation, those of its two
    persons who want that (`persons`)."""

    room: int
    seq: int
    preview: Preview
    persons: Sequence[Actor] = ()
    deferrable = True

    def touches(self, tx: Transaction) -> Touched:
        return Touched(rooms=[self.room])

    def apply(self, tx: Transaction) -> None:
        room, message = tx.rooms.by_id(self.room), tx.messages.at(self.room, self.seq)
        if room is None or not isinstance(message, MessagePosted) or message.audience:
            return
        if previewed(message.body) != self.preview.url:
            return
        if not room.direct and room.previews == "on":
            tx.announce(LinkPreviewed(room.id, message.seq, message.time, self.preview))
        elif room.direct:
            for person in self.persons:
                tx.announce(LinkPreviewed(room.id, message.seq, message.time, self.preview, person))
