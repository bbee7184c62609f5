"""What the tests of drawings read from pictures."""

import xml.etree.ElementTree as ET
from itertools import combinations

import numpy as np

from pullback.draw.scene import Disc, Label, text_width

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg):
    """The root of an SVG document; a broken one raises."""
    return ET.fromstring(svg)


def texts_of(svg):
    return [t.text for t in parsed(svg).iter(f"{SVG}text")]


def boxes_of(shapes):
    """The places of all texts: left, top, right, bottom."""
    found = []
    for s in shapes:
        if isinstance(s, Label) and s.text:
            # text_width is on the safe side; DejaVu's digits are 0.636 em wide.
            wide = 0.97 * text_width(s.text, s.size)
            left = {"start": s.x, "middle": s.x - wide / 2, "end": s.x - wide}[s.anchor]
            found.append((left, s.y - 0.76 * s.size, left + wide, s.y + 0.02 * s.size))
    return found


def overlaps(shapes):
    """How many pairs of texts lie on each other."""
    return sum(
        a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for a, b in combinations(boxes_of(shapes), 2)
    )


def texts_on_discs(shapes):
    """Texts that lie partly on a disc they do not belong to."""
    discs = [s for s in shapes if isinstance(s, Disc)]
    found = 0
    for left, top, right, bottom in boxes_of(shapes):
        for d in discs:
            inside = left > d.x - d.rx and right < d.x + d.rx and top > d.y - d.ry and bottom < d.y + d.ry
            apart = right < d.x - d.rx or left > d.x + d.rx or bottom < d.y - d.ry or top > d.y + d.ry
            found += not inside and not apart
    return found


def drawn(axes):
    """The first image of an axes, NaN where it is empty."""
    return np.ma.filled(np.ma.asarray(axes.images[0].get_array(), float), np.nan)
