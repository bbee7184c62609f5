"""The commands as a person sees them: arguments, options and help. The work is imported when a command runs."""

from __future__ import annotations

from pullback.cli import draw_options, options, review_options
from pullback.cli.settings import Settings


def train(
    data: options.Data,
    net: options.Net = None,
    dtype: options.Dtype = "float32",
    seed: options.Seed = 0,
    engine: options.EngineOrDefault = None,
    precision: options.Precision = "fast",
    threads: options.Threads = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    optimizer: options.OptimizerName = None,
    lr: options.LearningRate = None,
    momentum: options.Momentum = None,
    weight_decay: options.WeightDecay = None,
    schedule: options.Schedule = None,
    clip_norm: options.ClipNorm = None,
    early_stopping: options.EarlyStopping = None,
    validation_fraction: options.ValidationFraction = None,
    augment: options.Augment = None,
    shift: options.Shift = None,
    flip: options.Flip = None,
    crop: options.Crop = None,
    save: options.Save = None,
    no_save: options.NoSave = False,
    checkpoint: options.Checkpoint = None,
    resume: options.Resume = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Train a network on a data set, test it, and save it.

    Examples:
      pullback train digits
      pullback train mnist --net lenet5 --epochs 3
      pullback train cifar10 --net resnet18 --epochs 30 --batch-size 64
      pullback train ./pictures --net mynets.py:small --augment --early-stopping 5
      pullback train digits --checkpoint run.ckpt --resume

    The test images are used once, at the end. Of a data set without a test part, a tenth of the images, drawn at
    random, is held out for the test.
    """
    settings = Settings(**locals())
    from pullback.cli.train import run

    run(settings)


def evaluate(
    model: options.Model,
    data: options.Data,
    net: options.OwnNet = None,
    every: options.EveryImage = False,
    engine: options.EngineOrDefault = None,
    precision: options.Precision = "fast",
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Test a saved network on a data set.

    Examples:
      pullback evaluate pullback-digits-cnn.safetensors digits
      pullback evaluate pullback-pictures-small.safetensors ./pictures --json

    Prints the loss, the accuracy, and the accuracy of each class. Uses the test part of the data set; without one, the
    tenth of the images that `pullback train` holds out for the test.
    """
    from pullback.cli.evaluate import run

    run(model, data, net=net, every_image=every, engine=engine, precision=precision, threads=threads, as_json=json)


def predict(
    images: options.Images,
    model: options.ModelOption = None,
    net: options.OwnNet = None,
    invert: options.Invert = False,
    engine: options.EngineOrDefault = None,
    precision: options.Precision = "fast",
    threads: options.Threads = None,
    json: options.Json = False,
) -> None:
    """Name what is in pictures.

    Examples:
      pullback predict seven.png --model pullback-mnist-lenet5.safetensors
      pullback predict scan.jpg --invert --model pullback-mnist-lenet5.safetensors
      pullback predict *.png --json --model pullback-cifar10-vgg.safetensors
      pullback predict images.npy --model pullback-digits-cnn.safetensors

    Prints the class, its probability and the runner-up. Pictures are brought to the size and the channels that the
    network was trained on, and normalised as its training images were.
    """
    from pullback.cli.predict import run

    run(images, model, net=net, invert=invert, engine=engine, precision=precision, threads=threads, as_json=json)


def explain(
    example: options.ExampleFile,
    entry: options.EntryOption = None,
    of: options.Of = None,
    form: options.Format = None,
    out: options.Out = None,
    depth: options.Depth = 0,
    every: options.EveryTerm = False,
) -> None:
    """Show the working of an example: any number as the sum that made it.

    Examples:
      pullback explain examples/filter-gradient.toml
      pullback explain mine.toml --entry conv1.weight:0,0,1,0
      pullback explain mine.toml --entry conv1:0,0,1,1 --of cotangent --depth 5
      pullback explain mine.toml --out solution.tex
      pullback explain mine.toml --entry loss --format json

    Without --entry, writes the full solution: the shapes, the forward values, every step of the backward pass, and the
    entries that the example asks for; as HTML, the page in which any entry of any array can be opened. LaTeX and HTML
    are complete documents.
    """
    from pullback.cli.explain import run

    run(example, entry=entry, of=of, form=form, out=out, depth=depth, every=every)


def diagnose(
    example: options.ExampleFile,
    name: options.GradientName,
    claimed: options.Claimed,
    rounding: options.Rounding = None,
    previous: options.Previous = None,
    json: options.Json = False,
) -> None:
    """Say which mistake is in a gradient that you computed.

    Examples:
      pullback diagnose examples/filter-gradient.toml conv1.bias 0.005225
      pullback diagnose examples/filter-gradient.toml conv1.weight "[[0.0683, 0.0113], [0.0941, 0.0446]]"
      pullback diagnose examples/stride-two.toml conv.weight claimed.npy --json

    Numbers typed as text are taken with their rounding: 0.0364 means ±0.00005. Ends with 0 if the gradient is correct,
    1 if it is wrong, 2 if something could not be read.
    """
    from pullback.cli.diagnose import run

    run(example, name, claimed, rounding=rounding, previous=previous, as_json=json)


def review(
    function: review_options.Function,
    op: review_options.Op,
    forward: review_options.Forward = None,
    adapter: review_options.Adapter = None,
    name: review_options.Names = None,
    returns: review_options.Returns = None,
    option: review_options.Fixed = None,
    time_limit: review_options.TimeLimit = 10.0,
    memory_limit: review_options.MemoryLimit = 1024.0,
    seed: review_options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Test a backward function that you wrote, and name its mistake.

    Examples:
      pullback review homework.py:conv_backward --op conv2d
      pullback review layers.py:pool_bwd --op max_pool2d --option kernel_size=2
      pullback review homework.py:grad --op linear --returns w,x --json

    Runs the function in a process of its own, on cases from easy to hard, with a time limit and a memory limit for
    each. Says where it fails, under which conditions, and which mistake gives its numbers. Ends with 0 if it is right,
    1 if it is wrong, 2 if it could not be run.
    """
    from pullback.cli.review import run

    run(
        function,
        op=op,
        forward=forward,
        adapter=adapter,
        names=name,
        returns=returns,
        fixed=option,
        time_limit=time_limit,
        memory_limit=memory_limit,
        seed=seed,
        as_json=json,
    )


def info(
    model: options.ModelOrNothing = None,
    net: options.OwnNet = None,
    dispatch: options.Dispatch = None,
    precision: options.Precision = "fast",
    json: options.Json = False,
) -> None:
    """Describe this installation, a saved network, or how a network is computed.

    Examples:
      pullback info
      pullback info pullback-digits-cnn.safetensors
      pullback info --dispatch lenet5
      pullback info --dispatch vgg --precision strict
      pullback info --json
    """
    from pullback.cli.info import run

    run(model, net=net, dispatch=dispatch, precision=precision, as_json=json)


def draw(
    kind: draw_options.Kind,
    out: draw_options.Out = None,
    model: draw_options.Model = None,
    net: options.OwnNet = None,
    data: draw_options.Data = None,
    photograph: draw_options.Photograph = None,
    points: draw_options.Points = None,
    history: draw_options.History = None,
    formula: draw_options.Formula = None,
    at: draw_options.At = None,
    layer: draw_options.Layer = None,
    channel: draw_options.Channel = None,
    image: draw_options.Image = None,
    images: draw_options.Images = None,
    category: draw_options.Category = None,
    position: draw_options.Position = None,
    size: draw_options.Size = None,
    kernel: draw_options.Kernel = None,
    stride: draw_options.Stride = None,
    padding: draw_options.Padding = None,
    dilation: draw_options.Dilation = None,
    output_padding: draw_options.OutputPadding = None,
    transposed: draw_options.Transposed = None,
    numbers: draw_options.Numbers = None,
    patch: draw_options.Patch = None,
    shift: draw_options.Shift = None,
) -> None:
    """Draw a picture: of a network, a run, a function, or a convolution's arithmetic.

    Examples:
      pullback draw arithmetic --stride 2 --padding 1 --out arithmetic.gif
      pullback draw graph --formula "ln(x1) + x1*x2" --at x1=2 --at x2=5
      pullback draw filters --model pullback-digits-cnn.safetensors
      pullback draw grad-cam -m pullback-mnist-lenet5.safetensors --data mnist
      pullback draw equivariance --photograph photo.png
    """
    from pullback.cli import draw as drawing

    given = dict(locals())
    named = ("layer", "channel", "image", "images", "category", "size", "kernel", "stride", "padding", "dilation")
    flags = ("output_padding", "transposed", "numbers", "patch", "formula")
    drawing.run(
        drawing.Drawing(
            kind=kind,
            out=out,
            model=model,
            own=net,
            data=data,
            photograph=photograph,
            points=points,
            history=history,
            at=tuple(at or ()),
            position=position,
            shift=shift,
            options={name: given[name] for name in (*named, *flags)},
        )
    )
