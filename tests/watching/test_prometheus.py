"""Debian's Prometheus with the configuration, the alerts and the dashboard that chatstore comes with."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import SECONDS, Running

FILES = Path(__file__).parents[2] / "packaging" / "monitoring"
METRIC = re.compile(r"\b(?:chatstore|process)_\w+")
ONLY_AT_TIMES = {
    "chatstore_warning_since_seconds",
    "chatstore_certificate_expiry_time_seconds",
    "chatstore_backup_time_seconds",
    "chatstore_backup_interval_seconds",
}

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None or shutil.which("promtool") is None, reason="Prometheus is not installed"
)


def promtool(*args: str) -> None:
    done = subprocess.run(["promtool", *args], cwd=FILES, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_takes_the_files() -> None:
    promtool("check", "config", "prometheus.yml")
    promtool("check", "rules", "--lint-fatal", "alerts.yml")


def test_the_alerts_fire_when_they_should() -> None:
    promtool("test", "rules", "alerts_test.yml")


class Prometheus:
    def __init__(self, folder: Path, target: str) -> None:
        """It scrapes the server at this address often."""
        config = (FILES / "prometheus.yml").read_text().replace("127.0.0.1:9468", target).replace("15s", "200ms")
        (folder / "prometheus.yml").write_text(config)
        shutil.copy(FILES / "alerts.yml", folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self._log = (folder / "log").open("w+")
        self._process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={self.url.removeprefix('http://')}",
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def get(self, path: str, **query: str) -> Any:
        """The data of an answer, once Prometheus answers."""
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        until = time.monotonic() + SECONDS
        while True:
            try:
                with urllib.request.urlopen(url, timeout=SECONDS) as answer:
                    return json.load(answer)["data"]
            except urllib.error.HTTPError as error:
                if error.code != 503:  # it starts
                    raise AssertionError(f"{query}: {error.read().decode()}") from None
            except urllib.error.URLError:
                assert self._process.poll() is None, (self._log.seek(0), self._log.read())
            assert time.monotonic() < until
            time.sleep(0.05)

    def query(self, expression: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("query", query=expression)["result"]
        return found

    def wait(self, expression: str) -> dict[str, Any]:
        """The first sample, as soon as there is one."""
        until = time.monotonic() + SECONDS
        while not (found := self.query(expression)):
            assert time.monotonic() < until, f"{expression} has no value: {self.get('targets')}"
            time.sleep(0.05)
        return found[0]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()


@pytest.fixture
def running(run_server: Callable[..., Running]) -> Running:
    return run_server(listen={"metrics": "127.0.0.1:0"})


@pytest.fixture
def prometheus(running: Running, tmp_path: Path) -> Iterator[Prometheus]:
    metrics = running.server._endpoints.metrics
    assert metrics is not None
    found = Prometheus(tmp_path, f"127.0.0.1:{metrics.address[1]}")
    yield found
    found.stop()


def expressions() -> Iterator[str]:
    """Those of the dashboard, as Grafana asks them."""
    dashboard = json.loads((FILES / "grafana-dashboard.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"].replace("$instance", ".*").replace("$__rate_interval", "1m")


@pytest.mark.sqlite  # there is no disk to measure
def test_it_scrapes_and_evaluates_everything(running: Running, prometheus: Prometheus) -> None:
    """One test, because Prometheus takes a second to start."""
    alice, bob = running.member("alice"), running.member("bob")
    alice.send("PRIVMSG #main :hello")
    bob.wait("hello")
    running.server.warnings.set("certificate", "on purpose")
    running.server.chat.logins.counts.add(("password", "wrong_credentials"))
    running.server._watch.figures.measure()
    assert prometheus.wait("chatstore_messages_total > 0")["value"][1] == "1"
    assert prometheus.wait("up")["metric"]["job"] == "chatstore"
    assert prometheus.wait("chatstore_warning_since_seconds")["metric"]["warning"] == "certificate"
    for expression in expressions():
        prometheus.query(expression)
        known = set(METRIC.findall(expression)) - ONLY_AT_TIMES
        for metric in known:
            assert prometheus.query(f'{{__name__="{re.sub("(_bucket|_sum|_count)$", "_count", metric)}"}}'), metric
    until = time.monotonic() + SECONDS
    while True:
        rules = prometheus.get("rules")["groups"][0]["rules"]
        if all(rule["health"] == "ok" for rule in rules) and rules:
            break
        assert time.monotonic() < until, [(rule["name"], rule.get("lastError")) for rule in rules]
        time.sleep(0.05)
    states = {rule["name"]: rule["state"] for rule in rules}
    until = time.monotonic() + SECONDS
    while states["ChatstoreWarning"] != "pending":
        assert time.monotonic() < until, states
        states = {rule["name"]: rule["state"] for rule in prometheus.get("rules")["groups"][0]["rules"]}
    assert states["ChatstoreDown"] == states["ChatstoreCannotStore"] == "inactive"


def test_every_metric_of_an_alert_exists() -> None:
    code = (Path(__file__).parents[2] / "chatstore" / "watching" / "metrics.py").read_text()
    named = set(re.findall(r'"(chatstore_\w+)"', code))
    used = {re.sub("(_bucket|_total)$", "", name) for name in METRIC.findall((FILES / "alerts.yml").read_text())}
    assert {name for name in used if name.startswith("chatstore_")} <= named
