"""docs/api.md: its commands run as they stand, against a server; its script runs in Node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from chatstore.api import errors
from chatstore.chat.model.errors import Code
from tests.api.asking import ApiClient, basic
from tests.running import PASSWORD, SECONDS, Running

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
SCRIPT = re.findall(r"```js\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def ivy(running: Running) -> ApiClient:
    session = running.register("ivy")
    session.close()
    return ApiClient(running, basic("ivy"))


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_every_curl_of_the_page_works(running: Running, ivy: ApiClient) -> None:
    token = ivy.post("/account/tokens", label="docs")["token"]
    answers = []
    for line in "".join(SHELL).splitlines():
        ready = line.replace("127.0.0.1:8097", f"127.0.0.1:{running.port('web')}").replace("PASSWORD", PASSWORD)
        ready = ready.replace("-u ivy:correct horse", "-u 'ivy:correct horse'").replace("-m 3", "-m 1")
        if line.startswith("export"):
            continue
        done = subprocess.run(
            ["sh", "-c", ready],
            env={"TOKEN": token, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        streams = "-N" in line
        assert done.returncode == (28 if streams else 0), (ready, done)
        answers.append(done.stdout if streams else json.loads(done.stdout))
    assert len(answers) == 8
    assert not [each for each in answers if "status" in each], answers
    assert answers[3]["text"] == "Version 2 is out"
    assert answers[4]["messages"] == [answers[3]]
    assert answers[6]["messages"] == [answers[3]]
    assert answers[7].startswith("retry: 1000\n")


NODE = """
process.env.NODE_OPTIONS = "";
%s
const wanted = Number(process.argv[4]);
let seen = 0;
follow(process.argv[2], process.argv[3], (event, data) => {
  console.log(JSON.stringify([event, data.text]));
  if (++seen === wanted) process.exit(0);
});
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_the_script_of_the_page_follows_a_room(running: Running, ivy: ApiClient, tmp_path: Path) -> None:
    ivy.post("/rooms/main/join")
    token = ivy.post("/account/tokens", label="docs")["token"]
    script = tmp_path / "follow.mjs"
    script.write_text(NODE % SCRIPT[0])
    url = f"http://127.0.0.1:{running.port('web')}/api/v1/events"
    with subprocess.Popen(["node", script, url, token, "2"], stdout=subprocess.PIPE, text=True) as node:
        assert node.stdout is not None
        while not running.server.api.feed.count:
            assert node.poll() is None
        ivy.say("main", "one")
        assert json.loads(node.stdout.readline()) == ["message", "one"]
        for stream in [*running.server.api.feed._streams]:
            stream.sink.close()  # the connection breaks
        ivy.say("main", "two")
        assert json.loads(node.stdout.readline()) == ["message", "two"]
        node.wait(SECONDS)


def test_the_examples_have_what_answers_have(ivy: ApiClient) -> None:
    examples = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    ivy.post("/rooms/tea/join")
    said = ivy.say("tea", "Version 2 is out")
    assert list(json.loads(examples[1])) == list(said)
    wrong = ivy.ask("POST", "/rooms/tea/messages", {"kind": "shout"}).json
    assert json.loads(examples[2]) == wrong


def test_the_table_has_every_code_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| [^|]+ \| ([^|]+) \|$", PAGE, re.MULTILINE)
    told = {code: int(status) for status, codes in rows for code in re.findall(r"`([^`]+)`", codes)}
    known = {**{code.value: int(errors.status_of(code)) for code in Code}, **errors.OWN_CODES}
    assert told == known
