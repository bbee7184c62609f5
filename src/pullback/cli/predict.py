"""`pullback predict`: what a saved network sees in pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray

from pullback.cli import computing, models, report
from pullback.data import read_image
from pullback.errors import DataError, message
from pullback.ops.activations import softmax

# How much nearer to the training images' mean a picture must come by inverting before that is suggested.
_MUCH_NEARER = 0.25


@dataclass(frozen=True)
class Picture:
    """One picture to name: pixels (C,H,W), 0 black to 1 white."""

    name: str
    pixels: NDArray[np.float64]


def run(
    paths: list[Path],
    model_path: Path | None,
    *,
    net: str | None,
    invert: bool,
    engine: str | None,
    precision: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Print what the network sees in each picture.

    Raises:  PullbackError; typer.BadParameter, without a model
    """
    if model_path is None:
        raise typer.BadParameter(
            f"which network? Give one that `pullback train` saved: pullback predict {paths[0]} --model FILE",
            param_hint="'--model'",
        )
    chosen = computing.use(engine, precision, threads)
    model = models.load(model_path, net)
    pictures = [picture for path in paths for picture in _read(path, model)]
    if invert:
        pictures = [Picture(p.name, 1 - p.pixels) for p in pictures]
    seen = np.stack([model.normalization.standardize(p.pixels) for p in pictures])
    outputs = np.asarray(model.net.predict(seen, engine=chosen.engine, precision=chosen.precision), np.float64)
    probabilities = np.asarray(softmax(outputs))
    found = [_named(p, row, model.classes) for p, row in zip(pictures, probabilities, strict=True)]
    if as_json:
        report.print_json({"model": str(model_path), "inverted": invert, "predictions": found})
        return
    report.print_table(("image", "class", "probability", "runner-up", "probability"), map(_row, found), "<<><>")
    if not invert and all(_looks_inverted(p, model) for p in pictures):
        report.hint("Hint: light paper, where the network was trained on dark; --invert swaps black and white.")


def _read(path: Path, model: models.Model) -> list[Picture]:
    if path.suffix != ".npy":
        channels, *size = model.input_shape
        pixels = read_image(path, channels=channels, size=(size[0], size[1]))
        return [Picture(str(path), pixels.astype(np.float64))]
    array = _read_array(path)
    images = _as_images(array, model, path)
    unit = images / model.normalization.scale if array.dtype.kind in "iu" else images.astype(np.float64)
    names = [str(path)] if array.ndim < 4 else [f"{path}[{k}]" for k in range(len(images))]
    return [Picture(name, image) for name, image in zip(names, unit, strict=True)]


def _read_array(path: Path) -> NDArray[Any]:
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(
            message(
                "predict: cannot read the array",
                got=f"{path}: {getattr(error, 'strerror', None) or error}",
                need="an .npy file of numbers",
                fix="write it with np.save",
            )
        ) from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf" or not np.isfinite(array).all():
        raise DataError(message("predict: not an image", got=str(path), need="an array of finite numbers"))
    return array


def _as_images(array: NDArray[Any], model: models.Model, path: Path) -> NDArray[Any]:
    """Bring (H,W), (C,H,W) and (N,C,H,W) to (N,C,H,W)."""
    channels, height, width = model.input_shape
    images = array[None] if array.ndim == 2 else array
    images = images[None] if images.ndim == 3 else images
    if images.ndim != 4 or images.shape[1:] != model.input_shape or not len(images):
        alone = f"({height},{width}), " if channels == 1 else ""
        one = f"({channels},{height},{width})"
        raise DataError(
            message(
                "predict: an array of another size",
                got=f"{path}: {array.shape}",
                need=f"{alone}{one} or (N,{channels},{height},{width}), as the network was trained on",
            )
        )
    return images


def _named(picture: Picture, probabilities: NDArray[Any], classes: tuple[str, ...]) -> dict[str, Any]:
    order = np.argsort(-probabilities, kind="stable")[:2]
    first, *rest = [{"class": classes[k], "probability": float(probabilities[k])} for k in order]
    return {"image": picture.name, **first, "runner_up": rest[0] if rest else None}


def _row(found: dict[str, Any]) -> tuple[str, ...]:
    second = found["runner_up"]
    runner_up = (second["class"], report.percent(second["probability"])) if second else ("-", "-")
    return (found["image"], found["class"], report.percent(found["probability"]), *runner_up)


def _looks_inverted(picture: Picture, model: models.Model) -> bool:
    """Whether a grey picture is light where the training images were dark, or the reverse."""
    usual, mean = float(np.mean(model.normalization.mean)), float(picture.pixels.mean())
    return model.input_shape[0] == 1 and abs(1 - mean - usual) < abs(mean - usual) - _MUCH_NEARER
