"""Innermost loops in assembly, and the vectors that they keep on the stack instead of in registers."""

import re
from dataclasses import dataclass

LABEL = re.compile(r"^(\.?L\w+|\.LBB\w+):")
JUMP = re.compile(r"^\s+(?:j\w+|b(?:\.\w+)?|cbn?z|tbn?z)\s.*?(\.L\w+)\s*(?:#.*|//.*)?$")
PRODUCT = re.compile(r"^\s+(?:vfn?madd|vfmsub|mulp|fmla|fmls|vmulp)")
X86_STACK = r"-?\d*\(%rsp(?:,[^)]*)?\)"
SPILLS = (
    re.compile(rf"^\s+v?mov\w+\s+%[xyz]mm\d+, {X86_STACK}"),
    re.compile(rf"^\s+v?\w+\s+{X86_STACK}.*%[xyz]mm\d+"),
    re.compile(r"^\s+(?:str|stp|stur|ldr|ldp|ldur)\s+[qdsv]\d+.*\[sp"),
)
WRITES = re.compile(r"^\s+(?:v?mov\w+\s+%[xyz]mm\d+, .*\((?!%rsp)|st[rpu]\w*\s+[qdsv]\d+.*\[(?!sp))")


@dataclass(frozen=True)
class HotLoop:
    """An innermost loop of products, in the function that it stands in."""

    function: str
    lines: tuple[str, ...]

    @property
    def products(self):
        """How many instructions multiply."""
        return sum(bool(PRODUCT.match(line)) for line in self.lines)

    @property
    def spills(self):
        """The instructions that write or read vectors on the stack."""
        return [line.strip() for line in self.lines if any(s.match(line) for s in SPILLS)]

    @property
    def writes(self):
        """Whether it writes vectors elsewhere than on the stack."""
        return any(WRITES.match(line) for line in self.lines)


def functions(assembly):
    """The lines of each function."""
    found, name = {}, None
    for line in assembly.splitlines():
        start = re.match(r'^"?([\w.$ ]+)"?:', line)
        if start and not line.startswith(".L"):
            name = start.group(1)
            found[name] = []
        elif name is not None:
            found[name].append(line)
    return found


def hot_loops(assembly):
    """The innermost loops that multiply vectors."""
    found = []
    for name, lines in functions(assembly).items():
        labels = {m.group(1): k for k, line in enumerate(lines) if (m := LABEL.match(line))}
        jumps = [
            (labels[m.group(1)], k) for k, line in enumerate(lines) if (m := JUMP.match(line)) and m.group(1) in labels
        ]
        loops = {(start, end) for start, end in jumps if start <= end}
        for start, end in loops:
            is_innermost = not any(start <= s and e <= end and (s, e) != (start, end) for s, e in loops)
            body = tuple(lines[start : end + 1])
            if is_innermost and any(PRODUCT.match(line) for line in body):
                found.append(HotLoop(name, body))
    return found
