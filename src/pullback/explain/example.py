"""Worked examples from a file: input, layers or a function, loss or cotangents, and the question, in TOML."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from pullback import nn
from pullback.errors import ArgumentError, DataError, message, place
from pullback.explain.expression import Expression
from pullback.explain.fields import Fields, array, numbers
from pullback.explain.names import closest
from pullback.explain.solution import Solution
from pullback.explain.tracing import Trace, trace
from pullback.ops import load_all
from pullback.ops.reduce import sum as total
from pullback.ops.registry import REGISTRY

LOSSES = (
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "huber_loss",
    "l1_loss",
    "mse_loss",
    "nll_loss",
    "smooth_l1_loss",
)
LABELS = ("cross_entropy", "nll_loss")

KEYS = ("title", "description", "explain", "training", "input", "layer", "function", "loss", "cotangent")
CONTAINERS = ("Sequential", "ModuleList", "ModuleDict", "Module")


@dataclass(frozen=True, eq=False)
class Example:
    """A worked example: a question, and what is needed to answer it.

    function    the network, or the function
    inputs      its arguments
    targets, loss  what the backward pass starts with, or
    cotangent   by name, the cotangents that it starts with, as the file gives them
    answers     the entries that answer the question: (name, index, of)
    """

    path: Path
    title: str
    description: str
    function: nn.Module | Expression
    inputs: tuple[Any, ...]
    targets: Any
    loss: Callable[..., Any] | None
    cotangent: Mapping[str, Any] | None
    training: bool
    answers: tuple[tuple[str, tuple[int, ...], str | None], ...]

    def trace(self) -> Trace:
        """Run it forward and backward.

        Raises: PullbackError, which names the file
        """
        with place(str(self.path)):
            given: dict[str, Any] = {"training": self.training}
            if self.cotangent is None:
                return trace(self.function, self.inputs, self.targets, loss=self.loss, **given)
            forward = trace(self.function, self.inputs, loss=lambda output: total(output), **given)
            known = {name: node.shape for name, node in forward.names.values.items() if name != "loss"}
            return trace(self.function, self.inputs, cotangent=self._cotangents(known), **given)

    def _cotangents(self, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
        found = {}
        for name, spec in (self.cotangent or {}).items():
            at = f"{self.path}, [cotangent] {name}"
            if name not in shapes:
                raise ArgumentError(message("example: no such name", got=name, need=closest(name, list(shapes)), at=at))
            found[name] = array(spec, at, shapes[name])
        return found

    def solution(self) -> Solution:
        """The full solution.

        Raises: PullbackError, which names the file
        """
        return Solution(self.trace(), self.title, self.description, self.answers)


def load_example(path: str | PathLike[str]) -> Example:
    """Read a worked example from a TOML file. docs/explain.md describes the format.

    Raises: DataError, ArgumentError, ShapeError; each names the file and the place in it
    """
    path = Path(path)
    fields = Fields(_read(path), str(path))
    title, description = fields.need("title", str), fields.take("description", str, "")
    if ("layer" in fields) == ("function" in fields):
        raise ArgumentError(message("example: what is computed?", need="[[layer]] or [function]", at=str(path)))
    if "loss" in fields and "cotangent" in fields:
        raise ArgumentError(
            message("example: a loss and a cotangent", need="one: both start the backward pass", at=str(path))
        )
    answers = tuple(_answer(spec, f"{path}, explain") for spec in fields.take("explain", list, []))
    training = fields.take("training", bool, default=False)
    function, inputs = _computed(fields)
    targets, loss = _loss(fields)
    cotangent = fields.take("cotangent", dict)
    fields.done(KEYS)
    return Example(path, title, description, function, inputs, targets, loss, cotangent, training, answers)


def parse_entry(text: str) -> tuple[str, tuple[int, ...]]:
    """Split "conv1.weight:0,0,1,0" into name and index; a number has no index.

    Raises: ArgumentError

    >>> parse_entry("conv1.weight:0,0,1,0"), parse_entry("loss")
    (('conv1.weight', (0, 0, 1, 0)), ('loss', ()))
    """
    name, _, at = text.partition(":")
    try:
        return name.strip(), tuple(int(k) for k in at.split(",")) if at.strip() else ()
    except ValueError as error:
        need = "NAME:INDEX, such as conv1.weight:0,0,1,0"
        raise ArgumentError(message("entry: not a name and an index", got=repr(text), need=need)) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        fix = "the path of a TOML file" if path.suffix != ".toml" else ""
        raise DataError(message("example: cannot read the file", got=f"{path}: {error.strerror}", fix=fix)) from error
    except UnicodeDecodeError as error:
        raise DataError(message("example: not a text file", got=str(path), need="TOML, in UTF-8")) from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(message("example: not TOML", got=str(error), at=str(path))) from error


def _computed(fields: Fields) -> tuple[nn.Module | Expression, tuple[Any, ...]]:
    """What is computed, of what."""
    at = fields.place
    if "function" in fields:
        function = Fields(fields.take("function"), f"{at}, [function]")
        text, given = function.need("expression", str), function.take("arguments", dict, {})
        function.done(("expression", "arguments"))
        arguments = {name: array(spec, f"{at}, [function] {name}") for name, spec in given.items()}
        with place(f"{at}, [function]"):
            return Expression(text, tuple(arguments)), tuple(arguments.values())
    if "input" not in fields:
        raise ArgumentError(message("example: input is missing", need="[input] values = …", at=at))
    layers = fields.take("layer", list)
    net = nn.Sequential(**dict(_layer(spec, k, at) for k, spec in enumerate(layers, start=1)))
    return net, (array(fields.take("input", dict), f"{at}, [input]"),)


def _layer(spec: Any, number: int, at: str) -> tuple[str, nn.Module]:
    """One layer, by its class in `nn`, with the parameters that are given."""
    fields = Fields(spec, f"{at}, [[layer]] {number}")
    kind = fields.need("type", str)
    name = fields.take("name", str, f"{kind.lower()}{number}")
    here = f"{at}, [[layer]] {number} '{name}'"
    cls = _class_of(kind, here)
    seed, rest = fields.take("seed", int, 0), fields.rest()
    options = {k: v for k, v in rest.items() if k in inspect.signature(cls).parameters and not _is_array(v)}
    values = {k: v for k, v in rest.items() if k not in options}
    with place(here):
        layer = _built(cls, options, seed, here)
        for key, value in values.items():
            _set(layer, key, value, here)
    return name, layer


def _is_array(value: Any) -> bool:
    """Whether a value is numbers for a parameter: pairs such as padding = [[1, 2], [0, 0]] are not, floats are."""
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list) and any(_is_array(v) or isinstance(v, float) for v in value)


def _class_of(kind: str, at: str) -> type[nn.Module]:
    known = [n for n in nn.__all__ if n not in CONTAINERS and _is_layer(getattr(nn, n))]
    if kind not in known:
        raise ArgumentError(message("example: no such layer", got=f"type = {kind!r}", need=closest(kind, known), at=at))
    cls: type[nn.Module] = getattr(nn, kind)
    return cls


def _is_layer(value: Any) -> bool:
    return inspect.isclass(value) and issubclass(value, nn.Module) and not value.__name__.endswith("Loss")


def _built(cls: type[nn.Module], options: dict[str, Any], seed: int, at: str) -> nn.Module:
    try:
        inspect.signature(cls).bind(**options)
    except TypeError as error:
        need = str(inspect.signature(cls)).partition(" ->")[0]
        raise ArgumentError(message(f"example: {cls.__name__}: {error}", need=need, at=at)) from error
    with nn.init.seeded(seed):
        return cls(**{k: _tuples(v) for k, v in options.items()})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _set(layer: nn.Module, key: str, value: Any, at: str) -> None:
    """Give a parameter or buffer its values, in float64: a worked example's numbers are exact."""
    own = layer.parameters | layer.buffers
    if key not in own:
        known = [*inspect.signature(type(layer)).parameters, *own, "seed", "name", "type"]
        raise ArgumentError(message("example: unknown key", got=key, need=closest(key, known), at=at))
    kind = nn.Parameter if key in layer.parameters else nn.Buffer
    setattr(layer, key, kind(array(value, f"{at}, {key}", own[key].shape), np.float64))


def _loss(fields: Fields) -> tuple[Any, Callable[..., Any] | None]:
    """The targets and the loss."""
    if "loss" not in fields:
        return None, None
    at = f"{fields.place}, [loss]"
    own = Fields(fields.take("loss"), at)
    name, target = own.need("name", str), own.need("target")
    if name not in LOSSES:
        raise ArgumentError(message("example: no such loss", got=repr(name), need=closest(name, LOSSES), at=at))
    load_all()
    function, options = REGISTRY[name].function, own.rest()
    known = list(inspect.signature(function).parameters)[2:]
    for key in options:
        if key not in known:
            raise ArgumentError(message("example: unknown key", got=key, need=closest(key, [*known, "name"]), at=at))
    targets = numbers(target, at)
    if name in LABELS and (targets == np.round(targets)).all():
        targets = targets.astype(np.int64)
    return targets, lambda output, expected: function(output, expected, **options)


def _answer(spec: Any, at: str) -> tuple[str, tuple[int, ...], str | None]:
    fields = Fields({"entry": spec} if isinstance(spec, str) else spec, at)
    entry, of = fields.need("entry", str), fields.take("of", str)
    fields.done(("entry", "of"))
    with place(at):
        return (*parse_entry(entry), of)
