"""The command line: `pullback train | evaluate | predict | explain | info`.

Exit codes: 0 all went well; 1 an error that Pullback explains; 2 the command was not understood; 130 interrupted from
the keyboard; 141 the reader of the output has gone.
"""

from __future__ import annotations

EXPLAINED, INTERRUPTED, READER_GONE = 1, 130, 141


def main() -> None:
    """Run the command that the arguments of this process name, and exit with its code."""
    from pullback.cli.app import run

    run()
