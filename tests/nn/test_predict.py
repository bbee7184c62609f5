import numpy as np
import pytest

from pullback import nn
from pullback.data import Dataset
from pullback.errors import ArgumentError, DataError, ShapeError
from pullback.nn import predict as predicting
from pullback.ops.losses import cross_entropy

RNG = np.random.default_rng(0)


@pytest.fixture
def net():
    nn.init.seed(0)
    return nn.Sequential(
        conv=nn.Conv2d(1, 3, 3), bn=nn.BatchNorm2d(3), drop=nn.Dropout(0.5), flatten=nn.Flatten(), fc=nn.Linear(12, 5)
    )


def test_prediction_is_the_networks_output_in_evaluation_mode(net):
    x = RNG.standard_normal((7, 1, 4, 4)).astype(np.float32)
    expected = nn.functional_call(net, {}, x, training=False)[0]
    for batch_size in (1, 3, 7, 100):
        np.testing.assert_allclose(net.predict(x, batch_size=batch_size), expected, rtol=1e-5, atol=1e-6)
    assert net.predict(x).dtype == np.float32
    assert net.predict(x, dtype=np.float64).dtype == np.float64
    assert net.training


def test_prediction_follows_the_weights_after_they_change(net):
    x = np.ones((2, 1, 4, 4))
    before = net.predict(x)
    net.fc.bias += 1
    np.testing.assert_allclose(net.predict(x), before + 1, rtol=1e-5)


def test_each_batch_shape_is_traced_once(net, monkeypatch):
    traced = []
    original = predicting.trace_network
    monkeypatch.setattr(predicting, "trace_network", lambda n, shape: traced.append(shape) or original(n, shape))
    net.predict(np.zeros((10, 1, 4, 4)), batch_size=4)
    assert traced == [(4, 1, 4, 4), (2, 1, 4, 4)]


def test_no_images_give_no_outputs(net):
    assert net.predict(np.zeros((0, 1, 4, 4))).shape == (0, 5)


def test_bytes_and_lists_are_taken_as_numbers(net):
    x = RNG.integers(0, 255, (2, 1, 4, 4)).astype(np.uint8)
    np.testing.assert_array_equal(net.predict(x), net.predict(x.astype(float)))
    np.testing.assert_array_equal(net.predict(x.tolist()), net.predict(x))


def test_several_outputs_come_back_nested_as_forward_returns_them():
    class Two(nn.Module):
        def __init__(self):
            self.fc = nn.Linear(2, 3)

        def forward(self, x):
            return {"y": self.fc(x), "x": x}

    found = Two().predict(np.ones((5, 2)), batch_size=2)
    assert {k: v.shape for k, v in found.items()} == {"y": (5, 3), "x": (5, 2)}


def test_images_of_a_wrong_shape_give_the_layers_error(net):
    with pytest.raises(ShapeError, match=r"channels do not match(.|\n)*layer 'conv' \(Conv2d\)"):
        net.predict(np.zeros((1, 3, 4, 4)))
    with pytest.raises(ShapeError, match=r"features do not match(.|\n)*layer 'fc' \(Linear\)"):
        net.predict(np.zeros((1, 1, 8, 8)))


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, True])
def test_a_batch_size_is_a_positive_integer(net, batch_size):
    with pytest.raises(ArgumentError, match="batch_size does not fit"):
        net.predict(np.zeros((1, 1, 4, 4)), batch_size=batch_size)


def test_images_that_are_no_array_are_an_error(net):
    with pytest.raises(ShapeError, match="not one array of numbers"):
        net.predict([[1.0], [1.0, 2.0]])
    with pytest.raises(ShapeError, match="not a batch"):
        net.predict(3.0)


def test_an_output_that_is_not_one_per_image_is_an_error():
    class Total(nn.Module):
        def forward(self, x):
            return np.sum(x)

    with pytest.raises(ShapeError, match="not one per image"):
        Total().predict(np.zeros((2, 3)))


def test_evaluation_gives_mean_loss_and_accuracy_whatever_the_batches():
    net = nn.Identity()
    logits = RNG.standard_normal((10, 3)).astype(np.float32)
    labels = logits.argmax(axis=1)
    labels[:3] = (labels[:3] + 1) % 3
    expected = float(cross_entropy(logits, labels))
    for batch_size in (1, 3, 10):
        found = net.evaluate((logits, labels), batch_size=batch_size)
        assert found["loss"] == pytest.approx(expected, rel=1e-5)
        assert found["accuracy"] == pytest.approx(0.7)


def test_evaluation_takes_data_sets_and_further_metrics(net):
    images, labels = RNG.random((6, 1, 4, 4)), np.array([0, 1, 2, 3, 4, 0])
    data = Dataset.of(images, labels)
    metrics = {"top2": lambda y, t: np.mean([k in row for k, row in zip(t, np.argsort(-y)[:, :2], strict=True)])}
    found = net.evaluate(data, batch_size=4, metrics=metrics)
    assert set(found) == {"loss", "accuracy", "top2"}
    assert found["top2"] >= found["accuracy"]
    assert found == pytest.approx(net.evaluate((images, labels), batch_size=4, metrics=metrics), rel=1e-5)


def test_evaluation_of_a_regression_has_no_accuracy():
    found = nn.Identity().evaluate((np.ones((4, 2)), np.zeros((4, 2))), loss=nn.MSELoss())
    assert found == {"loss": 1.0}


@pytest.mark.parametrize(
    ("data", "pattern"),
    [
        ((np.zeros((0, 3)), np.zeros(0, int)), "no images"),
        ((np.zeros((3, 3)), np.zeros(2, int)), "one label per image"),
        (np.zeros((3, 3)), "not a data set"),
    ],
)
def test_data_that_cannot_be_evaluated_is_an_error(data, pattern):
    with pytest.raises(DataError, match=pattern):
        nn.Identity().evaluate(data)
