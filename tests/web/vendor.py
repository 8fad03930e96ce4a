"""Fetch the page's third-party modules: `python -m tests.web.vendor`, at development time, with npm.

The versions are those of chatstore/web/vendor/package.json, the tarballs those of its lock file (npm checks their
hashes). Of each package the licence and some modules are kept, a module with a first line that names its version.
Bare names of other packages become relative paths: a page without inline script can have no import map. The emojis
come as data, of which a module of names and groups is made.
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
    "emojis.js": ("emojibase-data", "en/data.json"),
}
"""By the name that the page imports: the package and its file."""
BARE = {"preact": "./preact.js"}


def module(text: str, package: str, version: str, licence: str) -> str:
    """The file as it is stored here."""
    text = re.sub(r"\n//# sourceMappingURL=\S*\s*$", "\n", text)
    text = re.sub(
        r"""(\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'./][^"']*)\2""",
        lambda found: f"{found[1]}{found[2]}{BARE[found[3]]}{found[2]}",
        text,
    )
    return f"/* {package} {version}, {licence}: licences/{package}.txt */\n{text}"


def emojis(home: Path) -> str:
    """A module made of emojibase's data: by group, a line for each emoji with its shortcodes and search words.

    Skin tones and mere components are left out.
    """
    shortcodes = json.loads((home / "en/shortcodes/emojibase.json").read_text(encoding="utf-8"))
    github = json.loads((home / "en/shortcodes/github.json").read_text(encoding="utf-8"))
    messages = json.loads((home / "en/messages.json").read_text(encoding="utf-8"))
    groups = {each["order"]: (each["message"], []) for each in messages["groups"] if each["key"] != "component"}
    for one in sorted(
        json.loads((home / "en/data.json").read_text(encoding="utf-8")), key=lambda one: one.get("order", 0)
    ):
        if one.get("group") not in groups:
            continue
        # Emojibase puts a variation selector behind emojis that need none; as people type them, they have none.
        text = one["emoji"].removesuffix("\ufe0f") if one["type"] == 1 and len(one["emoji"]) == 2 else one["emoji"]
        names = list(
            dict.fromkeys([*_listed(github.get(one["hexcode"])), *_listed(shortcodes.get(one["hexcode"]))])
        )
        words = dict.fromkeys(re.findall(r"[^\W_]+", " ".join([one["label"], *one.get("tags", [])]).lower()))
        spoken = {part for name in names for part in name.split("_")}
        more = [word for word in words if word not in spoken]
        groups[one["group"]][1].append(f"{text}\t{' '.join(names)}\t{' '.join(more)}")
    lists = ",\n".join(
        f"  [{json.dumps(name.capitalize(), ensure_ascii=False)}, `{chr(10).join(lines)}`]"
        for name, lines in groups.values()
    )
    return f"export const GROUPS = [\n{lists},\n];\n"


def _listed(names: str | list[str] | None) -> list[str]:
    return [names] if isinstance(names, str) else names or []


def sums() -> str:
    """The contents of SHA256SUMS, in the format of `sha256sum`."""
    kept = [*(VENDOR / name for name in MODULES), *(VENDOR / "licences").glob("*.txt")]
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(VENDOR).as_posix()}\n"
        for path in sorted(kept)
    )


def fetch() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(VENDOR / name, folder)
        # What the packages want beside them is not needed: the modules that are kept import nothing of it.
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps"]
        subprocess.run(["npm", "ci", *options], cwd=folder, check=True)
        (VENDOR / "licences").mkdir(exist_ok=True)
        for name, (package, path) in MODULES.items():
            home = Path(folder) / "node_modules" / package
            about = json.loads((home / "package.json").read_text(encoding="utf-8"))
            text = emojis(home) if name == "emojis.js" else (home / path).read_text(encoding="utf-8")
            kept = module(text, package, about["version"], about["license"])
            (VENDOR / name).write_text(kept, encoding="utf-8")
            shutil.copy(home / "LICENSE", VENDOR / "licences" / f"{package}.txt")
    SUMS.write_text(sums(), encoding="ascii")


if __name__ == "__main__":
    fetch()
