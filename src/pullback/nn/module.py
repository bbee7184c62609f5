"""The base of all layers and networks: attributes that register themselves, names as in PyTorch, plain NumPy arrays."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from os import PathLike
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from pullback.compile.precision import Precision
from pullback.errors import ArgumentError, StateError, message
from pullback.nn import predict as predicting
from pullback.nn import saving
from pullback.nn import state as states
from pullback.nn import summary as summaries
from pullback.nn.calls import call_directly, current_call, stand_in
from pullback.ops.apply import shape_of
from pullback.ops.losses import cross_entropy

Array = NDArray[Any]


class Parameter:
    """Mark an array as a parameter: assigned to an attribute of a Module, it is registered under the attribute's name.

    >>> from pullback import nn
    >>> class Scale(nn.Module):
    ...     def __init__(self):
    ...         self.factor = nn.Parameter([2.0, 3.0])
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> Scale().parameters
    {'factor': array([2., 3.], dtype=float32)}
    """

    def __init__(self, values: ArrayLike, dtype: DTypeLike | None = np.float32) -> None:
        try:
            self.array: Array = np.array(values, dtype)
        except (TypeError, ValueError) as error:
            title = f"{type(self).__name__}: not an array of numbers"
            raise ArgumentError(message(title, got=f"{type(values).__name__}: {error}")) from error


class Buffer(Parameter):
    """Mark an array as state that is saved but not trained, such as a running mean.

    Floating-point values become float32, other values keep their type.
    """

    def __init__(self, values: ArrayLike, dtype: DTypeLike | None = None) -> None:
        super().__init__(values, dtype)
        if dtype is None and self.array.dtype.kind == "f":
            self.array = self.array.astype(np.float32)


class Module:
    """A layer, or a network of layers.

    Assign layers, `Parameter`s and `Buffer`s to attributes, write `forward`, and call the object. Reading
    `layer.weight` gives the plain array; during `functional_call` it gives the value that stands in for it.
    Assigning an array to a registered name replaces it by that array itself, so that `a.weight = b.weight` shares it.

    info  a dictionary saved with the network: the input's normalisation, the classes' names
    """

    _parameters: dict[str, Array]
    _buffers: dict[str, Array]
    _modules: dict[str, Module]
    _training: bool
    info: dict[str, Any]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        saving.register(cls)

    def __new__(cls, *args: Any, **options: Any) -> Self:
        """Prepare the registers, so that no subclass has to call super().__init__() first."""
        del args, options
        self = super().__new__(cls)
        registers = {"_parameters": {}, "_buffers": {}, "_modules": {}, "_training": True, "info": {}}
        self.__dict__.update(registers)
        return self

    def forward(self, *args: Any, **options: Any) -> Any:
        """Compute the output: written by every layer."""
        del args, options
        raise StateError(message(f"{type(self).__name__}: no forward method", fix="def forward(self, x): …"))

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Run `forward`, and name what it records after the layer."""
        call = current_call()
        return call_directly(self, args, options) if call is None else call.run(self, args, options)

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if isinstance(value, (Parameter, Module)):
            self._check_name(name, value)
            kind = (
                "_modules" if isinstance(value, Module) else "_buffers" if isinstance(value, Buffer) else "_parameters"
            )
            self._unregister(name, keep=kind)
            own.pop(name, None)
            own[kind][name] = value if isinstance(value, Module) else value.array
        elif value is not None and (name in own["_parameters"] or name in own["_buffers"]):
            self._replace(name, value)
        else:
            self._unregister(name)
            super().__setattr__(name, value)

    def _unregister(self, name: str, keep: str = "") -> None:
        for kind in ("_parameters", "_buffers", "_modules"):
            if kind != keep:
                self.__dict__[kind].pop(name, None)

    def _check_name(self, name: str, value: Any) -> None:
        what = f"{type(self).__name__}: {type(value).__name__} {name!r}"
        if not name or "." in name:
            raise ArgumentError(message(f"{what}: not a name", need="no dot, not empty"))
        if hasattr(type(self), name) or name in ("info", "_training"):
            raise ArgumentError(message(f"{what}: the name is taken by a method", fix="another name"))
        if isinstance(value, Module) and any(m is self for m in value.modules()):
            raise StateError(message(f"{what}: a network cannot contain itself"))

    def _replace(self, name: str, value: Any) -> None:
        """Put another array in the place of a registered one; during a call, note a buffer's new value."""
        is_buffer = name in self._buffers
        register = self._buffers if is_buffer else self._parameters
        own, what, call = register[name], f"{type(self).__name__}.{name}", current_call()
        if shape_of(value) != own.shape:
            fix = f"nn.{'Buffer' if is_buffer else 'Parameter'}(…) for another shape"
            raise StateError(message(f"{what}: wrong shape", got=f"{shape_of(value)}", need=f"{own.shape}", fix=fix))
        if call is None:
            array = states.as_array(what, value).astype(own.dtype, copy=False)
            register[name] = array if array.flags.writeable else array.copy()
        elif is_buffer:
            call.change(own, value)
        else:
            raise StateError(
                message(f"{what}: a parameter cannot change during a call", fix="nn.Buffer for such state")
            )

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for register in (own.get("_parameters", {}), own.get("_buffers", {})):
            if name in register:
                return stand_in(register[name])
        if name in own.get("_modules", {}):
            return own["_modules"][name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        for register in (self._parameters, self._buffers, self._modules):
            if name in register:
                del register[name]
                return
        super().__delattr__(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._parameters, *self._buffers, *self._modules})

    @property
    def has_children(self) -> bool:
        """Whether it contains layers."""
        return bool(self._modules)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The layers directly inside, by name."""
        yield from self._modules.items()

    def children(self) -> Iterator[Module]:
        """The layers directly inside."""
        yield from self._modules.values()

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all inside it, a shared one under each of its names."""
        yield prefix, self
        for name, child in self._modules.items():
            yield from child.walk(f"{prefix}.{name}" if prefix else name)

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """This module, named "", and all inside it, each once under its first name: "layer1.0.conv1"."""
        seen: set[int] = set()
        for name, module in self.walk():
            if id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def modules(self) -> Iterator[Module]:
        """This module and all inside it, each once."""
        return (module for _, module in self.named_modules())

    def named_arrays(self) -> Iterator[tuple[str, Array]]:
        """All parameters and buffers in PyTorch's order, a shared one under each of its names."""
        for path, module in self.walk():
            for name, array in (*module._parameters.items(), *module._buffers.items()):
                yield f"{path}.{name}" if path else name, array

    @property
    def parameters(self) -> dict[str, Array]:
        """The parameters by name, each once; the arrays themselves, not copies."""
        return self._collect("_parameters")

    @property
    def buffers(self) -> dict[str, Array]:
        """The buffers by name, each once; the arrays themselves, not copies."""
        return self._collect("_buffers")

    def _collect(self, register: str) -> dict[str, Array]:
        found: dict[str, Array] = {}
        seen: set[int] = set()
        for path, module in self.named_modules():
            for name, array in getattr(module, register).items():
                if id(array) not in seen:
                    seen.add(id(array))
                    found[f"{path}.{name}" if path else name] = array
        return found

    @property
    def training(self) -> bool:
        """Whether dropout drops and batch normalisation uses the batch's statistics; True in a new network."""
        call = current_call()
        return self._training if call is None or call.training is None else call.training

    @training.setter
    def training(self, mode: bool) -> None:
        self.__dict__["_training"] = bool(mode)

    def train(self, mode: bool = True) -> Self:
        """Set training mode here and in every layer inside."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set evaluation mode here and in every layer inside."""
        return self.train(False)

    def state_dict(self) -> dict[str, Array]:
        """Copies of all parameters and buffers under PyTorch's names, a shared layer's under each of its names."""
        return states.state_dict(self)

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> states.Loaded:
        """Load parameters and buffers: NumPy arrays, PyTorch tensors, or anything else that is an array.

        Values are rounded to the network's precision, and `rounded` of what is returned names those that lost digits;
        `net.astype("float64")` before keeps them.

        Raises: StateError, which lists the missing, unexpected and misshapen names; nothing is then changed
        """
        return states.load_state_dict(self, state, strict=strict)

    def astype(self, dtype: DTypeLike) -> Self:
        """Change the precision of all floating-point parameters and buffers, and give the network back.

        dtype  float32 or float64. Where the precision is another, the network has new arrays then; `predict` and
               `evaluate` compute in it

        Raises: ArgumentError

        >>> from pullback import nn
        >>> nn.Linear(2, 1).astype("float64").weight.dtype
        dtype('float64')
        """
        states.astype(self, dtype)
        return self

    def predict(
        self,
        images: ArrayLike,
        batch_size: int = 256,
        dtype: DTypeLike | None = None,
        engine: str | None = None,
        precision: Precision = "fast",
    ) -> Any:
        """The network's outputs for images, in evaluation mode, computed batch by batch.

        dtype      the type of the numbers; None: that of the parameters
        engine     what computes: a name in pullback.train.ENGINES; None: the default one of fit, but "reference" for
                   complex numbers
        precision  "fast", or "strict" without Winograd's algorithm, as in fit

        Shapes:  images (N,…) -> (N,…)
        Raises:  ShapeError, ArgumentError
        """
        return predicting.predict(self, images, batch_size, dtype, engine, precision)

    def evaluate(
        self,
        dataset: Any,
        loss: Callable[..., Any] = cross_entropy,
        batch_size: int = 256,
        metrics: Mapping[str, Callable[[Array, Array], Any]] | None = None,
        dtype: DTypeLike | None = None,
        engine: str | None = None,
        precision: Precision = "fast",
    ) -> dict[str, float]:
        """The mean loss and the accuracy on a data set, or on a pair (images, labels), in evaluation mode.

        loss      (outputs, labels) -> the mean over a batch
        metrics   more of this kind, by name
        dtype     the type of the numbers; None: that of the parameters. Other than float32, a data set of your own
                  needs batch(indices, dtype=...)
        engine    what runs the network, as in `predict`, and in which precision; the loss and the metrics are NumPy's

        Raises: ShapeError, ArgumentError, DataError
        """
        return predicting.evaluate(self, dataset, loss, batch_size, metrics or {}, dtype, engine, precision)

    def summary(self, input_shape: Any = None) -> summaries.Summary:
        """A table of the layers: output shapes, parameters, multiply-adds and receptive fields.

        input_shape  the shape of one input (C,H,W), or an example batch (N,C,H,W); without it, what `info` holds under
                     "input_shape", or else parameters alone

        Raises: ShapeError
        """
        return summaries.summarize(self, input_shape)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the network to one safetensors file: parameters, buffers, architecture and `info`, all or nothing.

        Raises: StateError
        """
        saving.save(self, path)

    def load_weights(self, path: str | PathLike[str], strict: bool = True) -> states.Loaded:
        """Load parameters, buffers and `info` from a safetensors file, whoever wrote it.

        Raises: StateError; nothing is then changed
        """
        return saving.load_weights(self, path, strict=strict)

    def options(self) -> dict[str, Any]:
        """The constructor's arguments, as the layer holds them now: attributes of the same names."""
        return {k: getattr(self, k) for k in _signature(type(self))}

    def __repr__(self) -> str:
        name = type(self).__name__
        if not self._modules:
            return f"{name}({self._options_text() if saving.is_built_in(type(self)) else ''})"
        inside = (f"({k}): {child!r}".replace("\n", "\n  ") for k, child in self._modules.items())
        return f"{name}(\n  " + "\n  ".join(inside) + "\n)"

    def _options_text(self) -> str:
        parts = []
        for name, value in self.options().items():
            default = _signature(type(self))[name].default
            if default is inspect.Parameter.empty:
                parts.append(repr(value))
            elif value != default:
                parts.append(f"{name}={value!r}")
        return ", ".join(parts)


def _signature(cls: type[Module]) -> dict[str, inspect.Parameter]:
    """The constructor's named arguments."""
    found = dict(list(inspect.signature(cls.__init__).parameters.items())[1:])
    return {k: p for k, p in found.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
