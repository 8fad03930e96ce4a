"""Makes chatstore/chat/model/confusables.txt from ICU's copy of Unicode's confusables (UTS #39, section 4).

    python -m tests.chat.confusables > chatstore/chat/model/confusables.txt

It needs ICU's library (Debian: libicu72 or later) and nothing else. It keeps what can stand in a name: letters,
marks and numbers, and the punctuation of ASCII.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Callable


def icu() -> tuple[Callable[[str], str], str]:
    """uspoof_getSkeleton, and the version of Unicode that it knows."""
    found = ctypes.util.find_library("icui18n") or ""
    version = re.search(r"\.so\.(\d+)", found)
    if version is None:
        sys.exit("this needs ICU's library, libicui18n")
    library, number = ctypes.CDLL(found), version.group(1)
    error = ctypes.c_int(0)
    opened = getattr(library, f"uspoof_open_{number}")
    opened.restype = ctypes.c_void_p
    checker = opened(ctypes.byref(error))
    function = getattr(library, f"uspoof_getSkeletonUTF8_{number}")
    function.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_char_p,
        ctypes.c_int32,
        ctypes.c_char_p,
        ctypes.c_int32,
        ctypes.POINTER(ctypes.c_int),
    ]
    unicode = (ctypes.c_uint8 * 4)()
    getattr(ctypes.CDLL(ctypes.util.find_library("icuuc") or ""), f"u_getUnicodeVersion_{number}")(unicode)

    def skeleton(text: str) -> str:
        given, room, failed = text.encode(), ctypes.create_string_buffer(1000), ctypes.c_int(0)
        length = function(checker, 0, given, len(given), room, 1000, ctypes.byref(failed))
        if failed.value > 0:
            raise RuntimeError(f"ICU error {failed.value}")
        return room.raw[:length].decode()

    return skeleton, ".".join(map(str, unicode[:2]))


def main() -> None:
    skeleton, version = icu()
    found: defaultdict[str, list[str]] = defaultdict(list)
    for number in range(0x21, 0x30000):
        character = chr(number)
        named = unicodedata.category(character)[0] in "LMN" or number < 0x7F
        whole = unicodedata.normalize("NFD", character) == character  # a skeleton is of what is decomposed
        if named and whole and skeleton(character) != character:
            found[skeleton(character)].append(character)
    print(f"# Characters that look alike: Unicode {version}, UTS #39 (https://www.unicode.org/license.txt).")
    print(
        "# Made by tests/chat/confusables.py. A line: what they look like, then the characters, all in hexadecimal."
    )
    for prototype in sorted(found):
        print("+".join(f"{ord(each):x}" for each in prototype), *(f"{ord(each):x}" for each in found[prototype]))


if __name__ == "__main__":
    main()
