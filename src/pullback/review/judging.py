"""What came back for one case, judged: which gradients are right, which are wrong, and what else is amiss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.check.compare import compare
from pullback.review.cases import Case, bound, differentiable, operator_of
from pullback.review.spellings import gradient_of

Array = NDArray[Any]

CLOSE = 1e-9
ROUGH = 1e-5
SHOWN = 4

FAULTS = {
    "raised": "it raises an exception",
    "timeout": "it takes longer than its time limit",
    "memory": "it takes more memory than its limit",
    "died": "it ends the process",
    "count": "it returns another number of gradients",
    "missing": "it returns None for a gradient",
    "kind": "it returns something that is not an array of real numbers",
    "shape": "a gradient has another shape than its array",
    "nan": "it returns NaN or infinity",
    "changed": "it changes its arguments",
    "repeat": "it gives another result when it is called again with the same arguments",
    "forward": "the forward function itself gives another output than the operator",
    "wrong": "it returns wrong numbers",
}
"""What can be amiss, in the order of the report."""


@dataclass(frozen=True, eq=False)
class Gradient:
    """One gradient of one case.

    fault   what is amiss: "" for nothing, or a key of FAULTS
    got     what was returned, if it is an array of real numbers
    digits  how many digits agree, where it is right but less so than float64 allows; else 0
    """

    name: str
    fault: str
    text: str = ""
    got: Array | None = None
    digits: int = 0


@dataclass(frozen=True, eq=False)
class Outcome:
    """One case with what came of it.

    fault      what is amiss with the call as a whole: "" for nothing
    gradients  what is to be said of each gradient; empty where there was no result
    """

    case: Case
    fault: str
    text: str = ""
    gradients: tuple[Gradient, ...] = ()
    also: tuple[tuple[str, str], ...] = field(default=())

    @property
    def is_right(self) -> bool:
        """Whether nothing is amiss."""
        return not self.fault and not self.also and all(not g.fault for g in self.gradients)

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        """All that is amiss: the kind, the gradient's name or "", and the details."""
        own = [(self.fault, "", self.text)] if self.fault else []
        return [
            *own,
            *((k, "", t) for k, t in self.also),
            *((g.fault, g.name, g.text) for g in self.gradients if g.fault),
        ]


def judge(case: Case, reply: Mapping[str, Any], arrays: Sequence[Array], returns: Sequence[str]) -> Outcome:
    """Compare the answer of a worker with the exact gradients.

    returns  the gradients in the order in which the function returns them, "" where its source does not tell
    """
    if "error" in reply:
        error = reply["error"]
        text = " at ".join(t for t in (error["text"], error["at"]) if t)
        return Outcome(case, error["kind"], text)
    also = []
    if reply["changed"]:
        also.append(("changed", ", ".join(reply["changed"])))
    if not reply["repeated"]:
        also.append(("repeat", ""))
    if reply["forward"] is not None:
        also += _forward(case, reply["forward"], arrays)
    found = matched(case, reply["result"], returns)
    if isinstance(found, str):
        return Outcome(case, "count", found, also=tuple(also))
    gradients = tuple(_gradient(case, name, part, arrays) for name, part in found.items())
    return Outcome(case, "", "", gradients, tuple(also))


def _forward(case: Case, described: Mapping[str, Any], arrays: Sequence[Array]) -> list[tuple[str, str]]:
    want = np.asarray(bound(case.op, tuple(case.arrays), case.options)(*case.arrays.values()))
    got = arrays[described["at"]] if described["kind"] == "array" else None
    if got is None or got.shape != want.shape:
        shape = described["kind"] if got is None else list(got.shape)
        return [("forward", f"shape {shape}, where {case.op} gives {list(want.shape)}")]
    if got.dtype.kind not in "fiub" or not _distance(got, want, case) <= ROUGH:
        return [("forward", "")]
    return []


