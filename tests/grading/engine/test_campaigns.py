"""The stored campaigns are whole and say where they come from; a small class is graded."""

import json
import re
from pathlib import Path

import attacks
import class_of_300
import pytest


def test_a_small_class_is_graded_whole(tmp_path):
    for parent in (tmp_path, *tmp_path.parents[:3]):
        if not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)  # a submission's user must get through
    found = class_of_300.grade(tmp_path, 5, jobs=1)
    assert found["submissions"] == 5 and found["lost"] == 0
    assert len(found["scores"]) >= 3 and max(found["scores"]) > 50
    assert found["cpu"] > 0 and found["peak_mb"] > 0


def test_what_one_more_submission_costs_is_told_from_two_classes(monkeypatch):
    def grade(folder, number, jobs):
        return {name: 10 + 2 * number for name in ("seconds", "cpu", "own_cpu")}

    monkeypatch.setattr(class_of_300, "grade", grade)
    each = class_of_300.campaign(Path(), 300, jobs=1)["each"]
    assert each == {"seconds": 2, "cpu": 2, "own_cpu": 2}


@pytest.mark.parametrize("campaign", [attacks, class_of_300])
def test_a_stored_table_names_its_commit_and_day(campaign):
    text = campaign.TABLE.read_text("utf-8")
    assert re.search(r"\b[0-9a-f]{7,}\b.*\d{4}-\d\d-\d\d", text)


def test_no_attack_has_gained_anything():
    rows = json.loads(attacks.RECORD.read_text("utf-8"))
    assert {row["user"] for row in rows} == {"root", "an ordinary user"}
    for row in rows:
        assert row["cases"] >= (150 if row["level"] == "full" else 30)
        faults = ("gained", "hung", "lost", "processes", "changed", "contacts")
        assert not any(row[fault] for fault in faults), row


def test_a_further_submission_without_training_costs_less_than_a_cpu_second():
    text = class_of_300.TABLE.read_text("utf-8")
    assert int(re.search(r"\| submissions \| (\d+)", text)[1]) >= 300
    assert float(re.search(r"CPU seconds, each further submission \| ([\d.]+)", text)[1]) <= 1
