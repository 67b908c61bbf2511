"""Stored results are summed up, judged and drawn, and a missing file says how to make it."""

from ae_course import verdicts
from ae_course.experiments.experiment import Measure, Published

import pytest

PCA, DEEP = "PCA, 30 components", "deep, GELU, random start"


def entry(method, seed, error, **more):
    return {"method": method, "seed": seed, "test_error": error, "seconds": 120.0,
            "resumed": False} | more  # fmt: skip


RESULTS = {
    "experiment": "mnist",
    "budget": 1.0,
    "entries": [
        entry(PCA, 0, 13.866),
        entry(PCA, 1, 13.866),
        entry(DEEP, 0, 2.0),
        entry(DEEP, 1, 2.1),
        entry("mean image", 0, 52.9, seconds=3.0),
    ],
}


def test_a_row_a_method_with_mean_spread_and_verdict():
    rows = {row["method"]: row for row in verdicts.summary(RESULTS)}
    assert rows[PCA]["verdict"] == "to the digit"
    deep = rows[DEEP]
    assert deep["mean"] == pytest.approx(2.05) and deep["spread"] == pytest.approx(0.1 / 2**0.5)
    assert deep["verdict"] == "" and "other units" in deep["remark"]
    assert verdicts.means(RESULTS)[DEEP] == deep["mean"]
    assert (rows["mean image"]["published"], rows["mean image"]["spread"]) == (None, None)


@pytest.mark.parametrize(
    "ours, within, absolute, word",
    [
        (1.0, 0.05, False, "reproduced"),
        (2.0, 0.05, False, "to the digit"),
        (2.1, 0.05, False, "reproduced"),
        (2.9, 0.05, False, "partly"),
        (3.1, 0.05, False, "not"),
        (2.9, 1.0, True, "reproduced"),
        (13.0, 1.0, True, "not"),
    ],
)
def test_the_verdict_follows_the_distance(ours, within, absolute, word):
    measure = Measure("an error", within, absolute)
    assert verdicts.verdict(ours, Published(2.0, "Table 1", "paper"), measure) == word
    assert verdicts.verdict(ours, Published(2.0, "Table 1", "paper", "other data"), measure) == ""


def test_the_table_has_every_number():
    table = verdicts.table(RESULTS)
    spread = "13.87\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}0.00"
    assert f"| {PCA} | 13.87 | {spread} | 2 |  | 2 min | to the digit |" in table
    assert "| mean image |  | 52.90 | 1 |  | 3 s |  |" in table
    short = verdicts.table({**RESULTS, "budget": 0.1})
    assert "| 0.1 × (250 epochs) |" in short


def test_the_figure_shows_every_method(tmp_path):
    import matplotlib.pyplot as plt

    verdicts.draw(RESULTS, tmp_path / "figure.png")
    image = plt.imread(tmp_path / "figure.png")
    assert image[..., :3].std() > 0.05  # something is drawn


def test_a_missing_file_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="ae-course reproduce curves --out"):
        verdicts.read(tmp_path / "curves.json")


def test_another_file_is_refused(tmp_path):
    (tmp_path / "other.json").write_text("[]", "utf-8")
    with pytest.raises(ValueError, match="not a file of"):
        verdicts.read(tmp_path / "other.json")


def test_the_time_of_a_resumed_run_is_a_lower_bound():
    resumed = {**RESULTS, "entries": [{**e, "resumed": True} for e in RESULTS["entries"]]}
    assert "| over 2 min |" in verdicts.table(resumed)
