"""Learning-rate schedules: functions of the step and of the optimiser's learning rate, in PyTorch's formulas.

A schedule is called as schedule(step, lr) with step = 0 for the first step, and gives the learning rate of that step.
It is written with NumPy functions, so that it runs on numbers, on arrays of steps and on traced values. `fit` completes
it with the length of the run (`for_run`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, Self

import numpy as np

from pullback.errors import ArgumentError, message
from pullback.ops.apply import Value
from pullback.optim.base import check_range

Unit = Literal["epoch", "step"]


class Schedule(Protocol):
    """A function of the step, completed by the length of the run."""

    def __call__(self, step: Value, lr: Value) -> Value:
        """The learning rate of a step, given the optimiser's."""

    def for_run(self, steps_per_epoch: int, total_steps: int) -> Schedule:
        """The same schedule counted in steps, with what was left open filled in."""


@dataclass(frozen=True)
class StepLR:
    """Multiply the learning rate by gamma after every step_size epochs (or steps).

    lr · gamma^⌊t / step_size⌋

    Source:  torch.optim.lr_scheduler.StepLR

    >>> np.round(StepLR(2, gamma=0.1)(np.arange(5), 1.0), 3).tolist()
    [1.0, 1.0, 0.1, 0.1, 0.01]
    """

    step_size: int
    gamma: float = 0.1
    unit: Unit = "epoch"

    def __post_init__(self) -> None:
        _check_count("StepLR", "step_size", self.step_size)
        check_range("StepLR", "gamma", self.gamma)
        _check_unit("StepLR", self.unit)

    def __call__(self, step: Value, lr: Value) -> Value:
        """The learning rate of a step."""
        return lr * self.gamma ** np.floor(step / self.step_size)

    def for_run(self, steps_per_epoch: int, total_steps: int) -> Self:
        """The same schedule counted in steps."""
        del total_steps
        if self.unit == "step":
            return self
        return replace(self, step_size=self.step_size * steps_per_epoch, unit="step")


@dataclass(frozen=True)
class MultiStepLR:
    """Multiply the learning rate by gamma at each milestone, an epoch (or step).

    lr · gamma^(number of milestones <= t)

    Source:  torch.optim.lr_scheduler.MultiStepLR

    >>> np.round(MultiStepLR((1, 3), gamma=0.5)(np.arange(4), 1.0), 3).tolist()
    [1.0, 0.5, 0.5, 0.25]
    """

    milestones: tuple[int, ...]
    gamma: float = 0.1
    unit: Unit = "epoch"

    def __post_init__(self) -> None:
        if not isinstance(self.milestones, Iterable):
            fix = f"MultiStepLR(({self.milestones!r},))"
            raise ArgumentError(message("MultiStepLR: milestones are a tuple", got=f"{self.milestones!r}", fix=fix))
        object.__setattr__(self, "milestones", tuple(self.milestones))
        for k in self.milestones:
            _check_count("MultiStepLR", "milestone", k)
        check_range("MultiStepLR", "gamma", self.gamma)
        _check_unit("MultiStepLR", self.unit)

    def __call__(self, step: Value, lr: Value) -> Value:
        """The learning rate of a step."""
        for k in self.milestones:
            lr = lr * np.where(step >= k, self.gamma, 1.0)
        return lr

    def for_run(self, steps_per_epoch: int, total_steps: int) -> Self:
        """The same schedule counted in steps."""
        del total_steps
        if self.unit == "step":
            return self
        return replace(self, milestones=tuple(k * steps_per_epoch for k in self.milestones), unit="step")


@dataclass(frozen=True)
class CosineLR:
    """Lower the learning rate to `final` along half a cosine; it stays there afterwards.

    final + (lr − final) · (1 + cos(π · t / total_steps)) / 2

    total_steps  defaults to the length of the run. Such a run cannot be resumed with more epochs, since all its rates
                 would have been others; one that may grow needs total_steps from the start

    Source:  Loshchilov & Hutter 2017, arXiv:1608.03983, equation 5; torch.optim.lr_scheduler.CosineAnnealingLR

    >>> np.round(CosineLR(4)(np.arange(5), 1.0), 4).tolist()
    [1.0, 0.8536, 0.5, 0.1464, 0.0]
    """

    total_steps: int | None = None
    final: float = 0.0

    def __post_init__(self) -> None:
        if self.total_steps is not None:
            _check_count("CosineLR", "total_steps", self.total_steps)
        check_range("CosineLR", "final", self.final)

    def __call__(self, step: Value, lr: Value) -> Value:
        """The learning rate of a step."""
        total = _known("CosineLR", self.total_steps)
        return self.final + (lr - self.final) * (0.5 * (1.0 + np.cos(np.minimum(step / total, 1.0) * math.pi)))

    def for_run(self, steps_per_epoch: int, total_steps: int) -> Self:
        """The same schedule over the whole run, where total_steps was left open."""
        del steps_per_epoch
        return self if self.total_steps is not None else replace(self, total_steps=total_steps)


