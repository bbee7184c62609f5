"""Whether a run is still the same: what a description of a setting tells apart, and what it does not."""

import subprocess
import sys
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from pullback import nn
from pullback.errors import StateError
from pullback.ops.losses import cross_entropy, mse_loss
from pullback.optim import SGD
from pullback.train import fit
from pullback.train.describe import are_same, described, described_network

FACTOR = 0.5


def enclosing(factor, shift=0.0):
    def loss(output, labels):
        return cross_entropy(output, labels) * factor + shift

    return loss


def with_default(output, labels, factor=0.5):
    return cross_entropy(output, labels) * factor


def of_a_global(output, labels):
    return cross_entropy(output, labels) * FACTOR


def helper(output, labels):
    return cross_entropy(output, labels) * 3


def of_a_helper(output, labels):
    return helper(output, labels)


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, output, labels):
        return cross_entropy(output, labels) * self.factor

    def loss(self, output, labels):
        return self(output, labels)


class ScaledModule(nn.Module):
    def __init__(self, factor, weights=(1.0, 1.0)):
        self.factor, self.weights = factor, nn.Buffer(np.array(weights))

    def forward(self, output, labels):
        return cross_entropy(output, labels, weight=self.weights) * self.factor


@dataclass(frozen=True)
class ScaledRecord:
    factor: float

    def __call__(self, output, labels):
        return cross_entropy(output, labels) * self.factor


def recursive(output, labels):
    return recursive(output, labels) if labels is None else cross_entropy(output, labels)


ALIKE = {
    "closures": (enclosing(0.5), enclosing(0.5)),
    "lambdas": (lambda y, t: mse_loss(y, t), lambda y, t: mse_loss(y, t)),
    "objects": (Scaled(2.0), Scaled(2.0)),
    "methods": (Scaled(2.0).loss, Scaled(2.0).loss),
    "partials in another order": (
        partial(cross_entropy, ignore_index=1, label_smoothing=0.5),
        partial(cross_entropy, label_smoothing=0.5, ignore_index=1),
    ),
    "modules": (nn.CrossEntropyLoss([1.0, 2.0]), nn.CrossEntropyLoss(np.array([1.0, 2.0]))),
    "modules of one's own": (ScaledModule(2.0), ScaledModule(2.0)),
    "numbers of NumPy": (partial(mse_loss, scale=np.float64(0.5)), partial(mse_loss, scale=0.5)),
}  # fmt: skip
DIFFERENT = {
    "closures": (enclosing(0.5), enclosing(0.25)),
    "second enclosed value": (enclosing(0.5), enclosing(0.5, 1.0)),
    "enclosed arrays": (enclosing(np.array([0.5, 1])), enclosing(np.array([0.5, 2]))),
    "enclosed functions": (enclosing(enclosing(1)), enclosing(enclosing(2))),
    "bytecode": (lambda y, t: mse_loss(y, t) * 2, lambda y, t: mse_loss(y, t) + 2),
    "constants": (lambda y, t: mse_loss(y, t) * 2.5, lambda y, t: mse_loss(y, t) * 3.5),
    "functions inside": (lambda y, t: (lambda z: z * 2)(y), lambda y, t: (lambda z: z * 3)(y)),
    "modules": (nn.CrossEntropyLoss(), nn.CrossEntropyLoss(label_smoothing=0.5)),
    "weights of modules": (nn.CrossEntropyLoss([1.0, 2.0]), nn.CrossEntropyLoss([1.0, 3.0])),
    "modules of one's own": (ScaledModule(2.0), ScaledModule(3.0)),
    "buffers of one's own": (ScaledModule(2.0), ScaledModule(2.0, (1.0, 2.0))),
    "objects": (Scaled(2.0), Scaled(3.0)),
    "methods": (Scaled(2.0).loss, Scaled(3.0).loss),
    "dataclasses": (ScaledRecord(2.0), ScaledRecord(3.0)),
    "partials": (partial(with_default, factor=1), partial(with_default, factor=2)),
    "partials of closures": (partial(enclosing(1)), partial(enclosing(2))),
    "universal functions": (np.add, np.subtract),
}


@pytest.mark.parametrize("kind", ALIKE)
def test_equal_settings_are_described_alike(kind):
    first, second = map(described, ALIKE[kind])
    # Two lambdas of one test have one name; elsewhere a name says where they stand.
    assert first == second
    assert "0x" not in first


@pytest.mark.parametrize("kind", DIFFERENT)
def test_different_settings_are_told_apart(kind):
    first, second = DIFFERENT[kind]
    assert described(first) != described(second)


