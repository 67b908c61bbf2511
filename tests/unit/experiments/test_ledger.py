"""A short run agrees in direction with the stored full one, and nothing is made twice."""

import json
from pathlib import Path

from ae_course import hinton2006, ledger, verdicts
from ae_course.cli import main

import pytest

STORED = Path(__file__).parents[3] / "book/results/curves.json"
SHORT = ["--seeds", "1", "--effort", "0.15", "--train", "4000"]

pytestmark = pytest.mark.xdist_group("reproduce")  # they share one short run


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    assert main(["reproduce", "curves", "--out", str(folder), *SHORT]) == 0
    return folder


def errors(path):
    return {row["method"]: row["error"] for row in verdicts.summary(verdicts.read(path))}


def test_a_short_run_agrees_in_direction_with_the_stored_one(short):
    for found in (errors(short / "curves.json"), errors(STORED)):
        mean, pretrained = found["mean image"], found["deep, logistic, pretrained"]
        assert pretrained < 0.95 * min(mean, found["deep, logistic, random start"])
        assert found["deep, GELU, random start"] < found["PCA, 6 components"] < mean
        assert found["PCA, 18 components"] < found["PCA, 6 components"]


def test_what_needs_no_training_is_what_is_stored():
    for entry in json.loads(STORED.read_text("utf-8"))["entries"]:
        if entry["method"] == "PCA, 18 components" and entry["seed"] == 0:
            run = hinton2006.Run(hinton2006.EXPERIMENTS["curves"], entry["method"], 0, 1.0, STORED)
            again = ledger._measure(run, hinton2006.EXPERIMENTS["curves"].methods[run.method], None)
            assert again["test_error"] == pytest.approx(entry["test_error"], abs=2e-3)
            return
    pytest.fail("PCA is not among the stored results")


def test_it_leaves_results_and_a_figure_and_nothing_unfinished(short):
    assert sorted(path.name for path in short.iterdir()) == ["curves.json", "curves.png"]
    kept = json.loads((short / "curves.json").read_text("utf-8"))
    assert {"python", "keras", "backend"} <= kept["machine"].keys()
    assert all(entry["cpu_seconds"] >= 0 for entry in kept["entries"])


def test_what_is_there_is_not_made_again(short, capsys):
    before = (short / "curves.json").read_bytes()
    assert main(["reproduce", "curves", "--out", str(short), *SHORT]) == 0
    assert (short / "curves.json").read_bytes() == before
    assert "seed" not in capsys.readouterr().out


def test_other_settings_are_not_mixed_in(short, capsys):
    assert main(["reproduce", "curves", "--out", str(short), "--effort", "1"]) == 2
    assert "another folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, words",
    [(["--effort", "0"], "effort must be a positive"), (["--seeds", "0"], "seeds must be a whole")],
)
def test_impossible_numbers_are_refused(arguments, words, tmp_path, capsys):
    assert main(["reproduce", "curves", "--out", str(tmp_path), *arguments]) == 2
    assert words in capsys.readouterr().err
