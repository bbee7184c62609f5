"""Wrong: the filter's gradient uses the sum of the input's channels, and so is the same for every one of them.

Seen in discuss.pytorch.org 49353.
"""

import numpy as np


def weight_gradient(grad_out, inputs, weight, stride=1, padding=0):
    x = np.pad(inputs, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    grad = np.zeros_like(weight)
    P, Q = grad_out.shape[2:]
    for r in range(weight.shape[2]):
        for s in range(weight.shape[3]):
            patch = x[:, :, r : r + (P - 1) * stride + 1 : stride, s : s + (Q - 1) * stride + 1 : stride]
            grad[:, :, r, s] = np.einsum("nopq,nipq->o", grad_out, patch)[:, None]
    return grad
