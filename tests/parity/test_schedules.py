"""Learning-rate schedules and gradient clipping against torch.optim.lr_scheduler and torch.nn.utils."""

import numpy as np
import pytest
import torch

from parity.compare import equal
from pullback import optim

pytestmark = pytest.mark.parity
S = torch.optim.lr_scheduler

LR = 0.3


def of_pytorch(make, count):
    """The learning rates of `count` steps."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR, momentum=0.9)
    schedule = make(optimizer)
    rates = []
    for _ in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return np.array(rates)


def warm(optimizer, steps=5):
    rising = S.LinearLR(optimizer, start_factor=0.2, total_iters=steps)
    return S.SequentialLR(optimizer, [rising, S.CosineAnnealingLR(optimizer, 20)], milestones=[steps])


CASES = {
    "steps": (optim.StepLR(7, gamma=0.3, unit="step"), lambda o: S.StepLR(o, 7, gamma=0.3), 30),
    "every step": (optim.StepLR(1, gamma=0.9, unit="step"), lambda o: S.StepLR(o, 1, gamma=0.9), 30),
    "milestones": (
        optim.MultiStepLR((3, 4, 11), gamma=0.5, unit="step"),
        lambda o: S.MultiStepLR(o, [3, 4, 11], gamma=0.5),
        20,
    ),
    "cosine": (optim.CosineLR(40), lambda o: S.CosineAnnealingLR(o, 40), 41),
    "cosine to the end": (optim.CosineLR(40, final=0.01), lambda o: S.CosineAnnealingLR(o, 40, eta_min=0.01), 41),
    "one cycle": (
        optim.OneCycleLR(0.8, total_steps=50),
        lambda o: S.OneCycleLR(o, 0.8, total_steps=50, cycle_momentum=False),
        50,
    ),
    "one long rise": (
        optim.OneCycleLR(0.8, total_steps=37, pct_start=0.6, div_factor=10.0, final_div_factor=100.0),
        lambda o: S.OneCycleLR(
            o, 0.8, total_steps=37, pct_start=0.6, div_factor=10.0, final_div_factor=100.0, cycle_momentum=False
        ),
        37,
    ),
    "warm-up, then cosine": (optim.WarmupLR(5, then=optim.CosineLR(20), start_factor=0.2), warm, 26),
}
every_case = pytest.mark.parametrize(("ours", "theirs", "count"), CASES.values(), ids=CASES)


def bound(count):
    # PyTorch makes each rate from the one before: every step rounds some four times, at the size of the largest.
    return 4 * (count + 1) * np.finfo(np.float64).eps * 0.8


@every_case
def test_a_schedule_gives_the_rates_of_pytorch(ours, theirs, count):
    rates = [float(ours(step, LR)) for step in range(count)]
    equal(np.array(rates), of_pytorch(theirs, count), bound(count), "rate")


@every_case
def test_a_schedule_of_all_steps_at_once_gives_the_same_rates(ours, theirs, count):
    equal(ours(np.arange(count), LR) + np.zeros(count), of_pytorch(theirs, count), bound(count), "rate")


def test_a_schedule_counted_in_epochs_gives_the_rates_of_pytorch_per_epoch():
    ours = optim.StepLR(2, gamma=0.5).for_run(steps_per_epoch=3, total_steps=18)
    per_epoch = of_pytorch(lambda o: S.StepLR(o, 2, gamma=0.5), 6)
    equal(np.array([float(ours(k, LR)) for k in range(18)]), np.repeat(per_epoch, 3), bound(18), "rate")


CLIPPED = ("clip_norm", "clip_value", "global_norm")


def gradients():
    rng = np.random.default_rng(0)
    arrays = {"w": rng.standard_normal((4, 5)), "b": rng.standard_normal(7)}
    tensors = [torch.zeros(v.shape, dtype=torch.float64, requires_grad=True) for v in arrays.values()]
    for tensor, array in zip(tensors, arrays.values(), strict=True):
        tensor.grad = torch.from_numpy(array.copy())
    return arrays, tensors


# 27 squares, a root, a quotient, a product: every entry is below 3.
CLIPPING_BOUND = 2 * (27 + 4) * np.finfo(np.float64).eps * 3


@pytest.mark.parametrize("limit", [0.5, 2.0, 100.0])
def test_clipping_the_norm_gives_the_gradients_of_pytorch(limit):
    arrays, tensors = gradients()
    norm = torch.nn.utils.clip_grad_norm_(tensors, limit)
    equal(optim.global_norm(arrays), norm.numpy(), 3 * CLIPPING_BOUND, "norm")
    for ours, theirs in zip(optim.clip_norm(arrays, limit).values(), tensors, strict=True):
        equal(ours, theirs.grad.numpy(), CLIPPING_BOUND, "clipped gradient")


@pytest.mark.parametrize("limit", [0.1, 0.7, 100.0])
def test_clipping_values_gives_the_gradients_of_pytorch(limit):
    arrays, tensors = gradients()
    torch.nn.utils.clip_grad_value_(tensors, limit)
    for ours, theirs in zip(optim.clip_value(arrays, limit).values(), tensors, strict=True):
        np.testing.assert_array_equal(ours, theirs.grad.numpy())


@every_case
def test_rates_of_the_step_before_are_rejected(ours, theirs, count):
    with pytest.raises(AssertionError, match="PyTorch has"):
        equal(
            np.array([float(ours(max(step - 1, 0), LR)) for step in range(count)]),
            of_pytorch(theirs, count),
            bound(count),
            "rate",
        )


def test_gradients_clipped_to_another_norm_are_rejected():
    arrays, tensors = gradients()
    torch.nn.utils.clip_grad_norm_(tensors, 2.0)
    with pytest.raises(AssertionError, match="PyTorch has"):
        equal(optim.clip_norm(arrays, 2.002)["w"], tensors[0].grad.numpy(), CLIPPING_BOUND, "clipped gradient")
