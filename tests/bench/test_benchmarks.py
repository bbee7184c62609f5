"""The benchmarks with workers that compute nothing."""

import json
from statistics import median

import numpy as np
import pytest

from bench.fakes import COUNTS, STATE, Fake, bench
from pullback.bench.accuracy import run_accuracy
from pullback.bench.cases import LAYERS
from pullback.bench.jobs import AccuracyJob, LayerJob, NetJob
from pullback.bench.layers import run_layers
from pullback.bench.nets import room_for, run_nets
from pullback.bench.networks import our_net
from pullback.bench.processes import WorkerError
from pullback.bench.tables import tables, to_dict
from pullback.bench.verify import ROOM
from pullback.cli.report import json_text
from pullback.errors import NumericsError

LAYER = "resnet50:3x3 64-64 @56"


def net_report(tmp_path, fake=None, **options):
    running = bench(fake or Fake(), tmp_path, **options)
    run_nets(running, ["softmax"], 64)
    return running.report


def layer_report(tmp_path, fake=None, **options):
    running = bench(fake or Fake(), tmp_path, **options)
    run_layers(running, [LAYER], 8)
    return running.report


def test_the_ratio_is_pytorchs_time_by_ours_in_its_best_mode(tmp_path):
    training, inference = net_report(tmp_path).timings
    assert (training.task, inference.task) == ("training", "inference")
    # The median of 1, 0.5 and 4 ms; PyTorch needs twice that, and in channels_last 5 % more.
    assert training.pullback == pytest.approx(1e-3)
    assert training.ratio.median == pytest.approx(2.0)
    assert training.mode == "contiguous eager"
    assert set(training.rounds["pytorch"]) == {"contiguous eager", "channels_last eager"}


def test_the_share_of_the_peak_is_products_by_time_and_peak(tmp_path):
    training, inference = net_report(tmp_path, threads=(2,)).timings
    assert training.flops == pytest.approx(2 * COUNTS["training"] / 1e-3)
    assert inference.fraction == pytest.approx(COUNTS["inference"] / 1e-3 / (2 * 4e9))


def test_each_side_is_asked_for_the_same(tmp_path):
    fake = Fake()
    net_report(tmp_path, fake, threads=(1, 2))
    asked = {
        side: {
            (j.threads, j.batch, j.weights, j.seconds)
            for s, j in fake.jobs
            if s == side and hasattr(j, "net") and j.seconds
        }
        for side in ("pullback", "pytorch")
    }
    assert asked["pullback"] == asked["pytorch"]


def test_pullback_compiles_in_the_first_process_that_sees_a_network(tmp_path):
    def ready(side, job, answer):
        if side == "pullback" and isinstance(job, NetJob):
            answer["ready"] = 0.05 if job.seconds else 1.5

    ours = net_report(tmp_path, Fake(change=ready)).costs[0]
    assert (ours.cold, ours.cached) == (pytest.approx(1.5 - 1e-3), pytest.approx(0.05 - 1e-3))
    assert (ours.idle, ours.peak) == (1 << 20, 2 << 20)


def test_only_winograds_algorithm_has_room_for_more_rounding():
    vgg, lenet5 = our_net("vgg"), our_net("lenet5")
    assert room_for(vgg, "fast") > ROOM
    assert room_for(vgg, "strict") == room_for(lenet5, "fast") == ROOM


def wrong_losses(side, job, answer):
    if side == "pullback" and "losses" in answer:
        answer["losses"][-1] *= 1.001


def wrong_outputs_when_timed(side, job, answer):
    if side == "pullback" and "inference" in answer:
        answer["outputs"][1][1] += 0.001


def pytorch_wrong(side, job, answer):
    if side == "pytorch" and "training" in answer and job.mode.layout == "channels_last":
        answer["losses"][0] = float("nan")


@pytest.mark.parametrize("wrong", [wrong_losses, wrong_outputs_when_timed, pytorch_wrong])
def test_no_time_is_told_for_a_network_with_wrong_numbers(wrong, tmp_path):
    with pytest.raises(NumericsError, match=r"different (losses|outputs)"):
        net_report(tmp_path, Fake(change=wrong))


def test_wrong_parameters_after_the_steps_are_refused(tmp_path):
    def wrong(side, job, answer):
        if side == "pullback" and getattr(job, "state", ""):
            np.savez(job.state, **{"fc.weight": np.array([[0.5, -1.001]]), "steps": np.array(3)})

    with pytest.raises(NumericsError, match=r"parameters: fc\.weight"):
        net_report(tmp_path, Fake(change=wrong))


def test_without_pytorch_there_are_times_but_no_ratios(tmp_path):
    fake = Fake()
    report = net_report(tmp_path, fake, has_pytorch=False)
    assert {side for side, _ in fake.jobs} == {"pullback"}
    assert all(t.pytorch is None and t.ratio is None and t.fraction for t in report.timings)
    assert any("not compared" in note for note in report.notes)


def test_without_pytorch_losses_must_still_be_finite(tmp_path):
    def diverged(side, job, answer):
        if "losses" in answer:
            answer["losses"][-1] = float("inf")

    with pytest.raises(NumericsError, match="not finite"):
        net_report(tmp_path, Fake(change=diverged), has_pytorch=False)


