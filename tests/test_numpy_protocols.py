"""Tracing through NumPy's own protocols: what a function means on traced values is what it means on arrays."""

import operator

import numpy as np
import pytest

from pullback.autodiff import trace
from pullback.errors import ArgumentError, ShapeError, TracingError, place
from pullback.interpret import run
from pullback.ops.convs import conv2d

RNG = np.random.default_rng(0)
A = RNG.uniform(0.2, 0.9, (2, 3, 4))
M = RNG.uniform(0.2, 0.9, (3, 4))
V = RNG.uniform(0.2, 0.9, 4)
SQUARE = RNG.uniform(0.2, 0.9, (4, 4))

UFUNCS = [
    np.negative, np.positive, np.exp, np.exp2, np.log, np.log2, np.log10, np.log1p, np.expm1, np.sin, np.cos, np.tan,
    np.sinh, np.cosh, np.tanh, np.arcsin, np.arccos, np.arctan, np.sqrt, np.square, np.reciprocal, np.abs, np.absolute,
    np.fabs, np.sign, np.floor, np.ceil, np.rint, np.isfinite,
]  # fmt: skip
BINARY = [
    np.add, np.subtract, np.multiply, np.divide, np.true_divide, np.power, np.float_power, np.maximum, np.minimum,
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
]  # fmt: skip

