"""Tests that start sandboxes run on one worker."""

import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tests that watch what a sandbox leaves behind run on one worker of pytest-xdist."""
    for item in items:
        if {HERE / "engine", HERE / "hostile"} & set(item.path.parents):
            item.add_marker(pytest.mark.xdist_group("sandboxes"))


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A temporary folder of the test's own, through which a submission's user may pass."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    for parent in (folder, tmp_path, *tmp_path.parents[:2]):
        parent.chmod(parent.stat().st_mode | 0o011)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder
