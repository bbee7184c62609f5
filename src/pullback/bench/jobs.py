"""What a worker is asked to do, and how the request and its answer travel: JSON, and arrays in files."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from pullback.compile.precision import Precision

Answer: TypeAlias = dict[str, Any]
"""What a worker answers, as JSON holds it."""


@dataclass(frozen=True)
class Mode:
    """How a library is used: memory layout of images, and whether PyTorch compiles."""

    layout: str = "contiguous"
    compiled: bool = False

    def __str__(self) -> str:
        return f"{self.layout} {'compile' if self.compiled else 'eager'}"


MODES = tuple(Mode(layout, compiled) for compiled in (False, True) for layout in ("contiguous", "channels_last"))
"""The modes of PyTorch; the fastest counts."""


@dataclass(frozen=True)
class NetJob:
    """Train a network and let it predict.

    weights  the file of the first weights
    steps    so many first steps are compared
    seconds  how long to time each of training and inference; 0: do not time, but write the state after the steps
    state    the file for that state
    """

    net: str
    batch: int
    threads: int
    engine: str
    weights: str
    steps: int
    seconds: float
    state: str = ""
    dtype: str = "float32"
    mode: Mode = Mode()
    precision: Precision = "fast"


@dataclass(frozen=True)
class LayerJob:
    """Compute the three passes of convolutions.

    seconds  how long to time each pass; 0: do not time
    outputs  the folder where Pullback writes its outputs and PyTorch finds them to compare; "": neither
    """

    layers: tuple[str, ...]
    batch: int
    threads: int
    engine: str
    seconds: float
    outputs: str = ""
    mode: Mode = Mode()
    precision: Precision = "fast"


@dataclass(frozen=True)
class AccuracyJob:
    """Train on MNIST, and test; or take the first steps only, for a comparison.

    images   how many training images; None: all
    weights  the file of the first weights; "": the library's own
    steps    so many first steps are taken, from these weights and in Pullback's order of the images; 0: whole epochs
    state    the file for the state after the steps
    """

    seed: int
    epochs: int
    threads: int
    engine: str
    images: int | None = None
    mode: Mode = Mode()
    precision: Precision = "fast"
    weights: str = ""
    steps: int = 0
    state: str = ""
    dtype: str = "float32"


@dataclass(frozen=True)
class PeakJob:
    """Find out how many products a second the processor can add up."""

    threads: int
    seconds: float


Job: TypeAlias = NetJob | LayerJob | AccuracyJob | PeakJob

KINDS: dict[str, type[Any]] = {"nets": NetJob, "layers": LayerJob, "accuracy": AccuracyJob, "peak": PeakJob}


def written(job: Job) -> tuple[str, str]:
    """The job as words for a command line: its kind, and JSON.

    >>> written(PeakJob(1, 0.5))
    ('peak', '{"threads": 1, "seconds": 0.5}')
    """
    (kind,) = (k for k, cls in KINDS.items() if type(job) is cls)
    return kind, json.dumps(asdict(job))


def read(kind: str, text: str) -> Job:
    """The job that was written.

    >>> read("peak", '{"threads": 1, "seconds": 0.5}')
    PeakJob(threads=1, seconds=0.5)
    """
    fields = json.loads(text)
    if "mode" in fields:
        fields["mode"] = Mode(**fields["mode"])
    if "layers" in fields:
        fields["layers"] = tuple(fields["layers"])
    job: Job = KINDS[kind](**fields)
    return job


def serve(handlers: Mapping[str, Callable[[Any], Answer]]) -> None:
    """Do the job that this process's arguments name, and print the answer.

    Whatever else the process prints goes to standard error: compilers are talkative.
    """
    kind, text = sys.argv[1:3]
    output = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    answer = handlers[kind](read(kind, text))
    sys.stdout.flush()
    with os.fdopen(output, "w") as stream:
        json.dump(answer, stream)
