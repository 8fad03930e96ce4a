"""senpai, an IRC client of others for the terminal: as it is installed, or as `.ci/get-senpai` fetched it."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from tests.running import PASSWORD

_FETCHED = Path(__file__).parents[2] / ".senpai" / "usr" / "bin" / "senpai"
SENPAI = shutil.which("senpai") or (str(_FETCHED) if _FETCHED.exists() else "")
needs_senpai = pytest.mark.skipif(not SENPAI, reason="no senpai: .ci/get-senpai fetches it")


def senpai(folder: Path, name: str, address: str, *more: str) -> str:
    """The command that starts it as this account, which exists; `more`: further lines of its configuration."""
    lines = (f"address {address}", f"nickname {name}", f'password "{PASSWORD}"', *more)
    configuration = folder / f"{name}.scfg"
    configuration.write_text("".join(f"{line}\n" for line in lines))
    return shlex.join([SENPAI, "-config", str(configuration)])
