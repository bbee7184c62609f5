"""Mistakes in how windows, filters, channels and groups are read: in words."""

from __future__ import annotations

from pullback.diagnose.mistake import DILATED, GROUPED, OBLONG, OVERLAPPING, PADDED, SEVERAL_CHANNELS, STRIDED, Mistake

CONVOLUTION = (
    Mistake(
        "filter-flipped",
        "convolution",
        "the filter was flipped where it must not be, or not flipped where it must",
        "In the gradient of the input, the tap that read an entry on the way forward sends the cotangent back to that "
        "entry: x̄[h] adds ȳ[p]·w[r] over p·σ + r·δ − π = h. Written as a sliding window over ȳ, the filter is "
        "therefore rotated by 180° exactly once.",
        "a filter that is not symmetric",
        0,
    ),
    Mistake(
        "gradient-rotated",
        "convolution",
        "the filter's gradient was rotated",
        "The numbers are right but stand in reversed order. The filter's gradient is the plain correlation of x with "
        "ȳ, nothing is flipped: w̄[r] adds ȳ[p]·x[p·σ + r·δ − π]. It comes out rotated where the two arguments are "
        "exchanged or a true convolution is used.",
        "a filter gradient that is not symmetric",
        0,
    ),
    Mistake(
        "gradient-transposed",
        "convolution",
        "the gradient was transposed",
        "Two axes were exchanged. Entry [i, j] of the gradient belongs to entry [i, j] of the array: exchange the "
        "factors, or transpose the result.",
        OBLONG,
        1,
    ),
    Mistake(
        "filter-transposed",
        "convolution",
        "the filter was transposed",
        "Rows and columns of the filter were exchanged before it was used.",
        OBLONG,
        3,
    ),
    Mistake(
        "arguments-swapped",
        "convolution",
        "the arguments were exchanged",
        "A correlation is not symmetric in its two arguments: exchanging them reverses the result (and exchanges input "
        "and output channels). The array that slides comes second.",
        OBLONG,
        3,
    ),
    Mistake(
        "channels-swapped",
        "convolution",
        "input and output channels were exchanged",
        "Filters are indexed w[o, i, r, s], output channel first. Going backwards, the sum runs over the output "
        "channels o and leaves the input channels i; here the two were exchanged.",
        SEVERAL_CHANNELS,
        2,
    ),
    Mistake(
        "full-instead-of-valid",
        "convolution",
        "the full correlation was taken; it is the valid one",
        "The filter's gradient reads x only where the window really was. A full correlation also counts shifts at "
        "which the two arrays overlap only in part, which belong to no tap.",
        rank=3,
    ),
    Mistake(
        "valid-instead-of-full",
        "convolution",
        "the valid correlation was taken; it is the full one",
        "Going back, the entries at the border receive something too: every entry that some window read. The cotangent "
        "has to be padded with R − 1 zeros on either side (mode 'full') before the filter slides over it.",
        rank=2,
    ),
    Mistake(
        "same-padding-used",
        "convolution",
        "the correlation was cut to the size of its argument (mode 'same')",
        "Mode 'same' cuts a centred piece out of the full result; where that piece begins does not follow the "
        "convolution's own padding. Take the full result, and crop it by the padding.",
        rank=3,
    ),
    Mistake(
        "stride-not-dilated",
        "convolution",
        "the cotangent was not dilated by the stride",
        "With stride σ the output p was read at input p·σ + r·δ − π. Going back, neighbouring cotangents are therefore "
        "σ entries apart: put σ − 1 zeros between them. Here they were taken as neighbours, which is right for stride "
        "1 only.",
        STRIDED,
        0,
    ),
    Mistake(
        "stride-and-dilation-not-exchanged",
        "convolution",
        "stride and dilation were not exchanged",
        "The filter's gradient is a convolution of x with ȳ in which the stride becomes the dilation and the dilation "
        "becomes the stride: x is read at p·σ + r·δ − π, and now p is the tap. Here they were passed on unchanged.",
        STRIDED,
        2,
    ),
    Mistake(
        "dilation-ignored",
        "convolution",
        "the dilation was ignored",
        "The taps are δ entries apart: the input is read at p·σ + r·δ − π. Here neighbouring taps were taken as "
        "neighbouring entries.",
        DILATED,
        1,
    ),
    Mistake(
        "padding-ignored",
        "convolution",
        "the padding was ignored",
        "The window begins π entries before the image: the input is read at p·σ + r·δ − π. Here π was left out, so "
        "everything is shifted by the padding.",
        PADDED,
        1,
    ),
    Mistake(
        "padding-not-cropped",
        "convolution",
        "the padded border was not cut off",
        "This is the gradient of the padded image. The border was added by the padding and is no part of the input: "
        "cut off π rows and columns on every side.",
        PADDED,
        1,
    ),
    Mistake(
        "shifted-by-one",
        "convolution",
        "everything is shifted by one",
        "An index is off by one: the input is read at p·σ + r·δ − π, and here one more or one less was subtracted.",
        rank=4,
    ),
    Mistake(
        "padding-wrong-side",
        "convolution",
        "the border was cut off at the wrong end",
        "The padding in front and the padding behind were exchanged, or only one end was cropped: cut off π in front, "
        "and keep as many entries as the input has.",
        PADDED,
        4,
    ),
    Mistake(
        "leftover-rows",
        "convolution",
        "the rows that no window reaches were treated wrongly",
        "Where (H + 2π − k) mod σ is not 0, the last rows of the input are read by no window. Their gradient is 0, and "
        "they keep their place at the end: here they were dropped, duplicated, or counted as taps.",
        "stride 2 and an image of 8×8 with a filter of 3×3",
        2,
    ),
    Mistake(
        "summed-over-channels",
        "sum",
        "it was summed over the channels, too",
        "Each channel has a gradient of its own. Here the sum runs over the channels as well, so that every channel "
        "has the same numbers: keep the channel's index on both sides.",
        SEVERAL_CHANNELS,
        2,
    ),
    Mistake(
        "only-one-channel",
        "sum",
        "only one channel was accumulated",
        "Every output channel was computed from this entry, and each sends its share back. Here only one of them was "
        "counted: loop over all of them, and add.",
        SEVERAL_CHANNELS,
        2,
    ),
    Mistake(
        "identical-over-channels",
        "sum",
        "the gradient of one channel was given to all",
        "All channels have the same numbers, those of one of them. An index of the loop is fixed where its variable "
        "belongs: each channel has its own input and its own cotangent.",
        SEVERAL_CHANNELS,
        2,
    ),
    Mistake(
        "groups-ignored",
        "convolution",
        "the groups were ignored",
        "With G groups, an output channel is connected to the input channels of its own group alone. Here every group "
        "was connected to the first group's channels, or all to all.",
        GROUPED,
        1,
    ),
    Mistake(
        "overlaps-assigned",
        "sum",
        "where windows overlap, the last one was kept; they are added",
        "An entry that several windows read receives something from each of them. Here stands `=` where `+=` is "
        "needed, so that the last window overwrites the others.",
        OVERLAPPING,
        1,
    ),
    Mistake(
        "border-not-folded-back",
        "convolution",
        "what was read beyond the border was not sent back",
        "With reflecting, replicating or circular padding, the border holds copies of real entries. Their cotangents "
        "belong to the entries that were copied: add them there, do not cut them off.",
        "padding by reflection",
        1,
    ),
)
