"""The compiled build: the same source, but mypyc has compiled the modules that every message passes.

Hatchling calls this for each wheel. It does nothing unless `CHATSTORE_COMPILE=1` is in the environment; then the
wheel is for this version of Python and this platform. As a program, it compiles beside the sources, for development
and tests:

    python hatch_build.py [FOLDER]              compile the modules of the checkout in FOLDER, or here
    python hatch_build.py --remove [FOLDER]     remove what that made

pyproject.toml lists the modules: `[tool.hatch.build.targets.wheel.hooks.custom]`. Files in C are modules, too; the
pure build does without them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGE = "chatstore"


class CompiledBuild(BuildHookInterface):
    """Adds the compiled modules to the wheel that hatchling builds."""

    def dependencies(self) -> list[str]:
        """mypy reads the types of what chatstore imports, so that has to be there, too."""
        core = self.metadata.core
        return [*core.optional_dependencies["compile"], *core.dependencies] if _asked() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if not _asked():
            return
        root, modules = Path(self.root), self.config["modules"]
        if version == "editable":
            remove(root)
            compile_modules(root, modules, root)
            return
        self._made = tempfile.TemporaryDirectory()
        for name in compile_modules(root, modules, Path(self._made.name)):
            build_data["force_include"][str(Path(self._made.name, name))] = str(name)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _asked() -> bool:
    return os.environ.get("CHATSTORE_COMPILE") == "1"


def modules_of(root: Path) -> list[str]:
    """The modules that the checkout wants to be compiled."""
    with Path(root, "pyproject.toml").open("rb") as file:
        hooks = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]
    found: list[str] = hooks["custom"]["modules"]
    return found


def compile_modules(root: Path, modules: list[str], target: Path) -> list[Path]:
    """Compile modules of `root`, and put the shared libraries into the folders of `target`. Returns their names
    there."""
    from setuptools import Distribution, Extension  # isort: skip  # first: mypyc imports the distutils that it brings
    from mypyc.build import mypycify

    files = [name.replace(".", "/") + ".py" for name in modules]
    here = Path.cwd()
    os.chdir(root)  # mypy derives the names of modules from there
    try:
        # The caches of mypy and mypyc that an earlier compilation left may not fit together: each begins without.
        with tempfile.TemporaryDirectory() as scratch:
            options = ["--config-file=", f"--cache-dir={scratch}/mypy", f"--python-executable={sys.executable}"]
            options += ["--follow-imports=silent", "--ignore-missing-imports"]
            extensions = mypycify([*options, *files], separate=True, debug_level="0", target_dir=f"{scratch}/c")
            for file in sorted(Path(PACKAGE).rglob("*.c")):
                extensions.append(Extension(".".join(file.with_suffix("").parts), [str(file)]))
            command = Distribution({"name": PACKAGE, "ext_modules": extensions}).get_command_obj("build_ext")
            command.build_lib, command.build_temp = f"{scratch}/lib", f"{scratch}/temp"
            command.parallel = os.cpu_count()
            command.ensure_finalized()
            command.run()
            made = [Path(file).relative_to(command.build_lib) for file in command.get_outputs()]
            for name in made:
                Path(target, name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(Path(command.build_lib, name), target / name)
    finally:
        os.chdir(here)
    return made


def remove(root: Path) -> None:
    """Remove all shared libraries beside the sources."""
    for file in Path(root, PACKAGE).rglob("*.so"):
        file.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description="Compile chatstore's modules beside their sources.")
    parser.add_argument("--remove", action="store_true", help="remove what was compiled")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="the checkout (default: here)")
    options = parser.parse_args()
    root = options.folder.resolve()
    remove(root)
    if not options.remove:
        compile_modules(root, modules_of(root), root)


if __name__ == "__main__":
    main()
