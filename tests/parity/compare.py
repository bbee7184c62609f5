"""One computation in Pullback and in PyTorch: values, gradients and second gradients within their terms' rounding.

No tolerance is chosen. For each entry of each result the bound follows from our own graph (see parity.rounding):
both libraries add up the same terms, in their own order, so that each is off by at most c·eps·Σ|terms|; c counts the
roundings on the longest path, and a sum of k terms counts k, whatever the order. Rounding also moves the points at
which partial derivatives are taken, which at most doubles this, and two computations are compared: hence the 4.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from laws.rounding import roundings
from parity.rounding import magnitudes
from pullback import tree
from pullback.autodiff import trace, vjp
from pullback.graph import kind_of
from pullback.interpret import Values, run

# With one thread PyTorch adds in the same order in every run.
torch.set_num_threads(1)

TWICE_MOVED = 4


@dataclass(frozen=True)
class Pair:
    """The same computation in both libraries, at one point.

    ours, theirs  functions of the arrays by name, which give one value or several
    real          the arrays to which gradients flow in both
    """

    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    arrays: Mapping[str, Any]
    real: tuple[str, ...]

    def reals(self, dtype: Any = np.float64) -> list[Any]:
        """The arrays to which gradients flow."""
        return [self.arrays[k].astype(dtype) for k in self.real]

    def at(self, dtype: Any) -> dict[str, Any]:
        """The arrays in a precision; labels and masks as they are."""
        return {k: v.astype(dtype) if v.dtype.kind == "f" else v for k, v in self.arrays.items()}

    def function(self, arrays: Mapping[str, Any]) -> Callable[..., tuple[Any, ...]]:
        """Our floating-point results as a function of the real arguments."""

        def of_reals(*reals: Any) -> tuple[Any, ...]:
            named = {**arrays, **dict(zip(self.real, reals, strict=True))}
            return tuple(v for v in tree.leaves(self.ours(**named)) if kind_of(v) == "float")

        return of_reals


def values(pair: Pair, dtype: Any = np.float64) -> None:
    """Compare the results; those that are integers or truth values must be equal."""
    arrays = pair.at(dtype)
    ours = list(tree.leaves(pair.ours(**arrays)))
    theirs = [_numpy(v) for v in tree.leaves(pair.theirs(**_tensors(arrays)))]
    exact = {k: v.astype(np.float64) if v.dtype.kind == "f" else v for k, v in arrays.items()}
    graph = trace(lambda *v: pair.ours(**dict(zip(exact, v, strict=True))), *exact.values()).graph
    _all_equal(ours, theirs, _bounds(graph, list(exact.values()), dtype), "value")


def gradients(pair: Pair, dtype: Any = np.float64) -> None:
    """Compare the cotangents x̄ of all real arguments, for random cotangents ȳ of the results."""
    arrays = pair.at(dtype)
    reals = [arrays[k] for k in pair.real]
    y, pullback = vjp(pair.function(arrays), *reals)
    y_bars = _directions(y, dtype, seed=1)
    ours = list(pullback(tuple(y_bars)))

    tensors = _tensors(arrays, grad=pair.real)
    results = _floats(pair.theirs(**tensors))
    theirs = _their_gradients(results, [tensors[k] for k in pair.real], [torch.from_numpy(b) for b in y_bars])
    _all_equal(ours, [_numpy(g) for g in theirs], _bounds(*_gradient_graph(pair, arrays, y_bars), dtype), "gradient")


def second_gradients(pair: Pair) -> None:
    """Compare the gradients of s = Σ <x̄, v> by all real arguments and by ȳ, for random directions v."""
    arrays = pair.at(np.float64)
    reals = [arrays[k] for k in pair.real]
    y_bars = _directions(pair.function(arrays)(*reals), np.float64, seed=1)
    directions = _directions(reals, np.float64, seed=2)
    _, pullback = vjp(_slopes(pair, arrays, len(y_bars)), *reals, *y_bars)
    ours = list(pullback(tuple(directions)))

    tensors = _tensors(arrays, grad=pair.real)
    bars = [torch.from_numpy(b).requires_grad_() for b in y_bars]
    wrt = [tensors[k] for k in pair.real]
    first = _their_gradients(_floats(pair.theirs(**tensors)), wrt, bars, create_graph=True)
    theirs = _their_gradients(first, [*wrt, *bars], [torch.from_numpy(v) for v in directions])
    bounds = _bounds(*_second_graph(pair, arrays, y_bars, directions), np.float64)
    _all_equal(ours, [_numpy(g) for g in theirs], bounds, "second gradient")


def _slopes(pair: Pair, arrays: Mapping[str, Any], outputs: int) -> Callable[..., tuple[Any, ...]]:
    """The cotangents x̄ as a function of the real arguments and of ȳ."""

    def slopes(*moving: Any) -> tuple[Any, ...]:
        split = len(moving) - outputs
        _, pullback = vjp(pair.function(arrays), *moving[:split])
        return pullback(tuple(moving[split:]))

    return slopes


def _tensors(arrays: Mapping[str, Any], grad: Sequence[str] = ()) -> dict[str, Any]:
    found = {k: torch.from_numpy(np.array(v)) for k, v in arrays.items()}
    for k in grad:
        found[k].requires_grad_()
    return found


def _numpy(tensor: Any) -> Any:
    return tensor.numpy(force=True)


def _floats(results: Any) -> list[Any]:
    return [v for v in tree.leaves(results) if v.is_floating_point()]


def _their_gradients(results: Any, wrt: Any, cotangents: Any, **options: Any) -> list[Any]:
    """PyTorch's gradients, zeros where nothing flows."""
    flowing = [(y, b) for y, b in zip(results, cotangents, strict=True) if y.requires_grad]
    if not flowing or not wrt:
        return [torch.zeros_like(x) for x in wrt]
    ys, bars = zip(*flowing, strict=True)
    found = torch.autograd.grad(ys, wrt, bars, allow_unused=True, **options)
    return [torch.zeros_like(x) if g is None else g for g, x in zip(found, wrt, strict=True)]


