"""Wrong: the bias is "adjusted by the average error"; its gradient is the sum.

Seen in Stack Overflow 58036461: "adjusting it by the average error … Is this correct?"
"""

import numpy as np


def backward(delta, image, filters, bias):
    R, S = filters.shape[2:]
    d_image = np.zeros_like(image)
    d_filters = np.zeros_like(filters)
    for p in range(delta.shape[2]):
        for q in range(delta.shape[3]):
            d_image[:, :, p : p + R, q : q + S] += np.einsum("no,oirs->nirs", delta[:, :, p, q], filters)
            d_filters += np.einsum("no,nirs->oirs", delta[:, :, p, q], image[:, :, p : p + R, q : q + S])
    d_bias = delta.mean(axis=(0, 2, 3))
    return d_image, d_filters, d_bias
