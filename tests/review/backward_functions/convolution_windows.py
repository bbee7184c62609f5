"""A right one: every option, with strided windows and einsum; gradients returned by name, the filter's first."""

import numpy as np


def backward(y_bar, x, w, stride=1, padding=0, dilation=1, groups=1):
    _N, _I, H, W = x.shape
    O, J, R, S = w.shape
    P, Q = y_bar.shape[2:]
    xp = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    xp_bar = np.zeros_like(xp)
    w_bar = np.zeros_like(w)
    og = O // groups
    for g in range(groups):
        of, ic = slice(g * og, (g + 1) * og), slice(g * J, (g + 1) * J)
        for r in range(R):
            for s in range(S):
                rows = slice(r * dilation, r * dilation + (P - 1) * stride + 1, stride)
                cols = slice(s * dilation, s * dilation + (Q - 1) * stride + 1, stride)
                w_bar[of, :, r, s] = np.einsum("nopq,nipq->oi", y_bar[:, of], xp[:, ic, rows, cols])
                xp_bar[:, ic, rows, cols] += np.einsum("nopq,oi->nipq", y_bar[:, of], w[of, :, r, s])
    return {"dw": w_bar, "dx": xp_bar[:, :, padding : padding + H, padding : padding + W], "db": y_bar.sum((0, 2, 3))}
