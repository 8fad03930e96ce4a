"""The unit for systemd: systemd itself reads it, and finds little that the service may do without need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chatstore.config import load
from tests.running import SECONDS

PACKAGING = Path(__file__).parents[2] / "packaging" / "systemd"
UNIT = PACKAGING / "chatstore.service"
MOST_EXPOSED = 12
"""Tenths: what is left is the network, Unix sockets, and the rest of /proc."""


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed")
    return subprocess.run(
        [program, "--no-pager", *arguments],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    text = UNIT.read_text().replace("/opt/chatstore/bin/chatstore", sys.executable)
    unit.write_text(text)
    done = analyze("verify", "--man=no", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    unit.write_text(text.replace("ProtectSystem=", "ProtectsSystem="))
    assert "ProtectsSystem' in section" in analyze("verify", "--man=no", str(unit)).stderr


def test_it_may_do_little() -> None:
    done = analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSED}", str(UNIT))
    assert done.returncode == 0, done.stdout
    assert re.search(r"Overall exposure level for chatstore.service: [01]\.\d OK", done.stdout), done.stdout
    assert analyze("security", "--offline=yes", "--threshold=5", str(UNIT)).returncode != 0


def test_what_is_in_comments_is_right_too(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    text = UNIT.read_text().replace("/opt/chatstore/bin/chatstore", sys.executable)
    whole, found = re.subn(r"^#(?=\w+=)", "", text, flags=re.MULTILINE)
    assert found >= 7
    unit.write_text(whole)
    done = analyze("verify", "--man=no", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_configuration_beside_it(tmp_path: Path) -> None:
    config = load(PACKAGING / "chatstore.toml")
    assert config.database_url == "sqlite:////var/lib/chatstore/chatstore.db"
    assert config.registration == "invite"
