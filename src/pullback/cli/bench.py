"""`pullback bench`: how good and how fast this installation is; a sub-command for each question."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pullback.cli import bench_speed

if TYPE_CHECKING:
    from pullback.diagnose.bench_report import Report

SHOWN = 20
"""Misses that are listed for people; --json has all."""

Count = Annotated[int, typer.Option("--count", min=1, metavar="N", help="How many of each kind to diagnose.")]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="S", help="Where the random numbers start.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]


def diagnose(count: Count = 3000, seed: Seed = 0, json: Json = False) -> None:
    """Measure how often `pullback diagnose` names the right mistake, and how long it takes.

    Examples:
      pullback bench diagnose
      pullback bench diagnose --count 200 --seed 7 --json

    Diagnoses N wrong gradients of every operator, made by the mistakes in plain NumPy, N correct ones that are
    rounded to 3 to 8 digits, and N of random numbers. Takes ten to twenty minutes with the usual count, a minute with
    --count 200; how far it has come is told every ten seconds.
    """
    from pullback.cli import report
    from pullback.diagnose.bench import measure

    found = measure(count, seed, tell=report.hint)
    if json:
        report.print_json(found.to_dict())
    else:
        _print(found)


def _print(found: Report) -> None:
    from pullback.cli.report import percent, print_table, say

    figures = found.to_dict()

    def share(value: float | None) -> str:
        return "–" if value is None else percent(value)

    say(f"Wrong gradients      {figures['wrong']}: {figures['combinations']} mistakes of an operator")
    say(f"  named first        {share(figures['first'])}")
    say(f"  in the first three {share(figures['first_three'])}")
    say(f"  same numbers       {figures['indistinguishable_named']} of {figures['indistinguishable']} twins named")
    say(f"Two mistakes at once {figures['two']}, named first {share(figures['two_first'])}")
    say(f"Correct gradients    {figures['correct']}, false alarms {figures['false_alarms']}")
    say(f"Random numbers       {figures['garbage']}, confident diagnoses {figures['confident_garbage']}")
    say("")
    for heading, key in (("operator", "families"), ("mistake", "mistakes")):
        rows = [(name, str(s["count"]), share(s["first"]), share(s["first_three"])) for name, s in figures[key].items()]
        print_table((heading, "count", "first", "first three"), rows, "<>>>")
        say("")
    for layer in figures["times"]:
        say(f"{layer['seconds']:.2f} s (at most {layer['limit']:.0f} s)  {layer['layer']}: {layer['slowest']}")
    for miss in figures["misses"][:SHOWN]:
        names = "; ".join(", ".join(names) for names in miss["named"]) or "nothing"
        say(f"missed: {miss['mistake']} in {miss['case']}, {miss['form']}: {miss['verdict']}, {names}")
    if len(figures["misses"]) > SHOWN:
        say(f"… and {len(figures['misses']) - SHOWN} more, all with --json")


def _bench() -> None:
    """Measure this installation.

    Examples:
      pullback bench diagnose
      pullback bench diagnose --count 200 --json
    """


COMMANDS: tuple[Callable[..., None], ...] = (diagnose, *bench_speed.COMMANDS)
"""The sub-commands, in the order in which the help lists them."""


def application(help_of: Callable[[Callable[..., None]], str], **options: Any) -> typer.Typer:
    """The group of all measurements.

    help_of  makes a command's help of its docstring
    """
    app = typer.Typer(name="bench", no_args_is_help=True, **options)
    app.callback(help=help_of(_bench))(_bench)
    for command in COMMANDS:
        app.command(help=help_of(command))(command)
    return app
