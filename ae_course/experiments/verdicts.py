"""Stored results beside what was published: as rows, as a table, and as a figure.

A result is stored as JSON by the command that made it (`ae-course reproduce`), so that the page
that shows it can be made again without the hours that the runs took. A verdict compares like with
like; where something else differs than what the method says, the row has a remark instead.
"""

import json
from pathlib import Path
from typing import Any

from ae_course.experiments import ledger
from ae_course.experiments.experiment import Measure, Published

import numpy as np

_BLANK = "\N{NO-BREAK SPACE}"
PARTLY = 10
"""So many times `Measure.within` is still "partly"."""


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


def summary(results: dict[str, Any], measure: str | None = None) -> list[dict[str, Any]]:
    """Return one row a method, in the order of the experiment.

    Args:
        results: from `read`.
        measure: which, by default the experiment's first.

    Returns:
        Rows of `method`, `values` (one a seed), `mean`, `spread` (their standard deviation; None
        for one seed), `seconds` (mean; a lower bound where a run was `resumed`), `budget`,
        `published` (a `Published` or None), `verdict` and `remark`.
    """
    experiment = _experiment(results)
    measure = measure or next(iter(experiment.measures))
    rows = []
    for name, method in experiment.methods.items():
        entries = [e for e in results["entries"] if e["method"] == name and measure in e]
        if not entries:
            continue
        values = [entry[measure] for entry in entries]
        published = method.published.get(measure)
        mean = float(np.mean(values))
        rows.append(
            {
                "method": name,
                "values": values,
                "mean": mean,
                "spread": float(np.std(values, ddof=1)) if len(values) > 1 else None,
                "seconds": float(np.mean([entry["seconds"] for entry in entries])),
                "resumed": any(entry["resumed"] for entry in entries),
                "budget": method.budget,
                "published": published,
                "verdict": verdict(mean, published, experiment.measures[measure]),
                "remark": published.unlike if published else "",
            }
        )
    return rows


def means(results: dict[str, Any], measure: str | None = None) -> dict[str, float]:
    """Return method → mean over the seeds; arguments as for `summary`."""
    return {row["method"]: row["mean"] for row in summary(results, measure)}


def verdict(ours: float, published: Published | None, measure: Measure) -> str:
    """Return "to the digit", "reproduced", "partly", "not", or "" where nothing is compared.

    Smaller is better: what lies below the published number is reproduced.

    Args:
        ours: our mean.
        published: the number beside it; no verdict for one that is `unlike`.
        measure: says how far above it is still the same.
    """
    if published is None or published.unlike:
        return ""
    if f"{ours:.2f}" == f"{published.value:.2f}":
        return "to the digit"
    unit = measure.within if measure.absolute else measure.within * published.value
    above = (ours - published.value) / unit
    return "reproduced" if above <= 1 + 1e-9 else "partly" if above <= PARTLY else "not"


def table(results: dict[str, Any], measure: str | None = None) -> str:
    """Return the summary as a Markdown table."""
    rows = summary(results, measure)
    lines = [
        "| method | published | ours | seeds | budget | time | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        published = "" if row["published"] is None else _number(row["published"].value)
        spread = "" if row["spread"] is None else f"{_BLANK}±{_BLANK}{row['spread']:.2f}"
        time = f"{'over ' * row['resumed']}{_time(row['seconds'])}"
        lines.append(
            f"| {row['method']} | {published} | {row['mean']:.2f}{spread} | {len(row['values'])} "
            f"| {_budget(row['budget'], results['budget'])} | {time} "
            f"| {row['verdict'] or row['remark']} |"
        )
    return "\n".join(lines)


def draw(results: dict[str, Any], path: str | Path | None = None) -> None:
    """Draw every method's results, a dot a seed, with the published ones as bars to compare with.

    Args:
        results: from `read`.
        path: write the figure there; None shows it.
    """
    rows = list(reversed(summary(results)))
    axis = _rows_to_draw([row["method"] for row in rows])
    for y, row in enumerate(rows):
        if row["published"] is not None:
            axis.plot([row["published"].value] * 2, [y - 0.25, y + 0.25], color="C1", linewidth=3)
        axis.plot(row["values"], [y] * len(row["values"]), "o", color="C0")
        axis.text(row["mean"], y + 0.28, f"{row['mean']:.2f}", ha="center", fontsize=8)
    axis.plot([], [], "o", color="C0", label="ours, a dot a seed")
    axis.plot([], [], color="C1", linewidth=3, label="published")
    axis.set(xlabel=next(iter(_experiment(results).measures.values())).label)
    _finish(axis, path)


def draw_all(results: list[dict[str, Any]], path: str | Path | None = None) -> None:
    """Draw every published number as 1 and ours, its mean over the seeds, as a multiple of it.

    Args:
        results: several, from `read`.
        path: write the figure there; None shows it.
    """
    rows = [
        (f"{one['experiment']}: {row['method']}", row)
        for one in results
        for row in summary(one)
        if row["published"] is not None
    ][::-1]
    axis = _rows_to_draw([name for name, _ in rows])
    for like, color, words in ((True, "C0", "compared"), (False, "0.55", "something else differs")):
        kept = [
            (row["mean"] / row["published"].value, y)
            for y, (_, row) in enumerate(rows)
            if like == bool(row["verdict"])
        ]
        axis.plot(*zip(*kept, strict=True), "o" if like else "s", color=color, label=words)
    axis.axvline(1.0, color="C1", linewidth=3, zorder=0, label="published")
    axis.set(xlabel="our error divided by the published one")
    _finish(axis, path)


def _rows_to_draw(names: list[str]):
    import matplotlib.pyplot as plt

    _, axis = plt.subplots(figsize=(7, 0.42 * len(names) + 1))
    axis.set(yticks=range(len(names)), yticklabels=names, ylim=(-0.6, len(names) - 0.3))
    return axis


def _finish(axis, path: str | Path | None) -> None:
    import matplotlib.pyplot as plt

    axis.set(xlim=(0, None))
    axis.legend(loc="best")
    if path is None:
        plt.show()
    else:
        plt.savefig(path, bbox_inches="tight")
        plt.close()


def _experiment(results: dict[str, Any]):
    return ledger.find(results["experiment"])[results["experiment"]]


def _number(value: float) -> str:
    """A published number, with the decimals that such tables print."""
    return f"{value:.2f}" if isinstance(value, float) and value >= 1 else f"{value:g}"


def _budget(full: str, share: float) -> str:
    return full if share == 1 or not full else f"{share:g} × ({full})"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
