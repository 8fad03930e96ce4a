"""Items without what no database stores: NUL, and halves of surrogate pairs (JSON can have both, as
`\\ud83d`)."""

from __future__ import annotations

from dataclasses import replace

from chatstore.importing.reading.text import BROKEN
from chatstore.importing.source import Attachment, Item, Message, Person, Reaction, Room


def sound(item: Item) -> Item:
    """The item itself, nearly always. An id loses the same wherever it stands."""
    if isinstance(item, Message):
        return item if _is_sound(item) else _message(item)
    if isinstance(item, Person) and BROKEN.search("".join((item.id, item.name, *item.other_names))):
        others = tuple(map(_kept, item.other_names))
        return replace(item, id=_kept(item.id), name=_kept(item.name) or "?", other_names=others)
    if isinstance(item, Room) and BROKEN.search(
        "".join((item.id, item.name, item.topic, *item.members, *item.operators))
    ):
        members, operators = tuple(map(_kept, item.members)), tuple(map(_kept, item.operators))
        kept = replace(item, id=_kept(item.id), name=_kept(item.name), topic=_kept(item.topic))
        return replace(kept, members=members, operators=operators)
    return item


def _is_sound(item: Message) -> bool:
    """In the way of every message, so quick."""
    text = f"{item.id}{item.room}{item.who}{item.text}{item.answers}"
    if item.reactions or item.attachments:
        text += "".join(reaction.value + "".join(reaction.who) for reaction in item.reactions)
        text += "".join(f"{one.name}{one.url}{one.file}{one.alt}{one.inline}" for one in item.attachments)
    return "\0" not in text if text.isascii() else BROKEN.search(text) is None


def _message(item: Message) -> Message:
    return replace(
        item,
        id=_kept(item.id),
        room=_kept(item.room),
        who=_kept(item.who),
        text=_kept(item.text),
        answers=_kept(item.answers),
        reactions=[Reaction(_kept(one.value), tuple(map(_kept, one.who))) for one in item.reactions],
        attachments=[_attachment(one) for one in item.attachments],
    )


def _attachment(one: Attachment) -> Attachment:
    """Without `file`, if that can't be stored: no archive has such a name."""
    file = one.file if one.file is None or _kept(one.file) == one.file else ""
    return Attachment(_kept(one.name), _kept(one.url), file, _kept(one.alt), _kept(one.inline))


def _kept(text: str) -> str:
    return BROKEN.sub("", text)
