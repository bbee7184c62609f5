"""The gradient check: whatever has a pullback, against the function it claims to belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback import tree
from pullback.check import frameworks, numpy_subjects
from pullback.check.argument import ArgumentCheck
from pullback.check.claims import claims_of
from pullback.check.measure import Measure
from pullback.check.patterns import lengths
from pullback.check.report import ArgumentReport, Finding, GradientReport
from pullback.check.subject import Fault, Subject, fault, guarded
from pullback.errors import ArgumentError, message
from pullback.graph import Graph
from pullback.nn.module import Module

METHODS = ("auto", "complex", "central")
FRAMEWORKS = ("auto", "numpy", "torch", "jax")
CENTRAL_COST = 12
"""About as many evaluations as differences take for one entry."""


def gradcheck(
    function: Callable[..., Any] | Graph,
    args: Any,
    *,
    backward: Callable[..., Any] | None = None,
    residuals: bool = False,
    argnums: int | Sequence[int] | None = None,
    method: str = "auto",
    framework: str = "auto",
    cotangent: Any = None,
    max_evaluations: int = 3000,
    seed: int = 0,
) -> GradientReport:
    """Compare a claimed gradient with the function's derivative, entry by entry, and say what is wrong with it.

    x_bar[j] = Σ_k y_bar[k] · ∂y[k]/∂x[j]

    function   without `backward`: a NumPy function that Pullback traces, one that returns (y, pullback), a Pullback
               graph or network, a PyTorch function, autograd.Function or module, or a JAX function
    args       the point: a tuple of arguments (or one array); those that hold floats are differentiated, in float64
    backward   called as backward(y_bar, *args); gives one array, a tuple in the order of the arguments (None for those
               that hold no floats), or a dictionary by their names
    residuals  the function returns (y, residuals), and `backward` is called as backward(y_bar, residuals)
    argnums    the arguments to check, where not all
    method     "complex": Im f(x + ih)/h with h ≈ 1e-30, exact to rounding; "central": central differences,
               extrapolated, with a step and an error estimate for each entry; "auto": complex where the two agree
    framework  whose function it is, where that cannot be seen: "numpy", "torch" or "jax"
    cotangent  y_bar, nested like the output; drawn at random without it (1 for a single number), and for at most 64
               outputs every entry of the Jacobian is compared too
    max_evaluations
               about how often the function is evaluated; arguments too large for that are sampled, and random signed
               sums over all their entries compared
    seed       of the cotangent and the samples

    An entry is wrong where it is further from the derivative than 4 times the derivative's estimated error and the
    rounding of the computation. Where the one-sided derivatives differ (ReLU at 0, ties of a maximum), any value
    between them is right, and the report says so. What goes wrong in the user's functions is a finding of the report.

    Raises: ArgumentError (an option that does not exist), MissingExtraError (a framework that is not installed)

    Source: see `pullback.check.differences` and `pullback.check.measure`

    >>> def mean(x): return np.mean(x)
    >>> def backward(y_bar, x): return y_bar * np.ones(x.shape)
    >>> print(gradcheck(mean, np.arange(4.0), backward=backward))
    gradcheck: WRONG (NumPy function with its backward)
      x [4]: WRONG in 4 entries (4 of 4 entries checked)
        what:  got = 4 · want (4 is the length of axis 0 of x: a sum for a mean?)
        where: every entry
        index  got  want  ± error  distance / allowed
        [0]    1    0.25  2.2e-16  9.4e+13
        ...
      method: complex step; ... evaluations, seed 0
    """
    _check_options(method, framework, max_evaluations, backward, residuals=residuals)
    args = tuple(args) if isinstance(args, (tuple, list)) else (args,)
    numbers = None if argnums is None else _positions(argnums, len(args))
    rng = np.random.default_rng(seed)
    title, measure, subject = "", None, None
    reports: list[ArgumentReport] = []
    findings: list[Finding] = []
    with np.errstate(all="ignore"):
        try:
            subject = _subject(function, args, numbers, backward, framework, residuals=residuals)
            title = subject.title
            measure = Measure(subject, method, rng)
            reports = _arguments(measure, cotangent, max_evaluations, rng)
        except Fault as error:
            findings.append(error.finding)
    findings = [*(subject.findings if subject else []), *findings]
    ok = not findings and bool(reports) and all(r.ok for r in reports)
    notes = tuple(subject.notes) if subject else ()
    how = (measure.method, measure.why) if measure else ("", "")
    count = measure.evaluations if measure else 0
    return GradientReport(ok, title or "not run", *how, tuple(reports), tuple(findings), notes, count, seed)


def _check_options(method: str, framework: str, budget: int, backward: Any, *, residuals: bool) -> None:
    for name, value, known in (("method", method, METHODS), ("framework", framework, FRAMEWORKS)):
        if value not in known:
            need = ", ".join(map(repr, known))
            raise ArgumentError(message(f"gradcheck: no such {name}", got=repr(value), need=need))
    if not isinstance(budget, int) or budget < 1:
        raise ArgumentError(message("gradcheck: max_evaluations is a positive whole number", got=repr(budget)))
    if residuals and backward is None:
        raise ArgumentError(message("gradcheck: residuals=True needs backward=", fix="backward(y_bar, residuals)"))


def _positions(argnums: int | Sequence[int], count: int) -> list[int]:
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)
    if not numbers or not all(isinstance(k, int) and -count <= k < count for k in numbers):
        got = f"argnums={argnums!r} for {count} arguments"
        raise ArgumentError(message("gradcheck: no such argument", got=got, need=f"positions from 0 to {count - 1}"))
    return [k % count for k in numbers]


def _subject(
    function: Any, args: tuple[Any, ...], argnums: list[int] | None, backward: Any, framework: str, *, residuals: bool
) -> Subject:
    if backward is not None:
        return numpy_subjects.with_backward(function, args, argnums, backward, residuals=residuals)
    if isinstance(function, Graph):
        return numpy_subjects.of_graph(function, args, argnums)
    if isinstance(function, Module):
        return numpy_subjects.of_module(function, args, argnums)
    kind = frameworks.framework_of(function, args) if framework == "auto" else framework
    if kind == "torch":
        return frameworks.torch_subject(function, args, argnums)
    if kind == "jax":
        return frameworks.jax_subject(function, args, argnums)
    subject = numpy_subjects.traced(function, args, argnums)
    if numpy_subjects.gives_pullback(guarded("the function", subject.call, subject.point.values)):
        return numpy_subjects.with_pullback(function, args, argnums)
    return subject


def _arguments(measure: Measure, cotangent: Any, budget: int, rng: np.random.Generator) -> list[ArgumentReport]:
    y_bar = _cotangent(measure, cotangent, rng)
    claims = claims_of(measure, y_bar, jacobian=cotangent is None)
    labels = [*measure.subject.point.labels, *(["the output"] * len(measure.shapes))]
    sizes = lengths(labels, [*(v.shape for v in measure.point), *measure.shapes])
    cost = 1 if measure.method == "complex" else CENTRAL_COST
    shares = _shares([v.size for v in measure.point], max(budget // cost, 1))
    reports = []
    for leaf, (value, share) in enumerate(zip(claims.values, shares, strict=True)):
        if value is not None:
            reports.append(ArgumentCheck(measure, claims, leaf, share, rng).run(sizes))
    _find_undecided(reports, measure)
    return reports


def _find_undecided(reports: Sequence[ArgumentReport], measure: Measure) -> None:
    for r in reports:
        if r.checked and r.undecided == r.checked:
            measure.subject.find(
                f"the derivative by {r.name} could not be determined: no step gives it to 10 %",
                fix="another point; smaller offsets in the function; float64 throughout",
            )


def _cotangent(measure: Measure, given: Any, rng: np.random.Generator) -> NDArray[np.float64]:
    if given is None:
        return rng.standard_normal(measure.start.size) if measure.start.size > 1 else np.ones(measure.start.size)
    single = not isinstance(measure.nest, (Mapping, tuple, list))
    leaves = [np.asarray(v, dtype=np.float64) for v in ([given] if single else tree.leaves(given))]
    if [v.shape for v in leaves] != measure.shapes:
        got = str([v.shape for v in leaves])
        raise fault("the cotangent has another shape than the output", got=got, need=str(measure.shapes))
    return np.concatenate([np.ravel(v) for v in leaves])


def _shares(sizes: Sequence[int], total: int) -> list[int]:
    """How many entries of each argument to compare: small arguments whole, the others the same share of the rest."""
    shares = [0] * len(sizes)
    left = total
    for rank, k in enumerate(sorted(range(len(sizes)), key=lambda k: sizes[k])):
        shares[k] = max(1, min(sizes[k], left // (len(sizes) - rank)))
        left = max(left - shares[k], 0)
    return shares
