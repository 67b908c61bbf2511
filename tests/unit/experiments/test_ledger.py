"""A short run agrees in direction with the stored full one, and nothing is made twice."""

import errno
import json
import os
from pathlib import Path

from ae_course import verdicts
from ae_course.cli import main
from ae_course.experiments import ledger

import pytest

STORED = Path(__file__).parents[3] / "book/results/curves.json"
SHORT = ["--seeds", "1", "--budget", "0.15", "--train", "4000"]
SHORT += ["--methods", "mean|^PCA|pretrained|random start"]

pytestmark = pytest.mark.xdist_group("reproduce")  # they share one short run


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    assert main(["reproduce", "curves", "--out", str(folder), *SHORT]) == 0
    return folder


def errors(path):
    return {row["method"]: row["mean"] for row in verdicts.summary(verdicts.read(path))}


def test_a_short_run_agrees_in_direction_with_the_stored_one(short):
    for found in (errors(short / "curves.json"), errors(STORED)):
        mean, pretrained = found["mean image"], found["deep, logistic, pretrained"]
        assert pretrained < 0.95 * min(mean, found["deep, logistic, random start"])
        assert found["deep, GELU, random start"] < found["PCA, 6 components"] < mean
        assert found["PCA, 18 components"] < found["PCA, 6 components"]


@pytest.mark.skipif("AE_COURSE_DATA" not in os.environ, reason="needs MNIST: AE_COURSE_DATA=FOLDER")
def test_pca_of_mnist_is_the_published_number(tmp_path):
    assert (
        main(["reproduce", "mnist", "--out", str(tmp_path), "--methods", "^PCA", "--seeds", "1"])
        == 0
    )
    (row,) = verdicts.summary(verdicts.read(tmp_path / "mnist.json"))
    assert (row["verdict"], f"{row['mean']:.2f}") == ("to the digit", "13.87")


def test_it_leaves_results_and_a_figure_and_nothing_unfinished(short):
    assert sorted(path.name for path in short.iterdir()) == ["curves.json", "curves.png"]
    for path in (short / "curves.json", *STORED.parent.glob("mnist*.json")):
        for entry in json.loads(path.read_text("utf-8"))["entries"]:
            assert {"python", "keras", "backend"} <= entry["versions"].keys()
            assert entry["command"].startswith("ae-course reproduce") or path.parent == short
            assert entry["device"] and entry["date"] and entry["cpu_seconds"] >= 0


def test_what_is_there_is_not_made_again(short, capsys):
    before = (short / "curves.json").read_bytes()
    assert main(["reproduce", "curves", "--out", str(short), *SHORT]) == 0
    assert (short / "curves.json").read_bytes() == before
    assert "seed" not in capsys.readouterr().out


def test_other_settings_are_not_mixed_in(short, capsys):
    assert main(["reproduce", "curves", "--out", str(short), "--budget", "1"]) == 2
    assert "another folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--budget", "0"], "budget must be a positive"),
        (["--seeds", "0"], "seeds must be a whole"),
        (["--methods", "magic"], "no method of curves is like 'magic'"),
    ],
)
def test_impossible_numbers_are_refused(arguments, words, tmp_path, capsys):
    assert main(["reproduce", "curves", "--out", str(tmp_path), *arguments]) == 2
    assert words in capsys.readouterr().err


def test_results_that_cannot_be_written_have_a_code_of_their_own(tmp_path, capsys, monkeypatch):
    mean = ["reproduce", "curves", "--methods", "mean", "--seeds", "1", "--train", "50"]
    (tmp_path / "file").touch()
    assert main([*mean, "--out", str(tmp_path / "file" / "results")]) == 5
    assert "file" in capsys.readouterr().err

    def full(path, text):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ledger, "write_text", full)
    assert main([*mean, "--out", str(tmp_path)]) == 5
    assert "No space left" in capsys.readouterr().err


def test_the_experiments_are_listed_and_an_unknown_one_is_named(capsys, tmp_path):
    assert main(["reproduce", "list"]) == 0
    listed = capsys.readouterr().out
    assert "hinton2006: curves" in listed and "burda2016" in listed
    assert main(["reproduce", "magic", "--out", str(tmp_path)]) == 2
    assert "must be one of" in capsys.readouterr().err
