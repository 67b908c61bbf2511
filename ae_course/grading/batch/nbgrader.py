"""An nbgrader course: its assignments from our exercises, its marks from our grader.

nbgrader itself takes for a mark what a notebook's own cells say, and a learner can have them say
anything. The marks that `enter` writes are the report's.
"""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ae_course.grading.batch.journal import NotWritten

SUBMITTED = "submitted"
"""The folder in a course that nbgrader collects into: learner/assignment/notebook."""

_CONFIG = "nbgrader_config.py"


class CourseError(ValueError):
    """An nbgrader course that is not as it must be, in words for a teacher."""


def make_assignments(course: Path, exercises: Iterable[Path]) -> list[Path]:
    """Make exercises assignments of a course, as learners know them; return the released files.

    Each is an assignment with the exercise's name: `source/NAME/NAME.ipynb` is the exercise itself,
    from which nbgrader makes `release/NAME/NAME.ipynb` and the entries of its gradebook.

    Args:
        course: the folder; it is made.
        exercises: the notebooks as they are given.

    Raises:
        CourseError: if nbgrader refuses, or another notebook stands in the source's place.
        ModuleNotFoundError: without the extra `nbgrader`.
    """
    _need_nbgrader()
    from nbgrader.apps import NbGraderAPI

    config = _config(course)
    config.ClearSolutions.enabled = False  # the exercise has its stubs
    released = []
    for path in exercises:
        source = course / "source" / path.stem / path.name
        if source.exists() and source.read_bytes() != path.read_bytes():
            raise CourseError(
                f"{source} is another notebook than the exercise {path.stem}. Move it away, or "
                "keep it and generate the assignment with nbgrader itself."
            )
        source.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, source)
        with _own_programs():
            done = NbGraderAPI(config=config).generate_assignment(path.stem)
        if not done["success"]:
            says = (done.get("log") or done.get("error") or "").strip().splitlines()
            raise CourseError(
                f"nbgrader did not generate the assignment {path.stem}: {says[-1] if says else ''}"
            )
        released.append(course / "release" / path.stem / path.name)
    return released


def submitted(course: Path) -> Path:
    """Return the folder of a course that holds what was handed in.

    Raises:
        CourseError: if it is none, or has no gradebook.
        ModuleNotFoundError: without the extra `nbgrader`.
    """
    _need_nbgrader()
    url = _directory(course).db_url
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not file.exists():
        raise CourseError(
            f"{course} is no nbgrader course with a gradebook: {file} is not there. Name the "
            "course's folder; `ae-course nbgrader FOLDER EXERCISE` makes one."
        )
    folder = course / SUBMITTED
    if not folder.is_dir():
        raise CourseError(
            f"Nothing was collected in {course}: there is no folder {folder}, in which nbgrader "
            "keeps learner/assignment/notebook. `nbgrader collect` or zip_collect fills it."
        )
    return folder


def enter(report: dict[str, Any], course: Path) -> int:
    """Enter a report's points into the course's gradebook; return how many notebooks were entered.

    A task's points become its check cell's automatic score. A teacher's manual score stays, and
    goes before it; if the points changed, nbgrader asks for it to be looked at again. What got no
    verdict gets no score and is for a teacher to look at. Whatever could not be entered is named
    in the report's remarks.

    Args:
        report: of the course's folder `submitted`. Its remarks grow, and nbgrader's own time
            stamps no longer count as files that were not read.
        course: the folder.

    Raises:
        NotWritten: if the gradebook does not take it.
    """
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import SQLAlchemyError

    for one in report["unread"]:
        if one["path"].endswith("/timestamp.txt"):
            one.update(system_file=True, reason="nbgrader keeps the time of the submission here.")
    directory, entered = _directory(course), {}
    try:
        with _own_programs(), Gradebook(directory.db_url, directory.course_id) as gradebook:
            for one in sorted(report["submissions"], key=_is_renamed):
                try:
                    place = _place(one, gradebook, entered)
                    _enter(one, *place, gradebook, directory)
                    entered[place] = one["path"]
                except CourseError as error:
                    report["remarks"].append(f"Not in nbgrader's gradebook: {one['path']}. {error}")
            gradebook.db.commit()
    except SQLAlchemyError as error:
        says = str(error).partition("\n")[0]
        raise NotWritten(f"nbgrader's gradebook {directory.db_url}: {says}") from error
    return len(entered)


