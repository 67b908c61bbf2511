"""The progress bar waits, shows the loss, and goes."""

from ae_course.training.progress import ProgressBar, wants_progress

import pytest


def test_the_bar_waits_shows_the_loss_and_leaves():
    bar = ProgressBar(epochs=3, patience=0)
    bar.on_train_begin()
    bar.on_epoch_end(0, {"loss": 2.0})
    assert bar.display.tasks[0].completed == 1
    assert bar.display.tasks[0].description == "loss 2"
    bar.on_train_end()
    assert bar.display.finished is False and not bar.display.live.is_started
    patient = ProgressBar(epochs=3, patience=60)
    patient.on_train_begin()
    patient.on_epoch_end(0, {"loss": 2.0})
    assert patient.display is None


@pytest.mark.parametrize("asked", [True, False])
def test_it_is_shown_where_it_is_asked_for_unless_the_environment_says_no(asked, monkeypatch):
    monkeypatch.delenv("AE_COURSE_PROGRESS", raising=False)
    assert wants_progress(asked) is asked
    monkeypatch.setenv("AE_COURSE_PROGRESS", "off")
    assert not wants_progress(asked)
