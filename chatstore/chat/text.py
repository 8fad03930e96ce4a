"""Text that others wrote: what may be part of a line, and what is safe to show on a terminal (nothing in it may
move, colour, hide or reorder output)."""

from __future__ import annotations

import re

from chatstore.chat.errors import ChatError, Code

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: escape sequences begin with these
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # what ends a line, or reorders the text around it
    "\u200b\u2060-\u2064\ufeff\ufff9-\ufffb"  # what nobody sees
    "\ud800-\udfff\U000e0000-\U000e007f]"  # what can't be encoded; invisible copies of ASCII
)
_TAB = " " * 4


_FORMATTING = re.compile("\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?")
"""IRC's codes for colours, with what belongs to them; those of one character are among what nobody sees."""
_UNSEEN = (
    r"\s\x00-\x1f\x7f-\xa0\xad"  # white space; C0 and C1, other codes of formatting among them; soft hyphen
    "\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # joins, fillers, invisible vowels, Mongolian selectors
    "\u200b-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164"  # zero width, directions, blanks, Hangul filler
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"  # variation selectors, BOM, half-width filler, annotations
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # shorthand, music, tags, selectors
)
_SEEN = re.compile(f"[^{_UNSEEN}]")


def is_blank(text: str) -> bool:
    """Whether there is nothing in it that anybody would see: white space, formatting and invisible characters
    alone. What these are a part of (an emoji's joiners, a flag's tags, the direction of a word) is seen."""
    first = text[:1]
    if first.isalnum() and first.isascii():  # asked of everything that anybody says
        return False
    if "\x03" in text or "\x04" in text:
        text = _FORMATTING.sub("", text)
    return _SEEN.search(text) is None


def printable(text: str) -> str:
    r"""The text on one line: whatever could steer a terminal is spelled out (`\x1b`, `\u202e`), tabs are spaces.

    Joiners inside words and emoji (U+200C, U+200D) stay. Every character that stays can be encoded as UTF-8.
    """
    return _UNSAFE.sub(lambda match: _spelled(match[0]), text)


def _spelled(character: str) -> str:
    code = ord(character)
    if character == "\t":
        return _TAB
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str) -> str:
    """The text, if it can be part of a line at every door; INVALID_TEXT otherwise."""
    if "\n" in text or "\r" in text or "\0" in text:
        raise ChatError(Code.INVALID_TEXT, "a text can't contain line ends or NUL here")
    return text
