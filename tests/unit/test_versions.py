"""Versions are those of the installed packages; what is not installed is said to be so."""

import platform

from ae_course._versions import versions

import numpy as np


def test_python_and_the_packages_named():
    expected = {"python": platform.python_version(), "numpy": np.__version__}
    assert versions("numpy") == expected
    assert versions("no-such-package")["no-such-package"] == "not installed"
