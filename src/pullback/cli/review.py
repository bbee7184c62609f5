"""`pullback review`: a backward function on a grid of cases. Ends with 0 (right), 1 (wrong) or 2 (could not be run)."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import typer

from pullback.cli import report
from pullback.errors import PullbackError
from pullback.review import review

CODES = {"right": 0, "wrong": 1, "not run": 2}


def run(
    function: str,
    *,
    op: str,
    forward: str | None,
    adapter: str | None,
    names: Sequence[str] | None,
    returns: str | None,
    fixed: Sequence[str] | None,
    time_limit: float,
    memory_limit: float,
    seed: int,
    as_json: bool,
) -> None:
    """Print the review and end with its code.

    Raises: typer.Exit
    """
    try:
        found = review(
            function,
            op,
            forward=_beside(function, forward),
            adapter=_beside(function, adapter),
            names=dict(_pairs(names)),
            returns=[r.strip() for r in returns.split(",")] if returns else (),
            options={k: _value(v) for k, v in _pairs(fixed)},
            time_limit=time_limit,
            memory_limit=memory_limit,
            seed=seed,
        )
    except PullbackError as error:
        if as_json:
            report.print_json({"function": function, "op": op, "verdict": "not run", "error": str(error)})
        report.print_error(error)
        raise typer.Exit(CODES["not run"]) from error
    if as_json:
        report.print_json(found.to_dict())
    else:
        report.say(str(found))
    raise typer.Exit(CODES[found.verdict])


def _beside(function: str, name: str | None) -> str | None:
    """A function of the same file, where no file is named."""
    if name is None or ".py:" in name:
        return name
    return f"{function.rpartition(':')[0]}:{name}"


def _pairs(values: Sequence[str] | None) -> list[tuple[str, str]]:
    return [(name, rest) for name, _, rest in (value.partition("=") for value in values or [])]


def _value(text: str) -> Any:
    """A number, a truth value or a tuple as Python writes it; a text otherwise.

    >>> _value("2"), _value("(1, 2)"), _value("sum")
    (2, (1, 2), 'sum')
    """
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