UNARY_CALLS = {
    "x + 1": lambda x: x + 1,
    "1 - x": lambda x: 1 - x,
    "-x": lambda x: -x,
    "2 / x": lambda x: 2 / x,
    "x ** 2": lambda x: x**2,
    "2 ** x": lambda x: 2**x,
    "x ** -0.5": lambda x: x**-0.5,
    "abs": abs,
    "comparison": lambda x: x > 0.5,
    "logical": lambda x: np.logical_and(x > 0.3, np.logical_not(x > 0.6)),
    "logical_or": lambda x: np.logical_or(x < 0.3, x > 0.6),
    "np.float64 on the left": lambda x: np.float64(2.0) * x,
    "an array on the left": lambda x: V * x,
    "a column on the left": lambda x: np.ones((3, 1)) - x,
    "sum": np.sum,
    "sum axis": lambda x: np.sum(x, axis=1),
    "sum axes": lambda x: np.sum(x, axis=(0, -1)),
    "sum keepdims": lambda x: np.sum(x, axis=1, keepdims=True),
    "mean": lambda x: np.mean(x, axis=(1, 2), keepdims=True),
    "max": lambda x: np.max(x, axis=-1),
    "max of all": np.max,
    "amin": lambda x: np.amin(x, axis=0, keepdims=True),
    "min of all": np.min,
    "var": lambda x: np.var(x, axis=1),
    "var ddof": lambda x: np.var(x, axis=1, ddof=1),
    "std": lambda x: np.std(x, axis=(0, 2), keepdims=True),
    "argmax": lambda x: np.argmax(x, axis=1),
    "add.reduce": lambda x: np.add.reduce(x, axis=1),
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=2, keepdims=True),
    "reshape": lambda x: np.reshape(x, (4, 6)),
    "reshape -1": lambda x: np.reshape(x, (-1, 2)),
    "ravel": np.ravel,
    "transpose": np.transpose,
    "transpose axes": lambda x: np.transpose(x, (1, 2, 0)),
    "matrix_transpose": np.matrix_transpose,
    "swapaxes": lambda x: np.swapaxes(x, 0, -1),
    "moveaxis": lambda x: np.moveaxis(x, 0, -1),
    "moveaxis of two": lambda x: np.moveaxis(x, (0, 1), (2, 0)),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 2, 3, 4)),
    "expand_dims": lambda x: np.expand_dims(x, (0, 2)),
    "squeeze": lambda x: np.squeeze(x[:, :1]),
    "squeeze axis": lambda x: np.squeeze(x[:, :1], axis=1),
    "concatenate": lambda x: np.concatenate([x, 2 * x, np.ones((2, 1, 4))], axis=1),
    "stack": lambda x: np.stack([x, x + 1], axis=-1),
    "split": lambda x: np.split(x, 2, axis=2)[1],
    "split at": lambda x: np.split(x, [1, 3], axis=2)[1],
    "flip": np.flip,
    "flip axis": lambda x: np.flip(x, (0, 2)),
    "pad": lambda x: np.pad(x, ((0, 0), (1, 2), (3, 0))),
    "pad constant": lambda x: np.pad(x, 1, constant_values=2.5),
    "pad reflect": lambda x: np.pad(x, ((0, 0), (1, 2), (0, 3)), mode="reflect"),
    "pad edge": lambda x: np.pad(x, ((0, 0), (1, 2), (0, 3)), mode="edge"),
    "pad wrap": lambda x: np.pad(x, ((0, 0), (1, 2), (0, 3)), mode="wrap"),
    "where": lambda x: np.where(x > 0.5, x, 0.0),
    "where of arrays": lambda x: np.where(x > V, x, V),
    "clip": lambda x: np.clip(x, 0.3, 0.7),
    "clip low": lambda x: np.clip(x, 0.3, None),
    "take": lambda x: np.take(x, np.array([2, 0, 2]), axis=1),
    "take of a matrix": lambda x: np.take(x, np.array([[2, 0], [1, -1]]), axis=1),
    "take_along_axis": lambda x: np.take_along_axis(x, np.array([[[1], [0], [3]]] * 2), axis=2),
    "einsum": lambda x: np.einsum("abc,c->ab", x, V),
    "einsum implicit": lambda x: np.einsum("abc,cd", x, SQUARE),
    "einsum of a trace": lambda x: np.einsum("ii", SQUARE * x[0, 0, 0]),
    "matmul": lambda x: x @ SQUARE,
    "matmul on the right": lambda x: np.ones((2, 3)) @ x,
    "matmul of a vector": lambda x: x @ V,
    "matmul broadcast": lambda x: np.ones((5, 1, 2, 3)) @ x,
    "dot": lambda x: np.dot(x[0], V),
    "inner": lambda x: np.inner(x[0], x[1]),
    "outer": lambda x: np.outer(x[0, 0], x[1, 1, :2]),
    "vdot": lambda x: np.vdot(x[0], x[1]),
    "tensordot": lambda x: np.tensordot(x, M, axes=([1, 2], [0, 1])),
    "tensordot 1": lambda x: np.tensordot(x, SQUARE, axes=1),
    "zeros_like": lambda x: x + np.zeros_like(x),
    "ones_like": lambda x: x + np.ones_like(x),
    "shape and size": lambda x: x * np.size(x) + np.ndim(x) + np.shape(x)[1],
    "square": np.square,
    "combined comparisons": lambda x: (x > 0.3) & (x < 0.6) | ~(x > 0.2),
    "isnan": lambda x: np.isnan(np.where(x > 0.5, x, np.nan)),
    "round": np.round,
    "take without an axis": lambda x: np.take(x, np.array([5, 0, -1])),
    "argmax of all": np.argmax,
    "clip by name": lambda x: np.clip(x, a_min=0.3, a_max=0.6),
    "reshape by name": lambda x: np.reshape(x, shape=(4, 6)),
    "pad by name": lambda x: np.pad(x, pad_width=1, mode="edge"),
    "einsum optimised": lambda x: np.einsum("abc,c->ab", x, V, optimize=True),
    "flip of a NumPy integer": lambda x: np.flip(x, np.int64(1)),
}
METHOD_CALLS = {
    "sum": lambda x: x.sum(axis=0),
    "mean": lambda x: x.mean(axis=(0, 1), keepdims=True),
    "max": lambda x: x.max(),
    "min": lambda x: x.min(axis=1),
    "var": lambda x: x.var(axis=1, ddof=1),
    "std": lambda x: x.std(),
    "argmax": lambda x: x.argmax(axis=2),
    "reshape": lambda x: x.reshape(6, 4),
    "reshape of a tuple": lambda x: x.reshape((6, -1)),
    "ravel": lambda x: x.ravel(),
    "flatten": lambda x: x.flatten(),
    "transpose": lambda x: x.transpose(),
    "transpose axes": lambda x: x.transpose(1, 0, 2),
    "transpose of a tuple": lambda x: x.transpose((1, 0, 2)),
    "T": lambda x: x.T,
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "squeeze": lambda x: x[:, :1].squeeze(1),
    "clip": lambda x: x.clip(0.3, 0.6),
    "take": lambda x: x.take(np.array([1, 0]), axis=2),
    "dot": lambda x: x[0].dot(V),
    "copy": lambda x: x.copy(),
    "astype": lambda x: x.astype(np.float64),
    "astype of a comparison": lambda x: (x > 0.5).astype(float),
    "len": lambda x: x * len(x),
    "ndim, size, shape": lambda x: x * x.ndim + x.size + x.shape[-1],
    "iteration": lambda x: sum(row * k for k, row in enumerate(x)),
    "unpacking": lambda x: (lambda a, b: a - b)(*x),
}


