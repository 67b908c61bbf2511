"""Helpers of the grading tests can be imported by name; what starts sandboxes keeps to itself."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tests that watch what a sandbox leaves behind run on one worker of pytest-xdist."""
    for item in items:
        if {HERE / "engine", HERE / "hostile"} & set(item.path.parents):
            item.add_marker(pytest.mark.xdist_group("sandboxes"))
