"""Emoji: the names that chats give them (`:tada:`), and the code points that they write (`1f389`).

The names are those of the package `emoji`, which has GitHub's and Unicode's; Slack, Mattermost, Zulip and
Discord use GitHub's. A name that is not among them is the chat's own picture, and stays as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

import emoji

_NAME = re.compile(r"(?<![\w:]):([a-z0-9_+'-]{1,64}):(?::(skin-tone-[2-6]):)?(?!\w)")
_TONES = {f"skin-tone-{tone}": chr(0x1F3F9 + tone) for tone in range(2, 7)}
_OTHERS = {"simple_smile": "🙂", "thumbsup_all": "👍"}
_COUNTRY = re.compile("flag-([a-z])([a-z])")


@lru_cache(maxsize=4096)
def from_name(name: str) -> str:
    """The emoji of a name without colons, as `+1` or `wave::skin-tone-3`; `:name:` if Unicode has none."""
    plain, _, tone = name.partition("::")
    found = _found(plain)
    return found + _TONES.get(tone, "") if found else f":{plain.strip(':')}:"


def _found(name: str) -> str:
    if name in _OTHERS:
        return _OTHERS[name]
    if country := _COUNTRY.fullmatch(name):
        return "".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in country.groups())
    for spelled in (name, name.replace("-", "_"), name.lower()):
        text = f":{spelled}:"
        shown = emoji.emojize(text, language="alias")
        if shown != text:
            return shown
    return ""


def in_text(text: str) -> str:
    """The text with an emoji for each name in colons that is one."""
    if text.count(":") < 2:
        return text
    return _NAME.sub(
        lambda found: (_found(found[1]) + _TONES.get(found[2] or "", "")) if _found(found[1]) else found[0], text
    )


def from_code(code: str, name: str) -> str:
    """The emoji of code points in hexadecimal, apart by `-`; `:name:` if it is none."""
    try:
        return "".join(chr(int(part, 16)) for part in code.split("-"))
    except (ValueError, OverflowError):
        return f":{name.strip(':')}:"
