"""Saliency, guided backpropagation, Grad-CAM, occlusion and DeConvNet: against gradients, and worked by hand."""

import numpy as np
import pytest

import pullback as pb
from pullback import ArgumentError, ShapeError, nn
from pullback.draw import deconvnet, grad_cam, guided_backprop, occlusion, saliency


def chain():
    """[−1, 5, 2] → conv1 doubles → ReLU → conv2 adds neighbours → three scores, the sum of both and its like."""
    net = nn.Sequential(
        conv1=nn.Conv2d(1, 1, 1),
        relu=nn.ReLU(),
        conv2=nn.Conv2d(1, 1, (1, 2)),
        flatten=nn.Flatten(),
        fc=nn.Linear(2, 2),
    )
    net.conv1.weight, net.conv1.bias = np.full((1, 1, 1, 1), 2.0), np.array([0.5])
    net.conv2.weight, net.conv2.bias = np.array([[[[1.0, 1.0]]]]), np.array([0.25])
    net.fc.weight, net.fc.bias = np.array([[1.0, 0.0], [1.0, -1.0]]), np.zeros(2)
    return net


X = np.array([[[[-1.0, 5.0, 2.0]]]])


def deep(seed=0):
    nn.init.seed(seed)
    return nn.Sequential(
        conv1=nn.Conv2d(2, 4, 3, padding=1),
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(4, 5, 3),
        relu2=nn.ReLU(),
        flatten=nn.Flatten(),
        fc=nn.Linear(5 * 2 * 2, 3),
    )


def images(count=3, seed=1):
    return np.random.default_rng(seed).normal(size=(count, 2, 8, 8))


def score_of(net, classes):
    rows = np.arange(len(classes))
    state = {k: v.astype(np.float64) for k, v in net.parameters.items()}
    return lambda x: np.sum(nn.functional_call(net, state, x)[0] * (np.arange(3) == classes[rows, None]))


def test_saliency_is_the_largest_gradient_over_the_channels():
    net, x, classes = deep(), images(), np.array([0, 2, 1])
    gradient = pb.grad(score_of(net, classes))(x)
    found = saliency(net, x, classes)
    np.testing.assert_allclose(found.gradient, gradient, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.maps, np.abs(gradient).max(axis=1), rtol=1e-10, atol=1e-12)


def test_saliency_of_another_class_is_another():
    net, x = deep(), images()
    assert not np.allclose(saliency(net, x, 0).maps, saliency(net, x, 1).maps)


def test_the_default_class_is_the_one_with_the_highest_score():
    net, x = deep(), images()
    found = saliency(net, x)
    outputs = net.predict(x, dtype=np.float64)
    np.testing.assert_array_equal(found.classes, outputs.argmax(axis=1))
    np.testing.assert_allclose(found.scores, outputs.max(axis=1))


def test_saliency_worked_by_hand():
    # score₀ = relu(2x₀ + ½) + relu(2x₁ + ½) + ¼: the first ReLU is closed, the others pass 2.
    np.testing.assert_allclose(saliency(chain(), X, 0).gradient[0, 0, 0], [0.0, 2.0, 0.0])
    # score₁ = y₀ − y₁ = relu₀ − relu₂.
    np.testing.assert_allclose(saliency(chain(), X, 1).gradient[0, 0, 0], [0.0, 0.0, -2.0])


def test_guided_backprop_worked_by_hand():
    # What comes back to the ReLUs of score₁ is [1, 0, −1]: closed, nothing, negative.
    np.testing.assert_allclose(guided_backprop(chain(), X, 1).gradient[0, 0, 0], [0.0, 0.0, 0.0])
    np.testing.assert_allclose(guided_backprop(chain(), X, 0).gradient[0, 0, 0], [0.0, 2.0, 0.0])


def test_guided_backprop_without_relus_is_saliency():
    net = nn.Sequential(conv=nn.Conv2d(2, 3, 3), tanh=nn.Tanh(), flatten=nn.Flatten(), fc=nn.Linear(108, 3))
    np.testing.assert_array_equal(guided_backprop(net, images(), 1).gradient, saliency(net, images(), 1).gradient)


def test_guided_backprop_differs_from_saliency_where_there_are_relus():
    assert not np.allclose(guided_backprop(deep(), images(), 1).gradient, saliency(deep(), images(), 1).gradient)


