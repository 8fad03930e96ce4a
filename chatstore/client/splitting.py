"""A long text as several messages."""

from __future__ import annotations

BODY_BYTES = 400
"""Bytes of one message's body: leaves room for the sender and the target in a line of 512."""
_LINE_BYTES = 510
_LEAST = 64


def body_bytes(mask: str, target: str) -> int:
    """How long a body may be to come back in one line, as the receipt must, from `mask` (nick!user@host; ""
    when it isn't known)."""
    head = len(f":{mask} PRIVMSG {target} :".encode())
    return max(_LEAST, min(BODY_BYTES, _LINE_BYTES - head)) if mask else BODY_BYTES


def split_body(text: str, limit: int = BODY_BYTES) -> list[str]:
    """The text in parts of at most `limit` (4 or more) bytes of UTF-8, cut after a space where there is one
    in the second half. The parts joined are the text again; an empty text has no parts."""
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
    """The bodies (CTCP ACTION) that say of the speaker what the text says."""
    return [f"{_ACTION}{part}\x01" for part in split_body(text, limit - len(_ACTION) - 1)]


def spoken(body: str) -> str:
    """A body as its person typed it."""
    return f"/me {body[len(_ACTION) :].rstrip(chr(1))}" if body.startswith(_ACTION) else body


def _fitting(text: str, limit: int) -> int:
    """How many characters of the text fit into so many bytes."""
    data = text[:limit].encode("utf-8", "surrogatepass")
    if len(data) <= limit:
        return min(limit, len(text))
    return len(data[:limit].decode("utf-8", "ignore"))
