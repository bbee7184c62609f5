"""`pullback evaluate`: how well a saved network does on a data set."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from pullback.cli import computing, models, report, scoring, sources
from pullback.data import Dataset
from pullback.errors import ArgumentError, message


def run(
    path: Path,
    source: str,
    *,
    net: str | None,
    every_image: bool,
    engine: str | None,
    precision: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Print the score of a saved network.

    Raises:  PullbackError
    """
    chosen = computing.use(engine, precision, threads)
    model = models.load(path, net)
    dataset, part = _images(source, every_image)
    check_fits(model, dataset)
    # The network's own mean and std, in the units of these pixels: another file of the same images has other ones.
    normalization = dataclasses.replace(model.normalization, scale=dataset.normalization.scale)
    dataset = dataclasses.replace(dataset, normalization=normalization)
    score = scoring.score(model.net, dataset, chosen)
    if as_json:
        report.print_json({"model": str(path), "data": source, "part": part, **score.to_dict()})
        return
    fields = {
        "Data": f"{source}: {len(dataset):,} images, {part}",
        "Loss": f"{score.loss:.4f}",
        "Accuracy": f"{report.percent(score.accuracy)} ({sum(score.correct):,} of {len(dataset):,})",
    }
    report.print_fields(fields)
    report.say("")
    report.print_table(("class", "accuracy", "correct", "images"), _rows(score), "<>>>")


def check_fits(model: models.Model, found: Dataset) -> None:
    """Refuse a data set whose images or classes are not those that the network was trained on.

    Raises:  ArgumentError
    """
    if model.input_shape != found.image_shape:
        raise _other("images", _size(found.image_shape), _size(model.input_shape), model, found)
    if model.classes != found.classes:
        raise _other("classes", _listed(found.classes), _listed(model.classes), model, found)


def _images(source: str, every_image: bool) -> tuple[Dataset, str]:
    """The images to test with, and in words which they are."""
    train, test = sources.load(source)
    if every_image:
        if test is None:
            return train, "all of the data set"
        raise ArgumentError(
            message("evaluate: the data set has a test part", got=f"{source} --all", fix="leave --all out")
        )
    if test is not None:
        return test, "the test part"
    held_out, _ = train.split(sources.HELD_OUT)
    return held_out, f"held out of {len(train)}"


def _rows(score: scoring.Score) -> list[tuple[str, str, str, str]]:
    table = zip(score.classes, score.correct, score.count, strict=True)
    return [(name, report.percent(right / of) if of else "-", str(right), str(of)) for name, right, of in table]


def _other(what: str, got: str, need: str, model: models.Model, found: Dataset) -> ArgumentError:
    return ArgumentError(
        message(
            f"evaluate: the network was made for other {what}",
            got=f"{got}, in {found.name}",
            need=f"{need}, as {model.path.name} was trained on",
            fix="evaluate on the data set that it was trained on, or on one like it",
        )
    )


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _listed(classes: tuple[str, ...], most: int = 6) -> str:
    more = f", ... ({len(classes)} in all)" if len(classes) > most else ""
    return ", ".join(classes[:most]) + more
