"""Functions of other frameworks: PyTorch and JAX where they are installed, and JAX's protocol by a small stand-in."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

import pullback as pb
from pullback.check import gradcheck

X = np.random.default_rng(2).standard_normal((2, 3))


def stand_in(wrong=1.0, dtype=np.float64):
    """What gradcheck uses of JAX, made of NumPy and Pullback."""

    def vjp(function, *primals):
        y, pullback = pb.vjp(function, *primals)
        return y, lambda y_bar: tuple(wrong * g for g in pullback(y_bar))

    return SimpleNamespace(
        vjp=vjp,
        numpy=SimpleNamespace(
            asarray=lambda v: np.asarray(v, np.result_type(dtype, v) if v.dtype.kind == "c" else dtype)
        ),
    )


def test_a_jax_function_is_checked_through_jax_vjp(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", stand_in())
    assert gradcheck(lambda x: np.tanh(x) * x, X, framework="jax")
    monkeypatch.setitem(sys.modules, "jax", stand_in(wrong=-1.0))
    report = gradcheck(lambda x: np.tanh(x) * x, X, framework="jax")
    assert report.subject == "JAX function"
    assert report.arguments[0].what[0].startswith("the sign is reversed")


def test_jax_in_float32_is_checked_to_its_own_precision_and_the_report_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", stand_in(dtype=np.float32))
    report = gradcheck(lambda x: np.tanh(x) * x, X, framework="jax", method="central")
    assert report, str(report)
    assert "jax_enable_x64" in report.notes[0]
    monkeypatch.setitem(sys.modules, "jax", stand_in(1.001, np.float32))
    assert not gradcheck(lambda x: np.tanh(x) * x, X, framework="jax", method="central")


def test_a_framework_that_is_not_installed_is_an_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(pb.MissingExtraError, match="jax is not installed"):
        gradcheck(np.sin, X, framework="jax")


def test_installed_jax_agrees():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    assert gradcheck(lambda x: jax.numpy.sum(jax.numpy.tanh(x) ** 2), jax.numpy.asarray(X))

    @jax.custom_vjp
    def f(x):
        return jax.numpy.sin(x)

    f.defvjp(lambda x: (f(x), x), lambda x, g: (g * jax.numpy.cos(x) / 2,))
    report = gradcheck(f, X)
    assert "got = 0.5 · want" in report.arguments[0].what[0]


torch_only = pytest.mark.parity


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@torch_only
def test_an_autograd_function_is_checked(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x**3 * w

        @staticmethod
        def backward(ctx, y_bar):
            x, w = ctx.saved_tensors
            return 3 * x**2 * w * y_bar, 2 * x**3 * y_bar

    for function in (Cube, Cube.apply):
        x, w = gradcheck(function, (torch.randn(4), torch.randn(4))).arguments
        assert (x.name, x.ok, w.name, w.ok) == ("x", True, "w", False)
        assert w.what == ("got = 2 · want",)


@torch_only
def test_a_torch_convolution_is_checked_by_differences_since_its_complex_step_is_lost(torch):
    report = gradcheck(torch.nn.Conv2d(2, 3, 3, stride=2), (torch.randn(2, 2, 6, 6),))
    assert report, str(report)
    assert [a.name for a in report.arguments] == ["weight", "bias", "input"]
    assert report.method == "central"
    assert report.why


@torch_only
def test_a_torch_function_with_a_wrong_hook_is_caught(torch):
    weight = torch.randn(4, 3, dtype=torch.float64)

    def forward(x):
        y = weight @ x
        if y.requires_grad:
            y.register_hook(lambda y_bar: -y_bar)
        return y

    report = gradcheck(forward, (torch.randn(3),))
    assert report.arguments[0].what == ("the sign is reversed: got = −want",)


@torch_only
def test_a_right_torch_module_passes_with_its_parameters(torch):
    report = gradcheck(torch.nn.Linear(3, 2), (torch.randn(4, 3),))
    assert report, str(report)
    assert [a.name for a in report.arguments] == ["weight", "bias", "input"]


@torch_only
def test_a_module_is_left_as_it_was(torch):
    module = torch.nn.BatchNorm1d(3)
    before = {k: v.clone() for k, v in module.state_dict().items()}
    assert gradcheck(module, (torch.randn(5, 3),))
    assert all(torch.equal(v, before[k]) for k, v in module.state_dict().items())


@torch_only
def test_a_detached_output_is_reported(torch):
    report = gradcheck(lambda x: x.detach() ** 2, (torch.randn(3),))
    assert report.findings[0].title == "no output depends on its arguments for PyTorch"


@torch_only
def test_dropout_in_training_is_not_deterministic(torch):
    assert "not deterministic" in gradcheck(torch.nn.Dropout(), (torch.ones(50),)).findings[0].title
    assert gradcheck(torch.nn.Dropout().eval(), (torch.ones(50),))
