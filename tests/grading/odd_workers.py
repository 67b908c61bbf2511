"""Loaded by a test's Dask worker; the environment names what is wrong with it."""

import json
import os

from ae_course.grading.batch import dask_worker


class Bomb(Exception):
    """Whoever unpickles it writes its own name into a file."""

    def __reduce__(self):
        code = "import os, sys\nwith open(os.environ['AE_COURSE_TEST_BOMB'], 'a') as file:\n"
        return exec, (code + "    print(sys.argv, file=file)",)


def _at_once(request):
    return b'{"problem": ""}'


def _too_many_points(request):
    entry = json.loads(_grade(request))["entry"]
    entry["tasks"][0]["points"] = entry["score"] = 1000.0
    return json.dumps({"entry": entry}).encode()


def _raise(request):
    raise Bomb


_grade = getattr(dask_worker, "honest_grade", dask_worker.grade)  # Dask may load this twice
dask_worker.honest_grade = _grade
_installed = dask_worker.installed()
_DOES = {
    "": {},
    "lacks the level": {"available": lambda: {"limits": "", "fs": "no door", "full": "no wall"}},
    "has another version": {"installed": lambda: {**_installed, "ae-course": "0.0.9"}},
    "answers with a pickle": {"grade": lambda request: Bomb(), "examine": _at_once},
    "raises a pickle": {"grade": _raise, "examine": _at_once},
    "gives too many points": {"grade": _too_many_points, "examine": _at_once},
}
for _name, _value in _DOES[os.environ["AE_COURSE_TEST_WORKER"]].items():
    setattr(dask_worker, _name, _value)
