"""The options of the commands, one type each: what `--help` says about them, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pullback.cli.choices import (
    DTYPES,
    ENGINES,
    FORMATS,
    NETS,
    OPTIMIZERS,
    PRECISIONS,
    SCHEDULES,
    at_least,
    fraction,
    one_of,
)

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        show_default=False,
        help="digits, mnist, fashion-mnist or cifar10; or the path of an .npz file, a folder of IDX files, or a "
        "folder with one subfolder of pictures for each class.",
    ),
]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A network that `pullback train` saved.")]
ModelOrNothing = Annotated[Path | None, typer.Argument(metavar="MODEL", help="A network that `pullback train` saved.")]
Images = Annotated[
    list[Path],
    typer.Argument(
        metavar="IMAGE",
        help="A picture (PNG, JPEG, ...), or an .npy file of one image (H,W) or (C,H,W), or of many (N,C,H,W). There, "
        "whole numbers are raw pixels as in the training set; in floats, 0 is black and 1 is white.",
    ),
]
ModelOption = Annotated[
    Path | None, typer.Option("--model", "-m", metavar="FILE", help="A network that `pullback train` saved.")
]
Invert = Annotated[
    bool,
    typer.Option("--invert", help="Swap black and white: for dark writing on light paper, with networks like mnist's."),
]
OwnNet = Annotated[
    str | None,
    typer.Option(
        "--net",
        metavar="FILE.py:NAME",
        callback=one_of(NETS, also=".py"),
        help="For a network with layers of your own: where it is made.",
    ),
]
EveryImage = Annotated[
    bool, typer.Option("--all", help="Use every image of a data set without a test part, held out or not.")
]

# The working
ExampleFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A worked example in TOML: input, layers, loss. See docs/explain.md.")
]
GradientName = Annotated[
    str, typer.Argument(metavar="NAME", help="Whose gradient: a parameter, an input, or a layer: conv1.weight.")
]
Claimed = Annotated[
    str,
    typer.Argument(metavar="CLAIMED", help="The numbers: a .npy, .txt, .csv or .json file; or typed: 0.05, '[1, 2]'."),
]
Rounding = Annotated[
    float | None,
    typer.Option(metavar="X", help="How far every number may be off, instead of what its digits say."),
]
Previous = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBERS",
        help="The same gradient of the step before, with all its digits, to find one that was not set to zero.",
    ),
]
EntryOption = Annotated[
    str | None,
    typer.Option(
        "--entry",
        "-e",
        metavar="NAME:INDEX",
        help="Explain this entry: conv1.weight:0,0,1,0, or loss. Without it, the full solution.",
    ),
]
Of = Annotated[
    str | None,
    typer.Option(
        metavar="WHICH",
        callback=one_of(("value", "cotangent")),
        help="value or cotangent. Default: the gradient of an input or parameter, the value of anything else.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        callback=one_of(FORMATS),
        help="text, latex, md, html or json. Default: by the name of --out, else text.",
    ),
]
Out = Annotated[Path | None, typer.Option(metavar="FILE", help="Write to this file instead of printing.")]
Depth = Annotated[
    int, typer.Option(metavar="N", callback=at_least(0), help="Follow the largest term back for N steps.")
]
EveryTerm = Annotated[bool, typer.Option("--all", help="List every term, those that are 0 with the reason.")]

# The network
Net = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        callback=one_of(NETS, also=".py"),
        help=f"{', '.join(NETS)}; or your own: file.py:name, where name is a network, or a function of "
        "(input_shape, classes), or of nothing, that makes one. Default: lenet5 for images of 28x28, else cnn.",
    ),
]
Dtype = Annotated[str, typer.Option(metavar="TYPE", callback=one_of(DTYPES), help="float32 or float64.")]
Seed = Annotated[
    int,
    typer.Option(
        metavar="N",
        callback=at_least(0),
        help="Decides the first weights, the order of the images, augmentation and dropout.",
    ),
]
_engine = typer.Option(
    metavar="NAME",
    callback=one_of(ENGINES),
    help="What computes: compiled, native code made for this machine; or reference, which is NumPy.",
)
Engine = Annotated[str, _engine]
EngineOrDefault = Annotated[str | None, _engine]
Precision = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        callback=one_of(PRECISIONS),
        help="fast; or strict, which forbids Winograd's algorithm: 3x3 convolutions of 16 and more channels then take "
        "1.5 to 3 times as long, and have smaller rounding errors.",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        callback=at_least(1),
        help="Threads of the compiled engine; the results do not depend on them. Default: PULLBACK_NUM_THREADS, or as "
        "many as there are processors for this process.",
    ),
]
Dispatch = Annotated[
    str | None,
    typer.Option(
        metavar="NET",
        callback=one_of(NETS, also=".safetensors"),
        help=f"Print which kernels compute a training step of {', '.join(NETS)}, or of a saved network, and why each "
        "better one declined.",
    ),
]

# The steps
Epochs = Annotated[
    int | None,
    typer.Option(metavar="N", callback=at_least(1), help="Passes through the training images. Default: by net."),
]
BatchSize = Annotated[
    int | None, typer.Option(metavar="N", callback=at_least(1), help="Images in one step. Default: by net.")
]
OptimizerName = Annotated[
    str | None,
    typer.Option(metavar="NAME", callback=one_of(OPTIMIZERS), help=f"{', '.join(OPTIMIZERS)}. Default: by net."),
]
LearningRate = Annotated[
    float | None, typer.Option(metavar="X", help="Learning rate; with one-cycle the highest. Default: by net.")
]
Momentum = Annotated[float | None, typer.Option(metavar="X", help="For momentum and nesterov. Default: 0.9.")]
WeightDecay = Annotated[
    float | None,
    typer.Option(metavar="X", help="L2 penalty; with adamw the decoupled decay. Default: 0, with adamw 0.01."),
]
Schedule = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        callback=one_of(SCHEDULES),
        help="How the learning rate changes: none; step (to a tenth after each third of the run); cosine (down to 0); "
        "one-cycle (up, then down to almost 0). Default: by net.",
    ),
]
ClipNorm = Annotated[
    float | None, typer.Option(metavar="X", help="Shorten gradients whose norm is greater than X to norm X.")
]
EarlyStopping = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        callback=at_least(1),
        help="Stop when the validation loss has not fallen for N epochs, and keep the best network. Holds out a tenth "
        "of the training images for it, or what --validation-fraction says.",
    ),
]

# The data
ValidationFraction = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        callback=fraction,
        help="Hold out this part of the training images, and report on it after every epoch.",
    ),
]
Augment = Annotated[
    bool | None,
    typer.Option(
        "--augment/--no-augment",
        help="Vary the training images at random, as suits the data set: digits shift by up to 1 pixel, mnist by 2; "
        "fashion-mnist shifts by 2 and flips; cifar10 crops by 4 and flips; others shift by a tenth of their height. "
        "Default: for digits and cifar10, but not with softmax and mlp.",
    ),
]
Shift = Annotated[
    int | None, typer.Option(metavar="N", callback=at_least(0), help="Shift by up to N pixels at random.")
]
Flip = Annotated[bool | None, typer.Option("--flip/--no-flip", help="Mirror half of the images at random.")]
Crop = Annotated[
    int | None,
    typer.Option(metavar="N", callback=at_least(0), help="Pad by N reflected pixels, and crop at random."),
]

# The files
Save = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Where the network goes. Default: pullback-DATA-NET.safetensors in this folder."),
]
NoSave = Annotated[bool, typer.Option("--no-save", help="Do not save the network.")]
Checkpoint = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the state of the run here after every epoch.")
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume", help="Go on from the checkpoint, if there is one, with the numbers of a run that never stopped."
    ),
]

# The output
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to the output, and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the result.")]
