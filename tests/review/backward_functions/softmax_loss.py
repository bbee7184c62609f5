"""A right one: softmax and cross-entropy together, averaged over the batch; there is no cotangent to pass."""

import numpy as np


def softmax_loss_grad(scores, y):
    shifted = scores - scores.max(axis=1, keepdims=True)
    probs = np.exp(shifted)
    probs /= probs.sum(axis=1, keepdims=True)
    probs[np.arange(len(y)), y] -= 1
    return probs / len(y)
