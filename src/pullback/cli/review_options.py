"""The options of `pullback review`, one type each."""

from __future__ import annotations

from typing import Annotated

import typer

from pullback.cli.choices import at_least


def _function(value: str | None) -> str | None:
    """Check the name of a function in a file."""
    if value is not None and not (".py:" in value and value.rpartition(":")[2]):
        raise typer.BadParameter(f"{value!r} is not FILE.py:NAME")
    return value


def _pair(values: list[str] | None) -> list[str] | None:
    """Check options of the form name=value."""
    for value in values or []:
        name, equals, rest = value.partition("=")
        if not (name and equals and rest):
            raise typer.BadParameter(f"{value!r} is not NAME=VALUE")
    return values


def _positive(value: float) -> float:
    """Check a limit."""
    if not 0 < value < float("inf"):
        raise typer.BadParameter(f"{value} is out of range: more than 0")
    return value


Function = Annotated[
    str,
    typer.Argument(
        metavar="FUNCTION", callback=_function, help="The backward function and the file it is in: FILE.py:NAME."
    ),
]
Op = Annotated[
    str,
    typer.Option(metavar="NAME", help="The operator it belongs to: conv2d, max_pool2d, relu, softmax, linear, ..."),
]
Forward = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The function of the same file (or FILE.py:NAME) that makes the cache: forward(...) -> (out, cache). "
        "Default: the one called ..._forward beside ..._backward.",
    ),
]
Adapter = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="A function of the same file (or FILE.py:NAME) that calls it: adapter(function, case) -> gradients.",
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--name", metavar="NAME=MEANING", callback=_pair, help="What a parameter is: --name foo=stride, --name g=y_bar."
    ),
]
Returns = Annotated[
    str | None, typer.Option(metavar="NAMES", help="The gradients that it returns, in order: --returns w,x.")
]
Fixed = Annotated[
    list[str] | None,
    typer.Option(
        "--option", metavar="NAME=VALUE", callback=_pair, help="An option with one value in all cases: kernel_size=2."
    ),
]
TimeLimit = Annotated[float, typer.Option(metavar="S", callback=_positive, help="Seconds for each case.")]
MemoryLimit = Annotated[
    float, typer.Option(metavar="MIB", callback=_positive, help="Memory that the function may take, in MiB.")
]
Seed = Annotated[int, typer.Option(metavar="N", callback=at_least(0), help="Decides the numbers of the cases.")]
