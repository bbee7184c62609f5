import math

import numpy as np
import pytest

from pullback.autodiff import trace
from pullback.errors import ArgumentError, StateError
from pullback.interpret import run
from pullback.optim import SGD, Adam, AdamW, clip_norm, clip_value, global_norm


def parameters_after(optimizer, gradients, start=1.0, dtype=np.float64):
    """The values of one scalar parameter after each of the gradients."""
    params = {"w": np.array([start], dtype)}
    state = optimizer.init(params)
    seen = []
    for g in gradients:
        params, state = optimizer.update(params, {"w": np.array([g], dtype)}, state, optimizer.lr)
        seen.append(float(params["w"][0]))
    return seen


def test_plain_sgd_subtracts_the_gradient_times_the_rate():
    # 1 - 0.1·2 = 0.8;  0.8 - 0.1·(-3) = 1.1
    assert parameters_after(SGD(0.1), [2, -3]) == pytest.approx([0.8, 1.1])


def test_momentum_starts_with_the_gradient_itself():
    # b = 2, 0.5·2+2 = 3, 0.5·3+2 = 3.5;  w = 1-0.2, 0.8-0.3, 0.5-0.35
    assert parameters_after(SGD(0.1, momentum=0.5), [2, 2, 2]) == pytest.approx([0.8, 0.5, 0.15])


def test_dampening_spares_the_first_step():
    # b = 2 (not 0.75·2), then 0.5·2 + 0.75·2 = 2.5, then 0.5·2.5 + 1.5 = 2.75;  w = 0.8, 0.55, 0.275
    assert parameters_after(SGD(0.1, momentum=0.5, dampening=0.25), [2, 2, 2]) == pytest.approx([0.8, 0.55, 0.275])


def test_nesterov_looks_one_momentum_step_ahead():
    # b = 2, step 2+0.5·2 = 3;  b = 3, step 2+0.5·3 = 3.5;  w = 1-0.3, 0.7-0.35
    assert parameters_after(SGD(0.1, momentum=0.5, nesterov=True), [2, 2]) == pytest.approx([0.7, 0.35])


def test_weight_decay_of_sgd_goes_through_the_momentum():
    # g = 2+0.5·1 = 2.5, b = 2.5, w = 0.75;  g = 2+0.5·0.75 = 2.375, b = 1.25+2.375 = 3.625, w = 0.75-0.3625
    assert parameters_after(SGD(0.1, momentum=0.5, weight_decay=0.5), [2, 2]) == pytest.approx([0.75, 0.3875])


def test_adam_corrects_the_bias_of_its_means():
    # t=1: m = 0.4, v = 0.016, m̂ = 4, v̂ = 16: a step of 0.1·4/4.
    # t=2: m = 0.36-0.2 = 0.16, v = 0.015984+0.004 = 0.019984, m̂ = 0.16/0.19, v̂ = 0.019984/0.001999
    second = 0.9 - 0.1 * (0.16 / 0.19) / math.sqrt(0.019984 / 0.001999)
    assert parameters_after(Adam(0.1), [4, -2]) == pytest.approx([0.9, second], abs=1e-9)


def test_eps_is_added_after_the_root():
    # t=1: m̂ = g, √v̂ = |g|: a step of lr·g/(|g|+eps) = 0.1·4/(4+4)
    assert parameters_after(Adam(0.1, eps=4.0), [4]) == pytest.approx([0.95])


def test_l2_in_adam_is_scaled_away_but_decoupled_decay_is_not():
    # The first step of Adam is lr·sign(g + λw) = 0.1; AdamW shrinks w by lr·λ = 5 % first.
    assert parameters_after(Adam(0.1, weight_decay=0.5), [4]) == pytest.approx([0.9])
    assert parameters_after(AdamW(0.1, weight_decay=0.5), [4]) == pytest.approx([0.85])


def sgd_loop(o, p, grads):
    b = None
    for g in grads:
        g = g + o.weight_decay * p
        if o.momentum:
            b = g.copy() if b is None else o.momentum * b + (1 - o.dampening) * g
            g = g + o.momentum * b if o.nesterov else b
        p = p - o.lr * g
    return p


def adam_loop(o, p, grads):
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(grads, 1):
        if isinstance(o, AdamW):
            p = p * (1 - o.lr * o.weight_decay)
        else:
            g = g + o.weight_decay * p
        m += (1 - o.betas[0]) * (g - m)
        v += (1 - o.betas[1]) * (g * g - v)
        p = p - o.lr * (m / (1 - o.betas[0] ** t)) / (np.sqrt(v / (1 - o.betas[1] ** t)) + o.eps)
    return p


