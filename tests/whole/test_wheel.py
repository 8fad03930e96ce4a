"""The installed wheel makes its database and runs from any folder, without a checkout."""

from __future__ import annotations

import email
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
UNBOUNDED = {"regex", "cryptography", "tzdata"}
"""Requirements without an upper bound; pyproject.toml says why."""
TOOLS = re.compile(r"extra == '(test|dev|benchmarks|compile|soak)'")


@pytest.mark.timeout(300)
def test_the_wheel_in_a_clean_venv_and_an_empty_folder(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = tmp_path.glob("*.whl")
    names = ZipFile(wheel).namelist()
    assert "chatstore/migrations/env.py" in names
    assert any(name.startswith("chatstore/migrations/versions/0001") for name in names)
    assert not any(name.startswith("tests/") for name in names)
    (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
    needs = email.message_from_bytes(ZipFile(wheel).read(metadata)).get_all("Requires-Dist", [])
    open_ended = {need for need in needs if "<" not in need.partition(";")[0] and not TOOLS.search(need)}
    assert {re.split(r"\W", need)[0] for need in open_ended} <= UNBOUNDED, open_ended
    assert "chatstore/py.typed" in names
    bare = {re.split(r"[^\w-]", need)[0] for need in needs if "extra ==" not in need}
    assert not {"textual", "rich"} & bare, "a server needs no full-screen client"
    web = [path for path in (ROOT / "chatstore" / "web").rglob("*") if path.is_file()]
    assert {path.relative_to(ROOT).as_posix() for path in web} <= set(names)
    smoke = [sys.executable, str(ROOT / ".ci" / "smoke.py"), sys.executable, str(wheel)]
    result = subprocess.run(smoke, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "smoke test passed" in result.stdout