def test_a_machine_without_native_code_has_no_peak(tmp_path):
    class NoPeak(Fake):
        def peak(self, side, job):
            raise WorkerError("no native code here")

    report = net_report(tmp_path, NoPeak())
    assert all(t.fraction is None and t.ratio for t in report.timings)
    assert any("no native code here" in note for note in report.notes)


def test_each_pass_of_a_convolution_has_its_ratio_and_its_error(tmp_path):
    report = layer_report(tmp_path)
    assert [t.task for t in report.timings] == ["forward", "backward-data", "backward-filter"]
    assert all(t.ratio.median == pytest.approx(2.0) for t in report.timings)
    assert all(t.flops == pytest.approx(2 * LAYERS[LAYER].multiply_adds(8) / 1e-3) for t in report.timings)
    assert [(e.pullback, e.pytorch) for e in report.errors] == [(0.5, 0.4)] * 3


def test_no_time_is_told_for_a_convolution_with_wrong_numbers(tmp_path):
    def wrong(side, job, answer):
        if side == "pytorch" and isinstance(job, LayerJob) and answer["errors"]:
            answer["errors"][f"{LAYER} backward-data"]["pullback"] = 1e4

    with pytest.raises(NumericsError, match=r"wrong numbers: .* backward-data, Pullback"):
        layer_report(tmp_path, Fake(change=wrong))


def test_no_time_is_told_for_other_bits_than_those_compared(tmp_path):
    def wrong(side, job, answer):
        if side == "pullback" and isinstance(job, LayerJob) and job.seconds and job.threads == 2:
            answer["checksums"][f"{LAYER} forward"] = 8

    layer_report(tmp_path, Fake(change=wrong))
    with pytest.raises(NumericsError, match="differ between runs"):
        layer_report(tmp_path, Fake(change=wrong), threads=(1, 2))


def test_training_to_an_accuracy_counts_the_runs_that_reach_it(tmp_path):
    running = bench(Fake(), tmp_path)
    run_accuracy(running, seeds=3)
    ours, theirs = running.report.accuracies
    assert ours.accuracy.mean == pytest.approx(0.99)
    assert ours.reached == 2  # of 0.989, 0.990 and 0.991
    assert ours.seconds == 3.0
    assert ours.ratio.median == pytest.approx(median([6 / 2, 7 / 3, 8 / 4]))
    assert theirs.ratio is None
    assert ours.cold == 0.25
    assert ours.total == 0.25 + 2 + 3 + 4


def test_compiling_is_counted_once_and_where_it_happened(tmp_path):
    """Later runs find the code in the cache, those on more threads too."""
    seen = set()

    def cached(side, job, answer):
        if isinstance(job, AccuracyJob) and not job.steps:
            answer["ready"] = 0.125 if (side, job.mode) in seen else 1.0
            seen.add((side, job.mode))

    running = bench(Fake(change=cached), tmp_path, threads=(1, 2))
    run_accuracy(running, seeds=2)
    assert [(a.threads, a.cold) for a in running.report.accuracies] == [(1, 1.0), (1, 1.0), (2, 1.0), (2, 1.0)]


def spoiled(**changed):
    """A worker of Pullback's whose first steps give other numbers."""

    def change(side, job, answer):
        if side == "pullback" and getattr(job, "steps", 0) and isinstance(job, AccuracyJob):
            answer |= {k: v for k, v in changed.items() if k != "state"}
            if "state" in changed:
                np.savez(job.state, **changed["state"])

    return Fake(change=change)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"losses": [2.3, 2.21]}, "losses"),
        ({"rates": [4e-4, 4.1e-4]}, "learning rates"),
        ({"state": {**STATE, "fc.weight": np.array([[0.5, -1.001]])}}, "parameters: fc.weight"),
    ],
)
def test_no_time_is_told_for_a_training_whose_first_steps_differ(tmp_path, changed, what):
    with pytest.raises(NumericsError, match=f"different {what}"):
        run_accuracy(bench(spoiled(**changed), tmp_path), seeds=1)
    run_accuracy(bench(Fake(), tmp_path), seeds=1)


def test_both_take_the_same_first_steps(tmp_path):
    fake = Fake()
    run_accuracy(bench(fake, tmp_path), seeds=1)
    compared = [(side, job) for side, job in fake.jobs if job.steps]
    assert [side for side, _ in compared] == ["pullback", "pytorch", "pytorch", "pullback"]
    assert len({(job.seed, job.steps, job.weights, job.epochs) for _, job in compared}) == 1
    timed = [job for _, job in fake.jobs if not job.steps]
    assert all(job.weights == "" and job.dtype == "float32" for job in timed)


def test_a_report_is_json_and_tables(tmp_path):
    running = bench(Fake(), tmp_path, threads=(1, 2))
    run_nets(running, ["softmax", "mlp"], 64)
    run_layers(running, [LAYER], 8)
    run_accuracy(running, seeds=2)
    document = json.loads(json_text(to_dict(running.report)))
    assert document["timings"][0]["ratio"]["median"] == pytest.approx(2.0)
    assert document["timings"][0]["rounds"]["pullback"]["contiguous eager"] == {"0": 1e-3, "1": 1e-3, "2": 1e-3}
    made = list(tables(running.report))
    assert len(made) == 6
    assert all(len(row) == len(table.header) == len(table.align) for table in made for row in table.rows)
    assert made[0].rows[0][:4] == ("softmax", "training", "1", "1 ms")
