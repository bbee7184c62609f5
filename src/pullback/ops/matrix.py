"""Products of matrices: linear layers, matmul, einsum, and the locally connected layer."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

import numpy as np

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import Affine, Ref, Sum, letters
from pullback.ops.apply import Value, apply, check_rank, named, ref, shape_of
from pullback.ops.bias import add_bias
from pullback.ops.registry import bad, operator, sample
from pullback.ops.shape import reshape, squeeze
from pullback.ops.windows import OUT, POSITION, TAP, Padding, Sizes, axis_letters, size_names, sliding_windows


@operator(
    samples=[
        sample({"x": (2, 3), "w": (4, 3), "bias": (4,)}),
        sample({"x": (3,), "w": (2, 3)}),
        sample({"x": (2, 2, 3), "w": (1, 3), "bias": (1,)}),
        sample({"x": (0, 3), "w": (4, 3)}),
    ],
    bad=[
        bad("features do not match", {"x": (2, 3), "w": (4, 2)}),
        bad("bias does not fit", {"x": (2, 3), "w": (4, 3), "bias": (3,)}),
    ],
    linear=("x+bias", "w+bias"),
    source="PyTorch nn.functional.linear",
    onnx="Gemm",
)
def linear(x: Value, w: Value, bias: Value | None = None) -> Value:
    """Multiply by a matrix: y[n,o] = Σ_i w[o,i] · x[n,i] + b[o].

    Shapes:  x (…,I), w (O,I), bias (O,) -> y (…,O)
    Raises:  ShapeError
    """
    shape, w_shape = shape_of(x), check_rank("linear", "w", w, 2, "O,I")
    if not shape or shape[-1] != w_shape[1]:
        raise ShapeError(
            message("linear: features do not match", got=f"x {shape}, w {w_shape}", need="x.shape[-1] == w.shape[1]")
        )
    rows = reshape(x, (int(np.prod(shape[:-1])), shape[-1]))
    n, o, i = letters("n o i")
    size = (shape_of(rows)[0], w_shape[0])
    f = Sum(
        Ref("y", (n, o), size),
        (Ref("w", (o, i), w_shape), Ref("x", (n, i), shape_of(rows))),
        (("n", size[0]), ("o", size[1]), ("i", shape[-1])),
    )
    return reshape(add_bias(apply(f, w, rows), bias), (*shape[:-1], w_shape[0]))


@operator(
    samples=[
        sample({"a": (2, 3), "b": (3, 4)}),
        sample({"a": (5, 2, 3), "b": (3, 4)}),
        sample({"a": (5, 1, 2, 3), "b": (6, 3, 1)}),
        sample({"a": (3,), "b": (3, 2)}),
        sample({"a": (2, 3), "b": (3,)}),
        sample({"a": (3,), "b": (3,)}),
        sample({"a": (2, 0), "b": (0, 3)}),
    ],
    bad=[
        bad("inner sizes differ", {"a": (2, 3), "b": (2, 3)}),
        bad("do not broadcast", {"a": (2, 2, 3), "b": (3, 3, 1)}),
        bad("a number", {"a": (), "b": (3,)}),
    ],
    linear=("a", "b"),
    source="numpy.matmul",
    onnx="MatMul",
)
def matmul(a: Value, b: Value) -> Value:
    """Multiply matrices, broadcasting the leading axes: y[…,n,o] = Σ_i a[…,n,i] · b[…,i,o].

    A vector on the left is a row, on the right a column, and its axis is dropped again.

    Raises: ShapeError
    """
    s, t = shape_of(a), shape_of(b)
    if not s or not t:
        raise ShapeError(
            message("matmul: a number is not a matrix", got=f"a {s}, b {t}", need="at least one axis each")
        )
    if s[-1] != t[-2 if len(t) > 1 else 0]:
        raise ShapeError(message("matmul: inner sizes differ", got=f"a {s}, b {t}", need="a.shape[-1] == b.shape[-2]"))
    lead_a, lead_b = s[:-2], t[:-2]
    try:
        lead = np.broadcast_shapes(lead_a, lead_b)
    except ValueError:
        raise ShapeError(
            message("matmul: leading axes do not broadcast", got=f"a {s}, b {t}", need="equal sizes, or 1")
        ) from None
    batch = letters(" ".join(f"b{k}" for k in range(len(lead)))) if lead else ()
    n, o, i = letters("n o i")
    rows, columns = ((n,), (s[-2],)) if len(s) > 1 else ((), ()), ((o,), (t[-1],)) if len(t) > 1 else ((), ())

    def leading(own: tuple[int, ...]) -> tuple[Affine, ...]:
        return tuple(
            x if k == m else Affine()
            for x, k, m in zip(batch[len(lead) - len(own) :], own, lead[len(lead) - len(own) :], strict=True)
        )

    first = Ref("a", (*leading(lead_a), *rows[0], i), s)
    second = Ref("b", (*leading(lead_b), i, *columns[0]), t)
    out = Ref("y", (*batch, *rows[0], *columns[0]), (*lead, *rows[1], *columns[1]))
    sizes = {k.letters[0]: m for k, m in zip(out.at, out.shape, strict=True)} | {"i": s[-1]}
    return apply(Sum(out, (first, second), tuple(sizes.items())), a, b)


@operator(
    samples=[
        sample({"a": (2, 3), "b": (3, 4)}, subscripts="ij,jk->ik"),
        sample({"a": (3, 3), "b": (3,)}, subscripts="ii,i->i"),
        sample({"a": (2, 3), "b": (2, 3)}, subscripts="ij,ij->"),
        sample({"a": (2, 3), "b": (4,)}, subscripts="ij,k->kji"),
    ],
    bad=[
        bad("sizes of letter", {"a": (2, 3), "b": (4, 4)}, subscripts="ij,jk->ik"),
        bad("one subscript per axis", {"a": (2, 3), "b": (4,)}, subscripts="ijk,k->i"),
        bad("not understood", {"a": (2,), "b": (2,)}, subscripts="i.,i->i"),
    ],
    linear=("a", "b"),
    source="numpy.einsum",
    onnx="Einsum",
)
def _einsum_two(a: Value, b: Value, subscripts: str = "") -> Value:
    return einsum(subscripts, a, b)


@named
def einsum(subscripts: str, *arrays: Value) -> Value:
    """Sum products over repeated letters, as the subscripts say: "ij,jk->ik"; … stands for axes that broadcast.

    Raises: ArgumentError, ShapeError
    """
    terms, arrow, out = str(subscripts).replace(" ", "").partition("->")
    inputs = terms.split(",")
    plain = (k.replace("...", "", 1) for k in (*inputs, out))
    if len(inputs) != len(arrays) or not all(k.isalpha() or k == "" for k in plain) or _repeats(out):
        raise ArgumentError(
            message(
                "einsum: subscripts not understood", got=f"{subscripts!r} for {len(arrays)} arrays", need='"ij,jk->ik"'
            )
        )
    if not arrow:
        singles = "".join(sorted(k for k in set(terms) if terms.count(k) == 1 and k.isalpha()))
        out = "..." * ("..." in terms) + singles
    if "..." in terms + out:
        inputs, out, arrays = _spelled_out(inputs, out, arrays)
    sizes: dict[str, int] = {}
    for its, x in zip(inputs, arrays, strict=True):
        shape = shape_of(x)
        if len(shape) != len(its):
            raise ShapeError(message("einsum: one subscript per axis", got=f"{its!r} for shape {shape}"))
        for k, n in zip(its, shape, strict=True):
            if sizes.setdefault(k, n) != n:
                raise ShapeError(
                    message(f"einsum: sizes of letter {k} differ", got=f"{sizes[k]} and {n}", need="one size")
                )
    if set(out) - set(sizes):
        raise ArgumentError(
            message("einsum: subscripts not understood", got=f"output letters {out!r}", need="letters of the inputs")
        )
    factors = tuple(ref(f"x{k}", its, shape_of(x)) for k, (its, x) in enumerate(zip(inputs, arrays, strict=True)))
    return apply(Sum(ref("y", out, tuple(sizes[k] for k in out)), factors, tuple(sizes.items())), *arrays)


def _repeats(out: str) -> bool:
    letters = out.replace("...", "")
    return len(set(letters)) < len(letters)


def _spelled_out(inputs: Sequence[str], out: str, arrays: Sequence[Value]) -> tuple[list[str], str, tuple[Value, ...]]:
    """Subscripts with a letter for every axis of …; an axis of size 1 that is repeated is dropped from its array.

    Raises: ArgumentError, ShapeError
    """
    if "..." not in out:
        raise ArgumentError(
            message("einsum: subscripts not understood", got=f"... in an input, output {out!r}", need="... in both")
        )
    free = [k for k in ascii_letters if k not in "".join((*inputs, out))]
    shapes = [shape_of(x) for x in arrays]
    hidden = [
        len(s) - len(its.replace("...", "")) if "..." in its else 0 for its, s in zip(inputs, shapes, strict=True)
    ]
    names = free[: max(hidden)]
    owned, full = [], dict.fromkeys(names, 1)
    for its, shape, count in zip(inputs, shapes, hidden, strict=True):
        if count < 0:
            raise ShapeError(message("einsum: one subscript per axis", got=f"{its!r} for shape {shape}"))
        start = its.find("...")
        owned.append(list(zip(names[len(names) - count :], range(start, start + count), strict=True)))
        full |= {k: max(full[k], shape[j]) if shape[j] else 0 for k, j in owned[-1]}
    spelled, squeezed = [], []
    for its, x, shape, own in zip(inputs, arrays, shapes, owned, strict=True):
        repeated = [(k, j) for k, j in own if shape[j] == 1 != full[k]]
        kept = "".join(k for k, j in own if (k, j) not in repeated)
        spelled.append(its.replace("...", kept))
        squeezed.append(squeeze(x, [j for _, j in repeated]) if repeated else x)
    return spelled, out.replace("...", "".join(names)), tuple(squeezed)


def locally_connected(
    op: str, rank: int, x: Value, w: Value, bias: Value | None, stride: Sizes, padding: Padding, dilation: Sizes
) -> Value:
    """A convolution whose filter differs from position to position (the body of locally_connected1d, 2d and 3d)."""
    axes = size_names(POSITION, rank)
    x_shape = check_rank(op, "x", x, rank + 2, f"N,I,{axes}")
    outs, taps = axis_letters(OUT, rank), axis_letters(TAP, rank)
    w_shape = check_rank(
        op, "w", w, 2 + 2 * rank, ",".join(["O", *(k.upper() for k in outs), "I", *(k.upper() for k in taps)])
    )
    if w_shape[1 + rank] != x_shape[1]:
        raise ShapeError(
            message(
                f"{op}: channels do not match",
                got=f"x {x_shape}, w {w_shape}",
                need=f"x.shape[1] == w.shape[{1 + rank}]",
            )
        )
    windows = sliding_windows(op, x_shape[2:], w_shape[2 + rank :], stride, padding, dilation)
    positions = tuple(a.out for a in windows)
    if w_shape[1 : 1 + rank] != positions:
        raise ShapeError(
            message(
                f"{op}: one filter per output position", got=f"filters for {w_shape[1 : 1 + rank]}", need=f"{positions}"
            )
        )
    n, o, i = letters("n o i")
    ps, rs = letters(" ".join(outs)), letters(" ".join(taps))
    reads = tuple(a.reads(p, r) for a, p, r in zip(windows, ps, rs, strict=True))
    f = Sum(
        Ref("y", (n, o, *ps), (x_shape[0], w_shape[0], *positions)),
        (Ref("w", (o, *ps, i, *rs), w_shape), Ref("x", (n, i, *reads), x_shape)),
        (
            ("n", x_shape[0]),
            ("o", w_shape[0]),
            ("i", x_shape[1]),
            *zip(outs, positions, strict=True),
            *zip(taps, w_shape[2 + rank :], strict=True),
        ),
    )
    return add_bias(apply(f, w, x), bias)


def dot(a: Value, b: Value) -> Value:
    """NumPy's dot for vectors and matrices.

    Raises: ArgumentError
    """
    if max(len(shape_of(a)), len(shape_of(b))) > 2:
        raise ArgumentError(
            message("dot: for vectors and matrices", got=f"{shape_of(a)}, {shape_of(b)}", fix="np.matmul or np.einsum")
        )
    return a * b if not shape_of(a) or not shape_of(b) else matmul(a, b)


def outer(a: Value, b: Value) -> Value:
    """The products of all pairs: y[i,j] = a[i] · b[j]."""
    return einsum("i,j->ij", reshape(a, -1), reshape(b, -1))


def tensordot(a: Value, b: Value, axes: int | Sequence[Sequence[int] | int] = 2) -> Value:
    """NumPy's tensordot."""
    ra, rb = len(shape_of(a)), len(shape_of(b))
    pairs = (range(ra - axes, ra), range(axes)) if isinstance(axes, int) else axes
    left, right = ([k] if isinstance(k, int) else list(k) for k in pairs)
    names = [chr(97 + k) for k in range(ra + rb)]
    first, second = names[:ra], names[ra:]
    for p, q in zip(left, right, strict=True):
        second[q] = first[p]
    shared = {first[p] for p in left}
    out = [k for k in (*first, *second) if k not in shared]
    return einsum(f"{''.join(first)},{''.join(second)}->{''.join(out)}", a, b)
