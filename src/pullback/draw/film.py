"""Animations of shapes: a base that stays, and frames that follow each other over it."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

from pullback.draw import saving
from pullback.draw.scene import Drawing, Shape, animated_svg
from pullback.errors import ArgumentError, message


@dataclass(frozen=True)
class Film:
    """An animated picture; notebooks show it moving.

    base     the shapes of every frame
    frames   the further shapes of each frame
    seconds  how long a frame stays
    """

    width: float
    height: float
    base: tuple[Shape, ...]
    frames: tuple[tuple[Shape, ...], ...]
    seconds: float = 0.7
    title: str = ""

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def svg(self) -> str:
        """The animation as an SVG document; viewers that do not animate show the last frame."""
        return animated_svg(self.width, self.height, self.title, self.base, self.frames, self.seconds)

    def _repr_svg_(self) -> str:
        return self.svg

    def still(self, frame: int = -1) -> Drawing:
        """One frame as a picture by itself, the last by default.

        Raises: ArgumentError
        """
        count = len(self.frames)
        if not -count <= frame < count:
            raise ArgumentError(message("film: no such frame", got=f"{frame}", need=f"{-count} <= frame < {count}"))
        return Drawing(self.width, self.height, self.base + self.frames[frame], self.title)

    def save(self, path: str | PathLike[str], dpi: float = 96) -> None:
        """Write the animation as its ending says: .gif or .svg moving, .png or .pdf the last frame.

        dpi  dots per inch of a .gif or .png

        Raises: ArgumentError (another ending, no such folder), MissingExtraError (pixels without matplotlib)
        """
        file, ending = saving.target(path, ("gif", "svg", "png", "pdf"))
        if ending == "svg":
            saving.write(file, self.svg.encode())
        elif ending == "gif":
            from pullback.draw import canvas

            content = canvas.gif(self.width, self.height, self.base, self.frames, self.seconds, dpi)
            saving.write(file, content)
        else:
            self.still().save(file, dpi)
