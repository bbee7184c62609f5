"""`pb.review`: a user's backward function, run on a grid of cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from inspect import Parameter
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, message
from pullback.ops.registry import Operator
from pullback.review import process
from pullback.review.cases import (
    NEVER,
    Case,
    Plan,
    differentiable,
    draw,
    from_samples,
    is_legal,
    operator_of,
    options_of,
)
from pullback.review.causes import causes
from pullback.review.conditions import condition_of
from pullback.review.grids import grid, windows_of
from pullback.review.judging import FAULTS, Outcome, judge
from pullback.review.report import Problem, Review, Verdict
from pullback.review.subject import Summary

Array = NDArray[Any]

MOST_OVERRUNS = 3
MOST_STARTS = 6


def review(
    function: Callable[..., Any] | type | str,
    op: str,
    *,
    adapter: Callable[..., Any] | str | None = None,
    forward: Callable[..., Any] | str | None = None,
    names: Mapping[str, str] | None = None,
    returns: Sequence[str] | str = (),
    options: Mapping[str, Any] | None = None,
    time_limit: float = 10.0,
    memory_limit: float = 1024.0,
    diagnose_limit: float = 20.0,
    seed: int = 0,
) -> Review:
    """Run a backward function on cases from easy to hard; say where it fails, and which mistake explains that.

    function        the backward function; a class with static methods forward(ctx, …) and backward(ctx, …); or a text,
                    "homework.py:conv_backward"
    op              the operator it belongs to: "conv2d", "max_pool2d", "relu", "cross_entropy", …
    adapter         adapter(function, case) calls the function and returns its gradients, by name ({"x": …}) or in the
                    operator's order; case has `arrays` and `options` by name, `y_bar` and `y`
    forward         the function whose cache, forward(…) -> (out, cache), the backward takes; without it the function
                    named …forward… beside it
    names           the meaning of parameters whose names are not understood: {"foo": "stride"}
    returns         the gradients that the function returns, in order: ("w", "x")
    options         options that have one value in all cases: {"kernel_size": 2, "reduction": "sum"}
    time_limit      seconds for one case, which is run twice; three times as long for one that waits and computes little
    memory_limit    MiB that the function may take beyond what the process starts with (where the system can tell)
    diagnose_limit  seconds to spend on finding the mistake

    The function runs in another process, of which it can do no harm to this one by accident: a crash, an endless loop,
    too much memory, an exit, changed arguments, a wrong shape, kind or number of results, NaN, and results that differ
    from call to call are reported. The review is true where everything is right.

    Raises: ArgumentError

    >>> def relu_backward(dout, x):
    ...     return dout * (x > 0)
    >>> bool(review(relu_backward, op="relu"))
    True
    """
    operator = operator_of(op)
    _check_limits(time_limit, memory_limit)
    fixed = _checked_options(operator, options)
    returns = (returns,) if isinstance(returns, str) else tuple(returns)
    _check_returns(operator, returns)
    source = process.Source(*(_checked_file(v) for v in (function, forward, adapter)))
    hello = {"op": op, "fixed": fixed, "names": dict(names or {}), "returns": returns, "memory": float(memory_limit)}
    with process.Worker(source, hello) as runner:
        summary, notes = _started(runner)
        plans, left_out = _plans(operator, summary, fixed)
        _check_cotangent(operator, summary, plans)
        outcomes, more = _run(runner, _drawn(plans, summary, op, seed), summary, time_limit)
        if _takes_labels(operator) and not any(o.gradients for o in outcomes):
            hot = _drawn(plans, summary, op, seed, hot=True)
            second, also = _run(runner, hot, summary, time_limit)
            if any(o.gradients for o in second):
                outcomes, more = second, [*also, "labels are given as one-hot rows: integers raised an exception"]
    outcomes, excused = _excused(operator, outcomes)
    problems = tuple(_problems(outcomes, diagnose_limit))
    notes = [*summary.notes, *notes, *more, *excused, *_precision(outcomes)]
    return Review(op, _verdict(outcomes, problems), summary, tuple(outcomes), problems, left_out, tuple(notes), seed)


def _drawn(plans: Sequence[Plan], summary: Summary, op: str, seed: int, *, hot: bool = False) -> list[Case]:
    """The cases with their numbers; the cotangent of an output that is one number is 1 in every second one."""
    if hot:
        plans = [p for p in plans if len(next(iter(p.sample.arrays.values())).shape) == 2]
    cases = [draw(p, op, k, seed, unit=summary.one, hot=hot) for k, p in enumerate(plans, 1)]
    return [replace(c, y_bar=np.ones(())) if not c.y_bar.shape and c.number % 2 else c for c in cases]


def _takes_labels(operator: Operator) -> bool:
    kinds = {d.kind for s in operator.samples for n, d in s.arrays.items() if n == "target"}
    return "labels" in kinds and len(kinds) > 1


def _check_limits(time_limit: float, memory_limit: float) -> None:
    for name, value in (("time_limit", time_limit), ("memory_limit", memory_limit)):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not (isfinite(value) and value > 0):
            raise ArgumentError(message(f"review: {name} does not fit", got=f"{name}={value!r}", need="a number > 0"))


def _checked_options(operator: Operator, options: Mapping[str, Any] | None) -> dict[str, Any]:
    fixed = dict(options or {})
    known = options_of(operator)
    for name in fixed:
        if name not in known or name in NEVER:
            need = ", ".join(known) or "none"
            raise ArgumentError(message(f"review: {operator.name} has no such option", got=repr(name), need=need))
    return fixed


def _check_returns(operator: Operator, returns: Sequence[str]) -> None:
    known = differentiable(operator)
    for name in returns:
        if name not in known:
            title = f"review: {operator.name} has no gradient of that name"
            raise ArgumentError(message(title, got=f"returns={name!r}", need=", ".join(known)))


def _checked_file(value: Any) -> Any:
    """A text is file.py:name."""
    if not isinstance(value, str):
        return value
    path, _, name = value.rpartition(":")
    if not path.endswith(".py") or not name:
        raise ArgumentError(message("review: no function in a file", got=repr(value), need="file.py:name"))
    if not Path(path).is_file():
        raise ArgumentError(message("review: no such file", got=path, need="a Python file", fix="correct the path"))
    return value


def _started(runner: process.Worker) -> tuple[Summary, list[str]]:
    """Start the worker; what is known of the function.

    Raises: ArgumentError
    """
    try:
        said = runner.start()
    except process.Ended as ended:
        how = f"not loaded within {process.START_SECONDS:.0f} s" if ended.kind == "timeout" else ended.how
        raise ArgumentError(message("review: the file could not be run", got=how)) from None
    if "error" in said:
        raise ArgumentError(said["error"]["text"])
    told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in said["summary"].items()}
    summary = Summary(**told)
    return summary, [] if said["limited"] else ["this system sets no memory limit"]


def _plans(operator: Operator, summary: Summary, fixed: Mapping[str, Any]) -> tuple[list[Plan], dict[str, int]]:
    """The cases that the function can be called with, and how many were left out for want of a parameter.

    Raises: ArgumentError where there is none
    """
    windows = windows_of(operator.name)
    plans = grid(operator.name, fixed) if windows else from_samples(operator, fixed)
    left_out: dict[str, int] = {}
    kept = []
    for plan in plans:
        missing = _missing(operator, plan, summary, fixed, needed=not windows)
        if missing:
            left_out[missing] = left_out.get(missing, 0) + 1
        elif not windows or is_legal(operator, plan.sample):
            kept.append(plan)
    if not kept:
        need = " and ".join(left_out) or "another value"
        got = summary.called or "a function without parameters"
        fix = "options={...} for what has one value in the function"
        raise ArgumentError(message(f"review: no case of {operator.name} fits", got=got, need=need, fix=fix))
    return kept, left_out


def _missing(operator: Operator, plan: Plan, summary: Summary, fixed: Mapping[str, Any], *, needed: bool) -> str:
    """The option or array of a case that the function has no parameter for, or needs and does not get."""
    defaults = options_of(operator)
    for name, value in plan.sample.options.items():
        given = name in summary.options or name in fixed
        if not given and not (name in defaults and _is_default(name, value, defaults[name], plan)):
            return name
    for name in plan.sample.arrays:
        if name not in summary.arrays:
            return name
    if needed:
        return next((f"no {n}" for n in summary.needed if n not in plan.sample.arrays), "")
    return ""


def _is_default(name: str, value: Any, default: Any, plan: Plan) -> bool:
    """Whether leaving an option out means the same; a pooling's stride is by default its window."""
    return bool(
        value == default or (name == "stride" and default is None and value == plan.sample.options["kernel_size"])
    )


