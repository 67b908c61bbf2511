"""Hand-ins that are equal or nearly so, with what they share.

An answer is compared as its tokens: comments, layout and docstrings do not count, and what the
exercise gives doesn't, either. Names are told apart by their order alone, so that renaming does
not hide a copy. Answers that are equal have one hash. Near ones share most of their runs of
tokens; runs that many in the class have written are no evidence.
It is a reason to look, and never a verdict: short right answers are alike by themselves.
"""

import builtins
import hashlib
import keyword
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ae_course.grading.gradebook.answers import cells_of, code_by_task, given_code
from ae_course.grading.gradebook.store import Book

SHINGLE = 6
"""Tokens in a run."""

_EXCERPT = 1200


@dataclass(frozen=True)
class Group:
    """Hand-ins that are alike.

    Attributes:
        stem: the exercise.
        task: which; empty if the whole hand-ins are.
        kind: `identical`, `identical but for names` or `similar`.
        share: of their runs of tokens that the least alike neighbors have in common, from 0 to 1.
        tokens: how long the shortest answer is.
        handins: their numbers, in the order handed in.
        evidence: the code that they share, cut where it is long.
    """

    stem: str
    task: str
    kind: str
    share: float
    tokens: int
    handins: tuple[int, ...]
    evidence: str


@dataclass
class _Answer:
    """One text of code, in the forms that are compared."""

    handin: int
    who: str
    text: str = ""
    tokens: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)

    @property
    def exact(self) -> str:
        return _digest(self.tokens)


def similar(
    book: Book,
    *,
    share: float = 0.8,
    min_tokens: int = 40,
    common: float = 0.1,
    stems: Sequence[str] = (),
) -> list[Group]:
    """Return the groups in the book, whole hand-ins first; a group is listed once.

    Args:
        book: the gradebook.
        share: of the runs of tokens that two hand-ins have in common, from which they are similar.
        min_tokens: an answer shorter than that is no evidence.
        common: what a larger part of the class has is no evidence, for near ones and for a task.
        stems: only these exercises.
    """
    groups = []
    found: dict[str, list[Any]] = defaultdict(list)
    for row in book.rows(
        "SELECT handin.id, stem, path, cells, moment, (SELECT learner FROM owner WHERE handin ="
        " handin.id ORDER BY owner.id DESC LIMIT 1) AS learner FROM handin JOIN notebook USING"
        " (sha256) LEFT JOIN arrival ON arrival.id = (SELECT max(id) FROM arrival WHERE handin ="
        " handin.id) WHERE stem IS NOT NULL ORDER BY moment, handin.id"
    ):
        found[row["stem"]].append(row)
    for stem in sorted(set(found) & set(stems or found)):
        groups += _groups_of(stem, found[stem], share, min_tokens, common)
    return groups


def normal(source: str) -> str:
    """Return code without comments, docstrings and empty lines.

    Example:
        >>> normal("def f(x):  # mine\\n    'Says what.'\\n\\n    return x")
        'def f(x):\\n    return x'
    """
    kept, place = [], 0
    for token, counts in _scanned(source):
        if not counts and token[0] != "\n":
            kept.append(source[place : token.start()])
            place = token.end()
    kept.append(source[place:])
    lines = (line.rstrip() for line in "".join(kept).splitlines())
    return "\n".join(line for line in lines if line)


def tokens_of(source: str) -> list[str]:
    """Return the tokens that count: no comments, docstrings, line ends and indents.

    It need not be Python.

    Example:
        >>> tokens_of("x  = f(y) # now")
        ['x', '=', 'f', '(', 'y', ')']
    """
    return [token[0] for token, counts in _scanned(source) if counts]


def renamed(tokens: Iterable[str]) -> list[str]:
    """Return tokens with names by their order, `n0`, `n1`, …; not those of Python, or after a dot.

    Example:
        >>> renamed(["x", "=", "np", ".", "sum", "(", "x", ")"])
        ['n0', '=', 'n1', '.', 'sum', '(', 'n0', ')']
    """
    number: dict[str, str] = {}
    found, before = [], ""
    for token in tokens:
        if token in _OF_PYTHON or before == "." or not token.isidentifier():
            found.append(token)
        else:
            found.append(number.setdefault(token, f"n{len(number)}"))
        before = token
    return found


_OF_PYTHON = {*keyword.kwlist, *dir(builtins), "self"}
_TOKEN = re.compile(
    r'(?P<comment>#[^\n]*)|(?P<text>[rRbBfFuU]{0,2}(?:"{3}[\s\S]*?(?:"{3}|\Z)'
    r"|'{3}[\s\S]*?(?:'{3}|\Z)"
    r'|"(?:\\.|[^"\\\n])*"?'
    r"|'(?:\\.|[^'\\\n])*'?))"
    r"|\n|[^\W\d]\w*|\d[\w.]*|\*\*|//|->|<<|>>|[<>=!:]=|[^\s\w]"
)


def _scanned(source: str) -> Iterator[tuple[re.Match, bool]]:
    """Yield each token, and whether it counts. A text alone on its line is a docstring."""
    depth, alone, held = 0, True, None
    for token in _TOKEN.finditer(source):
        kind, text = token.lastgroup, token[0]
        if held is not None and kind != "comment":
            yield held, text not in "\n;"
            held = None
        if kind == "comment" or text == "\n":
            alone = alone or (text == "\n" and depth == 0)
            yield token, False
            continue
        if kind == "text" and alone:
            held = token
        else:
            yield token, True
        alone = False
        depth = max(depth + (text in "([{") - (text in ")]}"), 0)
    if held is not None:
        yield held, False


