"""The name of a file in a Content-Disposition header.

Spec: RFC 6266 (the header in HTTP), RFC 8187 (`filename*`: characters that a header can't have). A name that comes
from a client may be anything: path, controls and length are for whoever stores it.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

MAX_HEADER = 4096
"""Characters of a header that is read; a longer one names nothing."""
_PARAMETER = re.compile(
    r"""\s*;\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64})\s*=\s*("(?:[^"\\]|\\.)*"|[^\s";,]*)""", re.DOTALL
)
_EXTENDED = re.compile(r"(utf-8|iso-8859-1)'[A-Za-z0-9-]*'(.*)", re.IGNORECASE | re.DOTALL)
_PLAIN = re.compile(r"[^A-Za-z0-9 !#$&'()+,.=@\[\]^_`{}~-]")
"""What the name for old programs loses: quotes, backslashes, `%`, `/`, and all that is not ASCII."""


def named(header: str) -> str:
    """The file name that a Content-Disposition header gives; empty if it gives none.

    `filename*` counts more than `filename`, in any order. Bytes above ASCII in a `filename` are read as UTF-8 if
    they are UTF-8, as `curl` sends them, otherwise as ISO-8859-1.
    """
    if len(header) > MAX_HEADER:
        return ""
    plain = extended = None
    at = len(header) - len(header.lstrip()) + len(header.strip().partition(";")[0])
    while (found := _PARAMETER.match(header, at)) is not None:
        at = found.end()
        name, value = found[1].lower(), found[2]
        if name == "filename" and plain is None:
            plain = _recoded(_unquoted(value))
        elif name == "filename*" and extended is None:
            extended = _decoded(value)
    return extended or plain or ""


def disposition(kind: str, name: str) -> str:
    """The header. `kind`: inline or attachment. An old program finds an ASCII form in `filename`; everything else
    reads the very name in `filename*`."""
    if not name:
        return kind
    plain = _PLAIN.sub("_", name)
    simple = f'{kind}; filename="{plain}"'
    return simple if plain == name else f"{simple}; filename*=UTF-8''{quote(name, safe='')}"


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value.startswith('"') else value


def _recoded(value: str) -> str:
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _decoded(value: str) -> str | None:
    """An extended value (RFC 8187 section 3.2); None if it is not one."""
    found = _EXTENDED.fullmatch(_unquoted(value))
    if found is None:
        return None
    try:
        return unquote_to_bytes(found[2]).decode(found[1])
    except UnicodeError:
        return None
