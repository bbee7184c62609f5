"""Which mistakes of the catalogue are the right answer to each of the benchmark's wrong gradients.

A wrong gradient that the catalogue has no mistake for stands in no line here. It is measured apart: the right answer to
it is "unknown", or a mistake that gives the same numbers.
"""

from __future__ import annotations

_ONCE = ("overwritten", "overlaps-assigned")
_MEAN = ("mean-instead-of-sum", "mean-over-batch", "mean-over-positions")
_ONE_TERM = ("softmax-not-subtracted", "path-left-out")

ANSWERS: dict[str, tuple[str, ...]] = {
    # sums
    "positions-mean": ("mean-over-positions",),
    "batch-mean": ("mean-over-batch",),
    "mean": _MEAN,
    "broadcast-mean": _MEAN,
    "outputs-mean": _MEAN,
    "windows-averaged": _MEAN,
    "mean-for-sum": (*_MEAN, "batch-mean-doubled"),
    "batch-not-summed": ("batch-not-summed", "nothing-summed"),
    "positions-not-summed": ("positions-not-summed",),
    "nothing-summed": ("nothing-summed", "batch-not-summed"),
    "broadcast-not-summed": ("nothing-summed", "batch-not-summed"),
    "batch-last-only": ("overwritten",),
    "batch-first-only": ("only-first",),
    "positions-assigned": ("overwritten",),
    "windows-assigned": _ONCE,
    "overlaps-assigned": _ONCE,
    "channels-summed": ("summed-over-channels",),
    "channels-identical": ("identical-over-channels",),
    "positions-summed": ("summed-over-positions",),
    "tied-for-untied": ("summed-over-positions",),
    "filters-shared": ("summed-over-positions",),
    "output-channel-last-only": ("only-one-channel", "overwritten"),
    "output-channel-first-only": ("only-one-channel", "only-first"),
    "per-tap": ("bias-per-tap",),
    "per-weight": ("bias-per-tap",),
    "reshaped-in-column-order": ("reshaped-in-another-order",),
    "not-transposed-back": ("gradient-transposed",),
    # convolution and matrices
    "filter-not-flipped": ("filter-flipped",),
    "filter-flipped": ("filter-flipped",),
    "filter-gradient-flipped": ("gradient-rotated", "arguments-swapped", "filter-flipped"),
    "rotated": ("gradient-rotated",),
    "transposed": ("gradient-transposed", "arguments-swapped"),
    "filter-transposed": ("filter-transposed", "channels-swapped"),
    "other-factor-not-transposed": ("filter-transposed", "channels-swapped"),
    "factors-in-wrong-order": ("arguments-swapped",),
    "channels-swapped": ("channels-swapped", "gradient-transposed"),
    "stride-ignored": ("stride-not-dilated",),
    "dilation-ignored": ("dilation-ignored",),
    "padding-ignored": ("padding-ignored", "padding-wrong-side"),
    "padding-shifted": ("shifted-by-one",),
    "padding-not-cropped": ("padding-not-cropped",),
    "border-not-added": ("border-not-folded-back",),
    "leftover-kept": ("leftover-rows",),
    "leftover-dropped": ("leftover-rows",),
    "leftover-duplicated": ("leftover-rows",),
    "full-for-valid": ("full-instead-of-valid",),
    "valid-for-full": ("valid-instead-of-full",),
    "groups-ignored": ("groups-ignored",),
    # pooling
    "to-every-position": ("to-every-position",),
    "split-evenly": ("split-evenly",),
    "to-all-ties": ("to-all-ties",),
    "split-among-ties": ("split-among-ties",),
    "wrong-switch-minimum": ("wrong-switch",),
    "wrong-switch-first": ("wrong-switch",),
    "wrong-switch-last-tie": ("wrong-switch",),
    "not-divided": ("average-not-divided", "batch-mean-missing"),
    "divided-twice": ("divided-twice", "batch-mean-doubled"),
    "padding-not-counted": ("padding-not-counted",),
    "to-the-maximum": ("average-as-maximum",),
    "to-one-position": ("average-as-maximum", "only-first"),
    # activations
    "derivative-left-out": ("derivative-left-out",),
    "denominator-left-out": ("denominator-left-out",),
    "derivative-at-output": ("derivative-at-output",),
    "derivative-at-input": ("derivative-at-input",),
    "function-for-derivative": ("function-for-derivative",),
    "sigmoid-for-derivative": ("function-for-derivative",),
    "mask-of-cotangent": ("mask-of-cotangent",),
    "derivative-at-another-array": ("mask-of-wrong-tensor", "wrong-tensor"),
    "square-forgotten": ("square-left-out",),
    "output-scale-left-out": ("output-scale-left-out",),
    "scale-left-out": ("output-scale-left-out",),
    # losses
    "jacobian-diagonal": ("jacobian-diagonal",),
    "sum-left-out": (*_ONE_TERM, "jacobian-diagonal"),
    "softmax-not-subtracted": _ONE_TERM,
    "target-not-subtracted": _ONE_TERM,
    "mean-left-out": ("batch-mean-missing",),
    "mean-doubled": ("batch-mean-doubled",),
    "mean-over-classes": ("mean-over-classes",),
    "mean-over-rows-only": ("mean-over-classes",),
    "factor-2": ("factor-2",),
    "factor-half": ("factor-half",),
    "sign": ("sign",),
    "penalty-left-out": ("regularisation-missing",),
    "penalty-factor-half": ("regularisation-factor",),
    "penalty-factor-2": ("regularisation-factor",),
    "penalty-factor-1": ("regularisation-factor",),
    "penalty-sign": ("regularisation-factor",),
    "penalty-alone": ("data-term-missing",),
    "mean-and-variance-constant": ("path-left-out",),
    "variance-constant": ("path-left-out",),
    "mean-constant": ("path-left-out",),
    # whole passes
    "another-layer": ("another-layer",),
    "not-zeroed": ("not-zeroed",),
    "same-gradient-twice": ("not-zeroed", "factor-2"),
    "previous-step": ("previous-step",),
    "learning-rate-included": ("learning-rate-included",),
    "update-for-gradient": ("update-given",),
    "updated-parameter": ("parameter-after-update",),
    "update-with-plus": ("update-with-plus",),
    "float32": ("float32-cancellation",),
}

