"""What a search asks, and which texts match it.

The search text is split at spaces; `"several words"` in quotes stay together. Every part must be somewhere in
the text, letter by letter as it was typed (except for case, and how Unicode composes a character). If the
part begins with a letter or a digit, a word must begin there: `fast` finds `Fasting` and `so-fast`, not
`breakfast`. A part without accents finds texts with and without them; a part with accents is exact: `cafe`
finds `café`, and `café` does not find `cafe`. There are no operators: `AND`, `*`, `-x` and `a:b` find
themselves.

Characters that are written without spaces between words (Chinese, Japanese, Korean, Thai and more), symbols
and emoji stand alone: each begins a word, so `京都` finds `東京都`.

For an index, a text without its marks is cut into *words*: runs of letters and digits; and of characters that
stand alone, every two neighbours and the last one. Every text that matches a part has the words of
`Asked.words` (a test checks that). The beginnings of words must not change under an existing index, so ranges
of characters define them here, and not this Python's tables of Unicode.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from chatstore.chat.model.messages import search_form, without_marks

_ALONE = (
    "\xa2-\xa9\xac\xae-\xb1\xb6\xd7\xf7"  # signs of Latin-1
    "\u0e00-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\uaa60-\uaadf"  # Thai, Lao, Tibetan, Burmese, Khmer, Tai
    "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff"  # Korean
    "\u20a0-\u20cf\u2100-\u2bff"  # money, letterlike, arrows, mathematics, boxes, dingbats
    "\u2e80-\u2fff\u3005-\u3007\u3021-\u302f\u3031-\u303c\u3040-\u9fff\ua000-\ua4cf\uf900-\ufaff"  # Chinese and
    "\U0001b000-\U0001b2ff\U0001f000-\U0001fbff\U00020000-\U0003ffff"  # Japanese; emoji
)
_BETWEEN = (
    "\x00-/:-`{-\xa1\xab\xad\xb4\xb7\xb8\xbb\xbf"  # ASCII but for letters and digits (in lower case); Latin-1
    "\u055a-\u055f\u0589\u058a\u05be\u05c0\u05c3\u05c6\u05f3\u05f4\u0609-\u060d\u061b-\u061f\u066a-\u066d\u06d4"
    "\u0700-\u070d\u0964\u0965\u0970\u1360-\u1368\u1680\u180e\u2000-\u206f\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020"
    "\u3030\u303d-\u303f\ud800-\udfff\ufe00-\ufe19\ufe30-\ufe6f\ufeff\ufff0-\uffff\U000e0000-\U000e0fff"
)
"""White space and punctuation. Every character that is neither here nor in _ALONE belongs to a word."""

_STANDING_ALONE = re.compile(f"[{_ALONE}]+")
_NOT_WORDS = re.compile(f"[{_BETWEEN}]+")
_RUNS = re.compile(f"[{_ALONE}]+|[^{_ALONE}{_BETWEEN}]+")
_OF_A_WORD = re.compile(f"[^{_ALONE}{_BETWEEN}]")
_BEGINS = f"(?<![^{_ALONE}{_BETWEEN}])"
"""Matches a place that is not inside a word."""
_PARTS = re.compile(r'"([^"]+)"(?!\S)|(\S+)')

_MAX_WORD = 40
"""The most characters of a word in a question to the index; a longer word begins with them."""
_MAX_WORDS = 12
"""The most words in a question to the index; more would not make it faster."""
_SHORT = 3


class Word(NamedTuple):
    """A word that a text must have. `begins` accepts a longer word that begins with it."""

    text: str
    begins: bool


class Asked:
    """What a search looks for, from the text that somebody typed."""

    def __init__(self, text: str) -> None:
        parts = [one or other for one, other in _PARTS.findall(search_form(text))]
        self._parts = [part for part in map(" ".join, map(str.split, parts)) if part]
        self._tests = [
            (part.split()[0], _pattern(part).search, without_marks(part) != part) for part in self._parts
        ]
        """For each part: its first word, which is quick to check, the search for the whole part, and whether
        the part has marks."""

    def __bool__(self) -> bool:
        """Whether the search has any part; without one, no text matches."""
        return bool(self._parts)

    def fits(self, body: str) -> bool:
        """Whether a message matches."""
        form = search_form(body)
        bare = without_marks(form)
        for first, search, marked in self._tests:
            text = form if marked else bare
            if first not in text or search(text) is None:
                return False
        return True

    @property
    def words(self) -> list[Word]:
        """Words that every matching text has, for a question to the index; empty if the search has only
        punctuation. A beginning of one or two letters is in so many words that it is left out if there is a
        better word."""
        return self.telling_words or self._every_word[:_MAX_WORDS]

    @property
    def telling_words(self) -> list[Word]:
        """As words(), without such beginnings; enough if the question to the index has something else."""
        telling = [word for word in self._every_word if not word.begins or not _in_many(word.text)]
        return telling[:_MAX_WORDS]

    @property
    def _every_word(self) -> list[Word]:
        every = {word for part in self._parts for word in _words(without_marks(part))}
        return sorted(every, key=lambda word: (-len(word.text), word))


def indexed(body: str) -> str:
    """A text as the index gets it. Its words lie between ASCII characters that are neither letters nor
    digits, and the case of ASCII does not count."""
    if body.isascii():
        return body
    form = _STANDING_ALONE.sub(_apart, without_marks(search_form(body)))
    return _NOT_WORDS.sub(" ", form)


def _apart(run: re.Match[str]) -> str:
    return f" {' '.join(_pairs(run[0]))} {run[0][-1]} "


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _pattern(part: str) -> re.Pattern[str]:
    literal = r"\s+".join(re.escape(word) for word in part.split())
    return re.compile(f"{_BEGINS if _spelled(part) else ''}{literal}")


def _words(part: str) -> list[Word]:
    """The words that a text with this part has: whole words, and a beginning if the part ends within a word."""
    words: list[Word] = []
    for run in _RUNS.finditer(part):
        text = run[0]
        if _spelled(text):
            words.append(Word(text[:_MAX_WORD], run.end() == len(part) or len(text) > _MAX_WORD))
        elif len(text) == 1:
            words.append(Word(text, True))
        else:
            words += [Word(pair, False) for pair in _pairs(text)]
    return words


def _spelled(text: str) -> bool:
    """Whether it begins with a character that belongs to a word."""
    return _OF_A_WORD.match(text) is not None


def _in_many(beginning: str) -> bool:
    return len(beginning) < _SHORT and _spelled(beginning)
