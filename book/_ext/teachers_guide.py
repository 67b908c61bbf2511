"""What the guide for teachers says of each chapter, from the chapter and its tasks themselves.

`{chapters-at-a-glance}` is a table of all chapters: how long reading takes by the rule below, how
long the cells run as `bench/chapters.py` measured it, and the points of the exercise.
`{chapter-facts} 3` is chapter 3's line of these, its tasks, and the known mistakes with what the
learner is told. The wrong letters of a choice are left out, because learners read the page, too.
"""

import json
import re
from pathlib import Path

from ae_course.grading.judging.kinds import Choice, Property
from ae_course.grading.judging.task import load_exercise

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

WORDS_A_MINUTE = 120
MINUTES_A_FORMULA = 1
MINUTES_A_CELL = 0.5
LEVELS = ("easy", "medium", "hard")
MEASURED = "book/results/chapters.json"
FORMULA = re.compile(r"\$\$.+?\$\$", re.DOTALL)
NO_PROSE = re.compile(r"^(?:[:`]{3,}.*|:\w+:.*|\(.*\)=)$", re.MULTILINE)
ONE_WORD = re.compile(r"\{[\w:-]+\}`[^`]*`|\$[^$]+\$|`[^`]*`")


def chapters(root: Path) -> dict[int, Path]:
    """The notebook of each chapter, by its number."""
    return {int(path.stem[:2]): path for path in sorted((root / "book").glob("[0-9][0-9]_*.ipynb"))}


def size(notebook: Path) -> tuple[int, int, int]:
    """Count the words, the displayed formulas and the cells of code that are not folded."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    formulas = FORMULA.findall(text)
    prose = ONE_WORD.sub("word", NO_PROSE.sub(" ", FORMULA.sub(" ", text)))
    words = re.findall(r"[^\W_][\w'’–-]*", prose)
    folded = {"hide-input", "hide-cell"}
    open_cells = [
        c
        for c in cells
        if c["cell_type"] == "code" and not folded & {*c["metadata"].get("tags", ())}
    ]
    return len(words), len(formulas), len(open_cells)


def reading_minutes(words: int, formulas: int, cells: int) -> int:
    """The rule: so many words a minute, and time for each formula and each cell; in quarters."""
    minutes = words / WORDS_A_MINUTE + MINUTES_A_FORMULA * formulas + MINUTES_A_CELL * cells
    return 15 * round(minutes / 15)


def hours(minutes: int) -> str:
    """Minutes as hours and minutes."""
    return f"{minutes // 60} h {minutes % 60:02}"


def running(root: Path, stem: str) -> str:
    """How long a processor was busy with the cells of a chapter."""
    seconds = json.loads((root / MEASURED).read_text("utf-8"))["processor_seconds"]
    return f"{seconds[stem]} s" if stem in seconds else "not measured"


def glance(root: Path) -> list[str]:
    """The table of all chapters."""
    rows = []
    for number, path in chapters(root).items():
        words, formulas, cells = counted = size(path)
        tasks = load_exercise(path.stem).tasks
        points = {one: sum(t.points for t in tasks if t.level == one) for one in LEVELS}
        rows.append(
            f"| [{number}]({path.name}) | {words:,} | {formulas} | {cells} |"
            f" {hours(reading_minutes(*counted))} | {running(root, path.stem)} |"
            f" {len(tasks)} | {' + '.join(str(points[one]) for one in LEVELS)} |"
        )
    return [
        ":::{table} The chapters in numbers",
        ":name: tbl-chapters-in-numbers",
        "| Chapter | Words | Formulas | Cells | Reading | Cells run | Tasks | Points |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
        ":::",
        "",
        f"*Reading* is a rule and no measurement: {WORDS_A_MINUTE} words a minute,"
        f" {MINUTES_A_FORMULA} minute for each displayed formula, half a minute for each cell of"
        " code that is not folded, rounded to quarters of an hour.",
    ]


def facts(root: Path, number: int) -> list[str]:
    """One chapter: its line of numbers, its tasks, and the mistakes that its checks know."""
    path = chapters(root)[number]
    exercise = load_exercise(path.stem)
    lines = [
        f"*Reading* {hours(reading_minutes(*size(path)))}, *cells* {running(root, path.stem)},"
        f' <a href="../slides/{path.stem}.html">slides</a>,'
        f" [exercise](../exercises/{path.name}).",
        "",
        "| Task | Level | Points | What is asked |",
        "|---|---|---|---|",
    ]
    for task in exercise.tasks:
        asked = "; ".join(check.asks for check in task.checks).replace("|", r"\|")
        lines.append(f"| {task.id} {task.title} | {task.level} | {task.points} | {asked} |")
    lines += [
        "",
        f":::{{dropdown}} Known mistakes of exercise {number}, and what the learner reads",
    ]
    for task in exercise.tasks:
        lines += [f"- **{task.id} {task.title}**", *mistakes(task)]
    return [*lines, ":::"]


def mistakes(task) -> list[str]:
    """The mistakes that a task's checks know, as a list one level down."""
    lines = []
    for check in task.checks:
        if isinstance(check, Choice):
            lines.append(f"    - a choice of {len(check.why)}: every wrong letter is told why")
        else:
            cut = "… " if isinstance(check, Property) else ""  # a part of the message
            lines += [f"    - {cut}{mistake.says}" for mistake in check.mistakes]
    return list(dict.fromkeys(lines))


class FromTheCourse(SphinxDirective):
    """Write Markdown that is made from the course into the page."""

    def parsed(self, lines: list[str]) -> list[nodes.Node]:
        """Parse it in place, and have the page made anew when a source of it changes."""
        root = Path(self.env.srcdir)
        for path in (*chapters(root).values(), *root.glob("ae_course/grading/tasks/*.py")):
            self.env.note_dependency(str(path))
        self.env.note_dependency(str(root / MEASURED))
        node = nodes.Element()
        self.state.nested_parse(StringList(lines, self.env.docname), self.content_offset, node)
        return node.children


class ChaptersAtAGlance(FromTheCourse):
    """The table of all chapters."""

    def run(self):
        """Return the table and the rule for reading."""
        return self.parsed(glance(Path(self.env.srcdir)))


class ChapterFacts(FromTheCourse):
    """What is known of one chapter."""

    required_arguments = 1

    def run(self):
        """Return the chapter's numbers, tasks and mistakes."""
        root, number = Path(self.env.srcdir), self.arguments[0]
        if not number.isdigit() or int(number) not in chapters(root):
            raise self.error(f"there is no chapter {number!r}; there are {[*chapters(root)]}.")
        return self.parsed(facts(root, int(number)))


def setup(app):
    """Register the directives."""
    app.add_directive("chapters-at-a-glance", ChaptersAtAGlance)
    app.add_directive("chapter-facts", ChapterFacts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
