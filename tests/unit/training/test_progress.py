"""The progress bar waits, shows the loss, and goes."""

from ae_course.training.progress import ProgressBar, wants_progress

import pytest

HIDES_THE_CURSOR, SHOWS_IT_AGAIN = "\x1b[?25l", "\x1b[?25h"


@pytest.fixture
def printed(capsys, monkeypatch):
    """What was printed since it was last asked for, as on a terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return lambda: capsys.readouterr().out


def test_the_bar_waits_shows_the_loss_and_leaves(printed):
    bar = ProgressBar(epochs=3, patience=0)
    bar.on_train_begin()
    assert not printed()
    bar.on_epoch_end(0, {"loss": 2.0})
    assert HIDES_THE_CURSOR in printed()
    bar.on_epoch_end(1, {"loss": 0.5})
    bar.on_train_end()
    last = printed()
    assert "loss 0.5" in last and " 67%" in last
    assert last.rstrip().endswith("\x1b[2K") and SHOWS_IT_AGAIN in last  # its line is erased
    bar.close()
    assert not printed().strip()


def test_a_short_run_has_no_bar(printed):
    patient = ProgressBar(epochs=3, patience=60)
    patient.on_train_begin()
    patient.on_epoch_end(0, {"loss": 2.0})
    patient.on_train_end()
    assert not printed()


def test_a_bar_may_follow_one_that_was_interrupted(printed):
    for _ in range(2):
        bar = ProgressBar(epochs=3, patience=0)
        bar.on_train_begin()
        bar.on_epoch_end(0, {"loss": 2.0})
        bar.close()  # as `fit` does, whatever ended the run
        assert SHOWS_IT_AGAIN in printed()


@pytest.mark.parametrize("asked", [True, False])
def test_it_is_shown_where_it_is_asked_for_unless_the_environment_says_no(asked, monkeypatch):
    monkeypatch.delenv("AE_COURSE_PROGRESS", raising=False)
    assert wants_progress(asked) is asked
    monkeypatch.setenv("AE_COURSE_PROGRESS", "off")
    assert not wants_progress(asked)
