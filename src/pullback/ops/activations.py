"""Activations: elementwise functions with PyTorch's names, each a single expression, and softmax along an axis.

At a kink one subgradient is chosen and documented. At ±∞ the value is that of the formula: silu(−∞) = −∞·0 is NaN, as
in PyTorch.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Literal

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import expr as ex
from pullback.ops import reduce
from pullback.ops.apply import Value, elementwise, normal_axis, shape_of
from pullback.ops.norms import CHANNELS, map_along
from pullback.ops.numbers import check_number, check_positive
from pullback.ops.registry import Draw, bad, operator, sample
from pullback.ops.shape import reshape

SMOOTH = [sample({"x": s}) for s in ((2, 3), (), (0, 2), (2, 3, 4, 1))]
KINKED = [sample({"x": Draw(s, "distinct")}) for s in ((6, 10), (), (0, 2), (2, 3, 4, 1))]

# Klambauer et al. 2017, appendix: the α and λ at which activations keep mean 0 and variance 1.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


@operator(samples=KINKED, source="Nair & Hinton 2010; Glorot et al. 2011", onnx="Relu")
def relu(x: Value) -> Value:
    """Cut off what is negative: y = max(0, x).

    Ties:    the derivative at 0 is 0; NaN stays NaN
    Source:  Nair & Hinton 2010, "Rectified linear units improve restricted Boltzmann machines"

    >>> import numpy as np
    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    # 0 stands first, because a tie belongs to the first argument.
    return elementwise(lambda x: ex.maximum(0.0, x), x=x)


@operator(
    samples=[*KINKED, sample({"x": Draw((2, 3), "distinct")}, negative_slope=0.2)],
    source="Maas et al. 2013",
    onnx="LeakyRelu",
)
def leaky_relu(x: Value, negative_slope: float = 0.01) -> Value:
    """Flatten what is negative: y = x for x > 0, negative_slope · x otherwise.

    Ties:    the derivative at 0 is negative_slope
    Source:  Maas, Hannun & Ng 2013, "Rectifier nonlinearities improve neural network acoustic models"
    """
    slope = check_number("leaky_relu", "negative_slope", negative_slope)
    return elementwise(lambda x: ex.where(ex.greater(x, 0.0), x, slope * x), x=x)


@operator(
    samples=[
        sample({"x": Draw((2, 3, 2, 2), "distinct"), "weight": (3,)}),
        sample({"x": Draw((4, 3), "distinct"), "weight": (1,)}),
        sample({"x": Draw((2, 1, 5), "distinct"), "weight": (1,)}),
        sample({"x": Draw((5,), "distinct"), "weight": (1,)}),
        sample({"x": Draw((0, 2), "distinct"), "weight": (2,)}),
    ],
    bad=[
        bad("prelu: weight does not fit", {"x": (2, 3), "weight": (2,)}),
        bad("prelu: weight does not fit", {"x": (3,), "weight": (3,)}),
        bad("prelu: weight does not fit", {"x": (2, 3), "weight": ()}),
    ],
    source="arXiv:1502.01852; PyTorch nn.functional.prelu",
)
def prelu(x: Value, weight: Value) -> Value:
    """Flatten what is negative by a slope that is learnt: y[n,o] = x[n,o] for x > 0, weight[o] · x[n,o] otherwise.

    Shapes:  x (N,C,…), weight (C,); or x of any shape and weight (1,), one slope for all -> like x
    Ties:    the derivative at 0 is the slope
    Raises:  ShapeError
    Source:  He, Zhang, Ren & Sun 2015, arXiv:1502.01852
    """
    shape, its = shape_of(x), shape_of(weight)
    if its != (1,) and (len(its) != 1 or its != shape[1:2]):
        need = "(1,)" + (f" or {shape[1:2]}, one slope per channel" if len(shape) > 1 else "")
        raise ShapeError(message("prelu: weight does not fit", got=f"weight {its}, x {shape}", need=need))
    slopes, axes = (reshape(weight, ()), ()) if its == (1,) else (weight, CHANNELS)
    expression = ex.where(ex.greater(ex.Var("x"), 0.0), ex.Var("x"), ex.Var("weight") * ex.Var("x"))
    return map_along(x, expression, {"weight": (slopes, axes)})