def test_grad_cam_worked_by_hand():
    # A = conv output: planes 1·x and −1·x of x = [1, 2; 3, 4]. score = 3·ΣA₀ + A₁[0,0]: α = (3, ¼).
    net = nn.Sequential(conv=nn.Conv2d(1, 2, 1, bias=False), flatten=nn.Flatten(), fc=nn.Linear(8, 1, bias=False))
    net.conv.weight = np.array([1.0, -1.0]).reshape(2, 1, 1, 1)
    net.fc.weight = np.array([[3.0, 3, 3, 3, 1, 0, 0, 0]])
    x = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    np.testing.assert_allclose(grad_cam(net, x, "conv").maps[0], 2.75 * x[0, 0])


def test_grad_cam_shows_nothing_that_speaks_against_the_class():
    net = nn.Sequential(conv=nn.Conv2d(1, 1, 1, bias=False), flatten=nn.Flatten(), fc=nn.Linear(4, 1, bias=False))
    net.conv.weight, net.fc.weight = np.ones((1, 1, 1, 1)), np.array([[-1.0, -1, -1, -1]])
    assert (grad_cam(net, np.ones((1, 1, 2, 2)), "conv").maps == 0).all()


def test_grad_cam_against_the_gradient_by_differences():
    net, x, classes = deep(), images(2), np.array([2, 0])
    state = {k: v.astype(np.float64) for k, v in net.parameters.items()}

    def tail(a):
        h = np.maximum(a, 0).reshape(len(a), -1) @ state["fc.weight"].T + state["fc.bias"]
        return h[np.arange(len(a)), classes]

    found = grad_cam(net, x, "conv2", classes)
    a = pb.conv2d(
        pb.max_pool2d(pb.relu(pb.conv2d(x, state["conv1.weight"], state["conv1.bias"], padding=1)), 2),
        state["conv2.weight"],
        state["conv2.bias"],
    )
    step, alpha = 1e-6, np.zeros(a.shape)
    for entry in np.ndindex(*a.shape[1:]):
        moved = [a.copy(), a.copy()]
        moved[0][:, *entry] += step
        moved[1][:, *entry] -= step
        alpha[:, *entry] = (tail(moved[0]) - tail(moved[1])) / (2 * step)
    expected = np.maximum(0, (alpha.mean(axis=(2, 3), keepdims=True) * a).sum(axis=1))
    np.testing.assert_allclose(found.maps, expected, atol=1e-7)
    assert expected.any()


def test_occlusion_of_a_linear_network_is_what_the_patch_adds():
    # score = Σ v·x: covering a patch with c takes away Σ v·(x − c) over the patch.
    rng = np.random.default_rng(0)
    v, x = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
    net = nn.Sequential(flatten=nn.Flatten(), fc=nn.Linear(16, 1, bias=False))
    net.fc.weight = v.reshape(1, 16)
    found = occlusion(net, x[None, None], patch=2, stride=2, fill=0.5).maps[0]
    expected = (v * (x - 0.5)).reshape(2, 2, 2, 2).sum(axis=(1, 3)).repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_occlusion_averages_where_patches_overlap_and_reaches_the_border():
    net = nn.Sequential(flatten=nn.Flatten(), fc=nn.Linear(10, 1, bias=False))
    net.fc.weight = np.array([[1.0, 2, 3, 4, 5, 0, 0, 0, 0, 0]])
    # Patches at columns 0, 2 and, for the border, 3: sums 3, 7, 9; column 3 lies under two of them.
    found = occlusion(net, np.ones((1, 1, 2, 5)), patch=2, stride=2).maps[0]
    np.testing.assert_allclose(found, [[3.0, 3, 7, 8, 9]] * 2, rtol=1e-6)


def test_deconvnet_of_convolution_relu_and_pooling_worked_by_hand():
    # conv: 2x₀ − x₁ + 1 = [0, 5, 0] for x = [1, 3, 2, 5]; the maximum 5 lies at 1.
    net = nn.Sequential(conv=nn.Conv2d(1, 1, (1, 2)), relu=nn.ReLU(), pool=nn.MaxPool2d((1, 3)))
    net.conv.weight, net.conv.bias = np.array([[[[2.0, -1.0]]]]), np.array([1.0])
    found = deconvnet(net, np.array([[[[1.0, 3.0, 2.0, 5.0]]]]), "pool", 0)
    assert [(s.layer, s.operation) for s in found.stages] == [
        ("pool", "start"),
        ("pool", "unpool by switches"),
        ("relu", "rectify"),
        ("conv", "transposed filters"),
    ]
    rows = [s.values[0, 0, 0].tolist() for s in found.stages]
    assert rows == [[5.0], [0.0, 5.0, 0.0], [0.0, 5.0, 0.0], [0.0, 10.0, -5.0, 0.0]]
    assert found.activations.tolist() == [5.0]
    np.testing.assert_array_equal(found.reconstruction, found.stages[-1].values)


