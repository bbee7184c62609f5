"""A right one: the backward of a transposed convolution is a convolution of the cotangent."""

import numpy as np


def deconv_backward(dy, x, W, stride, padding):
    _N, _I, H, Wd = x.shape
    _, _O, R, S = W.shape
    full = np.pad(dy, ((0, 0), (0, 0), (padding, padding + stride), (padding, padding + stride)))
    dx = np.zeros(x.shape)
    dW = np.zeros(W.shape)
    for h in range(H):
        for v in range(Wd):
            patch = full[:, :, h * stride : h * stride + R, v * stride : v * stride + S]
            dx[:, :, h, v] = np.tensordot(patch, W, axes=([1, 2, 3], [1, 2, 3]))
            dW += np.tensordot(x[:, :, h, v], patch, axes=([0], [0]))
    return dx, dW, dy.sum(axis=(0, 2, 3))