@operator(samples=[*KINKED, sample({"x": Draw((2, 3), "distinct")}, alpha=0.5)], source="arXiv:1511.07289", onnx="Elu")
def elu(x: Value, alpha: float = 1.0) -> Value:
    """Let what is negative saturate at −alpha: y = x for x > 0, alpha · (exp(x) − 1) otherwise.

    Ties:    the derivative at 0 is alpha (1 for alpha = 1, where there is no kink)
    Source:  Clevert, Unterthiner & Hochreiter 2016, arXiv:1511.07289
    """
    a = check_number("elu", "alpha", alpha)
    return elementwise(lambda x: ex.where(ex.greater(x, 0.0), x, a * ex.expm1(x)), x=x)


@operator(samples=KINKED, source="arXiv:1706.02515", onnx="Selu")
def selu(x: Value) -> Value:
    """Normalise activations by themselves: y = λx for x > 0, λα · (exp(x) − 1) otherwise.

    λ = 1.0507009873554805, α = 1.6732632423543773

    Ties:    the derivative at 0 is λα
    Source:  Klambauer, Unterthiner, Mayr & Hochreiter 2017, arXiv:1706.02515
    """
    scaled = SELU_SCALE * SELU_ALPHA
    return elementwise(lambda x: ex.where(ex.greater(x, 0.0), SELU_SCALE * x, scaled * ex.expm1(x)), x=x)


@operator(
    samples=[*SMOOTH, sample({"x": (2, 3)}, approximate="tanh")],
    bad=[bad("gelu: no such approximation", {"x": (2,)}, approximate="erf")],
    source="arXiv:1606.08415",
    onnx="Gelu",
)
def gelu(x: Value, approximate: Literal["none", "tanh"] = "none") -> Value:
    """Weigh x by the normal distribution: y = x·Φ(x) = x/2 · (1 + erf(x/√2)).

    approximate  "tanh" computes x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))), which differs by less than 0.0005

    Raises:  ArgumentError
    Source:  Hendrycks & Gimpel 2016, arXiv:1606.08415
    """
    if approximate not in ("none", "tanh"):
        raise ArgumentError(message("gelu: no such approximation", got=repr(approximate), need='"none" or "tanh"'))
    if approximate == "none":
        return elementwise(lambda x: 0.5 * x * (1.0 + ex.erf(x / sqrt(2.0))), x=x)
    return elementwise(lambda x: 0.5 * x * (1.0 + ex.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))), x=x)


@operator(samples=SMOOTH, source="arXiv:1702.03118", onnx="Swish")
def silu(x: Value) -> Value:
    """Weigh x by its sigmoid: y = x·σ(x) (also called swish).

    Source:  Elfwing, Uchibe & Doya 2018, arXiv:1702.03118
    """
    return elementwise(lambda x: x * ex.sigmoid(x), x=x)


@operator(samples=SMOOTH, source="PyTorch nn.functional.sigmoid", onnx="Sigmoid")
def sigmoid(x: Value) -> Value:
    """Squash x into (0, 1): y = 1/(1 + exp(−x)), computed from exp(−|x|); derivative y·(1 − y).

    >>> import numpy as np
    >>> sigmoid(np.array([-800.0, 0.0, 800.0]))
    array([0. , 0.5, 1. ])
    """
    return elementwise(ex.sigmoid, x=x)