@dataclass(frozen=True)
class OneCycleLR:
    """Raise the learning rate to max_lr and lower it to almost nothing, along two half cosines.

    From max_lr / div_factor at step 0 to max_lr at step pct_start·total_steps − 1, then to
    max_lr / div_factor / final_div_factor at step total_steps − 1. The momentum stays as it is (PyTorch cycles it
    unless cycle_momentum=False); the optimiser's own learning rate is not used.

    total_steps  defaults to the length of the run; then the run cannot be resumed with more epochs (see CosineLR)

    Source:  Smith & Topin 2018, arXiv:1708.07120; torch.optim.lr_scheduler.OneCycleLR

    >>> np.round(OneCycleLR(1.0, total_steps=10)(np.arange(10), 0.1), 3).tolist()
    [0.04, 0.52, 1.0, 0.95, 0.812, 0.611, 0.389, 0.188, 0.05, 0.0]
    """

    max_lr: float
    total_steps: int | None = None
    pct_start: float = 0.3
    div_factor: float = 25.0
    final_div_factor: float = 1e4

    def __post_init__(self) -> None:
        check_range("OneCycleLR", "max_lr", self.max_lr)
        check_range("OneCycleLR", "pct_start", self.pct_start, 0.0, 1.0)
        check_range("OneCycleLR", "div_factor", self.div_factor, math.nextafter(0.0, 1.0))
        check_range("OneCycleLR", "final_div_factor", self.final_div_factor, math.nextafter(0.0, 1.0))
        if self.total_steps is not None:
            _check_count("OneCycleLR", "total_steps", self.total_steps)

    def __call__(self, step: Value, lr: Value) -> Value:
        """The learning rate of a step; `lr` is not used."""
        del lr
        last = _known("OneCycleLR", self.total_steps) - 1.0
        peak = self.pct_start * (last + 1.0) - 1.0
        first = self.max_lr / self.div_factor
        t = np.minimum(step, last) + 0.0
        down = _cosine(self.max_lr, first / self.final_div_factor, (t - peak) / (last - peak))
        if peak <= 0:
            return down
        return np.where(t <= peak, _cosine(first, self.max_lr, t / peak), down)

    def for_run(self, steps_per_epoch: int, total_steps: int) -> Self:
        """The same schedule over the whole run.

        Raises: ArgumentError, when the run is longer than the cycle
        """
        del steps_per_epoch
        if self.total_steps is not None and self.total_steps < total_steps:
            raise ArgumentError(
                message(
                    "OneCycleLR: the run is longer than the cycle",
                    got=f"total_steps={self.total_steps}, a run of {total_steps} steps",
                    need=f"total_steps >= {total_steps}",
                    fix="leave total_steps out",
                )
            )
        return self if self.total_steps is not None else replace(self, total_steps=total_steps)


@dataclass(frozen=True)
class WarmupLR:
    """Raise the learning rate linearly over the first steps, then follow another schedule, which starts at its step 0.

    lr · (start_factor + (1 − start_factor) · t / steps) for t < steps; afterwards then(t − steps, lr), or lr

    then  CosineLR() and OneCycleLR(...) span the rest of the run, which can then not be resumed with more epochs

    Source:  Goyal et al. 2017, arXiv:1706.02677, section 2.2; torch.optim.lr_scheduler.LinearLR

    >>> np.round(WarmupLR(2, then=CosineLR(2), start_factor=0.5)(np.arange(5), 1.0), 3).tolist()
    [0.5, 0.75, 1.0, 0.5, 0.0]
    """

    steps: int
    then: Any = None
    start_factor: float = 1 / 3

    def __post_init__(self) -> None:
        _check_count("WarmupLR", "steps", self.steps)
        check_range("WarmupLR", "start_factor", self.start_factor)
        if self.then is not None and not callable(self.then):
            raise ArgumentError(
                message("WarmupLR: `then` is no schedule", got=repr(self.then), need="schedule(step, lr)")
            )

    def __call__(self, step: Value, lr: Value) -> Value:
        """The learning rate of a step."""
        rising = lr * (self.start_factor + (1.0 - self.start_factor) * (np.minimum(step, self.steps) / self.steps))
        if self.then is None:
            return rising
        after = self.then(np.maximum(step - self.steps, 0), lr)
        return np.where(step < self.steps, rising, after)

    def for_run(self, steps_per_epoch: int, total_steps: int) -> Self:
        """The same schedule, where `then` runs over the steps that the warm-up leaves."""
        if self.steps >= total_steps:
            raise ArgumentError(
                message("WarmupLR: the warm-up fills the run", got=f"steps={self.steps}", need=f"steps < {total_steps}")
            )
        if self.then is None:
            return self
        return replace(self, then=completed(self.then, steps_per_epoch, total_steps - self.steps))


def completed(schedule: Any, steps_per_epoch: int, total_steps: int) -> Callable[[Value, Value], Value]:
    """A schedule, or a user's function of (step, lr), ready for a run of this length.

    Raises: ArgumentError
    """
    if schedule is None:
        return constant
    if isinstance(schedule, type) or not callable(schedule):
        title = "schedule: a class" if isinstance(schedule, type) else "schedule: not callable"
        fix = f"schedule={schedule.__name__}(...)" if isinstance(schedule, type) else ""
        raise ArgumentError(message(title, got=repr(schedule), need="a schedule, or a function of (step, lr)", fix=fix))
    complete = getattr(schedule, "for_run", None)
    return schedule if complete is None else complete(steps_per_epoch, total_steps)  # type: ignore[no-any-return]


def constant(step: Value, lr: Value) -> Value:
    """The optimiser's learning rate at every step."""
    del step
    return lr


def _cosine(start: float, end: float, part: Value) -> Value:
    """From start to end along half a cosine."""
    return end + (start - end) / 2.0 * (1.0 + np.cos(part * math.pi))


def _known(owner: str, total_steps: int | None) -> int:
    if total_steps is None:
        raise ArgumentError(
            message(
                f"{owner}: total_steps is not known",
                fix=f"{owner}(total_steps=...), or give the schedule to fit, which knows the length of the run",
            )
        )
    return total_steps


def _check_count(owner: str, name: str, value: Any) -> None:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        raise ArgumentError(message(f"{owner}: {name} is a positive whole number", got=f"{name}={value!r}"))


def _check_unit(owner: str, unit: str) -> None:
    if unit not in ("epoch", "step"):
        raise ArgumentError(message(f"{owner}: no such unit", got=f"unit={unit!r}", need="'epoch' or 'step'"))
