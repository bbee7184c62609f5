"""The named operators. On arrays they compute; on traced values they record a node."""

from pullback.ops.bias import add_bias
from pullback.ops.convs import (
    conv1d,
    conv2d,
    conv2d_filter_gradient,
    conv2d_input_gradient,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from pullback.ops.locally import locally_connected1d, locally_connected2d, locally_connected3d
from pullback.ops.matrix import einsum, linear, matmul
from pullback.ops.padding import pad
from pullback.ops.pools import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    global_avg_pool,
    global_max_pool,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)
