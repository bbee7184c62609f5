"""How a user's function is called: its parameters matched with the operator's arguments by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, message
from pullback.review.spellings import normal, roles

Array = NDArray[Any]

NEEDED = inspect.Parameter.empty


@dataclass(frozen=True)
class Parameter:
    """A parameter of the user's function.

    role      what it takes, as in `spellings`; empty where that is not known and it has a default
    keyword   whether it must be given by name
    """

    name: str
    role: str
    optional: bool
    keyword: bool


@dataclass(frozen=True, eq=False)
class Values:
    """The numbers of one case, as a user's function may ask for them.

    y, switches  the operator's output; where a maximum came from
    cache        what the user's forward left for its backward, where there is one
    """

    arrays: dict[str, Array]
    options: dict[str, Any]
    y_bar: Array
    y: Array
    switches: Array | None = None
    cache: Any = None


@dataclass(frozen=True, eq=False)
class Binding:
    """A function with the meaning of its parameters.

    guessed  parameters whose name is not known, taken for what was left over
    """

    function: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    guessed: tuple[str, ...] = ()

    @property
    def takes(self) -> set[str]:
        """The roles of the parameters."""
        return {p.role for p in self.parameters}

    @property
    def required(self) -> set[str]:
        """The roles of the parameters that have no default."""
        return {p.role for p in self.parameters if not p.optional}

    def call(self, values: Values) -> Any:
        """Call the function with the numbers of a case."""
        args: list[Any] = []
        named: dict[str, Any] = {}
        by_name = False
        for p in self.parameters:
            value = supplied(p.role, values)
            if value is NEEDED:
                by_name = True
            elif p.keyword or by_name:
                named[p.name] = value
            else:
                args.append(value)
        return self.function(*args, **named)

    def meaning(self, name: str) -> str:
        """What a parameter takes, in words."""
        return next(_shown(p.role) for p in self.parameters if p.name == name)

    def __str__(self) -> str:
        return ", ".join(f"{p.name} = {_shown(p.role)}" for p in self.parameters if p.role)


def _shown(role: str) -> str:
    kind, _, rest = role.partition(":")
    match kind:
        case "@shape":
            return f"{rest}.shape"
        case "@size":
            return f"{rest}.shape[2:]"
        case "@part":
            name, _, axis = rest.partition(":")
            return f"{name}[{axis}]"
    return {"@y_bar": "ȳ", "@probabilities": "softmax(logits)"}.get(role, role.removeprefix("@"))


def bind(
    function: Callable[..., Any],
    op: str,
    arrays: Sequence[str],
    options: Sequence[str],
    *,
    names: Mapping[str, str] | None = None,
) -> Binding:
    """Find out what each parameter takes.

    names  the meaning of parameters whose names are not known: {"foo": "stride"}

    Raises: ArgumentError
    """
    given = list(_signature(function).parameters.values())
    meant = roles(op, arrays, options)
    own = {k: _role_named(v, op, arrays, options) for k, v in (names or {}).items()}
    plain = [p for p in given if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    unknown = [k for k in own if k not in {p.name for p in plain}]
    if unknown:
        got = f"{unknown[0]!r}; the function has {', '.join(p.name for p in plain) or 'none'}"
        raise ArgumentError(message("review: `names` names a parameter that is not there", got=got))
    found: dict[str, str] = {}
    for p in sorted(plain, key=lambda p: p.name not in own):
        role = own.get(p.name) or meant.get(normal(p.name), "")
        found[p.name] = "" if role in found.values() else role
    guessed = _guess(plain, found, arrays)
    bare = [p.name for p in plain if not found[p.name] and p.default is NEEDED]
    if bare:
        raise _not_understood(function, bare, arrays, options)
    parameters = tuple(
        Parameter(p.name, found[p.name], p.default is not NEEDED, p.kind is p.KEYWORD_ONLY) for p in plain
    )
    return Binding(function, parameters, guessed)


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        fix = "lambda dout, x, w: f(dout, x, w)"
        raise ArgumentError(
            message("review: the function does not tell its parameters", got=repr(function), fix=fix)
        ) from None


def _role_named(role: str, op: str, arrays: Sequence[str], options: Sequence[str]) -> str:
    """A role as a user writes it: an argument of the operator, or y_bar, y, cache, ctx, options."""
    meant = {normal(n): n for n in (*arrays, *options)}
    meant |= {k: f"@{v}" for k, v in (("ybar", "y_bar"), ("cache", "cache"), ("ctx", "ctx"), ("options", "options"))}
    meant |= {"switches": "@switches"} if "switches" not in meant else {}
    meant |= {"y": "@y"} if "y" not in meant else {}
    found = meant.get(normal(str(role))) or roles(op, arrays, options).get(normal(str(role)))
    if not found:
        need = f"y_bar, y, cache, {', '.join((*arrays, *options))}"
        raise ArgumentError(message(f"review: {op} has no such argument", got=repr(role), need=need))
    return found


def _guess(given: Sequence[inspect.Parameter], found: dict[str, str], arrays: Sequence[str]) -> tuple[str, ...]:
    """Take a single parameter of unknown name for the one thing that a backward needs and nobody took."""
    bare = [p.name for p in given if not found[p.name] and p.default is NEEDED]
    taken = set(found.values())
    if len(bare) != 1 or taken & {"@cache", "@ctx"}:
        return ()
    left = [] if "@y_bar" in taken else ["@y_bar"]
    left = left or [a for a in arrays[:1] if a not in taken and not taken & {"@y", "@probabilities"}]
    if not left:
        return ()
    found[bare[0]] = left[0]
    return (bare[0],)


def _not_understood(function: Any, bare: Sequence[str], arrays: Sequence[str], options: Sequence[str]) -> ArgumentError:
    title = f"review: what is {' and what is '.join(repr(b) for b in bare[:3])}?"
    got = f"{getattr(function, '__name__', function)}{_signature(function)}"
    need = f"names such as dout, {', '.join((*arrays, *options))}, cache, ctx"
    fix = f"names={{{bare[0]!r}: {arrays[0]!r}}}, or an adapter"
    return ArgumentError(message(title, got=got, need=need, fix=fix))


def supplied(role: str, values: Values) -> Any:
    """What a parameter of this role gets; `NEEDED` where the case has nothing for it."""
    if role in values.arrays:
        return values.arrays[role]
    if role in values.options:
        return values.options[role]
    kind, _, rest = role.partition(":")
    match kind:
        case "@y_bar":
            return values.y_bar if values.y_bar.shape else float(values.y_bar)
        case "@y":
            return values.y
        case "@switches":
            return NEEDED if values.switches is None else values.switches
        case "@probabilities":
            return _softmax(values.arrays["logits"])
        case "@cache" | "@ctx":
            return values.cache
        case "@options":
            return spelled_out(values)
        case "@shape":
            return values.arrays[rest].shape if rest in values.arrays else NEEDED
        case "@size":
            return values.arrays[rest].shape[2:] if rest in values.arrays else NEEDED
        case "@part":
            return values.options.get(rest.partition(":")[0], NEEDED)
    return NEEDED


def _softmax(logits: Array) -> Array:
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def spelled_out(values: Values) -> dict[str, Any]:
    """The options as dictionaries spell them in courses, several spellings each."""
    found = dict(values.options)
    usual = {"stride": 1, "padding": 0}
    for name in ("stride", "padding"):
        value = found.get(name, usual[name])
        found |= {name: value} | ({"pad": value} if name == "padding" else {})
    if "kernel_size" in found:
        k = found["kernel_size"]
        found |= {"f": k, "pool_height": k, "pool_width": k, "pool_size": k}
    found.setdefault("mode", "max" if values.switches is not None else "train")
    return found


class Context:
    """What `ctx` offers to a backward in the style of `torch.autograd.Function`, with NumPy arrays."""

    def __init__(self) -> None:
        self.saved_tensors: tuple[Any, ...] = ()
        self.needs_input_grad: tuple[bool, ...] = (True,) * 16

    def save_for_backward(self, *values: Any) -> None:
        """Keep values for backward."""
        self.saved_tensors = values

    def mark_non_differentiable(self, *values: Any) -> None:
        """Accept the mark: nothing depends on it here."""
