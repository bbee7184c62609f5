"""Running a network on many images, in evaluation mode: each batch shape is traced once and run by an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from pullback import tree
from pullback.autodiff import Tracing, trace
from pullback.compile.precision import Precision
from pullback.engines import DEFAULT_ENGINE, StepFunction, engine_named
from pullback.errors import ArgumentError, DataError, ShapeError, message
from pullback.nn.calls import functional_call
from pullback.nn.state import own_dtype
from pullback.ops.apply import is_whole, shape_of

if TYPE_CHECKING:
    from pullback.nn.module import Module

Array = NDArray[Any]


def trace_network(net: Module, shape: tuple[int, ...]) -> Tracing:
    """Trace a network in evaluation mode: parameters and buffers are inputs of the graph, then the images."""
    state = net.parameters | net.buffers
    images = np.broadcast_to(np.float32(0), shape)
    return trace(lambda s, x: functional_call(net, s, x)[0], state, images, names=[*state, "images"])


class Predictor:
    """A network made ready for batches of any length, in one precision, by one engine.

    state   arrays by name, in the place of the network's own
    engine  None: the default one, but the reference for complex numbers
    """

    def __init__(
        self,
        net: Module,
        dtype: DTypeLike | None,
        state: Mapping[str, Array] | None = None,
        *,
        engine: str | None = None,
        precision: Precision = "fast",
        owner: str = "predict",
    ) -> None:
        self.net, self.dtype = net, as_precision(net, dtype)
        self.engine = engine_named(self._suitable(engine, owner), owner, precision)
        self.traced: dict[tuple[int, ...], tuple[Tracing, StepFunction]] = {}
        self.take(net.parameters | net.buffers if state is None else state)

    def take(self, state: Mapping[str, Array]) -> None:
        """Go on with other arrays."""
        self.state = [state[k] for k in self.net.parameters | self.net.buffers]

    def __call__(self, batch: Array) -> Any:
        """The outputs for one batch, nested as `forward` returns them."""
        if batch.shape not in self.traced:
            tracing = trace_network(self.net, batch.shape)
            self.traced[batch.shape] = tracing, self.engine.step_function(tracing.graph, str(self.dtype))
        tracing, function = self.traced[batch.shape]
        return tree.fill(tracing.result, iter(function([*self.state, batch])))

    def _suitable(self, engine: str | None, owner: str) -> str:
        """The engine for this precision.

        Raises: ArgumentError
        """
        if self.dtype.kind != "c":
            return DEFAULT_ENGINE if engine is None else engine
        if engine not in (None, "reference"):
            got, need = f"engine={engine!r}, dtype {self.dtype}", "float32 or float64"
            raise ArgumentError(
                message(f"{owner}: complex numbers are not compiled", got=got, need=need, fix="engine='reference'")
            )
        return "reference"


def as_precision(net: Module, dtype: DTypeLike | None) -> np.dtype[Any]:
    """The precision to compute in: the network's own where none is asked for.

    Raises: ArgumentError
    """
    if dtype is None:
        return own_dtype(net)
    try:
        wanted = np.dtype(dtype)
    except TypeError:
        wanted = np.dtype(object)
    if wanted not in (np.float32, np.float64, np.complex128):
        raise ArgumentError(message("not a precision to compute in", got=f"dtype={dtype!r}", need="float32 or float64"))
    return wanted


def predict(
    net: Module,
    images: ArrayLike,
    batch_size: int,
    dtype: DTypeLike | None,
    engine: str | None = None,
    precision: Precision = "fast",
) -> Any:
    """See `Module.predict`."""
    return predicted(Predictor(net, dtype, engine=engine, precision=precision), images, batch_size)


def predicted(predictor: Predictor, images: ArrayLike, batch_size: int) -> Any:
    """The outputs for images, computed batch by batch."""
    x = _as_images(images, predictor.dtype)
    parts = [predictor(x[k]) for k in _batches(len(x), batch_size)] or [predictor(x)]
    for part, k in zip(parts, _batches(len(x), batch_size), strict=False):
        if any(shape_of(y)[:1] != (len(x[k]),) for y in tree.leaves(part)):
            shapes = ", ".join(str(shape_of(y)) for y in tree.leaves(part))
            got = f"{shapes} for {len(x[k])} images"
            raise ShapeError(message("predict: an output that is not one per image", got=got, fix="call the network"))
    columns = zip(*map(tree.leaves, parts), strict=True)
    return tree.fill(parts[0], (np.concatenate(column) for column in columns))


def evaluate(
    net: Module,
    dataset: Any,
    loss: Callable[..., Any],
    batch_size: int,
    metrics: Mapping[str, Callable[[Array, Array], Any]],
    dtype: DTypeLike | None = None,
    engine: str | None = None,
    precision: Precision = "fast",
) -> dict[str, float]:
    """See `Module.evaluate`."""
    predictor = Predictor(net, dtype, engine=engine, precision=precision, owner="evaluate")
    return evaluated(predictor, dataset, loss, batch_size, metrics)


def evaluated(
    predictor: Predictor,
    dataset: Any,
    loss: Callable[..., Any],
    batch_size: int,
    metrics: Mapping[str, Callable[[Array, Array], Any]],
) -> dict[str, float]:
    """The means over batches, weighted by their length."""
    batch, count = _as_dataset(dataset, predictor.dtype)
    if count == 0:
        raise DataError(message("evaluate: no images", got="an empty data set", need="at least one image"))
    totals: dict[str, float] = {}
    for k in _batches(count, batch_size):
        images, labels = batch(np.arange(count)[k])
        outputs = predictor(np.asarray(images, predictor.dtype))
        values = {"loss": loss(outputs, labels)} | _accuracy(outputs, labels)
        values |= {name: metric(outputs, labels) for name, metric in metrics.items()}
        for name, value in values.items():
            totals[name] = totals.get(name, 0.0) + float(value) * len(labels)
    return {name: total / count for name, total in totals.items()}


def _accuracy(outputs: Any, labels: Array) -> dict[str, float]:
    """The share of labels that name the largest output, where labels are classes: one for each row of (N,K,…)."""
    y, t = np.shape(outputs), np.shape(labels)
    classes = np.issubdtype(np.asarray(labels).dtype, np.integer) and len(y) >= 2 and t == (y[0], *y[2:])
    return {"accuracy": float(np.mean(np.argmax(outputs, axis=1) == labels))} if classes else {}


def _as_images(images: ArrayLike, dtype: DTypeLike) -> Array:
    try:
        x = np.asarray(images, dtype)
    except (TypeError, ValueError) as error:
        got = f"{type(images).__name__}: {error}"
        raise ShapeError(message("predict: images are not one array of numbers", got=got, need="(N,…)")) from error
    if x.ndim == 0:
        raise ShapeError(message("predict: a number is not a batch of images", got="shape ()", need="(N,…)"))
    return x


def _as_dataset(dataset: Any, dtype: np.dtype[Any]) -> tuple[Callable[[Array], tuple[Array, Array]], int]:
    """How to get a batch by indices, and how many images there are."""
    if hasattr(dataset, "batch"):
        return (dataset.batch if dtype == np.float32 else partial(dataset.batch, dtype=dtype)), len(dataset)
    if not isinstance(dataset, (tuple, list)) or len(dataset) != 2:
        need = "a data set with batch(indices), or a pair (images, labels)"
        raise DataError(message("evaluate: not a data set", got=type(dataset).__name__, need=need))
    images, labels = (np.asarray(part) for part in dataset)
    if images.ndim == 0 or labels.shape[:1] != images.shape[:1]:
        got = f"images {images.shape}, labels {labels.shape}"
        raise DataError(message("evaluate: one label per image", got=got, need="equal lengths"))
    return lambda k: (images[k], labels[k]), len(images)


def _batches(count: int, batch_size: int) -> Iterator[slice]:
    if not is_whole(batch_size, 1):
        raise ArgumentError(
            message("batch_size does not fit", got=f"batch_size={batch_size!r}", need="an integer >= 1")
        )
    return (slice(k, k + batch_size) for k in range(0, count, batch_size))
