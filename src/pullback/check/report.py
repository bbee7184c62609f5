"""What a gradient check found: data first, then the text made from it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from pullback.errors import message


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, or could not be checked, apart from the numbers of one argument."""

    title: str
    got: str = ""
    need: str = ""
    fix: str = ""
    at: str = ""

    def __str__(self) -> str:
        return message(self.title, got=self.got, need=self.need, fix=self.fix, at=self.at)


@dataclass(frozen=True)
class Entry:
    """One entry of a claimed gradient beside the derivative.

    error     the estimated error of `want`
    allowed   how far `got` may be from `want`: 4·error and the rounding of the claimed gradient
    ratio     the distance of `got` from `want` (at a kink: from the interval), in units of `allowed`
    interval  at a kink: the one-sided derivatives, the smaller first; every value between them is accepted
    """

    index: tuple[int, ...]
    got: float
    want: float
    error: float
    allowed: float
    ratio: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class ArgumentReport:
    """What was found about the cotangent of one argument.

    checked    how many entries were compared one by one; `projected` says that sums over all entries were compared too
    wrong      how many of them are wrong; `worst` lists the worst first
    undecided  entries whose derivative could not be computed well enough to tell
    kinks      entries at which the one-sided derivatives differ; `at_kinks` lists some that were accepted
    what       how the wrong numbers are made from the right ones, where that can be said
    where      which entries are wrong
    """

    name: str
    shape: tuple[int, ...]
    ok: bool
    checked: int
    projected: bool
    wrong: int
    undecided: int
    kinks: int
    what: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    worst: tuple[Entry, ...] = ()
    at_kinks: tuple[Entry, ...] = ()

    @property
    def size(self) -> int:
        """The number of entries of the argument."""
        total = 1
        for n in self.shape:
            total *= n
        return total

    def lines(self) -> list[str]:
        """The argument's part of the report."""
        lines = [f"  {self.name} {list(self.shape)}: {self._verdict()}"]
        lines += [f"    what:  {text}" for text in self.what]
        lines += [f"    where: {text}" for text in self.where]
        if self.worst:
            lines += _table(self.worst)
        if self.kinks:
            lines.append(
                f"    kinks: at {_entries(self.kinks)} the one-sided derivatives differ; any value between them"
            )
            lines += [f"           is accepted, such as {_at_kink(e)}" for e in self.at_kinks[:1]]
        if self.undecided:
            lines.append(f"    undecided: {_entries(self.undecided)}; no step gives their derivative to 10 %")
        return lines

    def _verdict(self) -> str:
        checked = f"{self.checked} of {_entries(self.size)} checked"
        checked += ", and sums over all of them" if self.projected else ""
        if self.ok:
            return f"right ({checked})"
        return f"WRONG in {_entries(self.wrong)} ({checked})" if self.wrong else f"WRONG ({checked})"


@dataclass(frozen=True)
class GradientReport:
    """The result of `gradcheck`: true where everything that was checked is right.

    subject      what was checked
    method       "complex" or "central"; `why` says why it was chosen
    evaluations  how often the function was evaluated
    """

    ok: bool
    subject: str
    method: str
    why: str
    arguments: tuple[ArgumentReport, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    evaluations: int
    seed: int

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        head = f"gradcheck: {'right' if self.ok else 'WRONG'} ({self.subject})"
        lines = [head]
        for argument in self.arguments:
            lines += argument.lines()
        for finding in self.findings:
            lines += ["  " + line for line in str(finding).splitlines()]
        if self.method:
            how = {"complex": "complex step", "central": "central differences, extrapolated"}[self.method]
            reason = f": {self.why}" if self.why else ""
            lines.append(f"  method: {how}{reason}; {self.evaluations} evaluations, seed {self.seed}")
        return "\n".join([*lines, *(f"  note: {text}" for text in self.notes)])

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON knows it; numbers that are not finite as text."""
        found: dict[str, Any] = _plain(asdict(self))
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value if not isinstance(value, float) or isfinite(value) else str(value)


def _entries(count: int) -> str:
    return f"{count} entry" if count == 1 else f"{count} entries"


def _at_kink(entry: Entry) -> str:
    low, high = entry.interval or (entry.want, entry.want)
    return f"{list(entry.index)}: got {entry.got:.6g}, between {low:.6g} and {high:.6g}"


def _table(entries: tuple[Entry, ...]) -> list[str]:
    rows = [("index", "got", "want", "± error", "distance / allowed")]
    for e in entries:
        want = f"{e.want:.8g}" if e.interval is None else f"{e.interval[0]:.6g} … {e.interval[1]:.6g}"
        rows.append((str(list(e.index)), f"{e.got:.8g}", want, f"{e.error:.1e}", f"{e.ratio:.1e}"))
    widths = [max(len(row[k]) for row in rows) for k in range(5)]
    return ["    " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
