"""A user's backward in one form: a call on the numbers of a case, and what is known of it beforehand."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pullback.errors import ArgumentError, message
from pullback.ops.registry import Operator
from pullback.review.binding import Binding, Context, Values, bind, spelled_out
from pullback.review.cases import arrays_of, differentiable, operator_of, options_of
from pullback.review.reading import by_own_name, returned, words
from pullback.review.spellings import options_among


@dataclass(frozen=True)
class Request:
    """What a review asks for, apart from the function.

    fixed    options that have one value in all cases
    names    the meaning of parameters
    returns  the gradients that the function returns, in order
    """

    op: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    returns: tuple[str, ...] = ()

    @cached_property
    def operator(self) -> Operator:
        """The operator's record."""
        return operator_of(self.op)

    @cached_property
    def arrays(self) -> list[str]:
        """The operator's arrays."""
        return arrays_of(self.operator)

    @cached_property
    def options(self) -> list[str]:
        """The operator's options."""
        return list(options_of(self.operator))

    @cached_property
    def optional(self) -> set[str]:
        """The arrays that the operator can do without."""
        return {k for k, p in inspect.signature(self.operator.function).parameters.items() if p.default is None}

    def bind(self, function: Callable[..., Any], *, own: bool = False) -> Binding:
        """Match a function's parameters; `own`: with those `names` only that it has."""
        names = self.names
        if own:
            names = {k: v for k, v in names.items() if k in inspect.signature(function).parameters}
        return bind(function, self.op, self.arrays, self.options, names=names)


@dataclass(frozen=True)
class Summary:
    """What is known of a subject before it is run.

    name      the function's name
    called    how its parameters are matched
    options   the operator's options that it takes, other than the fixed ones
    arrays    the arrays that it takes; `needed` those it cannot do without
    returns   the gradients it returns, in order, as far as its source tells ("" where not)
    one       whether the output's cotangent is not among its arguments, and is 1
    notes     what was assumed
    """

    name: str
    called: str
    options: tuple[str, ...]
    arrays: tuple[str, ...]
    needed: tuple[str, ...]
    returns: tuple[str, ...]
    one: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Subject:
    """A function that can be called on the numbers of a case.

    run  from the numbers to the result and, where the user's own forward was run, its output (else None)
    """

    summary: Summary
    run: Callable[[Values], tuple[Any, Any]]


def subject_of(target: Any, request: Request, *, forward: Any = None, adapter: Any = None) -> Subject:
    """Bring a function, or a class with forward and backward, into one form.

    Raises: ArgumentError
    """
    for what, value in (("a function", target), ("a forward", forward), ("an adapter", adapter)):
        if not callable(value) and (value is not None or value is target):
            got = type(value).__name__
            raise ArgumentError(message(f"review: not {what}", got=got, need="the function itself, or file.py:name"))
    if adapter is not None:
        return _adapted(target, request, adapter)
    backward = target
    if isinstance(target, type):
        backward, forward = _parts(target)
    given = request.bind(backward)
    if "@ctx" in given.takes:
        return _with_context(target, given, forward, request)
    if "@cache" in given.takes:
        forward = forward or _sibling(target)
        return _with_forward(given, forward, request) if forward else _with_tuple(given, request)
    return Subject(_summary([given], request), lambda values: (given.call(values), None))


def _summary(
    bindings: Sequence[Binding], request: Request, *, read: Sequence[Any] = (), notes: Sequence[str] = ()
) -> Summary:
    """Put together what the parameters of backward (the first binding) and of forward tell.

    read  functions whose words tell their options, since they take these in a dictionary, a cache or a ctx
    """
    given = bindings[0]
    takes = {role for b in bindings for role in b.takes}
    needed = {role for b in bindings for role in b.required}
    told = options_among({w for f in read for w in words(f)}, request.op, request.options)
    options = [k for k in request.options if k in takes or f"@part:{k}:0" in takes or k in told]
    # A bias changes no other gradient, so it may be there unasked for.
    arrays = [k for k in request.arrays if k in takes or k not in request.optional or k == "bias"]
    guessed = [f"{n} is taken for {given.meaning(n)}, the only thing missing" for n in given.guessed]
    return Summary(
        getattr(given.function, "__name__", type(given.function).__name__),
        str(given),
        tuple(k for k in options if k not in request.fixed),
        tuple(arrays),
        tuple(k for k in request.arrays if k in needed),
        request.returns or tuple(_returns(given.function, request)),
        "@y_bar" not in takes,
        (*guessed, *notes),
    )


def _returns(function: Callable[..., Any], request: Request) -> list[str]:
    arrays = differentiable(request.operator)
    names = returned(function, request.op, tuple(arrays))
    if len(names) > 1 or any(names) or len(arrays) == 1:
        return names if any(names) or len(names) > 1 else arrays
    filters = "w" if "w" in arrays else "weight"
    told = {"input": arrays[0], "filter": filters, "bias": "bias"}.get(by_own_name(function), "")
    return [told] if told in arrays else []


