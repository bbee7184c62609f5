"""Wrong where entries of a window are equal: each of them gets the whole cotangent.

Seen in Theano/Theano#4568.
"""

import numpy as np


def pool_backward(dout, x, pool_size, stride):
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows = slice(i * stride, i * stride + pool_size)
            cols = slice(j * stride, j * stride + pool_size)
            window = x[:, :, rows, cols]
            mask = window == window.max(axis=(2, 3), keepdims=True)
            dx[:, :, rows, cols] += mask * dout[:, :, i : i + 1, j : j + 1]
    return dx
