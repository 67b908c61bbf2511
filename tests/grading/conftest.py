"""Tests that start sandboxes run on one worker."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tests that watch what a sandbox leaves behind run on one worker of pytest-xdist."""
    for item in items:
        if {HERE / "engine", HERE / "hostile"} & set(item.path.parents):
            item.add_marker(pytest.mark.xdist_group("sandboxes"))
