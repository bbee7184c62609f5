"""Mistakes in pooling and activations: in words."""

from __future__ import annotations

from pullback.diagnose.mistake import PADDED, TIED, Mistake

POOLING = (
    Mistake(
        "to-every-position",
        "pooling",
        "the cotangent was sent to every entry of the window",
        "The maximum depends on the winner alone. Only the entry that won the window receives the cotangent, all "
        "others receive 0: keep the switches of the way forward.",
        "windows in which one entry is the largest",
        1,
    ),
    Mistake(
        "split-evenly",
        "pooling",
        "the cotangent was split evenly over the window",
        "This is the gradient of average pooling. The maximum depends on the winner alone, which receives all of it.",
        "windows in which one entry is the largest",
        1,
    ),
    Mistake(
        "to-all-ties",
        "pooling",
        "every one of several equal maxima received the whole cotangent",
        "Where two entries of a window are equally large, comparing with the maximum finds both, and the cotangent is "
        "counted twice. One of them receives it, by convention the first; or each a share.",
        TIED,
        1,
    ),
    Mistake(
        "split-among-ties",
        "pooling",
        "the cotangent was shared by equal maxima",
        "Equal maxima share the cotangent here. That is a subgradient too, but not the convention of this library, "
        "PyTorch and others, in which the first of them receives all.",
        TIED,
        2,
    ),
    Mistake(
        "wrong-switch",
        "pooling",
        "the cotangent was sent to another entry than the winner",
        "The switches are wrong: the cotangent goes to the entry that was the largest on the way forward (the first of "
        "equals), at its row and column in the plane.",
        "windows in which one entry is the largest",
        2,
    ),
    Mistake(
        "average-not-divided",
        "pooling",
        "the average's 1/k is missing",
        "An average passes back 1/k of the cotangent to each of its k entries. Here each received all of it: divide by "
        "the number of entries of the window.",
        rank=0,
    ),
    Mistake(
        "divided-twice",
        "pooling",
        "the average's 1/k was applied twice",
        "The cotangent was divided by the number of entries of the window twice, for instance in the average itself "
        "and again in its caller.",
        rank=3,
    ),
    Mistake(
        "padding-not-counted",
        "pooling",
        "the average was divided by another number of entries",
        "At the border, windows hold padding. Whether it counts as entries of the average is decided by "
        "count_include_pad, the same for both directions.",
        PADDED,
        3,
    ),
    Mistake(
        "average-as-maximum",
        "pooling",
        "one entry of the window received everything",
        "Every entry of the window takes part in the average, and receives the same share of the cotangent.",
        rank=4,
    ),
)

ACTIVATION = (
    Mistake(
        "derivative-left-out",
        "activation",
        "the activation's derivative was left out",
        "The chain rule multiplies by f′(x) at every activation: x̄ = ȳ · f′(x). Here ȳ was passed on as it is.",
        rank=0,
    ),
    Mistake(
        "derivative-at-output",
        "activation",
        "the derivative was taken at the output instead of the input",
        "In x̄ = ȳ · f′(x), x is what went into the activation. Here f′ was evaluated at y = f(x).",
        rank=1,
    ),
    Mistake(
        "derivative-at-input",
        "activation",
        "the input was put where the output belongs",
        "The derivative was written in terms of the output y = f(x), such as y·(1 − y) for the sigmoid or 1 − y² for "
        "tanh, but evaluated with the input x for y.",
        rank=1,
    ),
    Mistake(
        "function-for-derivative",
        "activation",
        "the function itself was used for its derivative",
        "ȳ was multiplied by f(x) in place of f′(x), such as σ in place of σ·(1 − σ).",
        rank=1,
    ),
    Mistake(
        "mask-of-cotangent",
        "activation",
        "the mask was taken from the cotangent instead of the input",
        "Which entries pass is decided by the activation's input: where x > 0. Here it was decided by the sign of the "
        "cotangent (which is the rule of a DeConvNet, not a gradient).",
        rank=2,
    ),
    Mistake(
        "mask-of-wrong-tensor",
        "activation",
        "the derivative was taken at another array",
        "In x̄ = ȳ · f′(x), x is what went into this very activation. Here another array of the same shape was used.",
        rank=3,
    ),
    Mistake(
        "square-left-out",
        "activation",
        "a square was left out",
        "The derivative contains a square, such as 1 − tanh²(x), which was left out.",
        rank=3,
    ),
    Mistake(
        "denominator-left-out",
        "activation",
        "the derivative's denominator was left out",
        "The derivative is a fraction, such as (p − t)/(p·(1 − p)) for the binary cross-entropy of probabilities, and "
        "only its numerator is there. (For that loss, the numerator alone is the gradient of the scores before the "
        "sigmoid, whose derivative cancels the denominator.)",
        rank=2,
    ),
    Mistake(
        "output-scale-left-out",
        "activation",
        "the factor behind the activation was left out",
        "A constant factor, such as the 2 in 2·tanh(x) or the 1/(1 − p) of dropout, multiplies the derivative as well.",
        rank=0,
    ),
)
