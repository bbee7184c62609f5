"""The options of `pullback draw`, one type each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pullback.cli.choices import DRAWINGS, one_of

Kind = Annotated[
    str,
    typer.Argument(
        metavar="KIND", callback=one_of(DRAWINGS), show_default=False, help=f"One of {', '.join(DRAWINGS)}."
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="FILE", help="Where to write: .png, .svg, .pdf; .gif for what moves; .html for a page."
    ),
]
Model = Annotated[
    Path | None, typer.Option("--model", "-m", metavar="FILE", help="A network that `pullback train` saved.")
]
Data = Annotated[str | None, typer.Option("--data", metavar="DATA", help="Images: a data set as for `pullback train`.")]
Photograph = Annotated[Path | None, typer.Option("--photograph", metavar="FILE", help="A picture.")]
Points = Annotated[
    Path | None, typer.Option("--points", metavar="FILE.npz", help="Points of the plane: arrays points and labels.")
]
History = Annotated[
    Path | None, typer.Option("--history", metavar="FILE", help="What `pullback train --json` printed.")
]
Formula = Annotated[
    str | None, typer.Option("--formula", metavar="TEXT", help='Such as "ln(x1) + x1*x2 - sin(x2)", with --at.')
]
At = Annotated[
    list[str] | None, typer.Option("--at", metavar="NAME=NUMBER", help="A variable's value; once for each variable.")
]
Layer = Annotated[str | None, typer.Option("--layer", metavar="NAME", help="A layer of the network.")]
Channel = Annotated[int | None, typer.Option("--channel", help="A channel of the layer.")]
Image = Annotated[int | None, typer.Option("--image", help="The number of an image in the data.")]
Images = Annotated[int | None, typer.Option("--images", help="How many images.")]
Category = Annotated[int | None, typer.Option("--class", help="The class to explain; by default the highest score's.")]
Position = Annotated[str | None, typer.Option("--position", metavar="P,Q", help="A position in the layer's plane.")]
Size = Annotated[int | None, typer.Option("--size", help="The input's size, for arithmetic.")]
Kernel = Annotated[int | None, typer.Option("--kernel", help="The filter's size.")]
Stride = Annotated[int | None, typer.Option("--stride", help="The stride.")]
Padding = Annotated[int | None, typer.Option("--padding", help="The padding on every side.")]
Dilation = Annotated[int | None, typer.Option("--dilation", help="The dilation.")]
OutputPadding = Annotated[int | None, typer.Option("--output-padding", help="For transposed arithmetic.")]
Transposed = Annotated[bool | None, typer.Option("--transposed", help="Draw the transposed convolution.")]
Numbers = Annotated[bool | None, typer.Option("--numbers", help="Write numbers into the cells.")]
Patch = Annotated[int | None, typer.Option("--patch", help="The covered square's size, for occlusion.")]
Shift = Annotated[str | None, typer.Option("--shift", metavar="ROWS,COLUMNS", help="The shift, for equivariance.")]
