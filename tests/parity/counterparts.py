"""Which PyTorch function computes what an operator of ours computes, and what PyTorch has not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from parity import losses, pointwise, windows

F = torch.nn.functional


@dataclass(frozen=True)
class Counterpart:
    """A function of tensors by our argument names and of our options.

    fixed  arguments by which PyTorch does not differentiate (we do; the laws check those)
    again  what stands in for the function's second derivatives: the same from PyTorch's elementary functions
    """

    function: Callable[..., Any]
    fixed: tuple[str, ...] = ()
    again: Callable[..., Any] | None = None


def _ranks(name: str, make: Callable[[int], Callable[..., Any]], **more: Any) -> dict[str, Counterpart]:
    return {f"{name}{rank}d": Counterpart(make(rank), **more) for rank in (1, 2, 3)}


COUNTERPARTS: Mapping[str, Counterpart] = {
    **{name: Counterpart(pointwise.pointwise(name)) for name in pointwise.SAME_NAME},
    "rint": Counterpart(pointwise.pointwise("round")),
    "sigmoid": Counterpart(pointwise.pointwise("sigmoid")),
    "power": Counterpart(pointwise.power),
    "where": Counterpart(pointwise.where),
    **{name: Counterpart(pointwise.activation(name)) for name in pointwise.ACTIVATIONS},
    "softplus": Counterpart(pointwise.softplus),
    "prelu": Counterpart(pointwise.prelu),
    "hardsigmoid": Counterpart(pointwise.hardsigmoid),
    "pad": Counterpart(pointwise.pad),
    "reshape": Counterpart(lambda x, shape: x.reshape(shape)),
    "transpose": Counterpart(pointwise.transpose),
    "broadcast_to": Counterpart(lambda x, shape: x.broadcast_to(shape)),
    "_concatenate_two": Counterpart(pointwise.concatenate),
    "slice_": Counterpart(pointwise.slice_),
    "take": Counterpart(pointwise.take),
    "take_along_axis": Counterpart(lambda x, index, axis: torch.take_along_dim(x, index, axis)),
    "linear": Counterpart(pointwise.linear),
    "matmul": Counterpart(lambda a, b: a @ b),
    "_einsum_two": Counterpart(pointwise.einsum),
    "sum": Counterpart(pointwise.sum_over),
    "mean": Counterpart(pointwise.mean_over),
    "max": Counterpart(pointwise.max_over),
    "softmax": Counterpart(pointwise.softmax),
    "log_softmax": Counterpart(pointwise.log_softmax),
    "add_bias": Counterpart(windows.add_bias),
    **_ranks("conv", windows.conv),
    **_ranks("conv_transpose", windows.conv_transpose),
    **{f"conv{rank}d_input_gradient": Counterpart(windows.input_gradient(rank)) for rank in (1, 2, 3)},
    **{f"conv{rank}d_filter_gradient": Counterpart(windows.filter_gradient(rank)) for rank in (1, 2, 3)},
    **_ranks("locally_connected", windows.locally_connected),
    **_ranks("max_pool", windows.max_pool),
    **_ranks("max_unpool", lambda rank: windows.add_at_switches),
    **_ranks("avg_pool", windows.avg_pool),
    **_ranks("lp_pool", windows.lp_pool),
    **_ranks("adaptive_avg_pool", windows.adaptive_avg_pool),
    **_ranks("adaptive_max_pool", windows.adaptive_max_pool),
    "global_max_pool": Counterpart(windows.global_max_pool),
    "global_avg_pool": Counterpart(windows.global_avg_pool),
    "upsample_nearest": Counterpart(windows.upsample),
    "nll_loss": Counterpart(losses.nll_loss, fixed=("weight",)),
    "cross_entropy": Counterpart(losses.cross_entropy, fixed=("weight",)),
    "mse_loss": Counterpart(losses.mse_loss),
    **{name: Counterpart(losses.paired(name)) for name in ("l1_loss", "huber_loss", "smooth_l1_loss")},
    "binary_cross_entropy_with_logits": Counterpart(losses.with_logits, fixed=("weight", "pos_weight")),
    # PyTorch keeps the second derivative of binary_cross_entropy finite by adding 1e-12 to its denominators.
    "binary_cross_entropy": Counterpart(
        losses.binary_cross_entropy, fixed=("weight",), again=losses.binary_cross_entropy_composed
    ),
    "l2_penalty": Counterpart(losses.l2_penalty),
    "batch_norm": Counterpart(losses.batch_norm, fixed=("mean", "var")),
    "batch_norm_training": Counterpart(losses.batch_norm_training),
    "layer_norm": Counterpart(losses.layer_norm),
    "group_norm": Counterpart(losses.group_norm),
    "instance_norm": Counterpart(losses.instance_norm),
}

WITHOUT: Mapping[str, str] = {
    "dropout": "PyTorch draws its masks from another generator; evaluation mode is compared with the layers",
    "dropout_channels": "PyTorch draws its masks from another generator; evaluation mode is compared with the layers",
}
