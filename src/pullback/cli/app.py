"""The application: which commands there are, and how a run of one ends."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pullback import __version__
from pullback.cli import EXPLAINED, INTERRUPTED, READER_GONE, bench, commands
from pullback.errors import PullbackError


class Commands(TyperGroup):
    """The group of all commands, in which every error of the user's ends as a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except PullbackError as error:
            from pullback.cli.report import print_error

            print_error(error)
            raise typer.Exit(EXPLAINED) from error
        except KeyboardInterrupt as error:
            typer.echo("Interrupted.", err=True)
            raise typer.Exit(INTERRUPTED) from error
        except BrokenPipeError as error:
            # Python flushes standard output once more at its end, which must not fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(READER_GONE) from error
        except SystemExit as error:
            # Rich has done the same where it was the one to print.
            if isinstance(error.__context__, BrokenPipeError):
                raise typer.Exit(READER_GONE) from error
            raise
        return result


def _help(command: Callable[..., None]) -> str:
    """Take a command's help from its docstring, and keep the lines of its examples as they are."""
    return inspect.cleandoc(command.__doc__ or "").replace("Examples:", "\b\nExamples:")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pullback {__version__}")
        raise typer.Exit


def pullback(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train convolutional networks, test them, let them name pictures, and show the working behind any number.

    Examples:
      pullback train digits
      pullback evaluate pullback-digits-cnn.safetensors digits
      pullback predict seven.png --model pullback-mnist-lenet5.safetensors
      pullback explain examples/filter-gradient.toml
      pullback draw arithmetic --stride 2 --out arithmetic.gif
      pullback train --help
    """


app = typer.Typer(
    name="pullback",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.callback(help=_help(pullback))(pullback)
for command in (
    commands.train,
    commands.evaluate,
    commands.predict,
    commands.explain,
    commands.diagnose,
    commands.review,
    commands.draw,
    commands.info,
):
    app.command(help=_help(command))(command)
app.add_typer(bench.application(_help, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}))


def run() -> None:
    """Run the application on this process's arguments, and exit."""
    app(prog_name="pullback")
