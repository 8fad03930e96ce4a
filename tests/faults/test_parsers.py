"""What reads the bytes of strangers, fed with bytes of any kind: a little in every run, and for long by atheris."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.faults.parsers import PARSERS

ROOT = Path(__file__).parents[2]
SECONDS = int(os.environ.get("FAULTS_FUZZ_SECONDS", "300"))
pieces = st.binary(max_size=100) | st.lists(
    st.sampled_from(
        [
            *(
                b"@",
                b"a=",
                b"b;",
                b"\\",
                b":",
                b" ",
                b"CAP",
                b"\r",
                b"\n",
                b"\0",
                b"\xff",
                b"\xfa",
                b"\xf0",
                b"\xfb",
            ),
            *(b"x" * 61, "я".encode(), b"\x81\x05", b"\x00\x00\x00\x00", b"TCP4 ", b"1.2.3.4 ", b"::1 ", b"65535 "),
            *(b"GET / HTTP/1.1", b"Upgrade: websocket", b"PROXY ", b"POST ", b"1-1", b"2023-11-14T22:13:20.000Z"),
            *(b"\x21\x11\x00\x0c", b"YQBhAGE=", b"+", b"A" * 400, b"#main", b"mel"),
        ]
    ),
    max_size=12,
).map(b"".join)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.__name__)
@settings(max_examples=150)
@given(data=pieces)
@example(data=b"")
@example(data=b"\x81\x81\0\0\0\0\xff" + b"\x81\x81\0\0\0\0x")
def test_bytes_of_any_kind(parser: Callable[[bytes], None], data: bytes) -> None:
    parser(data)


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + 300)
def test_bytes_that_reach_every_line(tmp_path: Path) -> None:
    pytest.importorskip(
        "atheris", reason="atheris is not installed: pip install -e '.[soak]', where it has a wheel"
    )
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.guided", str(SECONDS), f"-artifact_prefix={tmp_path}/"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    print(done.stderr.splitlines()[-1])
