"""Fetch what the web page carries of others: `python -m tests.web.vendor`, at development time, with npm.

The versions are those of chatstore/web/vendor/package.json, the tarballs those of its lock file (npm checks their
hashes). Of each package the licence and some modules are kept, a module with a first line that names its version.
Bare names of other packages become relative paths: a page without inline script can have no import map.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "chatstore" / "web" / "vendor"
SUMS = VENDOR / "SHA256SUMS"
MODULES = {
    "preact.js": ("preact", "dist/preact.mjs"),
    "preact-hooks.js": ("preact", "hooks/dist/hooks.mjs"),
    "htm.js": ("htm", "dist/htm.mjs"),
    "linkify.js": ("linkifyjs", "dist/linkify.mjs"),
}
"""By the name that the page imports: the package, and its file there."""
BARE = {"preact": "./preact.js"}


def module(text: str, package: str, version: str, licence: str) -> str:
    """The file as it is kept."""
    text = re.sub(r"\n//# sourceMappingURL=\S*\s*$", "\n", text)
    text = re.sub(
        r"""(\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'./][^"']*)\2""",
        lambda found: f"{found[1]}{found[2]}{BARE[found[3]]}{found[2]}",
        text,
    )
    return f"/* {package} {version}, {licence}: licences/{package}.txt */\n{text}"


def sums() -> str:
    """What SHA256SUMS is to hold, in the form of `sha256sum`."""
    kept = [*(VENDOR / name for name in MODULES), *(VENDOR / "licences").glob("*.txt")]
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(VENDOR).as_posix()}\n"
        for path in sorted(kept)
    )


def fetch() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(VENDOR / name, folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
        (VENDOR / "licences").mkdir(exist_ok=True)
        for name, (package, path) in MODULES.items():
            home = Path(folder) / "node_modules" / package
            about = json.loads((home / "package.json").read_text(encoding="utf-8"))
            text = (home / path).read_text(encoding="utf-8")
            kept = module(text, package, about["version"], about["license"])
            (VENDOR / name).write_text(kept, encoding="utf-8")
            shutil.copy(home / "LICENSE", VENDOR / "licences" / f"{package}.txt")
    SUMS.write_text(sums(), encoding="ascii")


if __name__ == "__main__":
    fetch()