def matched(case: Case, result: Mapping[str, Any], returns: Sequence[str]) -> dict[str, Mapping[str, Any]] | str:
    """The parts of a result by the array whose gradient each is; a text where that is not clear."""
    names = [n for n in differentiable(operator_of(case.op)) if n in case.exact]
    if result["kind"] == "named":
        parts = {gradient_of(k, case.op, names) or k: v for k, v in result["parts"].items()}
        found = {k: v for k, v in parts.items() if k in names}
        return (
            found or f"a dictionary of {', '.join(result['parts']) or 'nothing'}; none is a gradient of {_list(names)}"
        )
    parts_in_order = result["parts"] if result["kind"] == "several" else [result]
    if not parts_in_order:
        return "an empty tuple"
    known = [r if r in names else "" for r in returns]
    if len(known) != len(parts_in_order):
        known = [""] * len(parts_in_order)
    if len(parts_in_order) == 1 and not known[0] and len(names) > 1:
        return f"one array; the gradient of which of {_list(names)}?"
    left = [n for n in names if n not in known]
    if known.count("") > len(left):
        return f"{len(parts_in_order)}, for {_list(names)}"
    rest = iter(left)
    return {k or next(rest): p for k, p in zip(known, parts_in_order, strict=True)}


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _gradient(case: Case, name: str, part: Mapping[str, Any], arrays: Sequence[Array]) -> Gradient:
    want = case.exact[name]
    if part["kind"] == "none":
        return Gradient(name, "missing", "None")
    if part["kind"] == "large":
        return Gradient(name, "shape", f"{part['shape']}, should be {list(want.shape)}")
    if part["kind"] != "array":
        return Gradient(name, "kind", part.get("type", part["kind"]))
    got = arrays[part["at"]]
    if got.dtype.kind not in "fiub":
        return Gradient(name, "kind", f"an array of {got.dtype}")
    values = got.astype(np.float64)
    if got.shape != want.shape:
        if got.shape or want.shape != (1,):
            return Gradient(name, "shape", f"{list(got.shape)}, should be {list(want.shape)}", values)
        values = values.reshape(want.shape)
    if not np.isfinite(values).all():
        return Gradient(name, "nan", f"in {int((~np.isfinite(values)).sum())} of {want.size} entries", values)
    distance = _distance(values, want, case)
    if distance <= ROUGH:
        return Gradient(name, "", "", values, 0 if distance <= CLOSE else int(-np.log10(distance)))
    if case.tied and is_subgradient(case, name, values):
        return Gradient(name, "", "", values)
    return Gradient(name, "wrong", _told(values, want, name), values)


def _told(got: Array, want: Array, name: str) -> str:
    """The pattern of the wrong entries, and the worst of them."""
    off = np.abs(got - want).ravel()
    said = [line.strip() for line in compare(np.atleast_1d(got), np.atleast_1d(want), name, 7).splitlines()]
    lines = [line for line in said if line.startswith(("what:", "where:"))]
    worst = [k for k in np.argsort(-off, kind="stable")[:SHOWN] if off[k] > ROUGH * off.max()]
    rows = [("entry", "got", "want")]
    for k in worst:
        at = ",".join(str(int(i)) for i in np.unravel_index(k, want.shape)) if want.shape else ""
        rows.append((f"[{at}]", f"{got.flat[k]:.6g}", f"{want.flat[k]:.6g}"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    table = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *table])


def _distance(got: Array, want: Array, case: Case) -> float:
    """The largest difference, relative to the largest entry (the numbers of a case are of order 1)."""
    if not want.size:
        return 0.0
    with np.errstate(all="ignore"):
        scale = float(np.abs(want).max()) + 1e-3 * float(np.abs(case.y_bar).max(initial=0.0))
        found = float(np.abs(got - want).max())
    if not isfinite(found):
        return np.inf
    return found / scale if scale else found


def is_subgradient(case: Case, name: str, got: Array) -> bool:
    """Whether at a tie or kink the values share out the cotangent as some choice between the branches would.

    The exact gradients at points a little beside this one are the choices: every entry, and the sum of all, has to lie
    between those.
    """
    at = case.arrays[name]
    choices = []
    for k in range(at.size):
        for step in (1e-6, -1e-6):
            moved = at.copy()
            moved.flat[k] += step
            beside = Case(case.number, case.op, case.title, {**case.arrays, name: moved}, case.options, case.y_bar)
            choices.append(beside.exact[name])
    low, high = np.min(choices, axis=0), np.max(choices, axis=0)
    sums = [float(c.sum()) for c in choices]
    slack = CLOSE * (1 + float(np.abs(high).max()))
    inside = bool(np.all((got >= low - slack) & (got <= high + slack)))
    return inside and min(sums) - slack <= float(got.sum()) <= max(sums) + slack
