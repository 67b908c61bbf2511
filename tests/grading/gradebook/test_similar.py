"""Copies are found and shown; what is given, common or a learner's own is none."""

import json

from ae_course.grading.gradebook.answers import given_code, keep
from ae_course.grading.gradebook.intake import Found, take_in
from ae_course.grading.gradebook.roster import Learner, Roster, enroll
from ae_course.grading.gradebook.similar import normal, renamed, similar, tokens_of

import pytest

STEM = "01_basic_structure"


def long_answer(i):
    """An answer of about a hundred tokens that no other number shares."""
    lines = [f"    a{i}_{j} = x * {i * 31 + j} + y ** {i + j} - {j * j + i}" for j in range(8)]
    return "\n".join(
        [
            f"def encode_{i}(x, y):",
            *lines,
            f"    return {' - '.join(f'a{i}_{j}' for j in range(8))}",
        ]
    )


def solution(task, source):
    about = {"ae_course": {"role": "solution", "task": task}}
    return {"cell_type": "code", "metadata": about, "source": source}


def hand_in(book, make, sources, size=20):
    """A class whose first members hand in these sources, the others each an answer of their own."""
    people = tuple(Learner(f"id{i:03}", f"Name{i:03}", email=f"e{i}@x.org") for i in range(size))
    enroll(book, Roster(people))
    entries, found = [], {}
    for i in range(size):
        source = sources[i] if i < len(sources) else long_answer(1000 + i)
        own = source if isinstance(source, list) else [source]
        cells = [solution("1.1", text) for text in own]
        data = json.dumps({"nbformat": 4, "metadata": {"n": i}, "cells": cells}).encode()
        path = f"id{i:03}/{STEM}.ipynb"
        entries.append(make.entry(path, sha256=f"{i:064}"))
        found[path, f"{i:064}"] = Found(keep(data))
    take_in(book, make.report(*entries), found)


def people(book, group):
    owner = {r["id"]: r["path"][:5] for r in book.rows("SELECT id, path FROM handin")}
    return [owner[handin] for handin in group.handins]


def test_an_identical_copy_with_other_comments_and_layout_is_found(empty, make):
    copied = "# mine!\n" + long_answer(1).replace(" + ", "+").replace(":\n", ":\n    'Says.'\n", 1)
    hand_in(empty, make, [long_answer(1), copied])
    (group,) = similar(empty)
    assert people(empty, group) == ["id000", "id001"] and group.kind == "identical"
    assert group.evidence == normal(long_answer(1)) and group.tokens > 40


def test_renaming_does_not_hide_a_copy(empty, make):
    hand_in(
        empty, make, [long_answer(1), long_answer(1).replace("a1_", "own").replace("encode_1", "f")]
    )
    (group,) = similar(empty)
    assert group.kind == "identical but for names" and len(group.handins) == 2


def test_a_near_copy_is_found_with_its_share_and_what_is_shared(empty, make):
    changed = long_answer(1).replace("return", "print('done')\n    return")
    hand_in(empty, make, [long_answer(1), changed])
    (group,) = similar(empty)
    assert group.kind == "similar" and 0.8 <= group.share < 1
    assert "print" not in group.evidence and "a1_0 = x * 31" in group.evidence
    assert similar(empty, share=0.99) == []


def test_a_chain_of_copies_is_one_group(empty, make):
    chain = [long_answer(1)]
    for i in range(3):
        chain.append(chain[-1].replace("return", f"z{i} = x ** {i + 50}\n    return"))
    hand_in(empty, make, [*chain, long_answer(1)])
    groups = similar(empty, share=0.85)
    everybody = [p for group in groups for p in people(empty, group)]
    near = [g for g in groups if g.kind == "similar"]
    assert len(near) == 1 and set(people(empty, near[0])) == {f"id{i:03}" for i in range(5)}
    assert len(groups) <= 2 and set(everybody) == {f"id{i:03}" for i in range(5)}


def test_a_large_group_of_equal_files_is_told(empty, make):
    hand_in(empty, make, [long_answer(1)] * 12, size=30)
    (group,) = similar(empty)
    assert len(group.handins) == 12


def test_a_class_that_shares_nothing_has_no_group(empty, make):
    hand_in(empty, make, [])
    assert similar(empty) == []


def test_what_the_exercise_gives_does_not_count(empty, make):
    given = [source for source in given_code(STEM) if len(source) > 200]
    assert given
    hand_in(empty, make, [[*given, f"x = {i}"] for i in range(20)])
    assert similar(empty) == []


def test_a_short_answer_is_no_evidence(empty, make):
    hand_in(empty, make, ["def encode(x, W, b):\n    return sigmoid(x @ W.T + b)"] * 3)
    assert similar(empty) == []
    assert len(similar(empty, min_tokens=10)) == 1


def test_one_task_copied_among_others_is_told_for_the_task(empty, make):
    shared = long_answer(7)
    hand_in(empty, make, [[shared, long_answer(50)], [shared, long_answer(60)]])
    assert [g.task for g in similar(empty)] == []  # both cells are one task's
    # the same as two tasks
    found = {}
    entries = []
    for i, own in enumerate((70, 80)):
        cells = [solution("1.1", shared), solution("1.2", long_answer(own))]
        path = f"id{i:03}/b.ipynb"
        entries.append(make.entry(path, sha256=f"b{i}"))
        data = json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}).encode()
        found[path, f"b{i}"] = Found(keep(data))
    take_in(empty, make.report(*entries, seed=9), found)
    groups = [g for g in similar(empty) if g.task]
    assert [(g.task, people(empty, g)) for g in groups] == [("1.1", ["id000", "id001"])]


def test_a_learners_own_attempts_are_no_copies(empty, make):
    hand_in(empty, make, [long_answer(1)])
    data = json.dumps({"nbformat": 4, "metadata": {}, "cells": [
        {"cell_type": "code", "metadata": {"ae_course": {"role": "solution", "task": "1.1"}},
         "source": long_answer(1)}]}).encode()  # fmt: skip
    one = make.entry("id000/again.ipynb", sha256="aa")
    take_in(empty, make.report(one, seed=3), {("id000/again.ipynb", "aa"): Found(keep(data))})
    assert similar(empty) == []


@pytest.mark.parametrize(
    ("source", "tokens"),
    [
        ('def f():\n    """Says\n    what."""\n    return 1', "def f ( ) : return 1"),
        ("x = (\n    'kept'\n)", "x = ( 'kept' )"),
        ("x = '# no comment' # one", "x = '# no comment'"),
        ("'alone' # said", ""),
        ("y = 'open\nz", "y = 'open z"),
        ("a1.b2 **= 3.5e-7", "a1 . b2 ** = 3.5e - 7"),
        ("f'{x}'; 'gone'\n", "; 'gone'"),
        ('"""never closed', ""),
    ],
)
def test_what_counts_as_a_token(source, tokens):
    assert " ".join(tokens_of(source)) == tokens


def test_names_by_their_order_but_not_those_of_python():
    assert renamed(tokens_of("for k in range(n): k.sum(k)")) == [
        "for", "n0", "in", "range", "(", "n1", ")", ":", "n0", ".", "sum", "(", "n0", ")",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "source",
    ["%matplotlib inline\nx = 1  # one", "def f(:", "(" * 5000, "\0", "x = '" + "a" * 9999],
)
def test_what_is_no_python_is_compared_all_the_same(source):
    assert isinstance(normal(source), str)
    assert all(isinstance(t, str) for t in renamed(tokens_of(source)))
