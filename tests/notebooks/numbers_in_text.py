"""When is a text that was printed anew the committed one? Words to the letter, numbers nearly.

A number may differ by one unit of the last digit that was committed, or by the tolerance that its
cell states. Whole numbers are counts or settings and are exact, and so is what only looks like a
number: dates, versions, ranges, `x0.5`, `Figure 2`, and settings such as 0.5 (one digit before the
point and one after it), unless a ± stands beside them.

A cell of trained networks may state `{"spreads": 1}`. Where kernels round otherwise, training ends
nearby, or as with another seed, so `m ± s` may come out as another draw of the same: m within that
many times the larger s, and s, of which few seeds say little, up to 1 + 9 · spreads times as large
or as small. Of two draws of three seeds each, one in five has means that are further apart, and one
in fifty has spreads that are ten times apart. So a number whose training ends wholly elsewhere, as
an extreme of many does, needs more seeds or another statistic, not a wider tolerance.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

NAMED = "Exercise Figure Chapter Section Table Equation Task Keras Python NumPy TensorFlow JAX seed"
NUMBER = re.compile(
    r"""
    (?<![\w.:/])(?<!\d[-–])           # neither a name nor a later part of a date or range
    [-−+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?
    (?![\w/]|:\d|\.\w|[-–]\d)          # nor an earlier one
    """,
    re.VERBOSE,
)
AFTER_A_NAME = re.compile(rf"\b(?:{'|'.join(NAMED.split())})\s*$", re.IGNORECASE)
SETTING = re.compile(r"\d\.\d$")
BLANKS = re.compile(r"[ \t]+|\s*\n\s*|[-─=]{3,}")


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be from the committed one.

    Attributes:
        units: of its last digit.
        rel: share of the committed number, if that is more.
        spreads: of a mean with ± and a spread after it, if that is more.
    """

    units: int = 1
    rel: Decimal = Decimal(0)
    spreads: Decimal = Decimal(0)


def tolerance_of(metadata: dict) -> Tolerance:
    """Return what a cell's metadata states, as `{"tolerance": {"rel": 0.05}, "reason": "…"}`.

    Raises:
        ValueError: if a tolerance has no reason beside it, or is no such dictionary.
    """
    own = metadata.get("ae_course", {})
    stated = own.get("tolerance")
    if stated is None:
        return Tolerance()
    if not own.get("reason", "").strip():
        raise ValueError('a tolerance needs a reason: {"tolerance": …, "reason": "why"}')
    known = isinstance(stated, dict) and stated.keys() <= {"units", "rel", "spreads"} and stated
    if not known or any(
        isinstance(value, bool) or not isinstance(value, int | float) or value <= 0
        for value in stated.values()
    ):
        raise ValueError(
            f'a tolerance is {{"units": 3}}, {{"rel": 0.05}} or {{"spreads": 1}}, got {stated!r}'
        )
    shares = [Decimal(str(stated.get(name, 0))) for name in ("rel", "spreads")]
    return Tolerance(stated.get("units", 1), *shares)


def reconcile(committed: str, printed: str, tolerance: Tolerance) -> tuple[str, list[str]]:
    """Return the text that was printed, with every number that is near enough as committed.

    Args:
        committed: the text in the notebook.
        printed: the text of this run.
        tolerance: the cell's.

    Returns:
        The text to compare with the committed one, and a complaint for each number that is wrong.
    """
    if committed == printed:
        return printed, []
    old, new = _parts(committed), _parts(printed)
    if len(old) != len(new):
        return printed, [f"{len(old) // 2} numbers were committed, {len(new) // 2} printed"]
    units = _units(old)
    complaints, result, moved = [], list(new), [False] * len(new)
    for k in range(1, len(old), 2):
        if old[k] == new[k]:
            continue
        moved[k] = len(old[k]) != len(new[k])
        if _is_another_draw(old, new, k, tolerance.spreads):
            reason = ""
        else:
            measured = "±" in (old[k - 1].strip()[-1:], old[k + 1].strip()[:1])
            reason = _difference(old[k], new[k], old[k - 1], units[k], tolerance, measured)
        if reason:
            line = committed.count("\n", 0, sum(map(len, old[:k]))) + 1
            complaints.append(f"line {line}, number {k // 2 + 1}: {reason}")
        else:
            result[k] = old[k]
    for k in range(0, len(old), 2):
        near = moved[max(k - 1, 0) : k + 2]
        if old[k] != new[k] and any(near) and _squeezed(old[k]) == _squeezed(new[k]):
            result[k] = old[k]
    return "".join(result), complaints


def _parts(text: str) -> list[str]:
    """Words and numbers in turns, words first and last."""
    ends = [0, *(end for match in NUMBER.finditer(text) for end in match.span()), len(text)]
    return [text[start:end] for start, end in pairwise(ends)]


def _units(parts: list[str]) -> list[Decimal | None]:
    """For each number in brackets with others, as in an array: the finest last digit of them."""
    depth, group, groups = 0, 0, []
    for k, part in enumerate(parts):
        if k % 2:
            groups.append(group if depth else None)
            continue
        groups.append(None)
        for sign in part:
            if sign == "[":
                group += depth == 0
                depth += 1
            elif sign == "]":
                depth = max(0, depth - 1)
    finest: dict[int, Decimal] = {}
    for k in range(1, len(parts), 2):
        if groups[k] is not None and "." in parts[k]:
            unit = _unit(parts[k])
            finest[groups[k]] = min(unit, finest.get(groups[k], unit))
    return [finest.get(group) if group is not None else None for group in groups]


def _is_another_draw(old: list[str], new: list[str], k: int, spreads: Decimal) -> bool:
    """Whether number k is a mean or a spread, printed as such, and as near as a cell allows."""
    if not spreads or "." not in old[k] or _format(old[k]) != _format(new[k]):
        return False
    if old[k + 1].strip() == "±" and k + 2 < len(old):
        of_both = _decimal(old[k + 2]), _decimal(new[k + 2])
        return abs(_decimal(old[k]) - _decimal(new[k])) <= spreads * max(of_both)
    if old[k - 1].strip() == "±" and k > 1:
        small, large = sorted((_decimal(old[k]), _decimal(new[k])))
        return small >= 0 and large <= (1 + 9 * spreads) * small + _unit(old[k])
    return False


def _difference(
    old: str, new: str, before: str, unit: Decimal | None, tolerance: Tolerance, measured: bool
) -> str:
    """Say how the new number is wrong, or nothing."""
    whole = "." not in old and "." not in new and unit is None
    setting = not measured and SETTING.fullmatch(old.lstrip("+-−"))
    if whole or AFTER_A_NAME.search(before) or setting:
        return f"{old} is now {new}, and must be equal"
    if unit is None and _format(old) != _format(new):
        return f"{old} is now {new}, in another format"
    a, b = _decimal(old), _decimal(new)
    if a * b < 0 and round(a, 12) and round(b, 12) and tolerance == Tolerance():
        return f"{old} is now {new}, of another sign"
    unit = unit or _unit(old)
    allowed = max(tolerance.units * unit, tolerance.rel * abs(a))
    if abs(a - b) <= allowed:
        return ""
    return (
        f"{old} is now {new}: off by {abs(a - b)} = {abs(a - b) / unit:.0f} in the last digit, "
        f"allowed {allowed}"
    )


def _decimal(number: str) -> Decimal:
    return Decimal(number.replace("−", "-"))


def _unit(number: str) -> Decimal:
    return Decimal(1).scaleb(_decimal(number).as_tuple().exponent)


def _format(number: str) -> tuple:
    """Decimals, and whether there is an exponent."""
    mantissa, *exponent = re.split("[eE]", number.lstrip("+-−"))
    return len(mantissa.partition(".")[2]), bool(exponent)


def _squeezed(text: str) -> str:
    return BLANKS.sub(" ", text).strip()
