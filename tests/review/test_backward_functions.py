"""Backward functions written before the list of mistakes was seen, some right, some wrong in ways seen in public.

Each of them says in its own words what is wrong with it, and where that was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pullback.review import Review, review

FOLDER = Path(__file__).parent / "backward_functions"

RIGHT = {
    "convolution_loops.py:conv_backward_naive": "conv2d",
    "convolution_im2col.py:conv_backward": "conv2d",
    "convolution_fft.py:conv2d_backward": "conv2d",
    "convolution_windows.py:backward": "conv2d",
    "transposed_convolution.py:deconv_backward": "conv_transpose2d",
    "pooling_loops.py:max_pool_backward": "max_pool2d",
    "softmax_loss.py:softmax_loss_grad": "cross_entropy",
    "batch_normalisation.py:batchnorm_backward": "batch_norm_training",
}


@dataclass(frozen=True)
class Wrong:
    """What a review has to find.

    condition  by wrong gradient, where it is wrong
    mistake    the key of the mistake that explains it; "" where none may be named
    share      how many of its failing cases at least must be reproduced
    """

    op: str
    condition: dict[str, str]
    mistake: str
    share: float = 1.0
    right: tuple[str, ...] = ()


WRONG = {
    "filter_not_turned.py:conv_input_gradient": Wrong(
        "conv2d", {"x": "where the filter has R·S > 1 taps"}, "filter-flipped"
    ),
    "one_channel_index.py:backward": Wrong("conv2d", {"x": "where x has I > 1 channels"}, "", right=("w",)),
    "height_for_width.py:conv_backward": Wrong(
        "conv2d", {"x": "where R < S", "w": "where R < S"}, "one-left-out", 0.5, right=("bias",)
    ),
    "stride_missing.py:conv_backward": Wrong(
        "conv2d", {"x": "where stride > 1", "w": "where stride > 1"}, "stride-not-dilated", right=("bias",)
    ),
    "leftover_rows.py:conv_backward_input": Wrong(
        "conv2d", {"x": "where there are leftover rows"}, "leftover-rows", 0.7
    ),
    "bias_averaged.py:backward": Wrong(
        "conv2d", {"bias": "where there are P·Q > 1 positions"}, "mean-over-positions", 0.8, right=("x", "w")
    ),
    "same_for_all_channels.py:weight_gradient": Wrong(
        "conv2d", {"w": "where x has I > 1 channels"}, "summed-over-channels"
    ),
    "overlaps_assigned.py:maxpool_backward": Wrong("max_pool2d", {"x": "where windows overlap"}, "overlaps-assigned"),
    "every_tie.py:pool_backward": Wrong("max_pool2d", {"x": "where there is a tie"}, "to-all-ties"),
    "border_not_cropped.py:conv2d_grad": Wrong("conv2d", {"x": "where padding > 0"}, "padding-ignored", right=("w",)),
    "jacobian_diagonal.py:softmax_backward": Wrong("softmax", {"x": "in every case"}, "jacobian-diagonal"),
    "batch_not_averaged.py:cross_entropy_backward": Wrong(
        "cross_entropy", {"logits": "where the batch has N > 1 samples"}, "batch-mean-missing"
    ),
    "sigmoid_twice.py:sigmoid_backward": Wrong("sigmoid", {"x": "in every case"}, "derivative-at-output"),
    "linear_of_one_sample.py:affine_backward": Wrong(
        "linear",
        {"w": "where the batch has N > 1 samples", "bias": "where the batch has N > 1 samples"},
        "overwritten",
        right=("x",),
    ),
}


def reviewed(name: str, op: str) -> Review:
    return review(f"{FOLDER / name}", op=op, time_limit=60, diagnose_limit=120)


def test_there_are_twenty_of_them_at_least_and_none_is_left_out():
    assert len(RIGHT) + len(WRONG) >= 20
    assert {name.split(":")[0] for name in (*RIGHT, *WRONG)} == {p.name for p in FOLDER.glob("*.py")}


@pytest.mark.parametrize(("name", "op"), RIGHT.items())
def test_a_right_one_is_right_in_every_case(name, op):
    found = reviewed(name, op)
    assert found
    assert found.problems == ()
    assert len(found.outcomes) >= 4


@pytest.mark.parametrize(("name", "wrong"), WRONG.items())
def test_a_wrong_one_is_wrong_where_it_is_wrong_and_its_mistake_is_named(name, wrong):
    found = reviewed(name, wrong.op)
    assert found.verdict == "wrong"
    assert {p.name: p.condition.text for p in found.problems} == wrong.condition
    assert all(p.condition.exact for p in found.problems)
    compared = {g.name for o in found.outcomes for g in o.gradients}
    assert compared == {*wrong.condition, *wrong.right}
    causes = [c for p in found.problems for c in p.causes[:1]]
    assert {m.key for c in causes for m in c.mistakes} == ({wrong.mistake} if wrong.mistake else set())
    assert all(c.reproduced >= wrong.share * c.tried for c in causes)


@pytest.mark.parametrize(("name", "wrong"), list(WRONG.items())[:3])
def test_the_smallest_failing_case_fails_and_the_easier_ones_do_not(name, wrong):
    found = reviewed(name, wrong.op)
    first = found.problems[0].smallest.case.number
    assert all(o.is_right for o in found.outcomes if o.case.number < first)
    assert not next(o for o in found.outcomes if o.case.number == first).is_right


def test_the_report_tells_the_condition_the_mistake_and_the_count_on_80_columns():
    found = reviewed("stride_missing.py:conv_backward", "conv2d")
    text = str(found)
    assert max(map(len, text.splitlines())) <= 80
    assert "fails:     exactly where stride > 1 (18 of 36 cases)" in text
    assert "18 of 18 failing cases reproduced" in text
    assert "mistake:   the cotangent was not dilated by the stride" in text


def test_the_same_review_twice_is_the_same():
    first, second = (str(reviewed("stride_missing.py:conv_backward", "conv2d")) for _ in range(2))
    assert first == second
