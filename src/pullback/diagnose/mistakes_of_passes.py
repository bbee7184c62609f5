"""Mistakes in losses and whole passes: in words."""

from __future__ import annotations

from pullback.diagnose.mistake import SEVERAL_IMAGES, Mistake

LOSS = (
    Mistake(
        "jacobian-diagonal",
        "loss",
        "only the diagonal of the softmax's Jacobian was used",
        "Every output of a softmax depends on every input: ∂y[o]/∂x[k] = y[o]·((o = k) − y[k]). Here the terms with "
        "o ≠ k were left out. Summed over all o, x̄ = y·(ȳ − Σ ȳ·y).",
        "3 classes",
        0,
    ),
    Mistake(
        "softmax-not-subtracted",
        "loss",
        "only one of the two terms of a difference is there",
        "The gradient of these losses is a difference: softmax(x) − onehot(t) for the cross-entropy, σ(x) − t for the "
        "binary one, y − t for squared errors, y·(ȳ − Σ ȳ·y) for a softmax by itself. Here one of the two was not "
        "subtracted.",
        "3 classes",
        1,
    ),
    Mistake(
        "sign",
        "pass",
        "the sign is reversed",
        "All numbers have the opposite sign: a minus is missing or one too many, as where t − y was written for y − t, "
        "or the descent direction for the gradient.",
        rank=1,
    ),
    Mistake(
        "factor-2",
        "loss",
        "a factor 2 too much",
        "All numbers are twice what they should be: a 2 of a square's derivative where the loss has ½, or a sum of two "
        "where there is one.",
        rank=4,
    ),
    Mistake(
        "factor-half",
        "loss",
        "a factor 2 is missing",
        "All numbers are half of what they should be: the 2 of a square's derivative is missing, or a ½ was added "
        "that the loss does not have.",
        rank=4,
    ),
    Mistake(
        "batch-mean-missing",
        "loss",
        "the 1/N of the loss is missing",
        "The loss is a mean over N terms, so every cotangent carries 1/N. Here it was left out: divide by N, or "
        "declare the loss as a sum.",
        SEVERAL_IMAGES,
        1,
    ),
    Mistake(
        "batch-mean-doubled",
        "loss",
        "the 1/N of the loss was applied twice",
        "The loss is a mean over N terms and its gradient carries 1/N once. Here it was divided by N again, for "
        "instance in the loss and in the layer.",
        SEVERAL_IMAGES,
        1,
    ),
    Mistake(
        "mean-over-classes",
        "loss",
        "the mean was taken over the classes, too",
        "The loss adds up the classes or entries of one sample and averages over the samples (or the reverse): here "
        "the gradient was divided by, or not divided by, the number of classes.",
        "4 classes and a batch of 3",
        2,
    ),
    Mistake(
        "regularisation-missing",
        "loss",
        "the regularisation term is missing",
        "The loss has a penalty on the weights, whose gradient (2λw for λ·w²) is added to that of the data.",
        "weights that are not 0",
        1,
    ),
    Mistake(
        "regularisation-factor",
        "loss",
        "the regularisation term has the wrong factor",
        "The gradient of λ·w² is 2λw, that of ½·λ·w² is λw. Here the term was added with another factor.",
        "weights that are not 0",
        1,
    ),
    Mistake(
        "data-term-missing",
        "loss",
        "only the regularisation term is there",
        "The gradient of the penalty is there, that of the data is missing: they are added.",
        "weights that are not 0",
        4,
    ),
)

PASS = (
    Mistake(
        "another-layer",
        "pass",
        "this is the gradient of another layer",
        "The numbers are those of another array of the same shape: the gradients were stored, listed or returned in "
        "another order.",
        "layers with different sizes",
        2,
    ),
    Mistake(
        "not-zeroed",
        "pass",
        "the gradient was not set to zero before the step: it is the sum of two",
        "Gradients are accumulated into their array. Without setting it to zero between two steps, that of the step "
        "before is still in it.",
        "two steps with different data",
        3,
    ),
    Mistake(
        "previous-step",
        "pass",
        "this is the gradient of the previous step",
        "The numbers belong to the parameters or the data of the step before: the gradient was not computed anew.",
        "two steps with different data",
        2,
    ),
    Mistake(
        "learning-rate-included",
        "pass",
        "the learning rate is included in the gradient",
        "The gradient is the derivative of the loss alone. The learning rate belongs to the update, "
        "w ← w − η·gradient, and is multiplied there.",
        "another learning rate: the gradient must not change with it",
        5,
    ),
    Mistake(
        "update-given",
        "pass",
        "the update −η·gradient was given instead of the gradient",
        "This is the step that gradient descent takes. The gradient itself has no learning rate and no minus.",
        "another learning rate: the gradient must not change with it",
        5,
    ),
    Mistake(
        "parameter-after-update",
        "pass",
        "this is the parameter after the update, not its gradient",
        "The numbers are w − η·gradient: the new value of the parameter. The gradient is what was subtracted, without "
        "η.",
        "another learning rate: the gradient must not change with it",
        3,
    ),
    Mistake(
        "update-with-plus",
        "pass",
        "the parameter was updated with +η",
        "The numbers are w + η·gradient: the update goes uphill. Gradient descent subtracts, w ← w − η·gradient.",
        "any step: the loss grows",
        3,
    ),
    Mistake(
        "float32-cancellation",
        "pass",
        "large terms cancelled in float32",
        "The formula is right, but its terms are much larger than their sum, and float32 keeps 7 digits of each. "
        "Compute in float64, or rearrange the sum so that nothing large is subtracted.",
        "the same numbers in float64",
        6,
    ),
)
