"""Grafana's alerts: those of unified alerting, and those of Grafana 8 and earlier.

Specs: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/
webhook-notifier/, https://grafana.com/docs/grafana/v7.5/alerting/notifications/#webhook. A signature covers the
body, or the timestamp, a colon and the body.
"""

from __future__ import annotations

from chatstore.webhooks.payloads.alertmanager import MOST_ALERTS, alert_line, summary
from chatstore.webhooks.payloads.fields import Fields
from chatstore.webhooks.payloads.format import Format, Headers, Said, hex_hmac, same

_SIGNATURE, _TIMESTAMP = "x-grafana-alerting-signature", "x-grafana-alerting-timestamp"
_HIDDEN = ("alertname", "grafana_folder")
_MOST_LABELS = 5


def recognises(_headers: Headers, data: Fields) -> bool:
    unified = isinstance(data["alerts"].value, list) and "orgId" in data
    return unified or ("ruleName" in data and "state" in data)


def read(_headers: Headers, data: Fields) -> list[Said]:
    if "ruleName" in data:
        return _legacy(data)
    lines = [_alert(each) for each in data["alerts"].items[:MOST_ALERTS]]
    return summary(lines, data["alerts"].count - len(lines) + data["truncatedAlerts"].number)


def _alert(alert: Fields) -> str:
    labels = [(key, value) for key, value in alert["labels"].pairs() if key not in _HIDDEN and value.line]
    shown = ", ".join(f"{key}={value.short(60)}" for key, value in labels[:_MOST_LABELS])
    url = alert["panelURL"].url or alert["dashboardURL"].url or alert["generatorURL"].url
    return alert_line(alert, shown, url)


def _legacy(data: Fields) -> list[Said]:
    matches = [
        f"{each['metric'].short(60)}={each['value'].short(30)}"
        for each in data["evalMatches"].items[:_MOST_LABELS]
        if each["metric"].line
    ]
    about = " ".join(part for part in (data["message"].first, f"({', '.join(matches)})" if matches else "") if part)
    head = f"[{data['state'].short(20)}] {data['ruleName'].short(150) or data['title'].short(150)}"
    return [Said(" ".join(part for part in (f"{head}: {about}" if about else head, data["ruleUrl"].url) if part))]


def signed(headers: Headers, body: bytes, secret: str) -> bool | None:
    given, at = headers.get(_SIGNATURE), headers.get(_TIMESTAMP)
    if given is None:
        return None
    before = [f"{at}:".encode("utf-8", "replace")] if at is not None else []
    return same(given, hex_hmac(secret, *before, body))


FORMAT = Format(
    "grafana", recognises, read, signed, lambda _headers, data: data["status"].short(20) or data["state"].short(20)
)
