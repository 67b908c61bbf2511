"""Stored results are summed up, judged and drawn, and a missing file says how to make it."""

from ae_course import verdicts

import pytest

RESULTS = {
    "experiment": {"published": {"a": 2.0}},
    "entries": [
        {"method": "a", "seed": 0, "test_error": 2.0, "cpu_seconds": 100.0},
        {"method": "a", "seed": 1, "test_error": 2.1, "cpu_seconds": 140.0},
        {"method": "b", "seed": 0, "test_error": 5.0, "cpu_seconds": 3.0},
    ],
}


def test_a_row_a_method_with_mean_spread_and_verdict():
    first, second = verdicts.summary(RESULTS)
    assert first["error"] == pytest.approx(2.05) and first["spread"] == pytest.approx(0.1)
    assert (first["seeds"], first["published"], first["verdict"]) == (2, 2.0, "reproduced")
    assert (second["published"], second["verdict"]) == (None, "")


@pytest.mark.parametrize(
    "ours, word", [(1.0, "reproduced"), (2.1, "reproduced"), (2.9, "partly"), (3.1, "not")]
)
def test_the_verdict_follows_the_ratio(ours, word):
    assert verdicts.verdict(ours, 2.0) == word


def test_the_table_has_every_number():
    table = verdicts.table(RESULTS)
    assert "| a | 2.00 | 2.05 | 0.10 | 2 | 2 min | reproduced |" in table
    assert "| b |  | 5.00 | 0.00 | 1 | 3 s |  |" in table


def test_the_figure_is_written(tmp_path):
    verdicts.draw(RESULTS, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 2000


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