def through_the_graph(function, *args):
    graph = trace(function, *args).graph
    (value,) = run(graph, args)
    return value


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda f: f.__name__)
def test_a_ufunc_of_one_argument_is_numpys(ufunc):
    value = through_the_graph(ufunc, A)
    np.testing.assert_allclose(value, ufunc(A), rtol=1e-14)
    assert value.dtype == ufunc(A).dtype


@pytest.mark.parametrize("ufunc", BINARY, ids=lambda f: f.__name__)
def test_a_ufunc_of_two_arguments_broadcasts_as_numpys(ufunc):
    for other in (V, M, np.full((2, 1, 1), 0.5), A):
        np.testing.assert_allclose(through_the_graph(ufunc, A, other), ufunc(A, other), rtol=1e-14)
    np.testing.assert_allclose(through_the_graph(lambda x: ufunc(x, 0.5), A), ufunc(A, 0.5), rtol=1e-14)
    np.testing.assert_allclose(through_the_graph(lambda x: ufunc(0.5, x), A), ufunc(0.5, A), rtol=1e-14)


@pytest.mark.parametrize("name", UNARY_CALLS)
def test_numpys_functions_are_traced(name):
    function = UNARY_CALLS[name]
    expected = function(A)
    value = through_the_graph(function, A)
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    assert value.shape == np.shape(expected)


@pytest.mark.parametrize("name", METHOD_CALLS)
def test_the_methods_of_arrays_are_traced(name):
    np.testing.assert_allclose(through_the_graph(METHOD_CALLS[name], A), METHOD_CALLS[name](A), rtol=1e-13)


def test_a_users_numpy_code_runs_as_it_stands():
    def normalise(x, *, eps=1e-5):
        centred = x - x.mean(axis=0)
        return centred / np.sqrt((centred**2).mean(axis=0) + eps)

    np.testing.assert_allclose(through_the_graph(normalise, A), normalise(A), rtol=1e-13)


def test_integers_and_bools_keep_their_kind():
    graph = trace(lambda x, k, c: (x, k + 1, np.where(c, x, 0.0), k > 0), V, np.arange(4), V > 0.5).graph
    assert [n.kind for n in graph.outputs] == ["float", "int", "float", "bool"]
    values = run(graph, [V, np.arange(4), V > 0.5])
    assert [v.dtype.kind for v in values] == ["f", "i", "f", "b"]


# What cannot be traced


def assign(x):
    x[0] = 1.0
    return x


