"""Which sandboxes are running."""

from pathlib import Path

from ae_course.grading.sandbox.host.package_view import PackageView

import psutil


def sandboxes(below: Path) -> set[int]:
    """Return the ids of the processes of all sandboxes whose own folder lies below a folder."""
    found = set()
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or ())
        if str(PackageView.WORKER) in command and str(below) in command:
            found.add(process.pid)
    return found
