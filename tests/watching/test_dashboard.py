"""The dashboard is what Grafana takes: its JSON model, as far as its documentation says.

Spec: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

DASHBOARD = json.loads(
    (Path(__file__).parents[2] / "packaging" / "monitoring" / "grafana-dashboard.json").read_text()
)
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
CHARTS = [panel for panel in PANELS if panel["type"] != "row"]
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
UNITS = {"short", "s", "ops", "bytes", "percentunit"}
"""Ids of Grafana's units; one that it does not know is shown behind the number."""


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    ids = [panel["id"] for panel in PANELS]
    assert len(set(ids)) == len(ids)
    places = [panel["gridPos"] for panel in PANELS]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"], (one, other)


def test_everything_asks_the_source_that_one_chooses() -> None:
    names = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
    assert names["datasource"]["type"] == "datasource"
    assert names["datasource"]["query"] == "prometheus"
    asking = [names["instance"], *DASHBOARD["annotations"]["list"], *CHARTS]
    asking += [target for panel in CHARTS for target in panel["targets"]]
    assert all(one["datasource"] == SOURCE for one in asking)


def test_charts_have_a_unit_and_their_queries_names() -> None:
    for panel in CHARTS:
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, panel["title"]
        names = [target["refId"] for target in panel["targets"]]
        assert names, panel["title"]
        assert len(set(names)) == len(names), panel["title"]
        assert all("$instance" in target["expr"] for target in panel["targets"]), panel["title"]
