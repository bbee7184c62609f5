"""Reverse-mode derivatives: the backward pass is a graph of the same kinds of formula.

tracing    a function becomes a graph
reverse    the backward pass over a graph
gradients  vjp, grad, value_and_grad
matrices   jacobian, hvp, per_sample_grad
"""

from pullback.autodiff.gradients import grad, value_and_grad, vjp
from pullback.autodiff.matrices import hvp, jacobian, per_sample_grad
from pullback.autodiff.reverse import all_cotangents, backward
from pullback.autodiff.tracing import Tracing, make_graph, precision, trace

__all__ = [
    "Tracing",
    "all_cotangents",
    "backward",
    "grad",
    "hvp",
    "jacobian",
    "make_graph",
    "per_sample_grad",
    "precision",
    "trace",
    "value_and_grad",
    "vjp",
]
