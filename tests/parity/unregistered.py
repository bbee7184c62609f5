"""Functions of ours that are made of operators and have no record, with their counterparts."""

from collections.abc import Mapping
from typing import Any

import torch

from parity import grids, losses, pointwise, windows
from parity.counterparts import Counterpart
from pullback.ops import elementwise, matrix, norms, pools, reduce, shape
from pullback.ops.registry import Draw, Operator, sample

F = torch.nn.functional


def _operator(name: str, function: Any, samples: Any) -> Operator:
    return Operator(name, function, tuple(samples), ())


def _put_back(rank: int) -> tuple[Operator, Counterpart]:
    pool, unpool = getattr(pools, f"max_pool{rank}d"), getattr(pools, f"max_unpool{rank}d")

    def ours(x: Any, kernel_size: int, stride: int, padding: int, output_size: Any) -> Any:
        y, switches = pool(x, kernel_size, stride, padding, return_indices=True)
        return unpool(y, switches, kernel_size, stride, padding, output_size or x.shape[2:])

    def theirs(x: Any, kernel_size: int, stride: int, padding: int, output_size: Any) -> Any:
        y, switches = windows.max_pool(rank)(x, kernel_size, stride, padding, return_indices=True)
        return windows.max_unpool(rank)(y, switches, kernel_size, stride, padding, output_size or x.shape[2:])

    name = f"max_unpool{rank}d of max_pool{rank}d"
    return _operator(name, ours, grids.pooled_and_put_back(rank)), Counterpart(theirs)


def _statistics() -> tuple[Operator, Counterpart]:
    def ours(x: Any, mean: Any, var: Any, momentum: float) -> Any:
        return norms.batch_norm(x, mean, var, training=True, momentum=momentum)

    samples = grids.running_statistics()
    # PyTorch changes the running statistics in place, where no gradient flows.
    counterpart = Counterpart(losses.running_statistics, fixed=("x", "mean", "var"))
    return _operator("running_statistics", ours, samples), counterpart


X, FLAGS = sample({"x": (2, 3, 4)}), {"x": Draw((3, 4), "bool"), "y": Draw((4,), "bool")}
PAIRS = [sample({"x": Draw((3, 4), "labels", 3), "y": Draw((4,), "labels", 3)})]
COMPARISONS = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")


def _comparison(name: str, samples: Any) -> tuple[Operator, Counterpart]:
    theirs = getattr(torch, {"equal": "eq", "not_equal": "ne"}.get(name, name))
    ours = _operator(name, lambda x, y: elementwise.compare(name, x, y), samples)
    return ours, Counterpart(lambda x, y: theirs(x, y))


UNREGISTERED: Mapping[str, tuple[Operator, Counterpart]] = {
    "min": (_operator("min", reduce.min, grids.reductions("distinct")), Counterpart(pointwise.min_over)),
    "var": (_operator("var", reduce.var, grids.reductions(ddof=(0, 1))), Counterpart(pointwise.variance)),
    "argmax": (
        _operator("argmax", reduce.argmax, [sample({"x": (3, 4, 2)}, axis=k) for k in (0, 1, -1)]),
        Counterpart(lambda x, axis: x.argmax(axis)),
    ),
    "clip": (
        _operator("clip", elementwise.clip, grids.clipped()),
        Counterpart(lambda x, low, high: torch.clamp(x, low, high)),
    ),
    "stop_gradient": (
        _operator("stop_gradient", lambda x: x * elementwise.stop_gradient(x), [X]),
        Counterpart(lambda x: x * x.detach()),
    ),
    "logical_not": (
        _operator("logical_not", elementwise.logical_not, [sample({"x": Draw((3, 4), "bool")})]),
        Counterpart(torch.logical_not),
    ),
    **{name: _comparison(name, PAIRS) for name in COMPARISONS},
    **{name: _comparison(name, [sample(FLAGS)]) for name in ("logical_and", "logical_or")},
    "concatenate": (
        _operator(
            "concatenate",
            lambda x, y, axis: shape.concatenate((x, y, x), axis),
            [sample({"x": (2, 3), "y": (2, 3)}, axis=k) for k in (0, 1, -1)],
        ),
        Counterpart(lambda x, y, axis: torch.cat((x, y, x), axis)),
    ),
    "stack": (
        _operator(
            "stack",
            lambda x, y, axis: shape.stack((x, y), axis),
            [sample({"x": (2, 3), "y": (2, 3)}, axis=k) for k in (0, 1, 2, -1)],
        ),
        Counterpart(lambda x, y, axis: torch.stack((x, y), axis)),
    ),
    "expand_dims": (
        _operator("expand_dims", shape.expand_dims, [sample({"x": (2, 3)}, axis=k) for k in (0, 1, -1)]),
        Counterpart(lambda x, axis: x.unsqueeze(axis)),
    ),
    "squeeze": (
        _operator("squeeze", shape.squeeze, [sample({"x": (2, 1, 3, 1)}, axis=k) for k in (1, -1, (1, 3))]),
        Counterpart(lambda x, axis: x.squeeze(axis)),
    ),
    "flatten": (
        _operator(
            "flatten",
            shape.flatten,
            [X, sample({"x": (2, 3, 4, 2)}, start_dim=0, end_dim=2), sample({"x": (2, 3, 4, 2)}, start_dim=2)],
        ),
        Counterpart(lambda x, **options: torch.flatten(x, **{"start_dim": 1, **options})),
    ),
    "einsum": (
        _operator(
            "einsum",
            lambda x, y, z, subscripts: matrix.einsum(subscripts, x, y, z),
            [
                sample({"x": (2, 3), "y": (3, 4), "z": (4, 2)}, subscripts=s)
                for s in ("ij,jk,kl->il", "ij,jk,ki->", "ij,jk,kl->lij")
            ],
        ),
        Counterpart(lambda x, y, z, subscripts: torch.einsum(subscripts, x, y, z)),
    ),
    "running_statistics": _statistics(),
    **{f"max_unpool{rank}d of max_pool{rank}d": _put_back(rank) for rank in (1, 2, 3)},
}