@operator(
    samples=[
        *SMOOTH,
        sample({"x": (2, 3)}, beta=2.5),
        sample({"x": Draw((6, 10), "distinct")}, beta=2.0, threshold=0.55),
    ],
    bad=[
        bad("softplus: beta does not fit", {"x": (2,)}, beta=0.0),
        bad("softplus: threshold does not fit", {"x": (2,)}, threshold="20"),
    ],
    source="PyTorch nn.functional.softplus",
    onnx="Softplus",
)
def softplus(x: Value, beta: float = 1.0, threshold: float | None = None) -> Value:
    """Smooth max(0, x): y = 1/beta · log(1 + exp(beta·x)), computed as max(z, 0) + log(1 + exp(−|z|)), z = beta·x.

    Without a threshold it is exact for every x; PyTorch's y = x from beta·x = 20 on differs by less than exp(−20)/beta.

    threshold  where the straight line y = x takes over: at beta·x > threshold (PyTorch's default is 20); None: nowhere

    Raises:  ArgumentError
    """
    check_positive("softplus", "beta", beta)
    limit = None if threshold is None else check_number("softplus", "threshold", threshold)

    def function(x: ex.Expr) -> ex.Expr:
        y = ex.softplus(x) if beta == 1 else ex.softplus(beta * x) / beta
        return y if limit is None else ex.where(ex.greater(beta * x, limit), x, y)

    return elementwise(function, x=x)


@operator(samples=SMOOTH, source="PyTorch nn.functional.logsigmoid")
def logsigmoid(x: Value) -> Value:
    """Take the logarithm of the sigmoid, exact where that is tiny: y = log σ(x) = −log(1 + exp(−x)).

    >>> import numpy as np
    >>> logsigmoid(np.array([-800.0, 800.0]))
    array([-800.,   -0.])
    """
    return elementwise(lambda x: -ex.softplus(-x), x=x)


@operator(samples=KINKED, source="PyTorch nn.functional.softsign", onnx="Softsign")
def softsign(x: Value) -> Value:
    """Squash x into (−1, 1): y = x/(1 + |x|); derivative 1/(1 + |x|)², at 0 too."""
    return elementwise(lambda x: x / (1.0 + ex.abs_(x)), x=x)


@operator(
    samples=[*KINKED, sample({"x": Draw((2, 6), "distinct")}, min_val=-0.1, max_val=0.1)],
    bad=[bad("hardtanh: empty range", {"x": (2,)}, min_val=1.0, max_val=1.0)],
    source="PyTorch nn.functional.hardtanh",
)
def hardtanh(x: Value, min_val: float = -1.0, max_val: float = 1.0) -> Value:
    """Cut x off at both ends: y = min(max_val, max(min_val, x)).

    Ties:    the derivative at either end is 0
    Raises:  ArgumentError
    """
    low, high = check_number("hardtanh", "min_val", min_val), check_number("hardtanh", "max_val", max_val)
    if not low < high:
        got = f"min_val={min_val!r}, max_val={max_val!r}"
        raise ArgumentError(message("hardtanh: empty range", got=got, need="min_val < max_val"))
    return elementwise(lambda x: ex.minimum(high, ex.maximum(low, x)), x=x)


@operator(samples=KINKED, source="arXiv:1704.04861")
def relu6(x: Value) -> Value:
    """Cut x off at 0 and 6: y = min(6, max(0, x)).

    Ties:    the derivative at either end is 0
    Source:  Howard et al. 2017, arXiv:1704.04861
    """
    return elementwise(lambda x: ex.minimum(6.0, ex.maximum(0.0, x)), x=x)


@operator(samples=KINKED, source="arXiv:1905.02244")
def hardsigmoid(x: Value) -> Value:
    """Approximate the sigmoid by three straight lines: y = min(1, max(0, x/6 + 1/2)).

    Ties:    the derivative at −3 and 3 is 0
    Source:  Howard et al. 2019, arXiv:1905.02244
    """
    return elementwise(lambda x: ex.minimum(1.0, ex.maximum(0.0, x / 6.0 + 0.5)), x=x)


