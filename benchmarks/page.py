"""Puts results into docs/performance.md, as tables between markers; the text around them stays.

<!-- measured: A --> ... <!-- end -->
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tabulate import tabulate

from benchmarks import nodes
from benchmarks.results import from_json
from benchmarks.scenarios.all import SCENARIOS
from benchmarks.tables import details, overview
from benchmarks.targets import rows

_BLOCK = re.compile(r"(<!-- measured: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, kept: Mapping[str, Any]) -> str:
    """The page with the tables of a results file. A block without results says so."""
    tables = _tables(kept)

    def table(block: re.Match[str]) -> str:
        return f"{block[1]}\n{tables.get(block[2], 'Not measured in this run.')}\n\n{block[3]}"

    return _BLOCK.sub(table, page)


def _tables(kept: Mapping[str, Any]) -> dict[str, str]:
    """The tables by the name of their block."""
    results = from_json(kept.get("scenarios", {}))
    tables = {
        letter: f"{SCENARIOS[letter].title}:\n\n{details(SCENARIOS[letter], contestants)}"
        for letter, contestants in results.items()
    }
    if results:
        tables["overview"] = overview(results)
        tables["targets"] = tabulate(
            list(rows(results)), ("", "aim", "measured", "reached"), tablefmt="github", disable_numparse=True
        )
    if "nodes" in kept:
        tables["nodes"] = nodes.table([*kept["nodes"].values()])
    if "nodes_connections" in kept:
        tables["nodes-connections"] = nodes.connections_table(kept["nodes_connections"])
    if "machine" in kept:
        tables["machine"] = tabulate(kept["machine"].items(), ("", ""), tablefmt="github", disable_numparse=True)
    return tables
