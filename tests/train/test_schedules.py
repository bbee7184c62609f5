import math

import numpy as np
import pytest

from pullback.autodiff import trace
from pullback.errors import ArgumentError
from pullback.interpret import run
from pullback.optim import CosineLR, MultiStepLR, OneCycleLR, StepLR, WarmupLR
from pullback.optim.schedules import completed


def rates(schedule, count, lr=1.0):
    return [float(schedule(step, lr)) for step in range(count)]


def test_step_lr_multiplies_after_every_step_size():
    assert rates(StepLR(3, gamma=0.5), 7, lr=8.0) == [8, 8, 8, 4, 4, 4, 2]


def test_multi_step_lr_multiplies_at_each_milestone():
    assert rates(MultiStepLR([2, 3], gamma=0.1), 5) == pytest.approx([1, 1, 0.1, 0.01, 0.01])


def test_cosine_lr_is_half_way_at_the_middle_and_final_at_the_end():
    # (1 + cos(π/4))/2 at a quarter
    quarter = 0.2 + 0.8 * (1 + math.sqrt(0.5)) / 2
    assert rates(CosineLR(4, final=0.2), 6) == pytest.approx([1, quarter, 0.6, 1.2 - quarter, 0.2, 0.2])


def test_one_cycle_lr_rises_to_its_peak_and_falls_to_almost_nothing():
    # 11 steps, peak at 0.5454..·11 - 1 = 5: half way up at 2.5; half way down at 7.5
    schedule = OneCycleLR(1.0, total_steps=11, pct_start=6 / 11, div_factor=10, final_div_factor=100)
    found = rates(schedule, 11, lr=123.0)
    assert found[0] == pytest.approx(0.1)
    assert found[5] == pytest.approx(1.0)
    assert found[10] == pytest.approx(0.001)
    assert schedule(2.5, 0.0) == pytest.approx(0.55)
    assert schedule(7.5, 0.0) == pytest.approx(0.5005)
    assert found == sorted(found[:6]) + sorted(found[6:], reverse=True)


def test_a_cycle_too_short_to_rise_only_falls():
    assert rates(OneCycleLR(1.0, total_steps=2, pct_start=0.5), 2) == pytest.approx([1.0, 1 / 25e4])


def test_warm_up_rises_linearly_and_hands_over():
    assert rates(WarmupLR(4, start_factor=0.2), 6) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0])
    assert rates(WarmupLR(2, then=StepLR(1, gamma=0.5), start_factor=0.0), 5) == pytest.approx([0, 0.5, 1, 0.5, 0.25])


def test_epochs_become_steps_and_open_lengths_the_length_of_the_run():
    assert completed(StepLR(3), 10, 50) == StepLR(30, unit="step")
    assert completed(StepLR(3, unit="step"), 10, 50) == StepLR(3, unit="step")
    assert completed(MultiStepLR((1, 4)), 10, 50) == MultiStepLR((10, 40), unit="step")
    assert completed(CosineLR(), 10, 50) == CosineLR(50)
    assert completed(CosineLR(7), 10, 50) == CosineLR(7)
    assert completed(OneCycleLR(0.1), 10, 50) == OneCycleLR(0.1, total_steps=50)
    assert completed(WarmupLR(5, then=CosineLR()), 10, 50) == WarmupLR(5, then=CosineLR(45))
    assert completed(None, 10, 50)(7, 0.3) == 0.3
    assert completed(lambda step, lr: lr / (step + 1), 10, 50)(1, 0.5) == 0.25


SCHEDULES = [
    StepLR(3),
    MultiStepLR((2, 5), gamma=0.3),
    CosineLR(9, final=0.1),
    OneCycleLR(2.0, total_steps=10),
    WarmupLR(3, then=CosineLR(6)),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_a_traced_schedule_gives_the_same_rates(schedule):
    steps = np.arange(10)
    tracing = trace(schedule, steps, np.float64(0.5))
    (traced,) = run(tracing.graph, [steps, np.float64(0.5)], np.float64)
    np.testing.assert_allclose(traced, rates(schedule, 10, 0.5), rtol=1e-14)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: StepLR(0), "step_size is a positive whole number"),
        (lambda: StepLR(2, unit="batch"), "no such unit"),
        (lambda: CosineLR()(0, 1.0), "total_steps is not known"),
        (lambda: OneCycleLR(0.1, pct_start=1.0), "pct_start out of range"),
        (lambda: OneCycleLR(0.1, total_steps=49).for_run(10, 50), "longer than the cycle"),
        (lambda: WarmupLR(50).for_run(10, 50), "fills the run"),
        (lambda: WarmupLR(5, then=0.1), "is no schedule"),
        (lambda: completed(0.1, 10, 50), "not callable"),
        (lambda: completed(StepLR, 10, 50), r"a class(.*\n)*.*fix:  schedule=StepLR\(\.\.\.\)"),
        (lambda: MultiStepLR(3), r"milestones are a tuple\n  got:  3\n  fix:  MultiStepLR\(\(3,\)\)"),
    ],
)
def test_unusable_schedules_are_refused(make, text):
    with pytest.raises(ArgumentError, match=text):
        make()


@pytest.mark.parity
def test_schedules_agree_with_pytorch():
    torch = pytest.importorskip("torch")
    sched = torch.optim.lr_scheduler
    pairs = [
        (StepLR(3, 0.3), lambda o: sched.StepLR(o, 3, 0.3)),
        (MultiStepLR((2, 5), 0.3), lambda o: sched.MultiStepLR(o, [2, 5], 0.3)),
        (CosineLR(20, 0.01), lambda o: sched.CosineAnnealingLR(o, 20, 0.01)),
        (OneCycleLR(0.7, 20), lambda o: sched.OneCycleLR(o, 0.7, 20, cycle_momentum=False)),
        (
            OneCycleLR(0.7, 20, 0.1, 5, 7),
            lambda o: sched.OneCycleLR(o, 0.7, 20, None, None, 0.1, "cos", False, 0.85, 0.95, 5, 7),
        ),
        (WarmupLR(4), lambda o: sched.LinearLR(o, 1 / 3, 1.0, 4)),
    ]
    for ours, make in pairs:
        peer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
        theirs = make(peer)
        for step in range(20):
            assert float(ours(step, 0.5)) == pytest.approx(theirs.get_last_lr()[0], rel=1e-9), (ours, step)
            peer.step()
            if step < 19:
                theirs.step()
