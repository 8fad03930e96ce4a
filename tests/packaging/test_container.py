"""The container, as far as that goes without an engine: what the Containerfile copies is enough to install, and its
configuration, its check of health, and what is beside it, work."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from chatstore.config import load
from tests.running import SECONDS, Running

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "packaging" / "container"
CONTAINERFILE = (FOLDER / "Containerfile").read_text()


def copied() -> list[tuple[str, str]]:
    """What comes from the checkout: where from and where to."""
    found = []
    for line in re.findall(r"^COPY (?!--from)(.*)$", CONTAINERFILE, flags=re.MULTILINE):
        *sources, target = line.split()
        found += [
            (source, f"{target}{Path(source).name}" if target.endswith("/") else target) for source in sources
        ]
    return found


def test_what_is_copied_is_enough_to_install(tmp_path: Path) -> None:
    for source, target in copied():
        there = tmp_path / target.removeprefix("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, there)
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "dist")]
    done = subprocess.run(build, cwd=tmp_path / "src", capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = (tmp_path / "dist").iterdir()
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"chatstore/migrations/env.py", "chatstore/web/index.html", "chatstore/cli/server.py"} <= names
    assert (tmp_path / "etc" / "chatstore" / "chatstore.toml").is_file()


def test_the_configuration_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    compose = (FOLDER / "compose.yaml").read_text()
    settings = dict(re.findall(r"^ +(CHATSTORE_\w+): (\S+)", compose, flags=re.MULTILINE))
    assert len(settings) == 3
    config = load(FOLDER / "chatstore.toml")
    assert (config.database_url, config.listen.web) == ("sqlite:////data/chatstore.db", "0.0.0.0:8097")
    for name, value in settings.items():
        monkeypatch.setenv(name, re.sub(r"\$\{CHAT_HOST[^}]*\}?", "chat.example.org", value))
    config = load(FOLDER / "chatstore.toml")
    assert (config.server.name, config.registration) == ("chat.example.org", "invite")
    assert f"subnet: {config.web.forwarded_from[0]} " in compose


def test_its_check_of_health(run_server: Callable[..., Running]) -> None:
    found = re.search(r"^HEALTHCHECK .*\\\n +CMD (\[.*\])$", CONTAINERFILE, flags=re.MULTILINE)
    assert found is not None
    python, option, code = json.loads(found[1])
    assert (python, option) == ("python3", "-c")
    server = run_server(listen={"web": "127.0.0.1:0"})
    here = code.replace("127.0.0.1:8097", f"127.0.0.1:{server.port('web')}")
    assert here != code
    assert subprocess.run([sys.executable, option, here], timeout=SECONDS).returncode == 0
    server.stop()
    assert (
        subprocess.run([sys.executable, option, here], stderr=subprocess.DEVNULL, timeout=SECONDS).returncode == 1
    )


def test_caddy_in_front_of_it(tmp_path: Path) -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("caddy is not installed")
    done = subprocess.run(
        [caddy, "adapt", "--adapter", "caddyfile", "--config", str(FOLDER / "Caddyfile")],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "CHAT_HOST": "chat.example.org", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    adapted = done.stdout
    for part in ('"host":["chat.example.org"]', '"dial":"chatstore:8097"', '"delete":["Forwarded"]'):
        assert part in adapted
