"""Opening a link or a saved file with the program that the desktop has for it."""

from __future__ import annotations

import mimetypes
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_SHOWN = ("image/", "audio/", "video/")
_ALSO = ("text/plain", "application/pdf")
_NEVER = ("image/svg+xml",)


def opener(environment: Mapping[str, str] = os.environ) -> str:
    """The desktop's program that opens things; "" where there is no desktop, as over ssh."""
    if environment.get("SSH_CONNECTION"):
        return ""
    if sys.platform == "darwin":
        return shutil.which("open") or ""
    desktop = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    return (shutil.which("xdg-open") or "") if desktop else ""


def harmless(path: Path) -> bool:
    """Whether a file that somebody sent is opened unasked: what is only shown or played. Others may be programs."""
    kind = mimetypes.guess_type(path.name)[0] or ""
    return (kind.startswith(_SHOWN) and kind not in _NEVER) or kind in _ALSO


def open_with(program: str, what: str) -> None:
    """Start the program, and don't wait for it. `what`: a URL, or the path of a file."""
    words = [program, what]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def run() -> None:
        with suppress(OSError):
            subprocess.run(words, start_new_session=True, check=False, **streams)  # type: ignore[call-overload]

    threading.Thread(target=run, name="opener", daemon=True).start()
