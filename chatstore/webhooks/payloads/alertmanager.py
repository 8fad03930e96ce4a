"""Prometheus' Alertmanager. Spec: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config."""

from __future__ import annotations

from collections.abc import Sequence

from chatstore.webhooks.payloads.fields import Fields
from chatstore.webhooks.payloads.format import Format, Headers, Said, never_signed

MOST_ALERTS = 8
_LABELS = ("severity", "instance", "namespace", "service", "job")
"""The labels that are shown: what tells one alert from another of its name."""


def recognises(_headers: Headers, data: Fields) -> bool:
    return isinstance(data["alerts"].value, list) and "groupKey" in data


def read(_headers: Headers, data: Fields) -> list[Said]:
    alerts = data["alerts"].items
    lines = [_alert(each) for each in alerts[:MOST_ALERTS]]
    return summary(lines, data["alerts"].count - len(lines) + data["truncatedAlerts"].number)


def summary(lines: Sequence[str], left: int) -> list[Said]:
    """One message of the lines of alerts, and how many more there are."""
    if not lines:
        return []
    return [Said("\n".join([*lines, f"… and {left} more"] if left > 0 else lines))]


def _alert(alert: Fields) -> str:
    labels = alert["labels"]
    shown = ", ".join(labels[name].short(100) for name in _LABELS if labels[name].line)
    return alert_line(alert, shown, alert["generatorURL"].url)


def alert_line(alert: Fields, shown: str, url: str) -> str:
    """`[firing] DiskFull (critical, db1): the disk is full https://…`"""
    name = alert["labels"]["alertname"].short(150) or "an alert"
    notes = alert["annotations"]
    about = next((notes[key].first for key in ("summary", "message", "description") if notes[key].first), "")
    head = f"[{alert['status'].short(20) or 'firing'}] {name}{f' ({shown})' if shown else ''}"
    return " ".join(part for part in (f"{head}: {about}" if about else head, url) if part)


FORMAT = Format("alertmanager", recognises, read, never_signed, lambda _headers, data: data["status"].short(20))