def test_a_global_that_a_function_reads_belongs_to_it(monkeypatch):
    before = described(of_a_global)
    monkeypatch.setattr(sys.modules[__name__], "FACTOR", 0.25)
    assert described(of_a_global) != before


def test_a_function_of_the_same_module_belongs_to_its_caller(monkeypatch):
    before = described(of_a_helper)
    monkeypatch.setattr(helper, "__code__", (lambda output, labels: cross_entropy(output, labels) * 4).__code__)
    assert described(of_a_helper) != before


def test_defaults_belong_to_a_function(monkeypatch):
    before = described(with_default)
    monkeypatch.setattr(with_default, "__defaults__", (0.25,))
    assert described(with_default) != before


def test_a_function_that_calls_itself_is_described():
    assert "recursive" in described(recursive)


def test_a_function_that_has_run_is_described_as_before():
    before = described(of_a_helper)
    for _ in range(100):
        of_a_helper(np.zeros((2, 2)), np.zeros(2, int))
    assert described(of_a_helper) == before


def test_descriptions_are_the_same_in_every_process():
    code = (
        "from pullback.train.describe import described; import numpy as np\n"
        "names = frozenset('abcdefg')\n"
        "def f(y, t, *, p=(1, 2)):\n    return y if t in {'a', 'b', 'c', 'd'} else names\n"
        "class C:\n    def __init__(self): self.a = np.ones(3); self.f = lambda y: y\n"
        "    def __call__(self, y, t): return y\n"
        "print(described(f), described(C()))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1
    assert "0x" not in texts.pop()


def test_bytecode_counts_only_under_one_version_of_python():
    here = described(with_default)
    version = f"code {sys.version_info.major}.{sys.version_info.minor} "
    other = here.replace(version, "code 3.0 ")
    assert are_same(here, other)
    assert not are_same(here, here.replace(version, version + "0"))
    assert not are_same(here, other.replace("0.5", "0.25"))
    assert are_same({"a": here}, {"a": other})
    assert not are_same({"a": here}, {"b": other})


class Noisy(nn.Module):
    def __init__(self, strength):
        self.strength, self.fc = strength, nn.Linear(2, 2)

    def forward(self, x):
        return self.fc(x) * self.strength


def test_a_network_is_known_by_its_layers_and_settings_and_not_by_its_weights():
    first, second = Noisy(1.0), Noisy(1.0)
    second.fc.weight = np.ones((2, 2))
    assert described_network(first) == described_network(second)
    assert described_network(first) != described_network(Noisy(2.0))


@pytest.mark.parametrize(
    ("before", "now", "text"),
    [
        (nn.CrossEntropyLoss(), nn.CrossEntropyLoss(label_smoothing=0.5), r"loss: CrossEntropyLoss\(\) in the check"),
        (enclosing(1.0), enclosing(0.5), r"loss: (.|\n)*factor=1.0(.|\n)*factor=0.5"),
    ],
)  # fmt: skip
def test_a_run_with_another_loss_is_refused(points, line, tmp_path, before, now, text):
    path = tmp_path / "run.ckpt"
    fit(line(), points, loss=before, checkpoint=path)
    with pytest.raises(StateError, match=text):
        fit(line(), points, loss=now, epochs=2, resume=path)
    fit(line(), points, loss=before, epochs=2, resume=path)


def test_a_network_or_an_optimiser_of_ones_own_with_other_settings_is_refused(points, tmp_path):
    class Descent:
        def __init__(self, lr):
            self.lr = lr

        def init(self, params):
            return {}

        def update(self, params, grads, state, lr):
            return {k: p - lr * grads[k] for k, p in params.items()}, {}

    path = tmp_path / "run.ckpt"
    fit(Noisy(1.0), points, optimizer=Descent(0.1), checkpoint=path)
    with pytest.raises(StateError, match="optimizer: "):
        fit(Noisy(1.0), points, optimizer=Descent(0.2), epochs=2, resume=path)
    with pytest.raises(StateError, match=r"network: (.|\n)*strength=1.0(.|\n)*strength=2.0"):
        fit(Noisy(2.0), points, optimizer=Descent(0.1), epochs=2, resume=path)
    fit(Noisy(1.0), points, optimizer=Descent(0.1), epochs=2, resume=path)
    assert described(SGD(0.1)) == "SGD(lr=0.1, momentum=0.0, dampening=0.0, nesterov=False, weight_decay=0.0)"