def _check_cotangent(operator: Operator, summary: Summary, plans: Sequence[Plan]) -> None:
    """Without the output's cotangent, the output is one number, or every entry has its own derivative."""
    if not summary.one:
        return
    hardest = draw(plans[-1], operator.name, 1, 0, unit=True)
    arrays = list(hardest.arrays.values())
    if hardest.y_bar.shape and not (len(arrays) == 1 and hardest.y_bar.shape == arrays[0].shape):
        need = "a parameter for the cotangent of the output: dout, dy, grad_output, …"
        title = "review: the function does not take the output's cotangent"
        raise ArgumentError(message(title, got=summary.called, need=need, fix='names={"foo": "y_bar"}'))


def _run(
    runner: process.Worker, cases: Sequence[Case], summary: Summary, seconds: float
) -> tuple[list[Outcome], list[str]]:
    """Run the cases, restarting the worker where it ended; give up where it ends too often."""
    outcomes: list[Outcome] = []
    for case in cases:
        try:
            document, arrays = _sent(case)
            reply, found = runner.ask(document, arrays, seconds)
            outcomes.append(judge(case, reply, found, summary.returns))
        except process.Ended as ended:
            text = f"longer than {seconds:g} s" if ended.kind == "timeout" else ended.how
            outcomes.append(Outcome(case, ended.kind, text))
        overruns = sum(o.fault in ("timeout", "memory") for o in outcomes)
        if overruns >= MOST_OVERRUNS or runner.starts >= MOST_STARTS:
            why = "three went over a limit" if overruns >= MOST_OVERRUNS else "the process had to be started so often"
            rest = len(cases) - len(outcomes)
            return outcomes, [f"{rest} cases were not run, since {why}"] if rest else []
    return outcomes, []


