"""What a learner meets in the notebook: verdict, reason, next step, and no traceback."""

import io
import shutil
import sys
import time
from pathlib import Path

from ae_course.grading.authoring.run_cells import run_cell
from ae_course.grading.judging.task import TaskResult
from ae_course.grading.notebook import check as notebook
from ae_course.grading.notebook.cards import Card, verdict

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[2]
ENCODE = """
import numpy as np

def encode(x, W, b):
    z = x @ W.T + b
    return {}
"""


@pytest.fixture
def run(capsys):
    """Run cells one after the other, as a notebook does; return what they printed."""
    notebook.hints_given.clear()
    notebook.last_exercise.clear()
    namespace = {}
    setup = "from ae_course.grading import check, done, hint, progress"

    def run(*cells):
        for source in (setup, *cells):
            exec(compile(source, "<cell>", "exec"), namespace)
        return capsys.readouterr().out

    return run


def test_a_right_answer_is_told_so_and_where_to_go_on(run):
    out = run(ENCODE.format("1 / (1 + np.exp(-z))"), 'check("1.1")')
    assert out.startswith("✓ 1.1 Encoder step: correct, 20 of 20 points")
    assert "→ Next: 1.2" in out


def test_a_wrong_answer_is_told_the_mistake_the_input_and_the_values(run):
    out = run(ENCODE.format("z"), 'check("1.1")')
    assert out.startswith("✗ 1.1 Encoder step: not right yet, 0 of 20 points")
    for words in ("The activation is missing", "With `x` of shape", "expected 0.", 'hint("1.1")'):
        assert words in out


def test_a_half_right_answer_gets_its_part(run):
    out = run('learned_1_5 = "c"\nratio_1_5 = 56', 'check("1.5")')
    assert out.startswith("◐ 1.5 Copy or compression: partly right, 10 of 15 points")


def test_an_untouched_stub_is_not_done_yet(run):
    stub = "def encode(x, W, b):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    for cell in (stub, "", "encode = ..."):
        out = run(cell, 'check("1.1")')
        assert out.startswith("○ 1.1 Encoder step: not done yet, 0 of 20 points")
        assert "✗" not in out


def test_a_stub_that_an_answer_calls_is_named(run):
    cell = "def encode(x, W, b):\n    raise NotImplementedError()\n"
    cell += "def decode(h, W2, b2):\n    return h @ W2.T + b2\n"
    cell += "def reconstruct(x, W, b, W2, b2):\n    return decode(encode(x, W, b), W2, b2)"
    out = run(cell, 'check("1.2")')
    assert "partly right, 10 of 15" in out
    assert "`encode` is not written yet." in out


def test_the_learners_own_error_is_shown_at_its_own_line(capsys):
    namespace = {}
    run_cell(ENCODE.format("1 / (1 + np.exp(-z, nothing))"), namespace, "mine")
    run_cell("from ae_course.grading import check", namespace)
    exec('check("1.1")', namespace)
    out = capsys.readouterr().out
    assert "your code stopped with `NameError: name 'nothing' is not defined`." in out
    assert "Line 6 of your cell: `return 1 / (1 + np.exp(-z, nothing))`" in out
    assert "Traceback" not in out


@pytest.mark.parametrize(
    "body",
    [
        "raise SystemExit",
        "exit()",
        "return encode(x, W, b)",
        "raise GeneratorExit",
        "raise Exception('<b>' + chr(27) + '[31m')",
        "return open",
        "return [1, [2, 3]]",
        "return '1' * 10**6",
    ],
)
def test_no_answer_gets_a_traceback_of_ours(run, body):
    out = run(f"def encode(x, W, b):\n    {body}", 'check("1.1")', "progress()")
    assert out.startswith("✗ 1.1 Encoder step: not right yet, 0 of 20 points")
    assert len(out) < 3000


def test_an_interrupt_stays_the_learners(run):
    with pytest.raises(KeyboardInterrupt):
        run("def encode(x, W, b):\n    raise KeyboardInterrupt", 'check("1.1")')


def test_a_shadowed_name_is_said_in_words(run):
    out = run("encode = 3", 'check("1.1")')
    assert "`encode` should be a function, not of type int." in out


@pytest.mark.parametrize("task_id", ["9.9", "1.77", "encode", "", None, 1])
def test_an_unknown_task_is_said_in_words(run, task_id):
    for call in ("check", "hint", "done"):
        assert "There is no task" in run(f"{call}({task_id!r})")


def test_hints_come_in_steps_and_then_stay(run):
    out = run(*['hint("1.1")'] * 4)
    titles = [line for line in out.splitlines() if line.startswith("Hint")]
    assert [title.split(" for ")[0] for title in titles] == [
        "Hint 1 of 3",
        "Hint 2 of 3",
        "Hint 3 of 3",
        "Hint 3 of 3",
    ]
    assert "Hint 1 of 2" in run('hint("1.2")')


