"""The mistake that only biases have: counted once per product instead of once per output."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from pullback.diagnose.letters import groups, summed
from pullback.diagnose.steps import Site, Step, scaled
from pullback.formula import Sum


def per_tap(site: Site, step: Step) -> Iterator[tuple[str, Step, int]]:
    """A bias counted once per product of the filter's sum that it is added to."""
    forward = site.forward
    if site.family != "bias" or forward is None or site.operand != "b":
        return
    source = forward.inputs[0].formula
    if not isinstance(source, Sum):
        return
    parts = groups(source, summed(source))
    taps = [source.ranges[k] for k in parts.get("tap", ())]
    inputs = [source.ranges[k] for k in parts.get("channel", ())]
    for sizes, far in (((*taps, *inputs), 0), (taps, 0), (inputs, 1)):
        if sizes:
            yield "bias-per-tap", scaled(step, float(prod(sizes))), far
