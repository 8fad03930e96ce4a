"""Splitting a text into messages, and a message into lines (IRCv3 draft/multiline)."""

from __future__ import annotations

from dataclasses import dataclass

from chatstore.irc.line import format_line

BODY_BYTES = 400
"""Bytes of a body, so that sender and target have room in a line of 512."""
_LINE_BYTES = 510
MIN_BODY_BYTES = 64
CONCAT = "draft/multiline-concat"


@dataclass(frozen=True)
class Multiline:
    """The limits of a message of several lines: bytes, LFs included, and lines as they are sent."""

    bytes: int
    lines: int


def multiline_limits(value: str) -> Multiline | None:
    """Of the capability's value, `max-bytes=4096,max-lines=24`. None if the server doesn't say."""
    words = dict(word.partition("=")[::2] for word in value.split(","))
    most, lines = words.get("max-bytes", ""), words.get("max-lines", "")
    if not most.isdecimal() or int(most) < BODY_BYTES:
        return None
    return Multiline(int(most), int(lines) if lines.isdecimal() and int(lines) > 1 else int(most))


def messages(text: str, limit: int, multiline: Multiline | None, target: str, *, action: bool = False) -> list[str]:
    """The bodies that send a text, whose lines end with LF: as few as the server allows. Raises LineError for
    a text that cannot be written as lines."""
    if action:
        bodies = split_action(text, limit)
    elif multiline is None:
        lines = [line for line in text.split("\n") if line.strip()] if "\n" in text else [text]
        bodies = [part for line in lines for part in split_body(line, limit)]
    else:
        bodies = _packed(text, limit, multiline)
    for body in bodies:
        for line, _ in wire_lines(body, limit):
            format_line("PRIVMSG", target, line, trailing=True)
    return bodies


def fits(body: str, limit: int) -> bool:
    """Whether one line can carry the body."""
    return "\n" not in body and len(body.encode("utf-8", "surrogatepass")) <= limit


def wire_lines(body: str, limit: int) -> list[tuple[str, bool]]:
    """The lines that carry a body, and whether each continues the one before it."""
    return [
        (part, number > 0)
        for line in body.split("\n")
        for number, part in enumerate(split_body(line, limit) or [""])
    ]


def _packed(text: str, limit: int, multiline: Multiline) -> list[str]:
    """Bodies within the server's limits. They are cut between lines, and inside a line only if that alone is
    too long."""
    bodies: list[str] = []
    body, lines = "", 0
    for line in text.split("\n"):
        parts = wire_lines(line, limit)
        if lines and not _room(f"{body}\n{line}", lines + len(parts), multiline):
            bodies.append(body)
            body, lines = "", 0
        for part, joined in parts:
            longer = body + (part if joined or not lines else f"\n{part}")
            if lines and not _room(longer, lines + 1, multiline):
                bodies.append(body)
                longer, lines = part, 0
            body, lines = longer, lines + 1
    # Blank lines alone are no message.
    return [body.strip("\n") for body in [*bodies, body] if body.strip("\n")]


def _room(body: str, lines: int, multiline: Multiline) -> bool:
    return lines <= multiline.lines and len(body.encode("utf-8", "surrogatepass")) <= multiline.bytes


def body_bytes(mask: str, target: str) -> int:
    """How long a body may be so that its echo fits into one line. `mask`: our nick!user@host, "" while it is
    not known."""
    head = len(f":{mask} PRIVMSG {target} :".encode())
    return max(MIN_BODY_BYTES, min(BODY_BYTES, _LINE_BYTES - head)) if mask else BODY_BYTES


def split_body(text: str, limit: int = BODY_BYTES) -> list[str]:
    """The text in parts of at most `limit` (4 or more) bytes of UTF-8, cut after a space if there is one in
    the second half. The parts joined are the text again; an empty text has no parts."""
    parts = []
    while text:
        end = _fitting(text, limit)
        if end < len(text):
            space = text.rfind(" ", end // 2, end)
            end = space + 1 if space > 0 else end
        parts.append(text[:end])
        text = text[end:]
    return parts


_ACTION = "\x01ACTION "


def split_action(text: str, limit: int = BODY_BYTES) -> list[str]:
    """The bodies (CTCP ACTION) of /me."""
    return [f"{_ACTION}{part}\x01" for part in split_body(text, limit - len(_ACTION) - 1)]


def spoken(body: str) -> str:
    """A body as the person typed it."""
    return f"/me {body[len(_ACTION) :].rstrip(chr(1))}" if body.startswith(_ACTION) else body


def _fitting(text: str, limit: int) -> int:
    """How many characters of the text fit into so many bytes."""
    data = text[:limit].encode("utf-8", "surrogatepass")
    if len(data) <= limit:
        return min(limit, len(text))
    return len(data[:limit].decode("utf-8", "ignore"))
