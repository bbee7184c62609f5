"""How long `import pullback` takes beside `import numpy`: alternating fresh processes, the ratio of medians.

Usage: python benchmarks/import_time.py [rounds]
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median

STATEMENTS = {
    "numpy": "import numpy",
    "pullback": "import pullback",
    "pullback, used": "import pullback as pb; pb.conv2d, pb.vjp, pb.nn, pb.fit",
}
TIMED = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"


def seconds(statement: str) -> float:
    """The time one statement takes in a fresh process."""
    command = [sys.executable, "-c", TIMED.format(statement)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Print the medians and their ratios to NumPy's."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    times: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(rounds):
        for name, statement in STATEMENTS.items():
            times[name].append(seconds(statement))
    base = median(times["numpy"])
    for name, row in times.items():
        print(f"{name:<16} {median(row) * 1e3:7.1f} ms   {median(row) / base:5.2f} × numpy")


if __name__ == "__main__":
    main()