OPTIMIZERS = [
    SGD(0.1),
    SGD(0.1, momentum=0.9),
    SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    SGD(0.1, momentum=0.8, dampening=0.3),
    Adam(0.01),
    Adam(0.01, betas=(0.0, 0.5), eps=1e-3, weight_decay=0.1),
    AdamW(0.01),
    AdamW(0.01, betas=(0.5, 0.9), weight_decay=0.3),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_twenty_steps_agree_with_a_plain_loop(optimizer):
    rng = np.random.default_rng(0)
    p, grads = rng.normal(size=(3, 4)), rng.normal(size=(20, 3, 4))
    loop = sgd_loop if isinstance(optimizer, SGD) else adam_loop
    params = {"w": p}
    state = optimizer.init(params)
    for g in grads:
        params, state = optimizer.update(params, {"w": g}, state, optimizer.lr)
    np.testing.assert_allclose(params["w"], loop(optimizer, p, grads), rtol=1e-12)
    # Negative control: the loop with another rate is told apart.
    other = type(optimizer)(**(vars(optimizer) | {"lr": optimizer.lr * 1.001}))
    assert not np.allclose(params["w"], loop(other, p, grads), rtol=1e-6)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_a_traced_update_gives_the_same_bits_as_one_on_arrays_and_stays_float32(optimizer):
    rng = np.random.default_rng(1)
    params = {"a": rng.normal(size=(2, 3)).astype(np.float32), "b": rng.normal(size=3).astype(np.float32)}
    grads = {k: rng.normal(size=v.shape).astype(np.float32) for k, v in params.items()}
    state = optimizer.init(params)
    lr = np.float64(optimizer.lr)
    tracing = trace(optimizer.update, params, grads, state, lr)
    inputs = [*params.values(), *grads.values(), *state.values(), np.float32(lr)]
    outputs = run(tracing.graph, inputs, np.float32)
    new, new_state = optimizer.update(params, grads, state, lr)
    eager = [*new.values(), *new_state.values()]
    assert list(new_state) == list(state)
    assert all(x.dtype == np.float32 and np.array_equal(x, y) for x, y in zip(eager, outputs, strict=True))


def test_nothing_is_changed_in_place():
    params, grads = {"w": np.ones(2)}, {"w": np.ones(2)}
    sgd = SGD(0.1, momentum=0.9)
    state = sgd.init(params)
    sgd.update(params, grads, state, 0.1)
    assert params["w"].tolist() == [1, 1]
    assert state["momentum/w"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: SGD(-0.1), "lr out of range"),
        (lambda: SGD(float("nan")), "lr out of range"),
        (lambda: SGD("0.1"), "lr out of range"),
        (lambda: SGD(0.1, nesterov=True), "Nesterov's momentum needs momentum"),
        (lambda: SGD(0.1, momentum=0.9, dampening=0.1, nesterov=True), "and no dampening"),
        (lambda: Adam(betas=(0.9, 1.0)), r"betas\[1\] out of range"),
        (lambda: Adam(betas=0.9), "betas are two numbers"),
        (lambda: AdamW(weight_decay=-1), "AdamW: weight_decay out of range"),
        (lambda: clip_norm({"w": np.ones(1)}, -1.0), "max_norm out of range"),
        (lambda: SGD(0.1).update({"w": np.ones(1)}, {}, {}, 0.1), "has no gradient"),
    ],
)
def test_unusable_settings_are_refused(make, text):
    with pytest.raises(ArgumentError, match=text):
        make()


def test_a_state_of_another_optimizer_is_refused():
    params = {"w": np.ones(1)}
    with pytest.raises(StateError, match="lacks an array"):
        Adam().update(params, params, SGD(0.1, momentum=0.9).init(params), 0.1)


def test_clipping_by_norm_shortens_all_gradients_by_one_factor():
    grads = {"w": np.array([3.0, 0.0]), "b": np.array([4.0])}
    assert global_norm(grads) == 5
    clipped = clip_norm(grads, 2.0)
    # The factor is 2 / 5.000001 = 0.39999992.
    np.testing.assert_allclose([*clipped["w"], *clipped["b"]], [3 * 0.39999992, 0, 4 * 0.39999992], rtol=1e-8)
    assert clip_norm(grads, 10.0)["b"].tolist() == [4.0]


def test_clipping_by_value_cuts_each_entry():
    assert clip_value({"w": np.array([-3.0, 0.5, 2.0])}, 1.0)["w"].tolist() == [-1.0, 0.5, 1.0]


@pytest.mark.parity
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_ten_steps_agree_with_pytorch(optimizer):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(2)
    p, grads = rng.normal(size=(3, 4)), rng.normal(size=(10, 3, 4))
    theirs = torch.tensor(p, requires_grad=True)
    peer = getattr(torch.optim, type(optimizer).__name__)([theirs], **vars(optimizer))
    params = {"w": p}
    state = optimizer.init(params)
    for g in grads:
        theirs.grad = torch.tensor(g)
        peer.step()
        params, state = optimizer.update(params, {"w": g}, state, optimizer.lr)
    np.testing.assert_allclose(params["w"], theirs.detach().numpy(), rtol=1e-10)
