"""Wrong: the window of an output is taken at (h, w) instead of (h·stride, w·stride).

Seen in deep-learning-coursera#34.
"""

import numpy as np


def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    _stride, pad = hparameters["stride"], hparameters["pad"]
    m, n_C_prev, n_H_prev, n_W_prev = A_prev.shape
    n_C, _, f, g = W.shape
    dA_prev_pad = np.zeros((m, n_C_prev, n_H_prev + 2 * pad, n_W_prev + 2 * pad))
    A_prev_pad = np.pad(A_prev, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dW = np.zeros(W.shape)
    db = np.zeros(b.shape)
    for i in range(m):
        for h in range(dZ.shape[2]):
            for w in range(dZ.shape[3]):
                for c in range(n_C):
                    vert_start, horiz_start = h, w
                    a_slice = A_prev_pad[i, :, vert_start : vert_start + f, horiz_start : horiz_start + g]
                    dA_prev_pad[i, :, vert_start : vert_start + f, horiz_start : horiz_start + g] += (
                        W[c] * dZ[i, c, h, w]
                    )
                    dW[c] += a_slice * dZ[i, c, h, w]
                    db[c] += dZ[i, c, h, w]
    dA_prev = dA_prev_pad[:, :, pad : pad + n_H_prev, pad : pad + n_W_prev]
    return dA_prev, dW, db
