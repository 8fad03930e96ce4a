"""docs/files.md: its commands run as they stand, against a server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.running import SECONDS, Running

PAGE = (Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
SHELL = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)).splitlines()


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_every_curl_of_the_page_works(running: Running, tmp_path: Path) -> None:
    client = running.register("ivy")
    token = client.ask("TOKEN ADD :docs")[-1].split(" ")[4]
    (tmp_path / "tea.txt").write_text("tea\n")
    environment = {"TOKEN": token, "PATH": "/usr/bin:/bin", "ID": ""}
    answers: list[str] = []
    for line in SHELL:
        ready = line.replace("127.0.0.1:8097", f"127.0.0.1:{running.port('web')}")
        done = subprocess.run(
            ["sh", "-c", ready], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS
        )
        assert done.returncode == 0, (ready, done)
        answers.append(done.stdout)
        if not environment["ID"]:
            environment["ID"] = json.loads(done.stdout)["id"]
    uploaded, listed, removed, options = answers
    told = json.loads(uploaded)
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
    assert told.keys() == shown.keys()
    assert (told["name"], told["type"], told["size"]) == (shown["name"], shown["type"], shown["size"])
    assert [each["id"] for each in json.loads(listed)["files"]] == [environment["ID"]]
    assert removed == ""
    assert running.rows("SELECT count(*) FROM files") == [(0,)]
    assert re.search("(?i)^accept-post: ", options, re.MULTILINE)
