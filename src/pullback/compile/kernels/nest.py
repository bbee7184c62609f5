"""The loops of a plain nest: which letters are merged, which one fills the lanes, what is shared out to threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

from pullback.compile.kernels.kernel import Site
from pullback.compile.layout import split_letters
from pullback.compile.stages import Access, Letters, Position, Stage
from pullback.formula.affine import Affine

PARTS = 64
"""A stage is cut into about so many parts, for threads to share."""


@dataclass(frozen=True)
class Loop:
    """A loop of the nest: a letter, or the blocks or lanes of one.

    limit  of lanes: the letter's size, which the last block may exceed
    """

    letter: str
    size: int
    limit: int | None = None


@dataclass(frozen=True)
class Vector:
    """The letter whose entries are computed side by side, so many at once.

    is_split     whether it is a batch in lanes: then lanes beyond its size are computed as well, and not used
    is_combined  whether its entries are added up
    """

    letter: str
    size: int
    lanes: int
    is_split: bool
    is_combined: bool

    @property
    def block(self) -> str:
        """The letter that counts the blocks of lanes."""
        return split_letters(self.letter)[0]


@dataclass(frozen=True)
class Nest:
    """The loops of a stage.

    outer   blocks of the batch; parts are numbered in their order
    shared  the loop that is cut into parts within each block, and into how many
    inner   the other loops over entries
    over    the loops that are combined
    merged  letters that stay 0 while another one runs over both ranges
    """

    outer: Loop | None
    shared: Loop | None
    cuts: int
    inner: tuple[Loop, ...]
    over: tuple[Loop, ...]
    vector: Vector | None
    merged: tuple[str, ...] = ()

    @property
    def chunks(self) -> int:
        """How many parts there are."""
        return self.cuts * self.blocks if self.outer else self.cuts

    @property
    def blocks(self) -> int:
        """How many blocks of the batch the parts belong to; 0 where they do not."""
        return self.outer.size if self.outer else 0


def nest_of(site: Site) -> Nest:
    """The loops of a stage."""
    stage = site.stage
    if stage.combine == "scatter":
        return _scatter_nest(site)
    free, over = _merged(site, stage.free), _merged(site, stage.over)
    vector = _vector(site, free, over)
    loops = _loops(site, free, vector)
    batch = next((split_letters(k)[0] for k in site.split if k in free), None)
    outer = next((x for x in loops if x.letter == batch), None)
    rest = [x for x in loops if x is not outer]
    shared = _shared(rest)
    return Nest(
        outer,
        shared,
        1 if shared is None else min(shared.size, max(1, PARTS // (outer.size if outer else 1))),
        tuple(x for x in rest if x is not shared),
        tuple(_combined_loops(over, vector)),
        vector,
        tuple(k for k, _ in (*stage.free, *stage.over) if k not in free and k not in over),
    )


def _shared(loops: list[Loop]) -> Loop | None:
    """The outermost loop that is long enough to be shared out, or the longest."""
    candidates = [x for x in loops if x.limit is None]
    long = next((x for x in candidates if x.size >= PARTS), None)
    return long or max(candidates, key=lambda x: x.size, default=None)


def _loops(site: Site, letters: dict[str, int], vector: Vector | None) -> list[Loop]:
    """The loops over letters; the lanes of the vector are none."""
    found = []
    for letter, size in letters.items():
        is_vector = vector is not None and letter == vector.letter
        lanes = vector.lanes if vector is not None and is_vector else site.split.get(letter, 1)
        if lanes == 1:
            found.append(Loop(letter, size))
            continue
        block, lane = split_letters(letter)
        found.append(Loop(block, -(-size // lanes)))
        if not is_vector:
            found.append(Loop(lane, lanes, size))
    return found


def _combined_loops(letters: dict[str, int], vector: Vector | None) -> Iterator[Loop]:
    """The loops over combined letters: batches too are counted one by one, unless they fill the lanes."""
    for letter, size in letters.items():
        if vector is None or letter != vector.letter:
            yield Loop(letter, size)
        elif vector.is_split:
            yield Loop(vector.block, -(-size // vector.lanes), size)
        else:
            yield Loop(vector.block, size // vector.lanes, size)


def _scatter_nest(site: Site) -> Nest:
    """A scatter is shared out by a letter of its own axis, where there is one: no two threads then add to one entry."""
    stage = site.stage
    loops = _loops(site, dict(stage.free), None)
    for axis, index in enumerate(stage.targets):
        letter = index.letter if isinstance(index, Affine) else None
        others = [k for j, t in enumerate(stage.targets) if j != axis for k in t.letters]
        if letter is None or letter in others or stage.writes[0].value.shape[axis] != stage.sizes[letter]:
            continue
        if letter not in site.split:
            own = Loop(letter, stage.sizes[letter])
            return Nest(None, own, min(own.size, PARTS), tuple(x for x in loops if x != own), (), None)
        if axis == 0:
            outer = next(x for x in loops if x.letter == split_letters(letter)[0])
            return Nest(outer, None, 1, tuple(x for x in loops if x is not outer), (), None)
    return Nest(None, None, 1, tuple(loops), (), None)


def _merged(site: Site, letters: Letters) -> dict[str, int]:
    """Letters that always move on together become one: rows that lie end to end are one long row."""
    sizes = dict(letters)
    forms, fixed = _forms(site)
    fixed |= set(site.split)
    pairs = True
    while pairs:
        pairs = False
        for slow, fast in permutations([k for k in sizes if k not in fixed], 2):
            if all(form.get(slow, 0) == sizes[fast] * form.get(fast, 0) for form in forms):
                sizes[fast] *= sizes.pop(slow)
                pairs = True
                break
    return sizes


def _forms(site: Site) -> tuple[list[dict[str, int]], set[str]]:
    """The coefficients by which letters enter addresses and numbers, and letters that enter in other ways."""
    stage, forms, fixed = site.stage, [], set[str]()
    for access in (*site.deep_accesses, *(Access(w.value, w.at) for w in stage.writes)):
        address = site.address(access)
        if address is None or not site.is_safe(access):
            fixed |= set(access.letters)
        else:
            forms.append(dict(address.coefs))
    numbers = [leaf.at for leaf in stage.reads.values() if isinstance(leaf, Position)]
    numbers += [stage.where] if stage.where else []
    numbers += [flat_position(stage)] if stage.combine == "uniform" else []
    return forms + [dict(n.coefs) for n in numbers], fixed


def flat_position(stage: Stage) -> Affine:
    """The row-major position of an entry."""
    flat = Affine()
    for letter, size in stage.free:
        flat = flat * size + Affine(((letter, 1),))
    return flat


def _vector(site: Site, free: dict[str, int], over: dict[str, int]) -> Vector | None:
    """The letter along which entries lie side by side: a batch in lanes before all others."""
    for letter, lanes in site.split.items():
        if lanes > 1 and _fills_lanes(site, letter, letter in over):
            return Vector(letter, (free | over)[letter], lanes, is_split=True, is_combined=letter in over)
    lanes = site.machine.lanes
    if lanes == 1:
        return None
    candidates = [k for k, n in free.items() if n >= lanes]
    if site.stage.combine == "sum":
        candidates += [k for k, n in over.items() if n >= lanes]
    scored = [(score, k) for k in candidates if k not in site.split and (score := _score(site, k, k in free)) > 0]
    if not scored:
        return None
    letter = max(scored, key=lambda s: s[0])[1]
    return Vector(letter, (free | over)[letter], lanes, is_split=False, is_combined=letter in over)


def _fills_lanes(site: Site, letter: str, is_combined: bool) -> bool:
    """Whether the lanes of a batch are computed at once: all that is written lies in lanes, or is summed over them."""
    if is_combined:
        return site.stage.combine == "sum"
    lane = split_letters(letter)[1]
    addresses = [site.address(Access(w.value, w.at)) for w in site.stage.writes]
    return all(a is not None and a.coef(lane) == 1 for a in addresses)


def _score(site: Site, letter: str, is_free: bool) -> int:
    """How much is gained by computing entries along this letter at once."""
    score = 0
    for w in site.stage.writes if is_free else ():
        address = site.address(Access(w.value, w.at))
        if address is None or address.coef(letter) != 1:
            return 0
        score += 2
    for access in site.deep_accesses:
        address = site.address(access)
        if letter in access.letters:
            score += 2 if address is not None and address.coef(letter) == 1 else -1
    return score