def _is_renamed(one: Mapping[str, Any]) -> bool:
    return Path(one["path"]).stem != one["exercise"]


def _place(one: Mapping[str, Any], gradebook, entered: Mapping[tuple, str]) -> tuple[str, str, str]:
    """Return notebook, assignment and learner as the gradebook knows them.

    Raises:
        CourseError: if it does not, or they have a mark from another file.
    """
    parts = one["path"].split("/")
    if len(parts) != 3:
        raise CourseError(f"nbgrader's files lie at {SUBMITTED}/learner/assignment/notebook.ipynb.")
    learner, assignment, file = parts
    known = _notebooks(assignment, gradebook)
    name = next((n for n in (Path(file).stem, one["exercise"]) if n in known), None)
    if name is None:
        raise CourseError(
            f"The assignment {assignment} has the notebooks {', '.join(known)}; this is none of "
            "them, neither by its name nor by its cells."
        )
    if (name, assignment, learner) in entered:
        other = entered[name, assignment, learner]
        raise CourseError(f"{other} is the same notebook of the same learner, and was entered.")
    return name, assignment, learner


def _notebooks(assignment: str, gradebook) -> list[str]:
    from nbgrader.api import MissingEntry

    try:
        return [notebook.name for notebook in gradebook.find_assignment(assignment).notebooks]
    except MissingEntry:
        raise CourseError(
            f"The gradebook has no assignment {assignment}; `ae-course nbgrader` or `nbgrader "
            "generate_assignment` makes it."
        ) from None


def _enter(one, name: str, assignment: str, learner: str, gradebook, directory) -> None:
    cells = {f"check-{task['id'].replace('.', '-')}": task for task in one["tasks"]}
    book = gradebook.find_notebook(name, assignment)
    wanted = {cell: float(task["max_points"]) for cell, task in cells.items()}
    found = {cell.name: cell.max_score for cell in book.grade_cells if cell.name[:6] == "check-"}
    if wanted != found:
        differ = sorted(n for n in {*wanted, *found} if wanted.get(n) != found.get(n))
        raise CourseError(
            f"The gradebook's cells of {name} are not those of exercise {one['exercise']}: "
            f"{', '.join(differ)}. Generate the assignment anew."
        )
    folder = directory.format_path(directory.submitted_directory, learner, assignment)
    time = directory.get_existing_timestamp(folder)
    gradebook.update_or_create_student(learner)
    gradebook.update_or_create_submission(
        assignment, learner, **({"timestamp": time} if time else {})
    )
    has_verdict = one["graded"] and not one["sandbox_lost"]
    for cell, task in cells.items():
        grade = gradebook.find_grade(cell, name, assignment, learner)
        points = task["points"] if has_verdict else None
        changed = grade.auto_score != points
        grade.auto_score = points
        overruled = grade.manual_score is not None
        grade.needs_manual_grade = points is None or (overruled and changed)


def _need_nbgrader() -> None:
    if find_spec("nbgrader") is None:
        raise ModuleNotFoundError("nbgrader is not installed: `pip install 'ae-course[nbgrader]'`.")


def _config(course: Path):
    """The course's own configuration, if it has one, and where it is."""
    from traitlets.config import Config, PyFileConfigLoader

    config = Config()
    if (course / _CONFIG).exists():
        config = PyFileConfigLoader(_CONFIG, str(course)).load_config()
    config.CourseDirectory.root = str(course.resolve())
    return config


def _directory(course: Path):
    from nbgrader.coursedir import CourseDirectory

    return CourseDirectory(config=_config(course))


@contextlib.contextmanager
def _own_programs() -> Iterator[None]:
    """Let nbgrader find `alembic`, which it calls by its bare name, beside this Python."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before
