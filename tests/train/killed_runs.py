"""Runs of fit that are killed, again and again, and taken up; prints what came out as JSON. Started by test_checkpoint.

Each run is a fork of this process, so that a run costs its steps and not the start of Python.
"""

import json
import os
import random
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from pullback import nn
from pullback.nn import init
from pullback.optim import Adam, WarmupLR
from pullback.train import EarlyStopping, fit, read_checkpoint

RNG = np.random.default_rng(0)
IMAGES, LABELS = RNG.normal(size=(44, 1, 6, 6)), RNG.integers(0, 3, 44)


def train(path, seed):
    init.seed(0)
    net = nn.Sequential(
        conv=nn.Conv2d(1, 2, 3), bn=nn.BatchNorm2d(2), relu=nn.ReLU(), flatten=nn.Flatten(),
        drop=nn.Dropout(0.2), fc=nn.Linear(32, 3),
    )  # fmt: skip
    history = fit(
        net,
        (IMAGES[:36], LABELS[:36]),
        optimizer=Adam(0.01),
        schedule=WarmupLR(5),
        clip_norm=1.0,
        epochs=5,
        batch_size=8,
        validation=(IMAGES[36:], LABELS[36:]),
        early_stopping=EarlyStopping(4),
        seed=seed,
        checkpoint=path,
        checkpoint_every=1,
        resume=True,
    )
    rows = [{k: v for k, v in asdict(r).items() if k != "seconds"} for r in history.epochs]
    last = {k: v.tobytes().hex() for k, v in read_checkpoint(path)[0].items()}
    return {"history": rows, "arrays": last, "net": {k: v.tobytes().hex() for k, v in net.state_dict().items()}}


def die_at(name, count):
    """Make the count-th call of os.<name> the process's last moment."""
    real, calls = getattr(os, name), [0]

    def call(*args):
        calls[0] += 1
        if calls[0] == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args)

    setattr(os, name, call)


def run(folder, seed, lifetime=None, death=None):
    """One run in a process of its own; whether it was killed."""
    number = os.fork()
    if number == 0:
        if death is not None:
            die_at(*death)
        found = train(folder / "run.ckpt", seed)
        (folder / "result.json").write_text(json.dumps(found))
        os._exit(0)
    if lifetime is not None:
        time.sleep(lifetime)
        os.kill(number, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(number, 0)[1])


def finished(folder):
    return json.loads((folder / "result.json").read_text())


def main():
    base = Path(sys.argv[1])
    folders = {name: base / name for name in ("first", "whole", "other", "random", "staged")}
    for folder in folders.values():
        folder.mkdir()
    run(folders["first"], seed=0)  # whose code the others find in the cache
    started = time.perf_counter()
    run(folders["whole"], seed=0)
    duration = time.perf_counter() - started
    run(folders["other"], seed=1)
    moments, killed = random.Random(int(sys.argv[2])), 0
    while not (folders["random"] / "result.json").exists():
        lifetime = duration * moments.uniform(0.1, 0.9) if killed < 6 else None
        killed += run(folders["random"], seed=0, lifetime=lifetime)
    # Before the bytes are safe, before the new name, after the new name: in turn, at another step each time.
    deaths = [("fsync", 1), ("replace", 1), ("replace", 4), ("fsync", 5), ("fsync", 6)]
    staged = [run(folders["staged"], seed=0, death=death) for death in deaths]
    (folders["staged"] / ".run.ckpt.0123abcd.part").write_bytes(b"half a file")
    run(folders["staged"], seed=0)
    left = sorted(p.name for p in folders["staged"].iterdir())
    results = {name: finished(folder) for name, folder in folders.items()}
    json.dump({"killed": killed, "staged": staged, "left": left, "results": results}, sys.stdout)


if __name__ == "__main__":
    main()
