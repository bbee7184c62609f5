"""Wrong: the padded border is cut off at one end only, twice as wide, so that the gradient is shifted.

A frequent slip: the padded gradient's first rows and columns belong to the border.
"""

import numpy as np


def conv2d_grad(dout, x, w, padding):
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    R, S = w.shape[2:]
    for p in range(dout.shape[2]):
        for q in range(dout.shape[3]):
            dxp[:, :, p : p + R, q : q + S] += np.tensordot(dout[:, :, p, q], w, axes=1)
            dw += np.tensordot(dout[:, :, p, q].T, xp[:, :, p : p + R, q : q + S], axes=1)
    return dxp[:, :, : x.shape[2], : x.shape[3]], dw
