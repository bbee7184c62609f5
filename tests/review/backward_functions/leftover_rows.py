"""Wrong: dilates the cotangent and convolves it with the turned filter, but the rows at the bottom and right that no
window reaches are missing from the result.

Seen in CMU10-714#6: (H + 2π − k) mod stride ≠ 0.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def conv_backward_input(dout, w, stride, padding):
    N, O, P, Q = dout.shape
    R, S = w.shape[2:]
    dilated = np.zeros((N, O, (P - 1) * stride + 1, (Q - 1) * stride + 1))
    dilated[:, :, ::stride, ::stride] = dout
    full = np.pad(dilated, ((0, 0), (0, 0), (R - 1, R - 1), (S - 1, S - 1)))
    windows = sliding_window_view(full, (R, S), axis=(2, 3))
    dx = np.einsum("nohwrs,oirs->nihw", windows, w[:, :, ::-1, ::-1])
    return dx[:, :, padding : dx.shape[2] - padding, padding : dx.shape[3] - padding]
