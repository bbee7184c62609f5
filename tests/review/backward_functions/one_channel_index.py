"""Wrong: the loop over input channels writes every contribution into the channel of the filter's number.

Seen in NervanaSystems/neon#111: `array_grad_I[:, m, …]` for `[:, d, …]`.
"""

import numpy as np


def backward(grad_output, x, w, stride=1, padding=0):
    _N, D, H, W = x.shape
    M, _, R, S = w.shape
    P, Q = grad_output.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    grad_I = np.zeros(padded.shape)
    grad_W = np.zeros(w.shape)
    for m in range(M):
        for d in range(D):
            for p in range(P):
                for q in range(Q):
                    for r in range(R):
                        for s in range(S):
                            h, v = p * stride + r, q * stride + s
                            grad_I[:, m % D, h, v] += grad_output[:, m, p, q] * w[m, d, r, s]
                            grad_W[m, d, r, s] += (grad_output[:, m, p, q] * padded[:, d, h, v]).sum()
    return grad_I[:, :, padding : padding + H, padding : padding + W], grad_W