SCALES = {"sign": -1.0, "factor-2": 2.0, "learning-rate-included": 0.1}
"""Mistakes that only multiply: each can be made together with any other that does not."""

MULTIPLY = frozenset(
    (
        *("sign", "factor-2", "factor-half", "mean", "mean-for-sum", "mean-left-out", "mean-doubled"),
        *("mean-over-classes", "mean-over-rows-only", "positions-mean", "batch-mean", "outputs-mean", "broadcast-mean"),
        *("windows-averaged", "per-tap", "per-weight", "not-divided", "divided-twice", "same-gradient-twice"),
        *("learning-rate-included", "update-for-gradient", "updated-parameter", "update-with-plus", "previous-step"),
        *("output-scale-left-out", "scale-left-out", "not-zeroed", "another-layer", "float32", "penalty-sign"),
    )
)


def answers_to(label: str) -> frozenset[str]:
    """The names that are right for a wrong gradient; of two mistakes in either order.

    >>> sorted(answers_to("stride-ignored + sign"))
    ['sign + stride-not-dilated', 'stride-not-dilated + sign']
    """
    first, _, second = label.partition(" + ")
    if not second:
        return frozenset(ANSWERS.get(first, ()))
    pairs = [(a, b) for a in ANSWERS.get(first, ()) for b in ANSWERS.get(second, ())]
    return frozenset(f"{x} + {y}" for a, b in pairs for x, y in ((a, b), (b, a)))
