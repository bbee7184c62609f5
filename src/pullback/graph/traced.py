"""The value that records: it stands for a node while a function runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from pullback.errors import TracingError, message
from pullback.formula import Formula
from pullback.graph.nodes import Array, Constant, Node, kind_of_array
from pullback.graph.places import current_scope
from pullback.ops import numpy_table
from pullback.ops.apply import as_array

_DTYPES = {"float": np.dtype(np.float64), "int": np.dtype(np.int64), "bool": np.dtype(np.bool_)}
_PROPERTIES = ("T", "dtype", "mT", "ndim", "shape", "size")
_CURES = {
    "a truth value": "np.where(condition, a, b) instead of if; np.maximum and np.minimum instead of max and min",
    "a number": "NumPy's functions instead of math's; np.stack([…]) or np.where instead of C[k] = x; to print it, "
    "return it beside the result",
    "an integer": "x.shape and len(x) are known integers; np.floor and np.rint keep a traced value traced",
    "an index": "x[k] with a traced k where x is an array, not a list",
    "an array": "x itself instead of np.asarray(x), C @ x instead of C.dot(x), np.stack([…]) instead of np.array([…]) "
    "around a list, np.where instead of C[k] = x",
    "a key": "a name or a position as the key: whether two values are equal is not known while tracing",
    "text": "return it beside the result, and print it there",
}
_ATTRIBUTE_CURES = {
    "item": _CURES["a number"],
    "tolist": "iterate over it, or index it: its parts are traced too",
    "flat": "x.ravel()[k]",
    "real": "x itself: values are real while tracing",
    "sort": "np.take_along_axis by an order that is an argument or a constant",
}


class NoSuchAttributeError(TracingError, AttributeError):
    """An attribute of arrays that traced values lack."""


class Traced(NDArrayOperatorsMixin):
    """A value of a function being traced: it has a shape, and every NumPy operation on it records a node.

    Values do not change: y += x gives y another value, and what y was before stays as it is.
    """

    __slots__ = ("node", "recordings")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.recordings = tuple(r for r in node.recordings if r.open)

    @classmethod
    def __pullback_apply__(cls, formula: Formula, values: Sequence[Any], name: str) -> Traced:
        inputs = tuple(as_node(v) for v in values)
        if getattr(formula, "is_identity", False):
            return cls(inputs[0])
        return cls(Node(formula, inputs, name, current_scope()))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape."""
        return self.node.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return int(np.prod(self.shape))

    @property
    def kind(self) -> str:
        """float, int or bool."""
        return self.node.kind

    @property
    def dtype(self) -> np.dtype[Any]:
        """float64, int64 or bool; in which precision floats are computed is decided when the graph runs."""
        return _DTYPES[self.kind]

    @property
    def T(self) -> Traced:  # noqa: N802  (NumPy's name)
        """The transpose."""
        return numpy_table.METHODS["transpose"](self)  # type: ignore[no-any-return]

    @property
    def mT(self) -> Traced:  # noqa: N802  (NumPy's name)
        """The transpose of the last two axes."""
        return numpy_table.METHODS["swapaxes"](self, -1, -2)  # type: ignore[no-any-return]

    def __len__(self) -> int:
        if not self.shape:
            raise TracingError(message("len() of a traced number", need="at least one axis"))
        return self.shape[0]

    def __iter__(self) -> Iterator[Traced]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, key: Any) -> Traced:
        return numpy_table.getitem(self, key)  # type: ignore[no-any-return]

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TracingError(
            message(
                "a traced value cannot be changed in place",
                got=f"x[{key!r}] = …",
                fix="np.where, np.concatenate or np.stack make a new value",
            )
        )

    # The mixin's y += x writes into y; a traced y is given a new value instead.
    __iadd__ = NDArrayOperatorsMixin.__add__
    __isub__ = NDArrayOperatorsMixin.__sub__
    __imul__ = NDArrayOperatorsMixin.__mul__
    __itruediv__ = NDArrayOperatorsMixin.__truediv__
    __ifloordiv__ = NDArrayOperatorsMixin.__floordiv__
    __imod__ = NDArrayOperatorsMixin.__mod__
    __ipow__ = NDArrayOperatorsMixin.__pow__
    __imatmul__ = NDArrayOperatorsMixin.__matmul__
    __iand__ = NDArrayOperatorsMixin.__and__
    __ior__ = NDArrayOperatorsMixin.__or__
    __ixor__ = NDArrayOperatorsMixin.__xor__
    __ilshift__ = NDArrayOperatorsMixin.__lshift__
    __irshift__ = NDArrayOperatorsMixin.__rshift__

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return numpy_table.call_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        del types
        return numpy_table.call_function(function, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in numpy_table.METHODS:
            known = [*numpy_table.METHODS, *_PROPERTIES]
            near = ", ".join(get_close_matches(name, known, n=3)) or "shape, reshape, sum, and other methods of arrays"
            fix = _ATTRIBUTE_CURES.get(name, "")
            raise NoSuchAttributeError(message(f"a traced value has no attribute {name!r}", need=near, fix=fix))
        return lambda *args, **kwargs: numpy_table.call_method(name, self, args, kwargs)

    def __round__(self, digits: int | None = None) -> Traced:
        return numpy_table.METHODS["round"](self, digits or 0)  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        raise self._unknown("a truth value")

    def __float__(self) -> float:
        raise self._unknown("a number")

    def __int__(self) -> int:
        raise self._unknown("an integer")

    def __index__(self) -> int:
        raise self._unknown("an index")

    def __array__(self, *args: Any, **kwargs: Any) -> Array:
        raise self._unknown("an array")

    def __hash__(self) -> int:
        raise self._unknown("a key")

    def __format__(self, spec: str) -> str:
        if spec:
            raise self._unknown("text")
        return repr(self)

    def check_open(self) -> None:
        """Refuse a value that was kept after its function had returned.

        Raises: TracingError
        """
        if not all(r.open for r in self.recordings):
            raise TracingError(
                message(
                    "a value from a trace that has ended",
                    got=self._origin,
                    need="values of the call that is being traced",
                    fix="return it from the function, instead of keeping it: pb.vjp takes nested results",
                )
            )

    @property
    def _origin(self) -> str:
        what = "an argument" if self.node.name in ("", "input") else f"the result of {self.node.name}"
        return f"{what}, shape {self.shape}"

    def _unknown(self, what: str) -> TracingError:
        self.check_open()
        title = f"{what} is needed from a traced value"
        return TracingError(message(title, got=f"{self._origin}, not known while tracing", fix=_CURES[what]))

    def __repr__(self) -> str:
        return f"Traced({self.node.name or 'input'}, shape={self.shape}, {self.kind})"


def as_node(value: Any) -> Node:
    """The node of a traced value; an array becomes a constant, as it is now.

    Raises: TracingError, for a value from a trace that has ended
    """
    if isinstance(value, Traced):
        value.check_open()
        return value.node
    array = as_array(value)
    kind_of_array(array)
    if array.flags.writeable or not array.flags.owndata:
        # A copy: the caller may write into the array, or into what it is a view of, before the graph runs.
        array = array.copy()
        array.setflags(write=False)
    return Node(Constant(array))


def kind_of(value: Any) -> str:
    """float, int or bool: what an array, a number or a traced value holds.

    Raises: TracingError
    """
    return value.node.kind if isinstance(value, Traced) else kind_of_array(as_array(value))