@operator(samples=KINKED, source="arXiv:1905.02244", onnx="HardSwish")
def hardswish(x: Value) -> Value:
    """Weigh x by its hard sigmoid: y = x · min(1, max(0, x/6 + 1/2)).

    Ties:    the derivative is 0 at −3 and 1 at 3
    Source:  Howard et al. 2019, arXiv:1905.02244
    """
    return elementwise(lambda x: x * ex.minimum(1.0, ex.maximum(0.0, x / 6.0 + 0.5)), x=x)


@operator(samples=SMOOTH, source="arXiv:1908.08681", onnx="Mish")
def mish(x: Value) -> Value:
    """Weigh x by the tanh of its softplus: y = x · tanh(log(1 + exp(x))).

    Source:  Misra 2019, arXiv:1908.08681
    """
    return elementwise(lambda x: x * ex.tanh(ex.softplus(x)), x=x)


ALONG_AXIS = [
    sample({"x": (2, 3)}),
    sample({"x": (4,)}, axis=0),
    sample({"x": (2, 3, 2, 2)}, axis=1),
    sample({"x": (0, 3)}),
    sample({"x": (3, 1)}),
]
NO_AXIS = [
    bad("no such axis", {"x": (2, 3)}, axis=2),
    bad("no such axis", {"x": ()}),
    bad("no classes", {"x": (2, 0)}),
]


def _shifted(op: str, x: Value, axis: int) -> tuple[Value, int]:
    """x less its largest entry along the axis, which changes neither value nor gradient and keeps exp from overflow."""
    shape = shape_of(x)
    axis = normal_axis(op, axis, len(shape))
    if shape[axis] == 0:
        raise ShapeError(message(f"{op}: no classes", got=f"x {shape}, axis={axis}", need="at least one entry"))
    largest = reduce.max(x, axis, keepdims=True)
    return elementwise(lambda x, m: x - ex.stop(m), x=x, m=largest), axis


@operator(samples=ALONG_AXIS, bad=NO_AXIS, source="Bridle 1990", onnx="Softmax")
def softmax(x: Value, axis: int = -1) -> Value:
    """Turn scores into probabilities: y[n,o] = exp(x[n,o] − m[n]) / Σ_o exp(x[n,o] − m[n]), m[n] = max_o x[n,o].

    Its Jacobian is ∂y[o]/∂x[k] = y[o] · ((o = k) − y[k]).

    Edges:   a score of −∞ has probability 0; scores that are all −∞, or +∞ among them, give NaN
    Raises:  ArgumentError, ShapeError (an axis without entries)
    Source:  Bridle 1990, "Training stochastic model recognition algorithms as networks"

    >>> import numpy as np
    >>> softmax(np.log([1.0, 2.0, 5.0]))
    array([0.125, 0.25 , 0.625])
    """
    z, axis = _shifted("softmax", x, axis)
    e = elementwise(ex.exp, z=z)
    return elementwise(lambda e, s: e / s, e=e, s=reduce.sum(e, axis, keepdims=True))


@operator(samples=ALONG_AXIS, bad=NO_AXIS, source="PyTorch nn.functional.log_softmax", onnx="LogSoftmax")
def log_softmax(x: Value, axis: int = -1) -> Value:
    """Take the logarithm of the softmax, exact where that is tiny: y[n,o] = z[n,o] − log Σ_o exp(z[n,o]).

    z[n,o] = x[n,o] − max_o x[n,o]

    Edges:   a score of −∞ gives −∞, and its gradient is finite; scores that are all −∞ give NaN
    Raises:  ArgumentError, ShapeError (an axis without entries)
    """
    z, axis = _shifted("log_softmax", x, axis)
    total = reduce.sum(elementwise(ex.exp, z=z), axis, keepdims=True)
    return elementwise(lambda z, s: z - ex.log(s), z=z, s=total)