def test_deconvnet_passes_positive_numbers_through_closed_relus():
    # conv2 at 0 is 0 + 10.5 + ¼; back to the ReLU come [10.75, 10.75, 0], though the first was closed.
    found = deconvnet(chain(), X, "conv2", 0, position=(0, 0))
    np.testing.assert_allclose(found.reconstruction[0, 0, 0], [21.5, 21.5, 0.0])


def test_deconvnet_stops_negative_numbers_at_open_relus():
    net = chain()
    net.conv2.weight = np.array([[[[1.0, -1.0]]]])
    # y = [−10.5, 10.5 − 4.5] + ¼; from 6.25 at 1 comes back [0, 6.25, −6.25].
    found = deconvnet(net, X, "conv2", 0)
    assert [s.values[0, 0, 0].tolist() for s in found.stages] == [
        [0.0, 6.25],
        [0.0, 6.25, -6.25],
        [0.0, 6.25, 0.0],
        [0.0, 12.5, 0.0],
    ]


def test_deconvnet_keeps_one_activation_of_one_channel():
    net, x = deep(), images()
    found = deconvnet(net, x, "relu1", 3)
    start = found.stages[0].values
    assert [np.count_nonzero(s) for s in start] == [int(a > 0) for a in found.activations]
    assert found.activations.all()
    assert not start[:, :3].any()
    every = deconvnet(net, x, "relu1", 3, position="all")
    np.testing.assert_allclose(every.stages[0].values.max(axis=(1, 2, 3)), found.activations)
    assert np.count_nonzero(every.stages[0].values) > np.count_nonzero(start)


def test_deconvnet_adds_the_paths_of_a_residual_block():
    class Residual(nn.Module):
        def __init__(self):
            self.conv = nn.Conv2d(1, 1, 1, bias=False)

        def forward(self, x):
            return self.conv(x) + x

    net = nn.Sequential(block=Residual())
    net.block.conv.weight = np.full((1, 1, 1, 1), 3.0)
    found = deconvnet(net, np.ones((1, 1, 1, 1)), "block", 0)
    assert found.reconstruction.item() == 4.0 * 4.0


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda n, x: saliency(n, x[0]), ShapeError, r"images\[None\] for one image"),
        (lambda n, x: saliency(n, x[:0]), ShapeError, "at least one image"),
        (lambda n, x: saliency(n, x, 3), ArgumentError, "from 0 to 2"),
        (lambda n, x: saliency(n, x, [0, 1]), ArgumentError, "or 3 of them"),
        (lambda n, x: saliency(n, x, 0.5), ArgumentError, "classes do not fit"),
        (lambda n, x: saliency(n[:2], x), ShapeError, "one score per class"),
        (lambda n, x: grad_cam(n, x, "conv9"), ArgumentError, "one of conv1, relu1, pool1"),
        (lambda n, x: grad_cam(n, x, "fc"), ShapeError, "before flattening"),
        (lambda n, x: occlusion(n, x, patch=9), ArgumentError, "need: 1 to 8"),
        (lambda n, x: occlusion(n, x, patch=2, stride=3), ArgumentError, "every pixel is covered"),
        (lambda n, x: deconvnet(n, x, "conv2", 5), ArgumentError, "0 to 4 in conv2"),
        (lambda n, x: deconvnet(n, x, "conv2", 0, (0, 2)), ArgumentError, "a position in 2×2"),
        (lambda n, x: deconvnet(n, x, "conv2", 0, "weakest"), ArgumentError, "no such position"),
        (lambda n, x: deconvnet(n, x, "none", 0), ArgumentError, "no such layer"),
    ],
)
def test_wrong_arguments_are_told(call, error, match):
    with pytest.raises(error, match=match):
        call(deep(), images())
