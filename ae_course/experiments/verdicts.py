"""Stored results beside what was published: as a table, and as a figure.

A result is stored as JSON by the command that made it (`ae-course reproduce`), so that the page
that shows it can be made again without the hours that the runs took.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

REPRODUCED, PARTLY = 1.05, 1.5
"""Our error divided by the published one: up to here it is reproduced, or partly so."""


def read(path: str | Path) -> dict[str, Any]:
    """Return the results of a file that `ae-course reproduce` wrote.

    Raises:
        FileNotFoundError: with the command that makes it, if it is not there.
        ValueError: if it is no such file.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is not there yet: make it with `ae-course reproduce {path.stem} "
            f"--out {path.parent}`."
        )
    results = json.loads(path.read_text("utf-8"))
    if not isinstance(results, dict) or not {"experiment", "entries"} <= results.keys():
        raise ValueError(f"{path} is not a file of `ae-course reproduce`: no entries in it.")
    return results


def summary(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one row a method: its mean test error over the seeds, spread, time and verdict.

    Each row has `method`, `error` and `spread` (mean and largest less smallest of the squared
    errors), `seeds`, `cpu_seconds` (mean; a lower bound where a run was `resumed`), `published`
    (or None) and `verdict`.
    """
    published, rows = results["experiment"]["published"], []
    for method in dict.fromkeys(entry["method"] for entry in results["entries"]):
        entries = [entry for entry in results["entries"] if entry["method"] == method]
        errors = [entry["test_error"] for entry in entries]
        rows.append(
            {
                "method": method,
                "error": float(np.mean(errors)),
                "spread": max(errors) - min(errors),
                "seeds": len(errors),
                "cpu_seconds": float(np.mean([entry["cpu_seconds"] for entry in entries])),
                "resumed": any(entry.get("resumed", False) for entry in entries),
                "published": published.get(method),
                "verdict": verdict(float(np.mean(errors)), published.get(method)),
            }
        )
    return rows


def verdict(ours: float, published: float | None) -> str:
    """Return "reproduced", "partly", "not", or "" where nothing was published.

    Args:
        ours, published: squared errors; a smaller one than published counts as reproduced.
    """
    if published is None:
        return ""
    ratio = ours / published
    return "reproduced" if ratio <= REPRODUCED else "partly" if ratio <= PARTLY else "not"


def table(results: dict[str, Any]) -> str:
    """Return the summary as a Markdown table."""
    lines = [
        "| method | published | ours | spread | seeds | CPU time | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in summary(results):
        published = "" if row["published"] is None else f"{row['published']:.2f}"
        lines.append(
            f"| {row['method']} | {published} | {row['error']:.2f} | {row['spread']:.2f} "
            f"| {row['seeds']} | {'over ' * row['resumed']}{_time(row['cpu_seconds'])} "
            f"| {row['verdict']} |"
        )
    return "\n".join(lines)


def draw(results: dict[str, Any], path: str | Path | None = None) -> None:
    """Draw every method's errors, a dot a seed, with the published ones as bars to compare with.

    Args:
        results: from `read`.
        path: write the figure there; None shows it.
    """
    import matplotlib.pyplot as plt

    rows = summary(results)
    _, axis = plt.subplots(figsize=(7, 0.42 * len(rows) + 1))
    for y, row in enumerate(reversed(rows)):
        errors = [e["test_error"] for e in results["entries"] if e["method"] == row["method"]]
        if row["published"] is not None:
            axis.plot([row["published"]] * 2, [y - 0.25, y + 0.25], color="C1", linewidth=3)
        axis.plot(errors, [y] * len(errors), "o", color="C0")
        axis.text(row["error"], y + 0.28, f"{row['error']:.2f}", ha="center", fontsize=8)
    axis.plot([], [], "o", color="C0", label="ours, a dot a seed")
    axis.plot([], [], color="C1", linewidth=3, label="published")
    axis.set(yticks=range(len(rows)), yticklabels=[row["method"] for row in reversed(rows)])
    axis.set(xlabel="squared error on test images", xlim=(0, None), ylim=(-0.6, len(rows) - 0.3))
    axis.legend(loc="lower right")
    if path is None:
        plt.show()
    else:
        plt.savefig(path)
        plt.close()


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
