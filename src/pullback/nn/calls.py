"""One call of a network: the values that stand in for its arrays, the mode, the random key, and what the call changes.

The call travels in a context variable, so that networks can run in several threads at once, and in two modes at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pullback import tree
from pullback.errors import ArgumentError, StateError, message, place
from pullback.graph import mark, scope
from pullback.nn import init
from pullback.nn.state import write
from pullback.ops.apply import Value, is_integer, recorder, shape_of

if TYPE_CHECKING:
    from pullback.nn.module import Module

_current: ContextVar[Call | None] = ContextVar("call", default=None)


@dataclass(eq=False)
class Call:
    """A call under way.

    paths       the name of every layer, by its identity
    values      what stands in for an array of the network, by the array's identity
    training    the mode; None where every layer keeps its own
    key         (seed, step) of the random layers
    draws_keys  whether random layers without a key draw the next default one, as in direct calls
    changed     the buffers that the call gave new values
    streams     numbers for the random layers, in the order in which they are called
    """

    paths: Mapping[int, str]
    values: dict[int, Value]
    training: bool | None
    key: Value | None
    draws_keys: bool = False
    changed: set[int] = field(default_factory=set)
    streams: Iterator[int] = field(default_factory=count)

    def run(self, layer: Module, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Run a layer's forward, and name what it records after the layer.

        Raises: StateError, for a layer with parameters that does not belong to the network
        """
        path = self.paths.get(id(layer))
        if path is None:
            _check_has_no_parameters(layer)
            return layer.forward(*args, **options)
        if not path:
            with place(f"{'network' if layer.has_children else 'layer'} {type(layer).__name__}"):
                return layer.forward(*args, **options)
        with scope(path), place(f"layer '{path}' ({type(layer).__name__})"):
            output = layer.forward(*args, **options)
        mark(path, next(tree.leaves(output), None))
        return output

    def change(self, buffer: NDArray[Any], value: Value) -> None:
        """Give a buffer a new value, which later reads in this call see."""
        self.values[id(buffer)] = value
        self.changed.add(id(buffer))

    def random(self) -> tuple[Value, int]:
        """The key and the stream of the next random layer.

        Raises: ArgumentError, where a call in training mode was given no key
        """
        if self.key is None and not self.draws_keys:
            fix = "functional_call(…, key=(seed, step))"
            raise ArgumentError(message("a random layer in training mode needs a key", got="key=None", fix=fix))
        if self.key is None:
            self.key = np.asarray(init.next_key())
        return self.key, next(self.streams)


def current_call() -> Call | None:
    """The call under way."""
    return _current.get()


def stand_in(own: NDArray[Any]) -> Value:
    """What stands in for an array of the network: itself, outside of a call."""
    call = _current.get()
    return own if call is None else call.values.get(id(own), own)


@contextmanager
def _calling(call: Call) -> Iterator[None]:
    token = _current.set(call)
    try:
        yield
    finally:
        _current.reset(token)


def functional_call(
    net: Module,
    state: Mapping[str, Value],
    *args: Any,
    training: bool | None = False,
    key: Value | None = None,
) -> tuple[Any, dict[str, Value]]:
    """Run a network with other parameters and buffers than its own; change nothing in it.

    state     arrays or traced values by name (`net.parameters | net.buffers`); for a missing name the network's own
    training  the mode of all layers, whatever they say themselves; None: each layer keeps its own, so that layers on
              which .eval() was called stay frozen (`fitting_mode(net)` is what `fit` trains in)
    key       (seed, step) for random layers; each of them has a stream of its own, numbered in the order of calls

    Returns the output, and the new values of the buffers that the call changed (running statistics), by name.

    Raises: StateError (a name that the network has not, a wrong shape), ArgumentError (a random layer without a key)

    >>> from pullback import nn
    >>> net = nn.Linear(2, 1)
    >>> state = {"weight": np.array([[1.0, 10.0]]), "bias": np.array([100.0])}
    >>> functional_call(net, state, np.array([[1.0, 2.0]]))
    (array([[121.]]), {})
    """
    call = Call(_paths(net), _stand_ins(net, state), training, _checked_key(key))
    with _calling(call):
        output = call.run(net, args, {})
    return output, {k: call.values[id(own)] for k, own in net.buffers.items() if id(own) in call.changed}


def fitting_mode(net: Module) -> bool | None:
    """The mode in which `fit` trains: layers in evaluation mode inside a network in training mode stay frozen.

    A network that is in evaluation mode itself is trained as a whole: it was left so by a call of eval().
    """
    return None if net.training else True


def frozen_layers(net: Module) -> list[str]:
    """The layers that `fit` leaves in evaluation mode, by name."""
    return [name for name, layer in net.named_modules() if not layer.training] if net.training else []


def call_directly(net: Module, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Run a network on its own arrays, every layer in its own mode, and store the buffers that changed.

    Raises: StateError, where a traced value would be stored
    """
    call = Call(_paths(net), {}, None, None, draws_keys=True)
    with _calling(call):
        output = call.run(net, args, options)
    changed = [(k, own, call.values[id(own)]) for k, own in net.buffers.items() if id(own) in call.changed]
    traced = [k for k, _, value in changed if recorder([value]) is not None]
    if traced:
        raise StateError(
            message(
                "running statistics of a traced call cannot be stored",
                got=f"traced values for {', '.join(traced)}",
                fix="net.eval() first, or nn.functional_call, which returns them",
            )
        )
    write("running statistics", changed)
    return output


def random_numbers() -> tuple[Value, int]:
    """The key and the stream number for a random layer that is being called."""
    call = _current.get()
    return call.random() if call is not None else (np.asarray(init.next_key()), 0)


def _paths(net: Module) -> dict[int, str]:
    return {id(layer): path for path, layer in net.named_modules()}


def _stand_ins(net: Module, state: Mapping[str, Value]) -> dict[int, Value]:
    names = dict(net.named_arrays())
    unknown = [k for k in state if k not in names]
    if unknown:
        known = f"names such as {', '.join(list(names)[:4])}" if names else "no parameters or buffers"
        raise StateError(
            message("functional_call: no such parameter or buffer", got=", ".join(map(repr, unknown)), need=known)
        )
    found: dict[int, Value] = {}
    for name, value in state.items():
        own = names[name]
        if shape_of(value) != own.shape:
            got = f"{name} {shape_of(value)}"
            raise StateError(message("functional_call: wrong shape", got=got, need=f"{own.shape}"))
        if found.setdefault(id(own), value) is not value:
            fix = "one name per shared array, as in net.parameters"
            raise StateError(message("functional_call: two values for one shared array", got=f"{name!r}", fix=fix))
    return found


def _checked_key(key: Value | None) -> Value | None:
    if key is None:
        return None
    key = key if recorder([key]) is not None else np.asarray(key)
    if shape_of(key) != (2,) or not is_integer(key):
        raise ArgumentError(
            message("functional_call: not a random key", got=f"{key!r}", need="(seed, step), two integers")
        )
    return key


def _check_has_no_parameters(layer: Module) -> None:
    if layer.parameters:
        raise StateError(
            message(
                "a layer with parameters was called that does not belong to the network",
                got=f"{type(layer).__name__} with {', '.join(layer.parameters)}",
                need="layers that are attributes of the network, made in its __init__",
                fix="self.layer = …; for several nn.ModuleList([…]) instead of a list",
            )
        )
