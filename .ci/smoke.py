"""Install a wheel or an sdist in a clean venv of a given Python and use it from an empty folder, as a person would.

Usage: smoke.py PYTHON FILE. Installs, makes an account and a certificate, starts the server, says one thing with
the client, kills the server, starts it again, says another, and reads both back with `chatstore history`. Checks as
well what a newer Python could lose without a word: passwords are judged, and clients are asked for a certificate.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

SECRET = "nine purple kettles"

OPTIONAL_PARTS = """
import importlib.util, ssl
from pathlib import Path
from chatstore.net.client_certificates import ask_for_certificates

assert importlib.util.find_spec("textual") is None, "the server's installation brings the full-screen client"
files = Path("localhost.pem"), Path("localhost.key")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(*files)
assert ask_for_certificates(context, *files), "this Python can't ask clients for a certificate"
"""
"""Parts that must not get lost with any Python; run in the venv, beside the new certificate."""


def main(python: str, file: str) -> None:
    with tempfile.TemporaryDirectory(prefix="chatstore-smoke-") as scratch:
        venv, empty = Path(scratch, "venv"), Path(scratch, "empty")
        empty.mkdir()
        run([python, "-m", "venv", str(venv)], empty)
        pip = [str(venv / "bin" / "pip"), "install", "-q", "--disable-pip-version-check"]
        run([*pip, str(Path(file).resolve())], empty)
        chatstore = str(venv / "bin" / "chatstore")
        weak = run([chatstore, "account", "add", "smoke", "--password-stdin"], empty, "password1234", fails=True)
        assert "too easy to guess" in weak, weak
        run([chatstore, "account", "add", "smoke", "--password-stdin"], empty, SECRET)
        for words in ("first words", "last words"):
            say(chatstore, empty, words)
        history = run([chatstore, "history", "--room", "main", "--format", "text"], empty)
        found = re.findall(r"smoke.*(first words|last words)", history)
        assert found == ["first words", "last words"], history
        run([chatstore, "certificate", "create"], empty)
        run([str(venv / "bin" / "python"), "-c", OPTIONAL_PARTS], empty)
        assert "_chatstore_completion" in run([chatstore, "completion", "bash"], empty)
        assert run([chatstore, "man"], empty).startswith(".TH CHATSTORE 1 ")
        version = run([str(venv / "bin" / "python"), "--version"], empty).strip()
        print(f"smoke test passed on {version}, from {Path(file).name}")


def say(chatstore: str, folder: Path, words: str) -> None:
    """Start the server, say it with the client, and end the server as a power cut would."""
    command = [chatstore, "server", "--irc", "127.0.0.1:0", "--plain", "off", "--web", "off"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment(folder))
    try:
        assert server.stdout is not None
        port = next(found[1] for line in server.stdout if (found := re.search(r"IRC +127\.0\.0\.1:(\d+)", line)))
        client = [chatstore, "client", "--user", "smoke", "--server", f"irc://127.0.0.1:{port}", "--room", "main"]
        run(client, folder, words)
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()


def run(command: list[str], folder: Path, typed: str = "", fails: bool = False) -> str:
    """Run it and return what it prints: to standard output, or where it is to fail, to standard error."""
    result = subprocess.run(
        command, input=typed, capture_output=True, text=True, cwd=folder, env=environment(folder), timeout=600
    )
    if fails and result.returncode:
        return result.stderr
    if result.returncode or fails:
        raise SystemExit(f"{' '.join(command)} failed ({result.returncode}):\n{result.stdout}{result.stderr}")
    return result.stdout


def environment(folder: Path) -> dict[str, str]:
    """A home of its own, and nothing of the checkout's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    own = {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
    return {**kept, **own, "PYTHONUNBUFFERED": "1", "CHATSTORE_PASSWORD": SECRET}


if __name__ == "__main__":
    main(*sys.argv[1:])
