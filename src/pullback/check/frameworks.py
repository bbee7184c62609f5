"""Subjects of other frameworks, where they are installed: PyTorch functions and modules, JAX functions."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from pullback import tree
from pullback.check.subject import Array, Subject, copied, guarded, names_of, point_of
from pullback.errors import MissingExtraError, message


def framework_of(function: Any, args: Sequence[Any]) -> str:
    """torch, jax or numpy: whose function this is, by its type and by its arguments'.

    Neither framework is imported: a function of theirs cannot come without it.
    """
    leaves = list(tree.leaves(list(args)))
    torch = sys.modules.get("torch")
    if torch is not None:
        owner: Any = function if inspect.isclass(function) else getattr(function, "__self__", None)
        is_autograd = inspect.isclass(owner) and issubclass(owner, torch.autograd.Function)
        if is_autograd or isinstance(function, torch.nn.Module) or any(isinstance(v, torch.Tensor) for v in leaves):
            return "torch"
    if any(type(v).__module__.partition(".")[0] in ("jax", "jaxlib") for v in (function, *leaves)):
        return "jax"
    return "numpy"


def _installed(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtraError(message(f"gradcheck: {name} is not installed", fix=f"pip install {name}")) from error


def torch_subject(function: Any, args: Sequence[Any], argnums: Sequence[int] | None) -> Subject:
    """A PyTorch function on tensors, an autograd.Function or a module, in float64.

    A module is checked by its parameters too; it is copied, so that nothing in it changes.
    """
    torch = _installed("torch")
    given = [tree.map_leaves(lambda v: _as_numpy(torch, v), a) for a in args]
    if isinstance(function, torch.nn.Module):
        return _torch_module(torch, function, given, argnums)
    owner: Any = function if inspect.isclass(function) else getattr(function, "__self__", None)
    if not isinstance(owner, type):
        return _torch_function(torch, function, given, names_of(function, len(args)), argnums)
    autograd: Any = owner
    names = names_of(autograd.forward, len(args) + 1)
    # Of the two styles of autograd.Function one passes its context first.
    names = names[1:] if names[0] == "ctx" else names[: len(args)]
    return _torch_function(torch, autograd.apply, given, names, argnums)


def _torch_module(torch: Any, module: Any, args: list[Any], argnums: Sequence[int] | None) -> Subject:
    module = copy.deepcopy(module).double()
    own = {k: _as_numpy(torch, v) for k, v in module.named_parameters() if v.requires_grad}
    names = names_of(module.forward, len(args))

    def function(parameters: Any, *given: Any) -> Any:
        buffers = {k: v.clone() for k, v in module.named_buffers()}
        return torch.func.functional_call(module, {**parameters, **buffers}, given)

    chosen = None if argnums is None else [0, *(k + 1 for k in argnums)]
    subject = _torch_function(torch, function, [own, *args], ["", *names], chosen)
    subject.title = f"PyTorch module {type(module).__name__}"
    return subject


def _as_numpy(torch: Any, value: Any) -> Any:
    return value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value


def _torch_function(
    torch: Any, call: Any, args: list[Any], names: Sequence[str], argnums: Sequence[int] | None
) -> Subject:
    point = point_of(args, names, argnums)

    def tensor(value: Any) -> Any:
        return torch.as_tensor(np.array(value)) if isinstance(value, (np.ndarray, np.generic)) else value

    def evaluate(values: Sequence[Any]) -> Any:
        with torch.no_grad():
            result = guarded("the function", call, *point.rebuild([tensor(v) for v in values], tensor))
        return tree.map_leaves(lambda v: _as_numpy(torch, v), result)

    def pull(values: Sequence[Any], y_bars: Sequence[Any]) -> list[Array | None]:
        inputs = [tensor(v).requires_grad_() for v in values]
        result = guarded("the function", call, *point.rebuild(inputs, tensor))
        pairs = [(y, tensor(b)) for y, b in zip(tree.leaves(result), y_bars, strict=True) if _differentiable(torch, y)]

        def gradient() -> Any:
            # Leaves are passed as they are: a function may return its argument.
            return torch.autograd.grad([y for y, _ in pairs], inputs, [b for _, b in pairs], allow_unused=True)

        if not pairs:
            subject.find("no output depends on its arguments for PyTorch", fix="no .detach(), .item() or .numpy() on y")
            return [None for _ in inputs]
        found = guarded("backward", gradient)
        return [np.zeros(i.shape) if g is None else _as_numpy(torch, g) for g, i in zip(found, inputs, strict=True)]

    subject = Subject("PyTorch function", point, evaluate, pull, notes=list(point.notes))
    return subject


def _differentiable(torch: Any, value: Any) -> bool:
    return isinstance(value, torch.Tensor) and bool(value.requires_grad)


def jax_subject(function: Callable[..., Any], args: Sequence[Any], argnums: Sequence[int] | None) -> Subject:
    """A JAX function: its claimed pullback is jax.vjp's; in float64 where JAX has it enabled."""
    jax = _installed("jax")
    given = [tree.map_leaves(lambda v: np.asarray(v) if hasattr(v, "__array__") else v, a) for a in args]
    point = point_of(given, names_of(function, len(args)), argnums)

    def evaluate(values: Sequence[Any]) -> Any:
        result = guarded("the function", function, *point.rebuild([jax.numpy.asarray(v) for v in values], copied))
        return tree.map_leaves(np.asarray, result)

    def pull(values: Sequence[Any], y_bars: Sequence[Any]) -> list[Array | None]:
        def of_values(*new: Any) -> Any:
            return function(*point.rebuild(new, copied))

        y, pullback = guarded("jax.vjp", jax.vjp, of_values, *(jax.numpy.asarray(v) for v in values))
        bars = [np.asarray(b, np.asarray(leaf).dtype) for b, leaf in zip(y_bars, tree.leaves(y), strict=True)]
        found = guarded("backward", pullback, tree.fill(y, iter([jax.numpy.asarray(b) for b in bars])))
        return [np.asarray(v) for v in found]

    notes = list(point.notes)
    if np.asarray(jax.numpy.asarray(np.zeros(1))).dtype != np.float64:
        notes.append('JAX computes in float32; for a sharper check: jax.config.update("jax_enable_x64", True)')
    return Subject("JAX function", point, evaluate, pull, notes=notes)
