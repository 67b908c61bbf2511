"""Try every hostile hand-in at every level of isolation, and count what it gains.

    python tests/campaigns/attacks.py

The cases are all of `tests/grading/hostile`, at the weaker levels also those that only a stronger
one promises to stop. What this user can run is run; rows of another user
(root, an ordinary one) stay as they are in `attacks.json`. The table is `attacks.md`, beside it.
"""

import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path += [str(HERE.parent / "grading"), str(HERE.parent / "grading/hostile")]

from hostile_cases import CASES, FULL, OFFERED, cases_at  # noqa: E402
from hostile_world import World  # noqa: E402

RECORD, TABLE = HERE / "attacks.json", HERE / "attacks.md"


def attack(level: str, folder: Path) -> dict:
    """Grade all cases at a level; return what they gained, and what they left."""
    world = World(folder, level, CASES)
    world.run()
    promised = {case.name for case in cases_at(level)}
    gained, beyond, hung, lost = 0, [], 0, 0
    for case in world.cases:
        entries = [
            one for one in world.report["submissions"] if one["path"] == f"{case.name}.ipynb"
        ]
        if len(entries) != 1 or {t["id"] for t in entries[0]["tasks"]} != set(FULL):
            lost += 1
            continue
        points = {task["id"]: task["points"] for task in entries[0]["tasks"]}
        more = sum(max(0, points[task] - case.points[task]) for task in FULL)
        if case.name in promised:
            gained += more
        elif more:
            beyond.append(case.name)
        hung += entries[0]["sandbox_lost"]
    return {
        "level": level,
        "cases": len(world.cases),
        "gained": gained,
        "beyond": beyond,
        "hung": hung,
        "lost": lost,
        "processes": len(world.left_over),
        "changed": world.snapshot() != world.before,
        "contacts": len(world.contacts),
    }


def user() -> str:
    """Say as whom this runs."""
    return "root" if os.geteuid() == 0 else "an ordinary user"


def _commit() -> str:
    command = ["git", "-C", str(HERE), "describe", "--always", "--dirty"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _table(rows: list[dict]) -> str:
    head = (
        "graded by",
        "level",
        "cases",
        "points gained",
        "gained where only a stronger level stops it",
        "sandboxes lost",
        "reports lost",
        "processes left",
        "files changed",
        "servers reached",
        "commit",
        "date",
    )
    names = (
        "user",
        "level",
        "cases",
        "gained",
        "beyond",
        "hung",
        "lost",
        "processes",
        "changed",
        "contacts",
    )
    rows = [{**row, "beyond": ", ".join(row.get("beyond", ())) or "–"} for row in rows]
    cells = [[*(row[name] for name in names), row["commit"], row["date"]] for row in rows]
    lines = ["# Hostile hand-ins", "", "Made by `python tests/campaigns/attacks.py`.", ""]
    lines += ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in cells]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the attacks, keep the rows of other users, write the table."""
    about = {"user": user(), "commit": _commit(), "date": str(datetime.date.today())}
    rows = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else []
    rows = [row for row in rows if row["user"] != user()]
    for level in OFFERED:
        with tempfile.TemporaryDirectory() as folder:
            rows.append({**about, **attack(level, Path(folder))})
            print(rows[-1])
    rows.sort(key=lambda row: (row["user"], row["level"]))
    RECORD.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    TABLE.write_text(_table(rows), encoding="utf-8")
    print(TABLE.read_text("utf-8"))


if __name__ == "__main__":
    main()
