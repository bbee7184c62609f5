"""One explanation as blocks: entry, formula, legend, the formula at these indices, terms, total, what to ask next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pullback.explain import parts
from pullback.explain.names import Named
from pullback.explain.rendering.blocks import (
    Block,
    Calls,
    Equations,
    Heading,
    Legend,
    Math,
    Name,
    Number,
    Paragraph,
    Phrase,
    Row,
    Table,
    math,
    number,
)
from pullback.explain.worked import entry_math, numbers_put_in, scale_math, symbol, worked
from pullback.formula.render import latex, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from pullback.explain.explanation import Entry, Explanation, Term

REASONS = {
    "padding": "read from the padding, where the array is 0",
    "its window has another maximum": "the window has its maximum elsewhere",
    "the ReLU is off": "the ReLU is off",
    "a given 0": "a given number is 0",
    "underflow": "the product is too small for a float64",
}

GIVEN = ("given", "nothing", "random")


def card(
    e: Explanation,
    *,
    limit: int | None,
    zeros: bool,
    depth: int,
    call: Callable[[Entry], str] | None,
) -> list[Block]:
    """Say everything about one entry; the options are those of `Rendered.blocks`."""
    blocks: list[Block] = [Heading((*entry_phrase(e, e.entry), " = ", Number(e.entry.value)))]
    if e.kind in GIVEN:
        blocks.append(Paragraph((f"{e.numbers[:1].upper()}{e.numbers[1:]}.",)))
        return blocks
    blocks += formula_blocks(e)
    blocks += _numbers(e, limit, zeros)
    if depth:
        blocks += chain_blocks(e, depth)
    following = [f for f in _worth_following(e) if f.inside and f.of != "constant"]
    if following and call is not None:
        calls = tuple((call(f), ("= ", Number(f.value))) for f in following)
        blocks.append(Calls("next:" if len(e) <= 1 else "next, the factors of the largest term:", calls))
    return blocks


def formula_blocks(e: Explanation) -> list[Block]:
    """The formula with its legend; for a maximum first the rule that chooses."""
    rows = [math(e.formula, e.formula_latex)]
    rule = parts.chooser(e)
    if rule is not None and e.kind == "maximum":
        rows.insert(0, math(text(rule), latex(rule)))
    legend = [(symbol(array), (*named_phrase(e, named), *what)) for array, named, what in parts.legend(e)]
    return [Equations(tuple(rows)), Legend(tuple(legend))]


def named_phrase(e: Explanation, named: Named | Entry) -> Phrase:
    """A node in words: "the gradient of conv1.weight", "the cotangent of conv1", "conv1"."""
    if named.of == "cotangent":
        return (f"the {parts.word(e, named.name)} of ", Name(named.name))
    if named.of == "step" and named.name.endswith("_bar"):
        return Name(named.name), f", what comes back through {named.name.rpartition('.')[0]}"
    return ("a constant",) if named.of == "constant" else (Name(named.name),)


def entry_phrase(e: Explanation, entry: Entry) -> Phrase:
    """An entry in words: "gradient of conv1.weight[0,0,1,0]"."""
    at = f"[{','.join(map(str, entry.index))}]" if entry.index else ""
    name = Name(entry.name + at)
    return (f"{parts.word(e, entry.name)} of ", name) if entry.of == "cotangent" else (name,)


def chain_blocks(e: Explanation, depth: int) -> list[Block]:
    """The way back along the largest term of every sum."""
    blocks: list[Block] = [Heading(("Where it comes from: the largest term, step by step",), 3)]
    for k, step in enumerate(e.chain(depth)[1:], start=1):
        blocks.append(Paragraph((f"{k}. ", *entry_phrase(e, step.entry), " = ", Number(step.entry.value))))
        if step.kind not in GIVEN:
            blocks.append(Equations((*worked(step),)))
    return blocks if len(blocks) > 1 else []


def _numbers(e: Explanation, limit: int | None, zeros: bool) -> Iterator[Block]:
    """The same formula for this entry, and in numbers."""
    here = math(e.entry_formula, e.entry_formula_latex)
    if e.kind in ("maximum", "position"):
        yield Equations((*worked(e, most=None),))
        yield _candidates(e)
    elif e.kind == "expression":
        equals = Math("", "")
        yield Equations((here, Row(equals, "=", numbers_put_in(e)), Row(equals, "=", number(e.entry.value))))
        yield _operands(e)
    elif e.kind == "copy":
        yield Equations((*worked(e),))
    elif not len(e):
        yield Equations((here,))
        yield Paragraph((parts.why_empty(e),))
    else:
        yield Equations((here,))
        yield from _terms(e, limit, zeros)


def _terms(e: Explanation, limit: int | None, zeros: bool) -> Iterator[Block]:
    """The terms in a table, what is left out of it, and the total."""
    counted = np.arange(len(e)) if zeros else np.flatnonzero(e.products)
    shown = [e[int(k)] for k in counted[:limit]]
    single = len(parts.symbols(e)) == 1 and e.scale == 1
    foot: list[tuple[Phrase, float]] = []
    if len(shown) < len(counted):
        rest = float(e.products[counted[len(shown) :]].sum())
        foot.append((("and ", _count(len(counted) - len(shown), "more term"), ", together"), rest))
    foot.append((("total",), e.total))
    header, align = _header(e, single)
    if zeros:
        header, align = (*header, ("why it is 0",)), align + "l"
    rows = tuple((*_row(e, t, single), *(((t.vanishes,),) if zeros else ())) for t in shown)
    if rows:
        yield Table(header, align, rows, tuple(foot), len(align) - 1 - zeros)
    yield from _vanished(e)
    yield Paragraph((f"The run computed {number(e.entry.value).text}: {_agreement(e)}.",))


def _header(e: Explanation, single: bool) -> tuple[tuple[Phrase, ...], str]:
    symbols = [symbol(array) for array in parts.symbols(e)]
    header: list[Phrase] = []
    for k, letter in enumerate(symbols):
        header += [(letter,), ()] if k == 0 else [(), (letter,), ()]
    align = "ln" + "lln" * (len(symbols) - 1)
    if not single:
        header += [(), ("product",) if e.scale == 1 else (_scaled(e.scale, symbols),)]
        align += "ln"
    return tuple(header), align


def _scaled(scale: float, symbols: Sequence[Math]) -> Math:
    product = scale_math(scale)
    for letter in symbols:
        product += Math(" · ", r" \cdot ") + letter
    return product


def _row(e: Explanation, term: Term, single: bool) -> tuple[Phrase, ...]:
    found: list[Phrase] = []
    for array, entry in zip(parts.symbols(e), term.factors, strict=True):
        found += [(Math("·", r"\cdot"),)] if found else []
        found += [(entry_math(array, entry),), (Number(entry.value),)]
    return tuple(found if single else [*found, (Math("=", "="),), (Number(term.product),)])


def _vanished(e: Explanation) -> Iterator[Block]:
    """How many terms are 0, by reason."""
    if not e.vanished:
        return
    gone = sum(e.vanished.values())
    many = f"{'All' if gone == len(e) else f'{gone} of'} {len(e)} terms {'is' if gone == 1 else 'are'} 0:"
    title = "The only term is 0:" if len(e) == 1 else many
    yield Paragraph((title,))
    ordered = sorted(e.vanished.items(), key=lambda item: -item[1])
    yield Table((), "nl", tuple(((Number(float(n)),), (REASONS.get(why, why),)) for why, n in ordered))


def _agreement(e: Explanation) -> str:
    if e.error == 0:
        return "the same"
    return f"the difference, {e.error:.1g}, is rounding"


def _candidates(e: Explanation) -> Table:
    """The entries that competed, the winner marked."""
    inside = [c for c in e.candidates if c.inside]
    best = parts.winner(e)
    array = parts.candidate_symbol(e)
    rows = tuple(
        ((entry_math(array, c),), (Number(c.value),), ("the largest",) if c is best else ("",)) for c in inside
    )
    ties = sum(c.value == best.value for c in inside) if best else 0
    note: Phrase = ("the first of equals wins",) if ties > 1 else ()
    return Table(((symbol(array),), (), note), "lnl", rows)


def _operands(e: Explanation) -> Table:
    """What an expression was computed from."""
    (term,) = e.terms
    rows = tuple(
        ((entry_math(array, f),), (Number(f.value),), named_phrase(e, f))
        for array, f in dict(zip(parts.symbols(e), term.factors, strict=True)).items()
    )
    return Table((), "lnl", rows)


def _worth_following(e: Explanation) -> Sequence[Entry]:
    """The factors of the largest term; for a maximum the winner."""
    winner = parts.winner(e)
    if winner is not None:
        return [winner]
    return tuple(dict.fromkeys(e[int(np.abs(e.products).argmax())].factors)) if len(e) else ()


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
