"""Words are exact, numbers nearly so: pairs of texts, and notebooks run by strict nbval."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from numbers_in_text import Tolerance, reconcile, tolerance_of

HERE = Path(__file__).parent

SAME = [
    ("0.743", "0.744"), ("0.743", "0.742"), ("-0.00", "0.00"), ("0.00", "-0.01"),
    ("1.2e-07", "1.3e-07"), ("12.59 nats", "12.60 nats"), ("9.99", "10.00"), ("99.9 %", "100.0 %"),
    ("error 0.743 ± 0.012", "error 0.742 ± 0.013"), ("−0.25", "−0.26"), ("+1.50", "+1.49"),
    ("a  9.99 b", "a 10.00 b"), ("| 9.99 |\n|------|", "| 10.00 |\n|-------|"),
    ("[0.5  0.25 1.  ]", "[0.5  0.26 1.  ]"),
    ("[[0.11 0.2 ]\n [0.3  0.41]]", "[[0.11 0.2 ]\n [0.3  0.42]]"),
    ("Figure 2 shows 0.251", "Figure 2 shows 0.252"), ("(0.123, 0.456)", "(0.124, 0.455)"),
    ("x = 3.14159, y = 2.71828", "x = 3.14160, y = 2.71827"), ("same", "same"),
    ("ELBO 6.66: 2.03 below", "ELBO 6.67: 2.02 below"), ("8.1 ± 0.4", "8.2 ± 0.3"),
    ("<td>0.743</td>", "<td>0.744</td>"), ("11.5 s", "11.6 s"), ("loss 0.31.", "loss 0.32."),
    ("9.9 ± 0.0", "10.0 ± 0.1"), ("8.7 ± 0.4", "8.6 ± 0.5"),
    ("clean 88.0 ± 0.4  noisy", "clean 88.1 ± 0.3  noisy"),
]  # fmt: skip
OTHER = [
    ("0.743", "0.745"), ("12", "13"), ("(60, 8)", "(60, 9)"), ("74 %", "75 %"), ("1.0", "1"),
    ("0.743", "0.7430"), ("-0.01", "0.01"), ("1e-07", "2e-07"), ("0.5", "0.6"), ("9.3", "9.2"),
    ("2026-11-27", "2026-11-28"), ("12:30", "12:31"), ("keras 3.15.1", "keras 3.15.2"),
    ("x0.25", "x0.26"), ("0.10-0.25", "0.10-0.26"), ("Figure 2", "Figure 3"),
    ("Chapter 4.12", "Chapter 4.13"),
    ("loss 0.743", "loss nan"), ("loss nan", "loss 0.743"), ("0.743", "inf"), ("0.743", ""),
    ("", "0.743"),
    ("0.743 0.744", "0.743"), ("loss 0.743", "cost 0.743"), ("a  0.743", "a 0.743"),
    ("True", "False"), ("0.743 ± 0.012", "0.743 ± 0.014"), ("0.743 ± 0.012", "0.751 ± 0.012"),
    ("[0.5  0.25]", "[0.5  0.27]"), ("1.2e-07", "1.2e-06"), ("28×28", "28×27"),
    ("784-32", "784-64"),
    ("<td style='width:1.25em'>x</td>", "<td style='width:1.26em'>x</td>"), ("seed 0", "seed 1"),
    ("a 0.743: 0.5", "a 0.743: 0.6"), ("8.1 ± 0.4", "8.3 ± 0.4"), ("74 ± 2", "75 ± 2"),
    ("8.7 ± 0.4", "8.9 ± 0.4"), ("8.7 ± 0.4", "8.7 ± 0.6"),
    ("p 0.5, 1.2 ± 0.1", "p 0.4, 1.2 ± 0.1"),
    ("0.743", "-0.743"), ("3.12", "3,12"), ("10 of 360", "11 of 360"), ("0.743 s", "0.743 m"),
]  # fmt: skip


@pytest.mark.parametrize("old, new", SAME)
def test_near_enough(old, new):
    text, complaints = reconcile(old, new, Tolerance())
    assert (text, complaints) == (old, [])


@pytest.mark.parametrize("old, new", OTHER)
def test_something_else(old, new):
    assert reconcile(old, new, Tolerance())[0] != old


def test_a_complaint_says_which_number_and_by_how_much():
    _, (complaint,) = reconcile("a 1.25\nb 0.743 c 12", "a 1.25\nb 0.745 c 12", Tolerance())
    assert complaint == (
        "line 2, number 2: 0.743 is now 0.745: off by 0.002 = 2 in the last digit, allowed 0.001"
    )
    assert "3 numbers were committed, 2 printed" in str(reconcile("1 2 3", "1 2", Tolerance()))


def stated(tolerance, reason="random draws in the loop"):
    return {"ae_course": {"tolerance": tolerance, "reason": reason}}


@pytest.mark.parametrize(
    "tolerance, old, new, same",
    [
        ({"units": 3}, "0.743", "0.746", True),
        ({"units": 3}, "0.743", "0.747", False),
        ({"rel": 0.05}, "0.743", "0.779", True),
        ({"rel": 0.05}, "0.743", "0.783", False),
        ({"rel": 0.05}, "12", "13", False),
        ({"rel": 0.05}, "loss 0.743", "loss nan", False),
        ({"spreads": 1}, "a 0.370 ± 0.024 b", "a 0.394 ± 0.018 b", True),
        ({"spreads": 1}, "a 0.370 ± 0.024 b", "a 0.395 ± 0.018 b", False),
        ({"spreads": 0.5}, "a 0.370 ± 0.024 b", "a 0.383 ± 0.018 b", False),
        ({"spreads": 1}, "a 0.370 ± 0.018 b", "a 0.394 ± 0.024 b", True),
        ({"spreads": 1}, "a 0.370 ± 0.018 b", "a 0.395 ± 0.024 b", False),
        ({"spreads": 1}, "0.927 ± 0.002", "0.927 ± 0.021", True),
        ({"spreads": 1}, "0.927 ± 0.002", "0.927 ± 0.022", False),
        ({"spreads": 1}, "0.927 ± 0.022", "0.927 ± 0.002", False),
        ({"spreads": 0.2}, "0.927 ± 0.010", "0.927 ± 0.029", True),
        ({"spreads": 0.2}, "0.927 ± 0.010", "0.927 ± 0.030", False),
        ({"spreads": 1}, "0.927 ± 0.008", "0.927 ± nan", False),
        ({"spreads": 1}, "68.3 ± 0.7 of 44.1", "68.9 ± 0.4 of 44.1", True),
        ({"spreads": 1}, "68.3 ± 0.7 of 44.1", "68.3 ± 0.7 of 44.3", False),
        ({"spreads": 1}, "−0.2 ± 0.3", "0.1 ± 0.3", True),
        ({"spreads": 1}, "0.74 ± 0.02", "0.7 ± 0.02", False),
        ({"spreads": 1}, "5 ± 2", "6 ± 2", False),
    ],
)
def test_a_wider_tolerance_is_taken_as_stated(tolerance, old, new, same):
    assert (reconcile(old, new, tolerance_of(stated(tolerance)))[0] == old) == same


@pytest.mark.parametrize(
    "metadata",
    [stated({"units": 3}, ""), stated({"units": 0}), stated({"abs": 1}), stated(3), stated({})],
)
def test_a_tolerance_has_a_reason_and_a_meaning(metadata):
    with pytest.raises(ValueError, match="tolerance"):
        tolerance_of(metadata)


def run(tmp_path, *cells):
    """Strict nbval on a notebook of (source, committed output, metadata); the lines it printed."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    for count, (source, committed, metadata) in enumerate(cells, 1):
        output = nbformat.v4.new_output("stream", name="stdout", text=committed)
        notebook.cells.append(
            nbformat.v4.new_code_cell(
                source, outputs=[output], execution_count=count, metadata=metadata
            )
        )
    path = tmp_path / "notebook.ipynb"
    nbformat.write(notebook, path)
    options = ["-o", "addopts=", "--nbval", "--nbval-current-env", "-p", "nbval_numbers"]
    options += [
        "-p",
        "nbval_patience",
        "-q",
        "--color=no",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, path],
        cwd=HERE, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    return done.returncode, done.stdout


def test_a_notebook_with_other_last_digits_passes(tmp_path):
    code, said = run(
        tmp_path,
        ("print('error', 0.744)", "error 0.743\n", {}),
        ("print(0.79)", "0.75\n", stated({"rel": 0.1})),
    )
    assert code == 0, said


@pytest.mark.parametrize(
    "source, committed, metadata, words",
    [
        ("print(0.746)", "0.743\n", {}, "0.743 is now 0.746: off by 0.003"),
        ("print('eror', 0.743)", "error 0.743\n", {}, "mismatch"),
        (
            "print('error', float('nan'))",
            "error 0.743\n",
            {},
            "1 numbers were committed, 0 printed",
        ),
        ("print(0.743)", "0.743 0.743\n", {}, "2 numbers were committed, 1 printed"),
        ("print(0.744)", "0.743\n", stated({"rel": 0.1}, ""), "a tolerance needs a reason"),
    ],
)
def test_a_notebook_that_prints_something_else_fails(tmp_path, source, committed, metadata, words):
    code, said = run(tmp_path, (source, committed, metadata))
    assert code == 1 and words in said, said
