"""Layered layouts: ranks, order, distances."""

import pytest

from pullback.draw.layout import layered

DIAMOND = [(0, 1), (0, 2), (1, 3), (2, 3)]


def overlapping(layout, sizes, gap):
    """Pairs of one rank that are closer than their sizes and the gap allow."""
    found = []
    for a in range(len(sizes)):
        for b in range(a):
            near = abs(layout.across[a] - layout.across[b]) < (sizes[a] + sizes[b]) / 2 + gap - 1e-6
            if layout.rank[a] == layout.rank[b] and near:
                found.append((a, b))
    return found


def test_rank_is_the_longest_path():
    assert layered([10.0] * 4, [(0, 1), (1, 2), (0, 2), (2, 3)]).rank == (0, 1, 2, 3)


def test_an_input_stands_just_before_its_first_use():
    # 0 → 1 → 2 → 3, and a second input 4... numbered before its use: 1 is used by 4 alone.
    assert layered([10.0] * 5, [(0, 2), (2, 3), (3, 4), (1, 4)]).rank == (0, 2, 1, 2, 3)


def test_every_edge_leads_to_a_higher_rank():
    edges = [(0, 3), (1, 3), (1, 4), (2, 4), (3, 5), (4, 5), (0, 5)]
    rank = layered([10.0] * 6, edges).rank
    assert all(rank[a] < rank[b] for a, b in edges)


def test_things_of_a_rank_keep_their_distance():
    sizes = [20.0, 60.0, 30.0, 20.0]
    assert overlapping(layered(sizes, DIAMOND, gap=25.0), sizes, 25.0) == []


def test_the_distance_check_can_fail():
    sizes = [20.0, 60.0, 30.0, 20.0]
    assert overlapping(layered(sizes, DIAMOND, gap=5.0), sizes, 25.0) == [(2, 1)]


def test_crossings_that_can_be_avoided_are_avoided():
    # Drawn in the order of their numbers, 0 → 3 and 1 → 2 would cross.
    assert layered([10.0] * 4, [(0, 3), (1, 2)]).crossings == 0


def test_a_crossing_that_cannot_be_avoided_is_counted():
    complete = [(a, b) for a in (0, 1) for b in (2, 3)]
    assert layered([10.0] * 4, complete).crossings == 1


def test_an_edge_over_two_ranks_bends_once():
    assert [len(b) for b in layered([10.0] * 3, [(0, 1), (1, 2), (0, 2)]).bends] == [0, 0, 1]


def test_a_chain_is_straight():
    across = layered([10.0] * 6, [(k, k + 1) for k in range(5)]).across
    assert across == pytest.approx([across[0]] * 6)


def test_what_hangs_on_a_chain_does_not_bend_it():
    # 0 → 2 → 4 → 5 with the biases 1 and 3.
    across = layered([40.0] * 6, [(0, 2), (1, 2), (2, 4), (3, 4), (4, 5)]).across
    assert across[4] == pytest.approx(across[2], abs=3.0)
    assert across[5] == pytest.approx(across[4], abs=1e-6)


def test_an_empty_graph_has_a_layout():
    assert layered([], []).rank == ()
