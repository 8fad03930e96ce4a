"""Texts of elsewhere as messages here: what can't be in a message goes, what is too long is divided."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple
from urllib.parse import quote

from chatstore.chat.model.text import is_blank
from chatstore.importing.source import Message, without_marks

EDITED = "(edited)"
"""Stands behind a text that is not the first one."""
_LINE_ENDS = re.compile("\r\n|\r|\x0b|\x0c|\x1c|\x1d|\x1e|\x85|\u2028|\u2029")
_NEVER = re.compile("[\0\x01\ud800-\udfff]")

Named = Callable[[str], str]
"""The name here of an id there."""


class Longest(NamedTuple):
    """The most bytes of a line, and bytes and lines of a message."""

    line: int
    bytes: int
    lines: int


def bodies_of(
    message: Message, person: Named, room: Named, longest: Longest, files: Mapping[str, str] | None = None
) -> Sequence[str]:
    """What is stored of a message: one body, or more for one that is too long; none if there is nothing to
    see. `files`: the URLs here of attachments whose bytes were taken, by Attachment.file."""
    said, lines = _said(message, files or {}, longest.line)
    text = cleaned(without_marks(said, person, room))
    lines = [without_marks(line, person, room) for line in lines]
    if message.edited and not is_blank(text):
        text = f"{text} {EDITED}"
    if message.action and not is_blank(text):
        bodies = [f"\x01ACTION {body}\x01" for body in divided(text.replace("\n", " "), longest._replace(lines=1))]
        rest = "\n".join(lines)
        return [*bodies, *divided(rest, longest)]
    whole = "\n".join([*([text] if not is_blank(text) else []), *lines])
    return divided(whole, longest)


def cleaned(text: str) -> str:
    """The text with its lines apart by `\\n`, without what no message may have."""
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text)
    text = _NEVER.sub(lambda found: "\ufffd" if found[0] > "\x01" else "", text)
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))


def one_line(text: str) -> str:
    return " ".join(cleaned(text).split("\n"))


def divided(text: str, longest: Longest) -> Sequence[str]:
    """The text as bodies, each of which can be a message. Lines that are too long are divided at spaces, if
    there are any."""
    if len(text) * 4 <= longest.line and "\n" not in text:
        return [text] if not is_blank(text) else []
    bodies: list[str] = []
    lines: list[str] = []
    size = 0
    for line in chain.from_iterable(_parts(whole, longest.line) for whole in text.split("\n")):
        more = len(line.encode()) + 1
        if lines and (len(lines) == longest.lines or size + more > longest.bytes):
            bodies.append("\n".join(lines))
            lines, size = [], 0
        lines.append(line)
        size += more
    return [body for body in (*bodies, "\n".join(lines)) if not is_blank(body)]


def _parts(line: str, most: int) -> Iterator[str]:
    """A line in parts of at most so many bytes."""
    while len(line.encode()) > most:
        end = len(line.encode()[:most].decode(errors="ignore"))
        space = line.rfind(" ", end // 2, end)
        end = space if space > 0 else end
        yield line[:end]
        line = line[end:].lstrip(" ")
    yield line


def _said(message: Message, files: Mapping[str, str], most: int) -> tuple[str, Sequence[str]]:
    """The text without the links to attachments that are files here, and the lines that say where these are."""
    lines: list[str] = []
    text = message.text
    for each in message.attachments:
        url = files.get(each.file or "")
        if url is None:
            line = ": ".join(filter(None, (one_line(each.name), one_line(each.url)))) if not each.inline else ""
            lines += [line] if not is_blank(line) else []
            continue
        words = each.alt or (each.name if quote(each.name) != each.name else "")
        if each.inline and text.strip() == each.inline:
            text = ""
        elif each.inline:
            text, words = text.replace(each.inline, each.name, 1), ""
        lines += _line_of(one_line(words), url, most)
    return text, lines


def _line_of(words: str, url: str, most: int) -> Sequence[str]:
    """A file as a line: what it shows, and its URL, which is never divided."""
    line = f"{words} {url}".strip()
    return [line] if len(line.encode()) <= most else [words, url]
