"""What operators take as arrays, and what they give back."""

import numpy as np
import pytest

from pullback.autodiff import grad
from pullback.errors import ArgumentError, ShapeError
from pullback.ops import elementwise, losses, reduce
from pullback.ops.bias import add_bias


class NeedsGrad:
    """A tensor of another framework that refuses to become an array."""

    shape = (2,)

    def __array__(self, *args, **kwargs):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")


@pytest.mark.parametrize("call", [elementwise.exp, lambda x: elementwise.add(np.ones(2), x), reduce.sum])
def test_rows_of_different_lengths_are_no_array(call):
    with pytest.raises(ShapeError, match=r"not an array\n  got:  a list with parts of different shapes"):
        call([[1.0, 2.0], [3.0]])


@pytest.mark.parametrize(
    "call",
    [
        elementwise.exp,
        lambda x: elementwise.add(np.ones(2), x),
        reduce.sum,
        lambda x: grad(lambda y: np.sum(y * x))(np.ones(2)),
        lambda x: add_bias(np.ones((1, 2)), x),
    ],
)
def test_a_tensor_that_refuses_to_become_an_array_is_explained(call):
    with pytest.raises(ArgumentError, match=r"a NeedsGrad is not an array\n.*requires grad.*\n  fix:  .*detach"):
        call(NeedsGrad())


def test_one_number_is_a_numpy_scalar_on_arrays_as_in_a_gradient():
    x = np.ones((2, 3), np.float32)
    values = [
        reduce.sum(x),
        reduce.mean(x),
        elementwise.exp(2.0),
        losses.mse_loss(x, x),
        elementwise.exp(np.array(1.0)),
    ]
    assert [type(v) for v in values] == [np.float32, np.float32, np.float64, np.float32, np.float64]
