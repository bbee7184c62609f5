import pytest
from scipy import stats

from pullback.bench.ratios import Ratio, fastest, geometric_mean, mean, ratio


def test_the_ratio_is_the_median_of_the_ratios_of_the_rounds_not_the_ratio_of_the_medians():
    ours, theirs = {0: 1.0, 1: 4.0, 2: 2.0}, {0: 3.0, 1: 4.0, 2: 5.0}
    # 3/1, 4/4, 5/2; of the medians it would be 4/2.
    assert ratio(theirs, ours) == Ratio(median=2.5, low=1.0, high=3.0)


def test_only_rounds_of_both_count():
    assert ratio({1: 6.0}, {0: 1.0, 1: 2.0}) == Ratio(3.0, 3.0, 3.0)


def test_a_mode_that_sat_out_is_not_the_fastest_by_its_single_lucky_round():
    times = {"stayed": {0: 2.0, 1: 2.0}, "slow": {0: 3.0, 1: 3.0}, "sat out": {0: 1.9}}
    assert fastest(times) == "stayed"
    assert fastest({k: {0: v[0]} for k, v in times.items()}) == "sat out"


def test_the_geometric_mean_of_a_ratio_and_its_inverse_is_one():
    assert geometric_mean([4.0, 0.25]) == pytest.approx(1.0)


@pytest.mark.parametrize("count", [2, 3, 10, 30])
def test_the_confidence_interval_is_that_of_students_t(count):
    values = [0.99 + 0.001 * (k % 3) for k in range(count)]
    found = mean(values)
    low, high = stats.t.interval(0.95, count - 1, loc=found.mean, scale=stats.sem(values))
    assert found.mean == pytest.approx((low + high) / 2)
    assert found.margin == pytest.approx((high - low) / 2, rel=1e-3)


def test_one_value_has_no_confidence_interval():
    assert mean([0.5]).margin is None
