"""`pullback train`: load, train, test, save, and say what was done."""

from __future__ import annotations

import dataclasses
import os
import shlex
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from pullback import nn
from pullback.cli import INTERRUPTED, computing, models, networks, recipes, report, sources
from pullback.cli.scoring import Score, score
from pullback.cli.settings import Chosen, Settings
from pullback.cli.sources import Parts
from pullback.errors import ArgumentError, StateError, message
from pullback.optim import Optimizer
from pullback.train import EarlyStopping, History, fit


@dataclass(frozen=True)
class Outcome:
    """What a run led to."""

    history: History
    test: Score | None  # not tested when interrupted
    seconds: float
    saved: Path | None


def run(asked: Settings) -> None:
    """Train as asked; print the result.

    Raises:  PullbackError; typer.Exit, when the run was interrupted, after saving
    """
    _check(asked)
    by = computing.use(asked.engine, asked.precision, asked.threads)
    asked = dataclasses.replace(asked, engine=by.engine)
    parts = sources.divide(asked.data, recipes.validation_fraction(asked), asked.seed)
    settings = recipes.complete(asked, parts.train)
    parts = dataclasses.replace(parts, train=_augmented(parts, settings))
    target, optimizer = _target(settings), recipes.optimizer_of(settings)
    with networks.blaming(settings.net):
        net = _network(settings, parts)
        talks = not (settings.quiet or settings.json)
        if talks:
            _announce(settings, parts, net)
        outcome = _train(net, settings, optimizer, parts, target)
    if settings.json:
        report.print_json(_document(settings, parts, net, outcome))
    else:
        _print_outcome(settings, outcome)
    if outcome.history.interrupted:
        report.hint(_interrupted(settings, outcome))
        raise typer.Exit(INTERRUPTED)


def _check(asked: Settings) -> None:
    """Refuse options that contradict each other, and files that could not be written after the training.

    Raises:  ArgumentError, StateError
    """
    if asked.save is not None and asked.no_save:
        raise ArgumentError(message("train: save or not?", got=f"--save {asked.save} --no-save", need="one of them"))
    if asked.resume and asked.checkpoint is None:
        raise ArgumentError(message("train: resume from where?", got="--resume", fix="--resume --checkpoint FILE"))
    for option, path in (("--save", asked.save), ("--checkpoint", asked.checkpoint)):
        if path is not None:
            _check_writable(option, path)
    if asked.checkpoint is not None and asked.checkpoint.exists() and not asked.resume:
        raise ArgumentError(
            message(
                "train: the checkpoint would be overwritten",
                got=f"--checkpoint {asked.checkpoint}, which exists",
                need="--resume, to go on from it",
                fix="add --resume; or to start anew, delete the file or name another",
            )
        )
    if not asked.no_save and asked.save is None:
        _check_writable("--save", Path("pullback.safetensors"))


def _check_writable(option: str, path: Path) -> None:
    folder = path.parent
    if path.is_dir():
        trouble = f"{path} is a folder"
    elif not folder.is_dir():
        trouble = f"there is no folder {folder}"
    elif not os.access(folder, os.W_OK):
        trouble = f"the folder {folder} may not be written to"
    else:
        return
    raise StateError(
        message(
            "train: the file could not be written",
            got=f"{option} {path}: {trouble}",
            need="a file in a folder that may be written to",
            fix="another path, or --no-save" if option == "--save" else "another path",
        )
    )


def _augmented(parts: Parts, settings: Chosen) -> Any:
    shift, flip, crop = settings.shift, settings.flip, settings.crop
    return parts.train.augment(shift=shift, flip=flip, crop=crop) if shift or flip or crop else parts.train


def _target(settings: Chosen) -> Path | None:
    if settings.no_save:
        return None
    name = f"pullback-{sources.short_name(settings.data)}-{networks.short_name(settings.net)}{models.SUFFIX}"
    return settings.save or Path(name)


def _network(settings: Chosen, parts: Parts) -> nn.Module:
    nn.init.seed(settings.seed)
    net = networks.make(settings.net, parts.train.image_shape, len(parts.train.classes))
    net.info.update(data=settings.data, net=settings.net)
    return net


