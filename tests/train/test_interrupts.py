import json
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import pullback
from pullback.train import fit
from pullback.train.interrupts import Interrupts

SCRIPT = """
import json, sys
import numpy as np
from pullback import nn
from pullback.nn import init
from pullback.optim import SGD
from pullback.train import fit

x = np.random.default_rng(0).normal(size=(2000, 20))
data = (x, (x[:, 0] > 0).astype(int))
held_out = data if "validation" in sys.argv else None

class Say:
    first = None
    def on_step_end(self, record, net):
        if record.epoch == 2:
            print("running", flush=True)
        self.last = net.weight.tolist()
    def on_epoch_end(self, record, net):
        self.first = self.first or net.weight.tolist()

say = Say()
init.seed(0)
net = nn.Linear(20, 2)
# A rate that makes every later epoch worse: the first is the best by validation.
history = fit(net, data, epochs=10**6, batch_size=50, optimizer=SGD(1.0),
              schedule=lambda step, lr: lr if step < 40 else -lr / 20, validation=held_out,
              callbacks=[say], checkpoint=sys.argv[1])
json.dump({"interrupted": history.interrupted, "epochs": len(history.epochs), "net": net.weight.tolist(),
           "last": say.last, "first": say.first}, sys.stdout)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("validation", ["validation", "none"])
def test_ctrl_c_finishes_the_step_writes_the_checkpoint_and_returns_the_history(tmp_path, validation):
    source = os.path.dirname(os.path.dirname(pullback.__file__))
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "run.ckpt"), validation],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": source, "OPENBLAS_NUM_THREADS": "1"},
    )
    with process:
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGINT)
        found = json.loads(process.stdout.read().replace("running\n", ""))
    assert process.returncode == 0
    assert found["interrupted"]
    assert found["epochs"] >= 1
    assert found["net"] == (found["first"] if validation == "validation" else found["last"])
    assert found["first"] != found["last"]
    assert (tmp_path / "run.ckpt").is_file()


def raised(times):
    """A callback that sends Ctrl-C to this process in the middle of a step's end."""

    class Press:
        def on_step_end(self, record, net):
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    return Press()


def test_one_ctrl_c_ends_the_run_after_the_step_under_way(points, line):
    history = fit(line(), points, epochs=5, batch_size=10, callbacks=[raised(1)])
    assert history.interrupted
    assert history.epochs == ()


def test_a_second_ctrl_c_raises_at_once_and_the_handler_is_put_back(points, line):
    before = signal.getsignal(signal.SIGINT)
    net = line()
    with pytest.raises(KeyboardInterrupt):
        fit(net, points, callbacks=[raised(2)])
    assert signal.getsignal(signal.SIGINT) is before
    assert net.weight.any()


def test_ctrl_c_after_the_last_step_interrupts_nothing(points, line):
    class Press:
        def on_epoch_end(self, record, net):
            signal.raise_signal(signal.SIGINT)

    history = fit(line(), points, callbacks=[Press()])
    assert not history.interrupted
    assert len(history.epochs) == 1


def test_other_threads_leave_the_handler_alone(points, line):
    before, found = signal.getsignal(signal.SIGINT), []

    class Look:
        def on_epoch_end(self, record, net):
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=lambda: fit(line(), points, callbacks=[Look()]))
    thread.start()
    thread.join()
    assert found == [before]


def test_a_process_that_ignores_ctrl_c_goes_on_ignoring_it():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts() as interrupts:
            signal.raise_signal(signal.SIGINT)
            assert not interrupts.requested
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupted_run_that_goes_on_ends_as_one_that_was_not(points, line, tmp_path):
    path = tmp_path / "run.ckpt"
    net = line()
    assert fit(net, points, epochs=3, batch_size=10, callbacks=[raised(1)], checkpoint=path).interrupted
    history = fit(line(), points, epochs=3, batch_size=10, checkpoint=path, resume=True)
    whole = line()
    expected = fit(whole, points, epochs=3, batch_size=10)
    assert [r.loss for r in history.epochs] == [r.loss for r in expected.epochs]
    resumed = line()
    fit(resumed, points, epochs=3, batch_size=10, resume=path)
    assert np.array_equal(resumed.weight, whole.weight)
