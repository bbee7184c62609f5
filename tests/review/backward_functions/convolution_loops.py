"""A right one: six nested loops over the windows, with a cache, as course assignments ask for."""

import numpy as np


def conv_backward_naive(dout, cache):
    x, w, _b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, Hout, Wout = dout.shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    padded[:, :, pad : pad + H, pad : pad + W] = x
    dpadded = np.zeros_like(padded)
    dw = np.zeros_like(w)
    db = np.zeros(F)
    for n in range(N):
        for f in range(F):
            for i in range(Hout):
                for j in range(Wout):
                    top, left = i * stride, j * stride
                    window = padded[n, :, top : top + HH, left : left + WW]
                    db[f] += dout[n, f, i, j]
                    dw[f] += dout[n, f, i, j] * window
                    dpadded[n, :, top : top + HH, left : left + WW] += dout[n, f, i, j] * w[f]
    dx = dpadded[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, db
