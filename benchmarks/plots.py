"""The curves of growth as PNGs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.ticker import FuncFormatter

from benchmarks.growth import CURVES, Curve

_COLOURS = {
    "chatstore": "#b3261e",
    "chatstore compiled": "#6d1510",
    "chatstore on PostgreSQL": "#e0867f",
    "ergo": "#8a5a00",
    "inspircd": "#1f5fa8",
    "ngircd": "#2f7d4f",
    "tutorial": "#8a8a8a",
}
_WIDTH, _HEIGHT, _DPI = 4.6, 3.4, 110


def plot(growth: Mapping[str, Sequence[Any]], folder: Path) -> list[Path]:
    """Draw a file for each measured curve. Hollow points do not count."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_plot(CURVES[name], points, folder / f"{name}.png") for name, points in growth.items()]


def plot_nodes(measured: Mapping[str, Any], folder: Path) -> Path:
    """Draw what more nodes bring: messages, deliveries, and how long one takes. Hollow points do not count."""
    folder.mkdir(parents=True, exist_ok=True)
    panels = (
        ("messages/s", (("accepted", "shared"), ("accepted", "own"))),
        ("deliveries/s", (("deliveries", "shared"), ("deliveries", "own"))),
        ("heard at 100 messages/s, ms (p50)", (("same_p50", "shared"), ("other_p50", "shared"))),
    )
    labels = {"accepted": "{} rooms", "deliveries": "{} rooms", "same_p50": "same node", "other_p50": "other node"}
    figure, places = pyplot.subplots(1, len(panels), figsize=(_WIDTH * len(panels), _HEIGHT))
    for axes, (title, lines) in zip(places, panels, strict=True):
        for (name, rooms), colour in zip(lines, ("#b3261e", "#1f5fa8"), strict=True):
            points = sorted(
                (each["nodes"], each["figures"][name], not each["problems"])
                for each in measured.values()
                if each["nodes"] and each["rooms"] in ("", rooms) and name in each["figures"]
            )
            axes.plot([x for x, _, _ in points], [y for _, y, _ in points], color=colour, linewidth=1.4)
            for x, y, counts in points:
                axes.plot(x, y, "o", color=colour, mfc=colour if counts else "white", markersize=4)
            axes.plot([], [], "o-", color=colour, label=labels[name].format(rooms))
        for each in measured.values():
            name = lines[0][0]
            if not each["nodes"] and name in each["figures"]:
                axes.axhline(each["figures"][name], color="#8a8a8a", linestyle=":", label="one server, SQLite")
        axes.set_xticks(sorted({each["nodes"] for each in measured.values() if each["nodes"]}))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("nodes")
        axes.set_ylabel(title)
        axes.grid(axis="y", color="#e4e4e4")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize="small")
    figure.tight_layout()
    file = folder / "nodes.png"
    figure.savefig(file, dpi=_DPI, metadata={"Software": None})
    pyplot.close(figure)
    return file


def _plot(curve: Curve, points: Sequence[Any], file: Path) -> Path:
    figure, panels = pyplot.subplots(1, len(curve.panels), figsize=(_WIDTH * len(curve.panels), _HEIGHT))
    for axes, (name, label, scale) in zip(panels, curve.panels, strict=True):
        for who in dict.fromkeys(point["who"] for point in points):
            line = sorted(
                (point["x"], point["figures"][name] * scale, not point["problems"])
                for point in points
                if point["who"] == who and name in point["figures"]
            )
            colour = _COLOURS.get(who, "#555555")
            axes.plot([x for x, _, _ in line], [y for _, y, _ in line], color=colour, label=who, linewidth=1.4)
            for counts, face in ((True, colour), (False, "white")):
                chosen = [(x, y) for x, y, valid in line if valid is counts]
                axes.plot([x for x, _ in chosen], [y for _, y in chosen], "o", color=colour, mfc=face, markersize=4)
        axes.set_xscale("log")
        axes.set_xticks(sorted({point["x"] for point in points}))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
        axes.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
        axes.set_ylim(bottom=0)
        axes.set_xlabel(curve.x_axis)
        axes.set_ylabel(label)
        axes.grid(axis="y", color="#e4e4e4")
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False, fontsize="small")
    figure.suptitle(curve.title, fontsize="medium")
    figure.tight_layout()
    figure.savefig(file, dpi=_DPI, metadata={"Software": None})
    pyplot.close(figure)
    return file
