"""Wrong: where the windows of a max pooling overlap, the last one's cotangent replaces the others'.

Seen in FluxML/NNlib.jl#205.
"""

import numpy as np


def maxpool_backward(dy, x, kernel, stride):
    dx = np.zeros_like(x)
    N, C, P, Q = dy.shape
    for p in range(P):
        for q in range(Q):
            window = x[:, :, p * stride : p * stride + kernel, q * stride : q * stride + kernel]
            winner = window.reshape(N, C, -1).argmax(axis=-1)
            h = p * stride + winner // window.shape[3]
            w = q * stride + winner % window.shape[3]
            for n in range(N):
                for c in range(C):
                    dx[n, c, h[n, c], w[n, c]] = dy[n, c, p, q]
    return dx
