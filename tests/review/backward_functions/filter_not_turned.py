"""Wrong: the input's gradient correlates the padded cotangent with the filter as it is, which should be turned by 180°.

Seen in a paid course: "the calculated weight gradient was reversed … the code ran and appeared to perform well"
(end-to-end-machine-learning, course 321, section 2.7).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def conv_input_gradient(dout, w):
    R, S = w.shape[2:]
    padded = np.pad(dout, ((0, 0), (0, 0), (R - 1, R - 1), (S - 1, S - 1)))
    windows = sliding_window_view(padded, (R, S), axis=(2, 3))
    dx = np.einsum("nohwrs,oirs->nihw", windows, w)
    return dx
