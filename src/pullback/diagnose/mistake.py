"""What is said of one kind of mistake, and the cases in which mistakes show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One kind of mistake.

    key          stable, for programs: "filter-flipped"
    family       bias, convolution, pooling, activation, loss, pass, or sum (any of them)
    title        what was done, as a clause
    explanation  what was done, why it is wrong, how to mend it
    shows        a case in which it shows by itself
    rank         how rare it is: the smaller, the earlier it is suspected
    """

    key: str
    family: str
    title: str
    explanation: str
    shows: str = "sizes that all differ, and none of them 1"
    rank: int = 5


SEVERAL_IMAGES = "a batch of 3 images"
SEVERAL_CHANNELS = "2 input channels and 3 output channels, with different numbers"
OBLONG = "an image of 7×9, a filter of 3×2"
STRIDED = "stride 2 and an image of 8×9"
PADDED = "padding (2, 1) and an image of 7×9"
DILATED = "dilation 2"
GROUPED = "2 groups of 2 channels"
OVERLAPPING = "windows that overlap: kernel 3, stride 2"
TIED = "a window with two equal maxima"