def _sibling(function: Any) -> Any:
    """The forward beside a function named …backward…, in its module."""
    name = getattr(function, "__name__", "")
    for part, other in (("backward", "forward"), ("bwd", "fwd"), ("backprop", "forward"), ("bprop", "fprop")):
        found = getattr(function, "__globals__", {}).get(name.replace(part, other)) if part in name else None
        if callable(found):
            return found
    return None


def _with_forward(given: Binding, forward: Any, request: Request) -> Subject:
    """Backward gets the cache that the user's own forward returns beside its output."""
    before = request.bind(forward, own=True)
    name = getattr(forward, "__name__", "forward")

    def run(values: Values) -> tuple[Any, Any]:
        result = before.call(values)
        if not isinstance(result, (tuple, list)) or len(result) < 2:
            got = f"{len(result)} values" if isinstance(result, (tuple, list)) else type(result).__name__
            raise TypeError(f"{name} has to return (out, cache) for the backward; it returned {got}")
        cache = result[1] if len(result) == 2 else tuple(result[1:])
        return given.call(replace(values, cache=cache)), result[0]

    hidden = "@options" in before.takes | given.takes
    read = [given.function, forward] if hidden else []
    notes = [f"the cache is what {name} returns"]
    return Subject(_summary([given, before], request, read=read, notes=notes), run)


def _with_tuple(given: Binding, request: Request) -> Subject:
    """Backward gets the arrays and a dictionary of options, as the assignments of courses keep them."""
    with_options = bool(options_among(words(given.function), request.op, request.options) or request.fixed)

    def run(values: Values) -> tuple[Any, Any]:
        parts = [*values.arrays.values(), *([spelled_out(values)] if with_options else [])]
        return given.call(replace(values, cache=parts[0] if len(parts) == 1 else tuple(parts))), None

    kept = [k for k in request.arrays if k not in request.optional or k == "bias"]
    parts = [*kept, *(["options"] if with_options else [])]
    note = f"cache = ({', '.join(parts)})" if len(parts) > 1 else f"cache = {parts[0]}"
    return Subject(_summary([given], request, read=[given.function], notes=[note]), run)


def _parts(target: type) -> tuple[Any, Any]:
    """The backward and the forward of a class in the style of `torch.autograd.Function`."""
    backward, forward = (inspect.getattr_static(target, k, None) for k in ("backward", "forward"))
    if not isinstance(forward, staticmethod) or not isinstance(backward, staticmethod):
        need = "static methods forward(ctx, …) and backward(ctx, grad_output)"
        fix = "an adapter(layer, case) that makes the layer, runs it, and returns its gradients by name"
        raise ArgumentError(message("review: a class without static methods", got=target.__name__, need=need, fix=fix))
    return backward.__func__, forward.__func__


def _with_context(target: Any, given: Binding, forward: Any, request: Request) -> Subject:
    """Backward gets ctx: what the user's forward saved in it, or without one all arrays and options."""
    before = None if forward is None else request.bind(forward, own=True)
    if before is not None and "@ctx" not in before.takes:
        raise ArgumentError(message("review: forward does not take ctx", got=str(before), need="forward(ctx, …)"))

    def run(values: Values) -> tuple[Any, Any]:
        context = Context()
        kept = replace(values, cache=context)
        if before is None:
            context.saved_tensors = tuple(values.arrays.values())
            vars(context).update(spelled_out(values))
            return given.call(kept), None
        y = before.call(kept)
        return _without_options(given.call(kept), before, values), y

    if before is None:
        notes = [f"ctx.saved_tensors = ({', '.join(request.arrays)}); options are attributes of ctx"]
        return Subject(_summary([given], request, read=[target], notes=notes), run)
    summary = _summary([given, before], request)
    gradients = [p.role for p in before.parameters if p.role in differentiable(request.operator)]
    name = getattr(target, "__name__", "backward")
    return Subject(replace(summary, name=name, returns=request.returns or tuple(gradients)), run)


def _without_options(result: Any, before: Binding, values: Values) -> Any:
    """Backward returns one value per argument of forward: those of floating-point arrays stay."""
    roles = [p.role for p in before.parameters if p.role != "@ctx"]
    if not isinstance(result, tuple) or len(result) != len(roles):
        return result
    real = {k for k, a in values.arrays.items() if a.dtype.kind == "f"}
    kept = tuple(r for r, role in zip(result, roles, strict=True) if role in real)
    return kept[0] if len(kept) == 1 else kept


def _adapted(target: Any, request: Request, adapter: Any) -> Subject:
    """The user's own adapter calls the function and returns its gradients."""
    own = {w for w in words(adapter) | words(target) if len(w) > 1}
    arrays = differentiable(request.operator)
    told = options_among(own, request.op, request.options)
    if not told and "options" in own:
        told = request.options
    summary = Summary(
        getattr(target, "__name__", type(target).__name__),
        f"{getattr(adapter, '__name__', 'the adapter')}(function, case)",
        tuple(k for k in told if k not in request.fixed),
        tuple(k for k in request.arrays if k not in request.optional or k == "bias" or k in own or "arrays" in own),
        (),
        request.returns or tuple(returned(adapter, request.op, tuple(arrays)) or arrays[: len(arrays) == 1]),
        one=False,
    )
    return Subject(summary, lambda values: (adapter(target, values), None))
