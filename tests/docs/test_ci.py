"""What .ci/run promises about the versions of Python."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUN = ROOT / ".ci" / "run"


def test_without_the_lowest_python_it_fails_at_once(tmp_path: Path) -> None:
    for program in ("bash", "dirname", "ls", "tail"):
        found = shutil.which(program)
        assert found is not None
        (tmp_path / program).symlink_to(found)
    environment = {"CI": "true", "PATH": str(tmp_path), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path)}
    done = subprocess.run(
        [str(tmp_path / "bash"), str(RUN)], env=environment, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 1
    assert done.stderr.startswith("no Python 3.10 here")
    assert done.stdout == ""


def test_it_tries_every_python_that_the_package_claims() -> None:
    about = (ROOT / "pyproject.toml").read_text()
    claimed = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', about)
    tried = re.search(r"^for version in (.*); do$", RUN.read_text(), flags=re.MULTILINE)
    assert tried is not None
    assert claimed
    assert set(claimed) <= set(tried[1].split())
    assert f'requires-python = ">={claimed[0]}"' in about
