"""`charts.py FOLDER`: a PNG for each chart that standard input says, as `report.bars` made it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt


def draw(chart: dict[str, Any], folder: Path) -> None:
    """One chart; the bars stand in the order in which they are given."""
    bars = chart["bars"][::-1]
    values = [bar["value"] for bar in bars]
    figure, axes = plt.subplots(figsize=(7, 0.9 + 0.36 * len(bars)))
    drawn = axes.barh(
        [bar["label"] for bar in bars], values, color=[bar["color"] for bar in bars], height=0.66
    )
    texts = [f"{v:,.0f}" if v >= 100 else f"{v:.1f}" if v >= 10 else f"{v:.2f}" for v in values]
    axes.bar_label(drawn, labels=texts, padding=4, fontsize=9)
    axes.set_title(chart["title"], fontsize=11, loc="left")
    axes.set_xlabel(chart["unit"], fontsize=9)
    axes.set_xlim(0, max(values) * 1.12)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.tight_layout()
    figure.savefig(folder / f"{chart['name']}.png", dpi=100, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    for each in json.load(sys.stdin):
        draw(each, Path(sys.argv[1]))
