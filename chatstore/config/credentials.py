"""Secrets that the service manager hands over: systemd's LoadCredential= and SetCredential= (systemd.exec(5)), or
files that a container gets the same way.

Each is a file in the folder that CREDENTIALS_DIRECTORY names, called like its setting: `server.password`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

CONTENT = ("server.password", "webirc.password", "database.url")
"""Settings whose value is what the file holds, without the line's end."""
PATH = ("tls.certificate", "tls.key")
"""Settings whose value is the path of the file."""
VARIABLE = "CREDENTIALS_DIRECTORY"


class CredentialError(Exception):
    """A credential can't be used. The message says which, and why."""


def credentials(environment: Mapping[str, str], tables: Collection[str]) -> Iterator[tuple[Path, str, str]]:
    """The settings that are credentials: file, name as `table.key`, value. Files whose name begins with no table of
    the configuration (`tables`) are somebody else's. Raises CredentialError."""
    named = environment.get(VARIABLE, "")
    if not named:
        return
    folder = Path(named)
    try:
        names = sorted(file.name for file in folder.iterdir())
    except OSError as error:
        raise CredentialError(f"{VARIABLE}: cannot read {folder}: {error.strerror}") from None
    for name in names:
        if name in PATH:
            yield folder / name, name, str(folder / name)
        elif name in CONTENT:
            yield folder / name, name, _content(folder / name)
        elif name.partition(".")[0] in tables and "." in name:
            known = ", ".join((*CONTENT, *PATH))
            raise CredentialError(f"credential {name}: no such setting; settings that can be credentials: {known}")


def _content(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CredentialError(f"credential {file.name}: {file} is not UTF-8") from None
    except OSError as error:
        raise CredentialError(f"credential {file.name}: cannot read {file}: {error.strerror}") from None
    return text.removesuffix("\n").removesuffix("\r")
