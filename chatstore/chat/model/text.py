"""Text that others wrote: what may be part of a line, what can be seen of it, and what is safe to show on a
terminal (nothing in it may move, colour, hide or reorder what is not its own).

Which invisible characters a terminal gets as they are, and which it does not (specs: UAX #9, Unicode Bidirectional
Algorithm; UTR #36, Unicode Security Considerations, "Bidirectional Text Spoofing"):

- Marks without a scope stay: LRM, RLM and ALM act on their neighbours as a letter would, and no text can forbid
  letters. So do joiners, variation selectors, ZWSP, word joiner, BOM, and the tags of a flag: they take no cell,
  and words, emoji and flags are made of them.
- Embeddings and isolates are left out. Each reaches to the end of its paragraph unless it is closed, and a
  terminal takes a row for a paragraph: an initiator in a message would reorder whatever stands behind that message
  in the row, and one that is closed properly comes apart where the message is wrapped. Without them the text is
  ordered by its letters, which is right but for numbers and punctuation at the seams.
- A joiner (ZWJ) beside ASCII joins nothing, and is left out: programs that count cells disagree about it.
- Overrides are spelled out: they make a text read as another one, and a reader should see that.
- Tags outside of a flag are spelled out: they are an invisible copy of ASCII, and a way to hide words.
"""

from __future__ import annotations

import re
import string

from chatstore.chat.model.errors import ChatError, Code

_UNSAFE = re.compile(
    "(?P<flag>\U0001f3f4[\U000e0020-\U000e007e]{1,16}\U000e007f)"  # England, Scotland, Wales: UTS #51, ED-14a
    "|(?P<scope>[\u202a-\u202c\u2066-\u2069]|(?<![^\x00-\x7f])\u200d|\u200d(?![^\x00-\x7f]))"
    "|[\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: escape sequences begin with these
    "\u2028\u2029\u202d\u202e"  # what ends a line, or overrides the order of letters
    r"\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"  # annotations; what can't be encoded; hidden ASCII
)
_SPELLED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)
EMPTY = "(empty)"
"""What stands for a message that has nothing visible."""
FORMAT = re.compile(
    "\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
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
_PLAIN = frozenset(string.ascii_letters + string.digits + string.punctuation)


def is_blank(text: str) -> bool:
    """Whether a text has nothing visible: only white space, formatting and invisible characters. Such
    characters don't count if they are part of something visible (an emoji's joiners, a flag's tags, the
    direction of a word)."""
    if text[:1] in _PLAIN:  # this runs for every message, and most begin like this
        return False
    if "\x03" in text or "\x04" in text:
        text = _FORMATTING.sub("", text)
    return _SEEN.search(text) is None


def printable(text: str) -> str:
    r"""The text on one line for a terminal. Whatever could steer the terminal is spelled out (`\x1b`,
    `\u202e`) or left out; tabs become spaces. Every remaining character can be encoded as UTF-8."""
    return _UNSAFE.sub(_safe, text)


def spelled_out(text: str) -> str:
    r"""The text on one line for logs and tables. Nothing is left out, and every invisible character is spelled
    out.

    Joiners inside words and emoji (U+200C, U+200D) stay.
    """
    if text.isprintable():  # then it has none: this runs for every field of a line of the log
        return text
    return _SPELLED.sub(lambda match: _spelled(match[0]), text)


def without_formatting(text: str) -> str:
    """The text without the codes for bold, colours and so on (https://modern.ircdocs.horse/formatting)."""
    return FORMAT.sub("", text)


def seen(text: str) -> str:
    """The text, or a readable stand-in for a blank one."""
    return EMPTY if is_blank(text) else text


def _safe(match: re.Match[str]) -> str:
    if match["flag"] is not None:
        return match[0]
    return "" if match["scope"] is not None else _spelled(match[0])


def _spelled(character: str) -> str:
    code = ord(character)
    if character == "\t":
        return _TAB
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: str) -> str:
    """The text, if it can be part of a line in every protocol. Raises INVALID_TEXT otherwise."""
    if "\n" in text or "\r" in text or "\0" in text:
        raise ChatError(Code.INVALID_TEXT, "a text can't contain line ends or NUL here")
    return text
