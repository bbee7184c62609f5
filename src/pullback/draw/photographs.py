"""Filters on a photograph: blur, edges, sharpening."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pullback.errors import ShapeError, message
from pullback.ops.convs import conv2d

if TYPE_CHECKING:
    from pullback.draw.plot import Plot

Array: TypeAlias = NDArray[Any]

BINOMIAL = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
"""The blur: Pascal's triangle, the nearest to a Gaussian with whole numbers."""
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
"""The slope from left to right; transposed, from top to bottom. Source: Sobel & Feldman 1968."""
SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
"""The picture minus its Laplacian."""
LUMA = np.array([0.299, 0.587, 0.114])


def grey(image: ArrayLike) -> Array:
    """A picture (H,W), (1,H,W) or (3,H,W) as grey (H,W): 0.299 R + 0.587 G + 0.114 B.

    Raises: ShapeError
    """
    x = np.asarray(image, float)
    x = x[None] if x.ndim == 2 else x
    if x.ndim != 3 or x.shape[0] not in (1, 3):
        raise ShapeError(
            message("draw: not a picture", got=f"shape {np.shape(image)}", need="(H,W), (1,H,W) or (3,H,W)")
        )
    return x[0] if len(x) == 1 else np.asarray(np.tensordot(LUMA, x, 1))


def filtered(image: ArrayLike, weights: ArrayLike) -> Array:
    """Cross-correlate a grey picture with one filter, its border replicated: the same size.

    Shapes:  image (H,W), weights (R,S) with odd sides -> (H,W)
    Raises:  ShapeError
    """
    w = np.asarray(weights, float)
    if w.ndim != 2 or w.shape[0] % 2 == 0 or w.shape[1] % 2 == 0:
        raise ShapeError(message("filter: not a filter with a middle", got=f"shape {w.shape}", need="(R,S), both odd"))
    y = conv2d(grey(image)[None, None], w[None, None], padding="same", padding_mode="replicate")
    plane: Array = np.asarray(y)[0, 0]
    return plane


def photo_filters(image: ArrayLike) -> Plot:
    """Show what four filters make of a photograph: blur, edges by Sobel's slopes, their magnitude, sharpening.

    Shapes:  image (H,W), (1,H,W) or (3,H,W)
    Raises:  ShapeError, MissingExtraError
    """
    from pullback.draw.plot import MEDIUM, SMALL, Scale, colour_bar, new_plot, show

    x = grey(image)
    across, down = filtered(x, SOBEL), filtered(x, SOBEL.T)
    panels = [
        ("photograph", x, ""),
        ("blurred", filtered(x, BINOMIAL), "1 4 6 4 1 ⊗ 1 4 6 4 1, / 256"),
        ("sharpened", filtered(x, SHARPEN), _rows(SHARPEN)),
        ("slope to the right", across, _rows(SOBEL)),
        ("slope downwards", down, _rows(SOBEL.T)),
        ("edges", np.hypot(across, down), "√(right² + down²)"),
    ]
    height, width = x.shape
    plot = new_plot(8.4, 2 * (2.6 * height / width + 0.75))
    low, high = float(x.min()), float(x.max())
    for axes, (name, values, note) in zip(plot.subplots(2, 3).ravel(), panels, strict=True):
        if name in ("photograph", "blurred", "sharpened"):
            # One scale from black to white: sharpening overshoots it at edges, and is cut off there as on a screen.
            show(axes, values, Scale(low, high if high > low else low + 1, "gray"))
        elif name == "edges":
            show(axes, values, Scale(0.0, float(values.max()) or 1.0, "gray"))
        else:
            colour_bar(plot, show(axes, values, Scale.signed([across, down])), axes)
        axes.set_title(name, fontsize=MEDIUM)
        axes.set_xlabel(note, fontsize=SMALL)
    return plot


def _rows(weights: Array) -> str:
    return "  |  ".join(" ".join(f"{v:g}".replace("-", "−") for v in row) for row in weights)


def read_photograph(path: str | PathLike[str], widest: int = 512) -> Array:
    """Read a picture in colours (3,H,W), 0 black to 1 white, made smaller where it is wider or higher than `widest`.

    Raises: DataError, MissingExtraError
    """
    from pullback.data import read_image

    return read_image(path, channels=3, size=_size_of(path, widest))


def _size_of(path: str | PathLike[str], widest: int) -> tuple[int, int]:
    from pullback.data import read_image

    try:
        from PIL import Image, ImageOps

        with Image.open(path) as file:
            width, height = ImageOps.exif_transpose(file).size
    except (ImportError, OSError, SyntaxError, ValueError):
        # The reader says what is wrong with the file, or that Pillow is missing.
        read_image(path, channels=3, size=(1, 1))
        raise
    factor = min(1.0, widest / max(width, height))
    return max(1, round(height * factor)), max(1, round(width * factor))