REFUSED = {
    "assignment to a part": (assign, r"cannot be changed in place\n.*\n  fix:  np.where"),
    "an array changed in place": (
        lambda x: operator.iadd(np.zeros(A.shape), x),
        "fix:  y = y \\+ x instead of y \\+= x",
    ),
    "out=": (lambda x: np.exp(x, out=np.zeros(A.shape)), r"np.exp: an array cannot hold a traced value\n  got:  out="),
    "out= of a reduction": (
        lambda x: np.sum(x, 0, None, np.zeros((3, 4))),
        "np.sum: an array cannot hold a traced value",
    ),
    "column-major order": (lambda x: np.reshape(x, (4, 6), order="F"), "only row-major order"),
    "ravel in column-major order": (lambda x: x.ravel("F"), "only row-major order"),
    "bits of integers": (lambda x: np.argmax(x, axis=0) & 1, "np.bitwise_and of numbers is not traced"),
    "where with a condition alone": (lambda x: np.where(x > 1), "np.where: these arguments are not traced"),
    "an unknown argument of a method": (lambda x: x.var(0, mean=0), "x.var: these arguments are not traced"),
    "too many arguments of a method": (lambda x: x.copy("C"), "x.copy: these arguments are not traced"),
    "a sum over a list": (lambda x: np.sum([x[0], x[1]]), r"np.stack\(\[…\]\) instead of np.array"),
    "rounding to digits": (lambda x: np.round(x, 2), "only to whole numbers"),
    "a border of two values": (lambda x: np.pad(x, 1, constant_values=(0, 1)), "one value for all borders"),
    "a branch": (lambda x: x if x.sum() > 0 else -x, "a truth value is needed .*\n.*\n  fix:  np.where"),
    "a loop condition": (lambda x: any(v > 0 for v in x), "a truth value"),
    "float": (lambda x: float(x[0, 0, 0]), "a number is needed"),
    "int": (lambda x: int(x[0, 0, 0]), "an integer is needed"),
    "an index into a list": (lambda x: [1, 2][x[0, 0, 0]], "an index is needed"),
    "np.asarray": (np.asarray, "an array is needed"),
    "np.array": (np.array, "an array is needed"),
    "np.fft": (lambda x: np.fft.fft(x), "np.fft.fft cannot be traced\n  fix:  write it with functions that are traced"),
    "np.linalg": (
        lambda x: np.linalg.inv(x),
        "np.linalg.inv cannot be traced\n  fix:  compute it outside the function",
    ),
    "np.sort": (lambda x: np.sort(x), "np.sort cannot be traced\n  fix:  an order known outside"),
    "a ufunc without a counterpart": (lambda x: np.copysign(x, x), r"np.copysign cannot be traced\n.*such as np.sign"),
    "accumulate": (lambda x: np.multiply.accumulate(x), "np.multiply.accumulate cannot be traced"),
    "an option of a ufunc": (lambda x: np.add(x, 1, where=np.ones(4, bool)), "options are not traced"),
    "astype to integers": (lambda x: x.astype(int), "astype: not traced"),
    "a mode of pad": (lambda x: np.pad(x, 1, mode="mean"), "this mode is not traced"),
    "a string": (lambda x: x + "a", "not an array of numbers"),
    "ndarray.dot": (lambda x: np.ones((2, 2)).dot(x), "C @ x instead of C.dot"),
    "an entry of an array": (lambda x: operator.setitem(np.zeros(4), 0, x[0, 0, 0]), "np.where instead of C"),
    "a part of an array": (lambda x: operator.setitem(np.zeros((2, 4)), 0, x[0, 0]), "np.where instead of C"),
    "the truth of a maximum": (lambda x: max(x[0, 0, 0], 1.0), "np.maximum and np.minimum instead of max and min"),
    "a mask that is not known": (lambda x: x[x > 0.5], r"a traced mask cannot select entries.*\n.*\n  fix:  np.where"),
    "item": (lambda x: x.item(), r"no attribute 'item'\n.*\n  fix:  NumPy's functions instead of math's"),
    "tolist": (lambda x: x.tolist(), r"no attribute 'tolist'\n.*\n  fix:  iterate over it"),
    "a key": (lambda x: {x: 1}, "a key is needed from a traced value"),
    "a formatted number": (lambda x: f"{x:.2f}", r"text is needed from a traced value\n.*\n  fix:  return it"),
    "rounding to digits with round": (lambda x: round(x, 2), "only to whole numbers"),
    "a norm of singular values": (lambda x: np.linalg.norm(x[0], 2), "this norm is not traced"),
    "a product of integers' bits": (lambda x: np.count_nonzero(x) ^ 1, "np.bitwise_xor of numbers is not traced"),
    "len of a number": (lambda x: len(x.sum()), "at least one axis"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_traced_is_explained(name):
    function, complaint = REFUSED[name]
    with pytest.raises(TracingError, match=complaint):
        trace(function, A)


def test_an_unknown_attribute_names_the_nearest_ones():
    with pytest.raises(AttributeError, match=r"no attribute 'reshap'\n  need: reshape"):
        trace(lambda x: x.reshap(3), A)
    assert trace(lambda x: x * hasattr(x, "detach"), A)


@pytest.mark.parametrize(
    ("function", "error", "complaint"),
    [
        (lambda x: x + np.ones(3), ShapeError, "shapes do not broadcast"),
        (lambda x: x @ np.ones(3), ShapeError, "inner sizes differ"),
        (lambda x: x[5], ShapeError, "outside the axis"),
        (lambda x: x[0, 0, 0, 0], ShapeError, "too many indices"),
        (lambda x: x[np.array([0, 7])], ShapeError, "outside the axis"),
        (lambda x: x[np.array([0.5, 1.0])], ArgumentError, "indices must be integers"),
        (lambda x: x[np.array([True, False, True])], ShapeError, "a mask has the shape of the axes"),
        (lambda x: x[True], ArgumentError, "a truth value is no index"),
        (lambda x: x[[0, 1], [0, 1, 2]], ShapeError, "index arrays differ in shape"),
        (lambda x: x[[[0, 1], [0]]], ShapeError, "parts of different shapes"),
        (lambda x: x[..., ...], ShapeError, "too many indices"),
        (lambda x: x[::0], ArgumentError, r"bounds and step are whole numbers\n  got:  x\[::0\]"),
        (lambda x: x[:1.5], ArgumentError, r"got:  x\[:1.5:\]"),
        (lambda x: np.add(x, [[1.0, 2.0], [3.0]]), ShapeError, "parts of different shapes"),
        (lambda x: np.einsum("...a->a", x), ArgumentError, "... in both"),
        (lambda x: np.array_split(x, 0), ArgumentError, "sections must be positive"),
        (lambda x: np.repeat(x, [1, 2], axis=1), ArgumentError, "repeats do not fit"),
        (lambda x: np.average(x, axis=1, weights=[1, 2]), ArgumentError, "weights do not fit"),
        (lambda x: np.max(x, where=A > 0.5), ArgumentError, "np.max: where= alone"),
        (lambda x: np.diag(x), ShapeError, "needs 1 or 2 axes"),
        (lambda x: np.lib.stride_tricks.sliding_window_view(x, 9, 0), ShapeError, "larger than the array"),
        (lambda x: x["a"], ArgumentError, "cannot index with str"),
        (lambda x: x.reshape(5, 5), ShapeError, "does not hold"),
        (lambda x: np.sum(x, axis=3), ArgumentError, "no such axis"),
        (lambda x: np.einsum("ab,b->a", x, V), ShapeError, "one subscript per axis"),
        (lambda x: np.split(x, 3, axis=2), TracingError, "must divide"),
    ],
)
def test_mistakes_in_shapes_are_explained_while_tracing(function, error, complaint):
    with pytest.raises(error, match=complaint):
        trace(function, A)


def test_a_mistake_names_the_layer_it_was_made_in():
    with pytest.raises(ShapeError, match=r"at: +layer 2 'conv2'"), place("layer 2 'conv2'"):
        trace(lambda x: conv2d(x, np.zeros((1, 1, 9, 9))), np.zeros((1, 1, 4, 4)))