def test_progress_shows_how_the_whole_notebook_stands_now(run):
    assert "Which chapter? Say its number, `progress(1)`." in run("progress()")
    out = run(ENCODE.format("1 / (1 + np.exp(-z))"), 'check("1.1")', "progress()")
    assert "Chapter 1 Basic structure: 20 of 100 points" in out
    assert "○ 1.6 A first autoencoder: not done yet, 0 of 20 points" in out
    assert "→ Next: 1.2 Decoder step" in out
    assert "Basic structure: 0 of 100 points" in run(ENCODE.format("z"), "progress()")


def test_progress_after_a_restart_knows_the_notebook_by_its_answers_or_is_told(run):
    out = run(ENCODE.format("1 / (1 + np.exp(-z))"), "progress()")
    assert "Chapter 1 Basic structure: 20 of 100 points" in out
    for chapter in (2, "2", "02"):
        assert "Chapter 2 Encoder" in run(f"progress({chapter!r})")
    assert "Which chapter?" in run("progress(77)")


def test_progress_knows_the_notebook_that_jupyter_names_or_that_lies_alone(
    run, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.ipynb"
    shutil.copy(ROOT / "exercises/02_encoder_and_decoder.ipynb", path)
    assert "Chapter 2 Encoder" in run("progress()")
    shutil.copy(ROOT / "exercises/01_basic_structure.ipynb", tmp_path)
    assert "Which chapter?" in run("progress()")
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    assert "Chapter 2 Encoder" in run("progress()")


def test_blanks_around_a_task_do_not_matter(run):
    assert "1.1 Encoder step" in run('check(" 1.1 ")')
    assert "Hint 1 of 3 for 1.1" in run('hint("1.1\\n")')


def test_next_and_reset_work_in_the_notebooks_folder(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    more = "from ae_course.grading import next_task, reset"
    assert "no exercise in" in run(more, "next_task()")
    assert "no exercise in" in run(more, 'reset("1.1")')
    shutil.copy(ROOT / "exercises/01_basic_structure.ipynb", tmp_path / "mine.ipynb")
    assert "Next: 1.1 Encoder step (20 points), not done yet" in run(more, "next_task()")
    assert "Task 1.1 is as it was given" in run(more, 'reset("1.1")')
    assert "There is no task 77.1" in run(more, 'reset("77.1")')
    assert len(list(tmp_path.glob("*.bak"))) == 1


def test_done_tells_a_solved_task(run):
    assert run('print(done("1.1"))') == "False\n"
    assert run(ENCODE.format("1 / (1 + np.exp(-z))"), 'print(done("1.1"))') == "True\n"


def test_the_same_answer_gets_the_same_words(run):
    cells = ENCODE.format("z"), 'check("1.1")'
    assert run(*cells) == run(*cells)


def test_a_check_answers_within_a_tenth_of_a_second(run):
    cell = ENCODE.format("1 / (1 + np.exp(-z))")
    run(cell, 'check("1.1")')
    start = time.process_time()
    for _ in range(10):
        run('check("1.1")')
    assert (time.process_time() - start) / 10 < 0.1


@pytest.mark.parametrize("ask", ['check("1.1")', 'hint("1.1")', "progress()", 'check("自")'])
def test_a_stream_that_cannot_encode_a_mark_gets_another(ask, run, monkeypatch):
    run(ENCODE.format("z"), 'check("1.1")')
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", stream)
    run(ask)
    assert len(stream.buffer.getvalue().decode("cp1252")) > 20


def test_under_nbgrader_the_score_is_the_cells(run, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert "correct" in run(ENCODE.format("1 / (1 + np.exp(-z))"), 'assert check("1.1") is None')
    run('learned_1_5 = "c"\nratio_1_5 = 56', 'assert check("1.5") == 10')
    with pytest.raises(AssertionError, match=r"Task 1\.4: not attempted"):
        run('check("1.4")')


def test_what_a_learner_wrote_cannot_become_markup():
    evil = '<script>alert("`<img src=x>`")</script>'
    result = TaskResult("1.1", evil, "incorrect", 0, 20, [f"✗ {evil}\n{evil}"])
    card = verdict(result, evil).html()
    assert "<script" not in card and "<img" not in card
    assert card.count("&lt;script&gt;") == 4
    assert "<code>&lt;img src=x&gt;</code>" in card


def test_a_card_reads_on_light_and_dark_pages():
    html = Card("correct", "Title", ("A line\nand `code`",), "Next").html()
    assert "color:inherit" in html and "background" not in html
    assert "→ Next" in html and "<code>code</code>" in html


def test_in_a_kernel_a_card_is_html_and_text_and_remembers_its_verdict():
    cells = [
        "from ae_course.grading import check",
        "def encode(x, W, b):\n    return x @ W + c",
        'check("1.1")',
    ]
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    NotebookClient(notebook, timeout=600).execute()
    nbformat.validate(notebook)
    (output,) = notebook.cells[2].outputs
    assert output.output_type == "display_data"
    assert set(output.data) == {"text/plain", "text/html"}
    assert "Line 2 of your cell: `return x @ W + c`" in output.data["text/plain"]
    assert "<code>return x @ W + c</code>" in output.data["text/html"]
    stored = {"task": "1.1", "status": "incorrect", "points": 0}
    assert output.metadata == {"ae_course": stored}