def _train(net: nn.Module, settings: Chosen, optimizer: Optimizer, parts: Parts, target: Path | None) -> Outcome:
    started = time.perf_counter()
    history = fit(
        net,
        parts.train,
        optimizer=optimizer,
        schedule=recipes.schedule_of(settings),
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        validation=parts.validation,
        clip_norm=settings.clip_norm,
        early_stopping=EarlyStopping(settings.early_stopping) if settings.early_stopping else None,
        seed=settings.seed,
        dtype=settings.dtype,
        engine=settings.engine,
        precision=settings.precision,
        checkpoint=settings.checkpoint,
        resume=settings.resume,
        progress=not (settings.quiet or settings.json),
    )
    seconds = time.perf_counter() - started
    if target is not None:
        net.save(target)
    by = computing.Computing(settings.engine, settings.precision)
    test = None if history.interrupted else score(net, parts.test, by, settings.dtype)
    return Outcome(history, test, seconds, target)


def _announce(settings: Chosen, parts: Parts, net: nn.Module) -> None:
    """Say what is about to happen."""
    train = parts.train
    channels, height, width = train.image_shape
    validation = f"{len(parts.validation):,} to validate, " if parts.validation else ""
    held_out = ", held out" if parts.test_is_held_out else ""
    vary = {"shift": settings.shift, "flip": settings.flip, "crop": settings.crop}
    varied = ", ".join(k if v is True else f"{k} {v}" for k, v in vary.items() if v)
    summary = net.summary(train.image_shape)
    epochs = "1 epoch" if settings.epochs == 1 else f"{settings.epochs} epochs"
    steps = -(-len(train) // settings.batch_size)
    schedule = "" if settings.schedule == "none" else f", {settings.schedule}"
    fields = {
        "Data": f"{settings.data}: {channels}x{height}x{width} pixels, {len(train.classes)} classes",
        "Images": f"{len(train):,} to train, {validation}{len(parts.test):,} to test{held_out}",
        "Augment": varied,
        "Network": f"{settings.net}: {summary.parameters:,} parameters, {summary.multiply_adds:,} multiply-adds",
        "Steps": f"{epochs} of {steps:,} steps of {settings.batch_size} images",
        "Update": f"{settings.optimizer}, learning rate {settings.lr:g}{schedule}",
        "Resume": _resumption(settings),
    }
    report.print_fields(fields)


def _resumption(settings: Chosen) -> str:
    if not settings.resume or settings.checkpoint is None:
        return ""
    return f"from {settings.checkpoint}" if settings.checkpoint.exists() else f"no {settings.checkpoint} yet: anew"


def _print_outcome(settings: Chosen, outcome: Outcome) -> None:
    test, history = outcome.test, outcome.history
    done = f"{len(history.epochs)} of {settings.epochs} epochs in {report.duration(outcome.seconds)}"
    fields = {"Trained": f"{done}{', stopped early' if history.stopped_early else ''}"}
    if test is not None:
        right = f"{sum(test.correct):,} of {sum(test.count):,}"
        fields["Test"] = f"accuracy {report.percent(test.accuracy)} ({right}), loss {test.loss:.4f}"
    if outcome.saved is not None:
        fields["Saved"] = str(outcome.saved)
    report.print_fields(fields)


def _interrupted(settings: Chosen, outcome: Outcome) -> str:
    """Say what an interrupted run leaves behind."""
    best = outcome.history.best
    if outcome.saved is None:
        kept = "The network is not saved."
    elif settings.validation_fraction and best is not None:
        kept = f"The saved network is that of epoch {best.epoch}, the best on the validation images."
    else:
        kept = "The saved network is that of the last step."
    lines = [f"Interrupted. {kept}"]
    if settings.checkpoint is not None:
        command = [word for word in sys.argv[1:] if word != "--resume"]
        lines.append(f"To go on: {shlex.join(['pullback', *command, '--resume'])}")
    return "\n".join(lines)


def _document(settings: Chosen, parts: Parts, net: nn.Module, outcome: Outcome) -> dict[str, Any]:
    """The run for programs."""
    chosen = {k: str(v) if isinstance(v, Path) else v for k, v in dataclasses.asdict(settings).items()}
    return {
        "settings": {k: v for k, v in chosen.items() if k not in ("json", "quiet", "no_save", "augment")},
        "data": {
            "train": len(parts.train),
            "validation": len(parts.validation) if parts.validation else 0,
            "test": len(parts.test),
            "test_is_held_out": parts.test_is_held_out,
            "image_shape": list(parts.train.image_shape),
            "classes": list(parts.train.classes),
        },
        "parameters": sum(p.size for p in net.parameters.values()),
        "history": outcome.history.to_dict(),
        "test": None if outcome.test is None else outcome.test.to_dict(),
        "seconds": outcome.seconds,
        "saved": None if outcome.saved is None else str(outcome.saved),
    }
