"""Mistakes in what is summed, and in biases: in words."""

from __future__ import annotations

from pullback.diagnose.mistake import OBLONG, SEVERAL_IMAGES, Mistake

SUMS = (
    Mistake(
        "mean-over-positions",
        "sum",
        "the mean over the positions was taken; it is the sum",
        "The terms were added up and then divided by the number of positions. Every position adds its own share to the "
        "result, so nothing is divided: use .sum(), not .mean(). (A mean would only rescale the learning rate, and "
        "differently for every layer.)",
        OBLONG,
        0,
    ),
    Mistake(
        "mean-over-batch",
        "sum",
        "the mean over the batch was taken; it is the sum",
        "The terms of all samples were added up and then divided by the size of the batch. If the loss is a mean over "
        "the batch, its 1/N is already in the cotangent; if it is a sum, there is none: do not divide here.",
        SEVERAL_IMAGES,
        1,
    ),
    Mistake(
        "mean-instead-of-sum",
        "sum",
        "the mean was taken; it is the sum",
        "The terms were added up and then divided by their number. The gradient is the sum over everything that the "
        "number took part in: use .sum(), not .mean().",
        rank=1,
    ),
    Mistake(
        "batch-not-summed",
        "sum",
        "the sum over the batch is missing",
        "There is one gradient per sample here. The same parameter took part in every sample of the batch, so its "
        "gradient is the sum over them: sum over axis 0.",
        SEVERAL_IMAGES,
        1,
    ),
    Mistake(
        "positions-not-summed",
        "sum",
        "one value per position was given for a number that is shared by all positions",
        "The sum over the positions is missing. The same number is used at every position, so its gradient adds up "
        "what arrives at all of them: sum over the spatial axes.",
        OBLONG,
        1,
    ),
    Mistake(
        "nothing-summed",
        "sum",
        "nothing was summed",
        "Every term was returned by itself. The gradient of a number that is used several times is the sum over its "
        "uses: sum over the batch and the positions.",
        rank=2,
    ),
    Mistake(
        "summed-over-positions",
        "sum",
        "it was summed over the positions, which have a value each",
        "Every position has a number of its own here (an untied bias, a filter that is not shared), so its gradient is "
        "the sum over the batch alone. Summing over the positions belongs to a shared number.",
        OBLONG,
        2,
    ),
    Mistake(
        "overwritten",
        "sum",
        "assigned instead of added: only the last term was kept",
        "In the loop stands `=` where `+=` is needed, so every pass through it overwrites what the ones before have "
        "added, and the last one remains. Start from zeros and use `+=`.",
        rank=3,
    ),
    Mistake(
        "only-first",
        "sum",
        "only the first sample, position or channel was counted",
        "The sum was left after its first term, as by a return inside the loop or an index 0 where the loop's "
        "variable belongs. Every one of them adds its share.",
        rank=4,
    ),
    Mistake(
        "one-left-out",
        "sum",
        "a loop stops one too early",
        "The last index of a loop was left out, as by range(n − 1). The sum runs over all indices, 0 to n − 1.",
        rank=6,
    ),
    Mistake(
        "wrong-tensor",
        "sum",
        "another array of the same shape was used",
        "The formula is right, but one of its factors was read from another layer's array. Each factor belongs to the "
        "very operation that is differentiated: its own input, its own cotangent.",
        rank=6,
    ),
    Mistake(
        "path-left-out",
        "sum",
        "a path was left out",
        "The value is used in more than one place, and each use sends back a cotangent of its own. They are added up; "
        "here one of them is missing.",
        "a value that is used twice",
        3,
    ),
    Mistake(
        "sign-of-one-term",
        "sum",
        "one of two terms has the wrong sign",
        "The value is used in two places, and what comes back from them is added up. Here one was subtracted from the "
        "other: check where the minus belongs.",
        "a value that is used twice",
        4,
    ),
    Mistake(
        "reshaped-in-another-order",
        "sum",
        "the entries were reshaped in another order",
        "Flattening keeps row-major order (the last axis runs fastest). Here the gradient was brought back to its "
        "shape in another order, so that entries ended up at other places: use the same order both ways.",
        OBLONG,
        4,
    ),
)

BIAS = (
    Mistake(
        "bias-per-tap",
        "bias",
        "the bias was counted once per filter tap instead of once per output",
        "The gradient is multiplied by the number of products in the filter's sum. The bias is added once to every "
        "output, after that sum, so its gradient adds up the cotangent alone.",
        "filters of 3×2",
        2,
    ),
)
