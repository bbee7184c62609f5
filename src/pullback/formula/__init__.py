"""Index notation: one declaration from which value, gradients, formulas, loops and terms follow."""

from pullback.formula.affine import Affine, Index, Lookup, Ref, Table, letters
from pullback.formula.maps import Map, Reshape, Uniform
from pullback.formula.maxima import Argmax
from pullback.formula.render import Formula, latex, mathml, text
from pullback.formula.sums import Factor, Sum, Term, bar, digits

__all__ = [
    "Affine",
    "Argmax",
    "Factor",
    "Formula",
    "Index",
    "Lookup",
    "Map",
    "Ref",
    "Reshape",
    "Sum",
    "Table",
    "Term",
    "Uniform",
    "bar",
    "digits",
    "latex",
    "letters",
    "mathml",
    "text",
]
