"""Pullback: convolutional networks that show their working.

    import pullback as pb
    from pullback import nn

    y, pullback = pb.vjp(f, x)                  # derivatives of NumPy code: vjp, grad, value_and_grad, jacobian, hvp
    y = pb.conv2d(x, w, stride=2)               # operators on plain arrays, NCHW
    train, test = pb.data.digits()
    net = nn.Sequential(conv=nn.Conv2d(1, 8, 3), relu=nn.ReLU(), flatten=nn.Flatten(), fc=nn.Linear(288, 10))
    pb.fit(net, train, validation=test)         # in native code; engine="reference" runs NumPy instead
    fast = pb.compile(f)                        # any function of NumPy code, as native code

Every public name is loaded when it is first used, so that the import is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PARTS = (
    "check",
    "compile",
    "data",
    "draw",
    "errors",
    "explain",
    "formula",
    "io",
    "nn",
    "ops",
    "optim",
    "testing",
    "train",
)
_HOME = {
    "autodiff": "grad hvp jacobian make_graph per_sample_grad value_and_grad vjp",
    "errors": (
        "ArgumentError DataError MissingExtraError NumericsError PullbackError ShapeError StateError TracingError"
    ),
    "check": "GradientReport gradcheck",
    "compile.native.threads": "get_num_threads set_num_threads",
    "diagnose": "Diagnosis diagnose",
    "draw.attribution": "grad_cam guided_backprop occlusion saliency",
    "draw.deconv": "deconvnet",
    "explain": "Explanation Trace load_example trace",
    "review": "Review review",
    "nn.init": "seed",
    "nn.receptive": "receptive_field",
    "ops.activations": (
        "elu gelu hardsigmoid hardswish hardtanh leaky_relu log_softmax logsigmoid mish prelu relu relu6 selu "
        "sigmoid silu softmax softplus softsign"
    ),
    "ops.bias": "add_bias",
    "ops.conv_gradients": (
        "conv1d_filter_gradient conv1d_input_gradient conv2d_filter_gradient conv2d_input_gradient "
        "conv3d_filter_gradient conv3d_input_gradient"
    ),
    "ops.convs": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d",
    "ops.dropout": "dropout dropout_channels",
    "ops.elementwise": (
        "abs add clip cos divide erf exp log maximum minimum multiply negative power sin sqrt stop_gradient subtract "
        "tanh where"
    ),
    "ops.indexing": "take take_along_axis",
    "ops.locally": "locally_connected1d locally_connected2d locally_connected3d",
    "ops.losses": (
        "binary_cross_entropy binary_cross_entropy_with_logits cross_entropy huber_loss l1_loss l2_penalty mse_loss "
        "nll_loss smooth_l1_loss"
    ),
    "ops.matrix": "einsum linear matmul",
    "ops.norms": "batch_norm batch_norm_training group_norm instance_norm layer_norm running_statistics",
    "ops.padding": "pad",
    "ops.pools": (
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d "
        "adaptive_max_pool3d avg_pool1d avg_pool2d avg_pool3d global_avg_pool global_max_pool lp_pool1d lp_pool2d "
        "lp_pool3d max_pool1d max_pool2d max_pool3d max_unpool1d max_unpool2d max_unpool3d"
    ),
    "ops.reduce": "max mean sum",
    "ops.resize": "upsample_nearest",
    "ops.shape": "concatenate flatten reshape stack transpose",
    "optim": "SGD Adam AdamW CosineLR MultiStepLR OneCycleLR StepLR WarmupLR",
    "train": "EarlyStopping EpochRecord History StepRecord fit",
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = sorted([*_PARTS, *_MODULE_OF, "__version__"])


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name in _PARTS:
        return import_module(f"pullback.{name}")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'pullback' has no attribute {name!r}")
    value = getattr(import_module(f"pullback.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
