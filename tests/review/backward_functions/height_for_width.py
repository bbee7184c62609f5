"""Wrong: the filter's height bounds both loops over its taps, so that filters that are not square lose columns.

Seen in np-conv2d#2 (H used for W).
"""

import numpy as np


def conv_backward(dY, X, W, b, stride=1, pad=0):
    _N, _C, H, Wd = X.shape
    _F, _, R, S = W.shape
    Xp = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dXp = np.zeros_like(Xp)
    dW = np.zeros_like(W)
    P, Q = dY.shape[2:]
    for r in range(R):
        for s in range(min(R, S)):
            rows = slice(r, r + stride * P, stride)
            cols = slice(s, s + stride * Q, stride)
            window = Xp[:, :, rows, cols][:, :, :P, :Q]
            dW[:, :, r, s] = np.tensordot(dY, window, axes=([0, 2, 3], [0, 2, 3]))
            dXp[:, :, rows, cols][:, :, :P, :Q] += np.tensordot(dY, W[:, :, r, s], axes=([1], [0])).transpose(
                0, 3, 1, 2
            )
    dX = dXp[:, :, pad : pad + H, pad : pad + Wd]
    return dX, dW, dY.sum(axis=(0, 2, 3))