def _directions(like: Sequence[Any], dtype: Any, seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, np.shape(v)).astype(dtype) for v in like]


def _gradient_graph(pair: Pair, arrays: Mapping[str, Any], y_bars: Sequence[Any]) -> tuple[Any, list[Any]]:
    inputs = [v.astype(np.float64) for v in (*(arrays[k] for k in pair.real), *y_bars)]
    exact = {k: v.astype(np.float64) if v.dtype.kind == "f" else v for k, v in arrays.items()}
    return trace(_slopes(pair, exact, len(y_bars)), *inputs).graph, inputs


def _second_graph(
    pair: Pair, arrays: Mapping[str, Any], y_bars: Sequence[Any], directions: Sequence[Any]
) -> tuple[Any, list[Any]]:
    """The graph whose inputs are the real arguments, ȳ and v: terms that only v multiplies count too."""
    inputs = [*(arrays[k] for k in pair.real), *y_bars, *directions]

    def program(*v: Any) -> tuple[Any, ...]:
        moving = v[: len(inputs) - len(directions)]
        _, pullback = vjp(_slopes(pair, arrays, len(y_bars)), *moving)
        return pullback(tuple(v[len(moving) :]))

    return trace(program, *inputs).graph, inputs


def _bounds(graph: Any, inputs: Sequence[Any], dtype: Any) -> list[Any]:
    """How far two computations of each output may be apart: per entry, and 0 for integers."""
    kept = Values(np.float64)
    run(graph, inputs, keep=kept)
    seeds = [np.abs(v) if np.asarray(v).dtype.kind == "f" else None for v in inputs]
    m, c = magnitudes(graph, kept, seeds), roundings(graph, kept)
    unit = np.finfo(dtype)
    return [
        TWICE_MOVED * (c[id(n)] + 1) * unit.eps * (m[id(n)] + np.abs(kept[n])) + unit.tiny if n.kind == "float" else 0
        for n in graph.outputs
    ]


def _all_equal(ours: Sequence[Any], theirs: Sequence[Any], bounds: Sequence[Any], what: str) -> None:
    assert len(ours) == len(theirs), f"{len(ours)} results, PyTorch has {len(theirs)}"
    for k, (a, b, bound) in enumerate(zip(ours, theirs, bounds, strict=True)):
        equal(a, b, bound, f"{what} {k}")


def equal(ours: Any, theirs: Any, bound: Any, what: str) -> None:
    """Compare two arrays entry by entry; where both are not finite they must be the same."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, PyTorch has {theirs.shape}"
    assert ours.dtype.kind == theirs.dtype.kind, f"{what}: {ours.dtype}, PyTorch has {theirs.dtype}"
    if ours.dtype.kind != "f":
        np.testing.assert_array_equal(ours, theirs, err_msg=what)
        return
    error = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))
    wrong = ~((error <= bound) | (ours == theirs) | (np.isnan(ours) & np.isnan(theirs)))
    if wrong.any():
        at = tuple(map(int, np.argwhere(wrong)[np.argmax(error[wrong])]))
        allowed = np.broadcast_to(bound, ours.shape)[at]
        raise AssertionError(
            f"{what} at {list(at)}: {ours[at]!r}, PyTorch has {theirs[at]!r}; "
            f"apart {error[at]:.3g}, rounding explains {allowed:.3g}"
        )
