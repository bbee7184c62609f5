"""Wrong: the loss is the mean over the batch, the gradient lacks its 1/N."""

import numpy as np


def cross_entropy_backward(logits, labels):
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    one_hot = np.eye(logits.shape[1])[labels]
    return p - one_hot