def _groups_of(
    stem: str, rows: Sequence[Any], share: float, min_tokens: int, common: float
) -> list[Group]:
    scan = cache(lambda source: (normal(source), tuple(tokens_of(source))))
    given = {scan(source)[1] for source in given_code(stem)}
    by_task: dict[str, list[_Answer]] = defaultdict(list)
    whole = []
    for row in rows:
        who = row["learner"] or row["path"]
        all_of_it = _Answer(row["id"], who)
        for task, sources in code_by_task(cells_of(row["cells"])).items():
            own = [pair for pair in map(scan, sources) if pair[1] and pair[1] not in given]
            tokens = [token for _, found in own for token in found]
            text = "\n".join(part for part, _ in own)
            one = _Answer(row["id"], who, text, tokens, renamed(tokens))
            if tokens and task:
                by_task[task].append(one)
            all_of_it.text = f"{all_of_it.text}\n{one.text}".strip("\n")
            all_of_it.tokens += one.tokens
            all_of_it.renamed += one.renamed
        whole.append(all_of_it)
    whole = [one for one in whole if len(one.tokens) >= min_tokens]
    groups = _equal(stem, "", whole, 1.0, len(rows))
    groups += _near(stem, whole, share, common, {h for g in groups for h in g.handins})
    told = [set(group.handins) for group in groups]
    for task, answers in sorted(by_task.items()):
        long = [one for one in answers if len(one.tokens) >= min_tokens]
        groups += [
            group
            for group in _equal(stem, task, long, common, len(rows))
            if not any(set(group.handins) <= other for other in told)
        ]
    return groups


def _equal(
    stem: str, task: str, answers: Sequence[_Answer], common: float, size: int
) -> list[Group]:
    """Groups of one hash, names told apart by their order."""
    alike: dict[str, list[_Answer]] = defaultdict(list)
    for one in answers:
        alike[_digest(one.renamed)].append(one)
    groups = []
    for members in alike.values():
        people = {one.who for one in members}
        if len(people) > 1 and (len(people) <= max(common * size, 2)):
            kind = "identical" if len({one.exact for one in members}) == 1 else _BUT_FOR_NAMES
            groups.append(_group(stem, task, kind, 1.0, members))
    return groups


_BUT_FOR_NAMES = "identical but for names"


def _near(
    stem: str, answers: Sequence[_Answer], share: float, common: float, told: set[int]
) -> list[Group]:
    """Groups of hand-ins linked by pairs that share most of what few others have written."""
    import numpy as np
    from scipy.sparse import csr_matrix

    first: dict[str, _Answer] = {}
    others: dict[str, list[_Answer]] = defaultdict(list)
    for one in answers:
        key = _digest(one.renamed)
        first.setdefault(key, one)
        others[key].append(one)
    distinct = list(first.values())
    if len(distinct) < 2:
        return []
    runs = [_runs(one.renamed) for one in distinct]
    count: dict[int, int] = defaultdict(int)
    for found in runs:
        for run in found:
            count[run] += 1
    most = max(common * len(distinct), 4)
    column = {run: i for i, run in enumerate(r for r, n in count.items() if n <= most)}
    kept = [[column[run] for run in found if run in column] for found in runs]
    ends = np.cumsum([0, *map(len, kept)])
    ones = np.ones(ends[-1], np.int32)
    shape = (len(kept), max(len(column), 1))
    matrix = csr_matrix((ones, [i for row in kept for i in row], ends), shape)
    both = (matrix @ matrix.T).tocoo()
    links: dict[int, dict[int, float]] = defaultdict(dict)
    for i, j, n in zip(both.row.tolist(), both.col.tolist(), both.data.tolist(), strict=True):
        rare = len(kept[i]) + len(kept[j]) - n
        if i < j and len(kept[i]) >= SHINGLE and n >= share * rare:
            # that they are alike has to hold with what is common, too
            alike = len(runs[i] & runs[j]) / len(runs[i] | runs[j])
            if alike >= share:
                links[i][j] = links[j][i] = alike
    groups = []
    for members in _components(links):
        people = [one for i in members for one in others[_digest(distinct[i].renamed)]]
        if len({one.who for one in people}) > 1 and not {p.handin for p in people} <= told:
            least = min(max(links[i].values()) for i in members)
            groups.append(_group(stem, "", "similar", least, people))
    return groups


def _components(links: Mapping[int, Mapping[int, float]]) -> list[list[int]]:
    left, found = set(links), []
    while left:
        members, ahead = [], [min(left)]
        while ahead:
            if (one := ahead.pop()) in left:
                left.discard(one)
                members.append(one)
                ahead += links[one]
        found.append(sorted(members))
    return found


def _group(stem: str, task: str, kind: str, share: float, members: Sequence[_Answer]) -> Group:
    shared = members[0].text
    if kind == "similar":
        lines = [set(one.text.splitlines()) for one in members[1:]]
        shared = "\n".join(
            line for line in members[0].text.splitlines() if any(line in other for other in lines)
        )
    cut = shared if len(shared) <= _EXCERPT else shared[: _EXCERPT - 1] + "…"
    shortest = min(len(one.tokens) for one in members)
    numbers = tuple(dict.fromkeys(one.handin for one in members))
    return Group(stem, task, kind, round(share, 3), shortest, numbers, cut)


def _runs(tokens: Sequence[str]) -> set[int]:
    return {hash(tuple(tokens[i : i + SHINGLE])) for i in range(len(tokens) - SHINGLE + 1)}


def _digest(tokens: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(tokens).encode("utf-8", "replace")).hexdigest()
