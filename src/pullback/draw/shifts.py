"""Equivariance: what shifting a picture does to a convolution of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pullback.draw.photographs import SOBEL, grey
from pullback.errors import ArgumentError, ShapeError, message
from pullback.ops.convs import conv2d
from pullback.ops.padding import pad

if TYPE_CHECKING:
    from pullback.draw.plot import Plot

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Equivariance:
    """Shifting and filtering in both orders; where they commute the difference is 0.

    Shapes:  all (H,W)
    """

    image: Array
    filtered_then_shifted: Array
    shifted_then_filtered: Array
    shift: tuple[int, int]

    @property
    def difference(self) -> Array:
        """The one minus the other."""
        return self.shifted_then_filtered - self.filtered_then_shifted

    @property
    def unequal(self) -> int:
        """How many pixels differ by more than rounding."""
        largest = float(np.abs(self.filtered_then_shifted).max(initial=1.0))
        return int((np.abs(self.difference) > 1e-9 * largest).sum())

    def draw(self) -> Plot:
        """Show the picture, both orders on one scale, and their difference.

        Raises: MissingExtraError
        """
        from pullback.draw.plot import MEDIUM, SMALL, Scale, colour_bar, new_plot, show, show_picture

        height, width = self.image.shape
        down, right = self.shift
        plot = new_plot(9.6, 2.2 * height / width + 1.0, f"shifted by {down} down, {right} to the right")
        panels = plot.subplots(1, 4)
        show_picture(panels[0], self.image)
        scale = Scale.of(np.stack([self.filtered_then_shifted, self.shifted_then_filtered]))
        both = [show(panels[1], self.filtered_then_shifted, scale), show(panels[2], self.shifted_then_filtered, scale)]
        colour_bar(plot, both[1], panels[2])
        colour_bar(plot, show(panels[3], self.difference, Scale.signed(self.difference)), panels[3])
        titles = ("picture", "convolve, then shift", "shift, then convolve", "difference")
        for axes, title in zip(panels, titles, strict=True):
            axes.set_title(title, fontsize=MEDIUM)
        same = "equal everywhere" if not self.unequal else f"{self.unequal:,} of {self.difference.size:,} pixels differ"
        panels[3].set_xlabel(same, fontsize=SMALL)
        return plot


def equivariance(
    image: ArrayLike,
    weights: ArrayLike | None = None,
    shift: tuple[int, int] = (8, 8),
    *,
    padding_mode: str = "zeros",
    operation: Callable[[Array], Any] | None = None,
) -> Equivariance:
    """Check that a convolution of a shifted picture is the shifted convolution: only the borders can differ.

    The shift takes in zeros from outside; with padding_mode="circular" it goes round, and nothing differs at all.

    weights    a filter (R,S) with odd sides; Sobel's by default
    shift      (down, right) in pixels, negative for up and left
    operation  what to check instead of a convolution: from (H,W) to (H,W)

    Raises:  ShapeError, ArgumentError
    """
    x = grey(image)
    _check_shift(shift, x.shape, padding_mode)
    act = operation or _convolution(np.asarray(SOBEL if weights is None else weights, float), padding_mode)
    first = _moved(np.array(act(x), float), shift, padding_mode)
    second = np.asarray(act(_moved(x, shift, padding_mode)), float)
    if first.shape != x.shape or second.shape != x.shape:
        got = f"{x.shape} to {second.shape}"
        raise ShapeError(message("equivariance: the size must stay", got=got, need="(H,W) to (H,W)"))
    return Equivariance(x, first, second, (shift[0], shift[1]))


def _check_shift(shift: tuple[int, int], size: tuple[int, ...], padding_mode: str) -> None:
    if len(shift) != 2 or not all(isinstance(k, int) and abs(k) < n for k, n in zip(shift, size, strict=True)):
        got, need = f"shift={shift!r}", f"whole numbers within {size[0]}×{size[1]}"
        raise ArgumentError(message("equivariance: the shift does not fit", got=got, need=need))
    if padding_mode not in ("zeros", "circular"):
        need = '"zeros" or "circular"'
        raise ArgumentError(message("equivariance: no such border", got=f"padding_mode={padding_mode!r}", need=need))


def _moved(values: Array, shift: tuple[int, int], padding_mode: str) -> Array:
    rolled = np.roll(values, shift, (0, 1))
    if padding_mode == "zeros":
        for axis, k in enumerate(shift):
            edge = np.moveaxis(rolled, axis, 0)
            edge[slice(0, k) if k >= 0 else slice(k, None)] = 0.0
    return rolled


def _convolution(w: Array, padding_mode: str) -> Callable[[Array], Array]:
    if w.ndim != 2 or w.shape[0] % 2 == 0 or w.shape[1] % 2 == 0:
        raise ShapeError(message("filter: not a filter with a middle", got=f"shape {w.shape}", need="(R,S), both odd"))
    pairs = tuple((n // 2, n // 2) for n in w.shape)

    def act(x: Array) -> Array:
        y: Array = np.asarray(conv2d(pad(x, pairs, padding_mode)[None, None], w[None, None]))[0, 0]
        return y

    return act
