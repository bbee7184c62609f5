"""A right one: correlations and convolutions through the Fourier transform, without stride and padding."""

import numpy as np


def conv2d_backward(grad_output, x, weight):
    H, W = x.shape[2:]
    R, S = weight.shape[2:]
    size = (H + R, W + S)
    G = np.fft.rfft2(grad_output, size)
    X = np.fft.rfft2(x, size)
    K = np.fft.rfft2(weight, size)
    grad_input = np.fft.irfft2(np.einsum("nohw,oihw->nihw", G, K), size)[:, :, :H, :W]
    grad_weight = np.fft.irfft2(np.einsum("nohw,nihw->oihw", G.conj(), X), size)[:, :, :R, :S]
    return grad_input, grad_weight