def _sent(case: Case) -> tuple[dict[str, Any], list[Array]]:
    y = case.trace.values["output"]
    arrays = {**case.arrays, "@y_bar": case.y_bar, "@y": y}
    if case.trace.switches:
        arrays["@switches"] = next(iter(case.trace.switches.values()))
    options = {k: v for k, v in options_of(operator_of(case.op)).items() if v is not Parameter.empty} | case.options
    if options.get("stride", 1) is None:
        options["stride"] = options["kernel_size"]
    return {"options": options, "arrays": list(arrays)}, [np.asarray(a) for a in arrays.values()]


def _excused(operator: Operator, outcomes: list[Outcome]) -> tuple[list[Outcome], list[str]]:
    """Leave out forms of the arguments that a function was plainly not written for.

    Such as images, for the batch normalisation of a matrix: most cases of that form give an error or another shape,
    the others are right, and no case of some other form gives either.
    """
    if windows_of(operator.name):
        return outcomes, []
    forms: dict[tuple[int, ...], list[Outcome]] = {}
    for o in outcomes:
        forms.setdefault(tuple(a.ndim for a in o.case.arrays.values())[:1], []).append(o)
    bad = {k: [bool({f[0] for f in o.faults} & {"raised", "shape", "count"}) for o in of] for k, of in forms.items()}
    if all(any(marks) for marks in bad.values()):
        return outcomes, []
    refused = {
        k
        for k, of in forms.items()
        if 2 * sum(bad[k]) >= len(of) and all(o.is_right or mark for o, mark in zip(of, bad[k], strict=True))
    }
    first = next(iter(outcomes[0].case.arrays))
    notes = [
        f"not for {first} of {k[0]} {'axis' if k[0] == 1 else 'axes'}: an error or another shape in {sum(bad[k])} of"
        f" {len(forms[k])} cases, which are not counted"
        for k in sorted(refused)
    ]
    gone = {id(o) for k in refused for o in forms[k]}
    return [o for o in outcomes if id(o) not in gone], notes


def _problems(outcomes: Sequence[Outcome], seconds: float) -> Iterator[Problem]:
    found: dict[tuple[str, str], list[tuple[Outcome, str]]] = {}
    for outcome in outcomes:
        for kind, name, text in outcome.faults:
            found.setdefault((kind, name), []).append((outcome, text))
    order = list(FAULTS)
    diagnosed = [k for k in found if k[0] in ("wrong", "shape")]
    for kind, name in sorted(found, key=lambda k: order.index(k[0])):
        failing = [o for o, _ in found[kind, name]]
        fine = [o for o in outcomes if not _has(o, kind, name) and _tells(o, name)]
        telling = [o.case for o in fine if _is_telling(o.case, name)]
        condition = condition_of([o.case for o in failing], telling)
        stable = [o for o in failing if not _has(o, "repeat", "")]
        claims = [(o.case, g.got) for o in stable for g in o.gradients if g.name == name and g.got is not None]
        share = seconds / max(len(diagnosed), 1)
        explained = causes(claims, telling, name, share) if (kind, name) in diagnosed else []
        numbers = tuple(o.case.number for o in failing)
        first, text = found[kind, name][0]
        compared, zero = len(failing) + len(telling), len(fine) - len(telling)
        yield Problem(kind, name, numbers, compared, condition, first, text, zero, tuple(explained))


def _has(outcome: Outcome, kind: str, name: str) -> bool:
    return any((k, n) == (kind, name) for k, n, _ in outcome.faults)


def _tells(outcome: Outcome, name: str) -> bool:
    """Whether a case without this fault says that things are well there."""
    return not name or any(g.name == name and not g.fault for g in outcome.gradients)


def _is_telling(case: Case, name: str) -> bool:
    """Whether the right gradient is more than zeros, which many a wrong function gives too."""
    return not name or bool(np.any(case.exact[name]))


def _precision(outcomes: Sequence[Outcome]) -> list[str]:
    low = [g.digits for o in outcomes for g in o.gradients if g.digits]
    if not low:
        return []
    cases = sum(any(g.digits for g in o.gradients) for o in outcomes)
    return [f"in {cases} cases only {min(low)} digits agree: float32 on the way, or a small constant added?"]


def _verdict(outcomes: Sequence[Outcome], problems: Sequence[Problem]) -> Verdict:
    if not any(o.gradients for o in outcomes):
        return "not run"
    return "wrong" if problems else "right"
