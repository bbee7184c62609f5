"""Figures of arrays: what is drawn is what the arrays hold."""

import subprocess
import sys

import numpy as np
import pytest

import pullback as pb
from draw.pictures import drawn, parsed
from pullback import ArgumentError, DataError, ShapeError, nn
from pullback.data import Dataset
from pullback.draw import (
    boundary,
    confusion,
    curves,
    deconvnet,
    feature_maps,
    filter_gradients,
    filters,
    grad_cam,
    gradient_maps,
    mistakes,
    occlusion,
    receptive_field,
    saliency,
)
from pullback.draw.plot import Grid, Scale, as_picture, new_plot
from pullback.draw.training import confusion_matrix


def net_of(channels=1):
    nn.init.seed(3)
    return nn.Sequential(
        conv1=nn.Conv2d(channels, 4, 3, padding=1),
        relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(4, 3, 3),
        flatten=nn.Flatten(),
        fc=nn.Linear(12, 3),
    )


def images(count=4, channels=1):
    return np.random.default_rng(0).normal(size=(count, channels, 8, 8)).astype(np.float32)


def reader(table):
    """A network that reads off its scores from the first pixels: image k scores table[k]."""
    net = nn.Sequential(flatten=nn.Flatten(), fc=nn.Linear(table.shape[1], table.shape[1], bias=False))
    net.fc.weight = np.eye(table.shape[1])
    return net, table.reshape(len(table), 1, 1, -1).astype(np.float32)


def plane(axes, row, column, height, width):
    """One plane of a grid."""
    top, left = row * (height + 1), column * (width + 1)
    return drawn(axes)[top : top + height, left : left + width]


def test_filters_are_drawn_one_by_one():
    net = net_of()
    axes = filters(net, "conv2").axes[0]
    for o, i in np.ndindex(3, 4):
        np.testing.assert_array_equal(plane(axes, o, i, 3, 3), net.conv2.weight[o, i])
    assert [t.get_text() for t in axes.get_xticklabels()] == ["i=0", "1", "2", "3"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["o=0", "1", "2"]


def test_planes_of_another_network_are_others():
    axes = filters(net_of(), "conv2").axes[0]
    assert not np.array_equal(plane(axes, 0, 1, 3, 3), net_of().conv2.weight[0, 0])


def test_signed_planes_share_one_scale_with_white_at_zero():
    net = net_of()
    plot = filters(net, "conv2")
    low, high = plot.axes[0].images[0].get_clim()
    assert high == -low == pytest.approx(np.abs(net.conv2.weight).max())
    assert plot.axes[0].child_axes, "a colour bar"


def test_planes_without_negative_numbers_start_at_zero():
    axes = feature_maps(net_of(), images()[0], "relu1").axes[1]
    assert axes.images[0].get_clim()[0] == 0.0
    assert axes.images[0].get_cmap().name == "viridis"


def test_filters_of_one_channel_stand_in_rows():
    net = net_of()
    axes = filters(net, "conv1").axes[0]
    for o in range(4):
        np.testing.assert_array_equal(plane(axes, o // 2, o % 2, 3, 3), net.conv1.weight[o, 0])
    assert [t.get_text() for t in axes.get_yticklabels()] == ["0–1", "2–3"]


def test_what_is_left_out_is_said():
    plot = filters(net_of(), "conv2", most=2)
    assert "the first 2 of 3 filters" in plot.get_suptitle()


def test_feature_maps_are_the_layers_output():
    net, x = net_of(), images()
    expected = pb.relu(pb.conv2d(x[:1].astype(float), net.conv1.weight.astype(float), net.conv1.bias, padding=1))[0]
    plot = feature_maps(net, x[0], "relu1")
    for c in range(4):
        np.testing.assert_allclose(plane(plot.axes[1], c // 2, c % 2, 8, 8), expected[c], atol=1e-6)
    np.testing.assert_allclose(drawn(plot.axes[0]), as_picture(x[0]))


def loss_of(net, x, t):
    state = {k: v.astype(float) for k, v in net.parameters.items()}
    return lambda w: pb.cross_entropy(nn.functional_call(net, state | {"conv1.weight": w}, x)[0], t)


def test_filter_gradients_are_the_gradient():
    net, x, t = net_of(), images().astype(float), np.array([0, 1, 2, 1])
    expected = pb.grad(loss_of(net, x, t))(net.conv1.weight.astype(float))
    axes = filter_gradients(net, x, t, "conv1").axes[0]
    for o in range(4):
        np.testing.assert_allclose(plane(axes, o // 2, o % 2, 3, 3), expected[o, 0], rtol=1e-9)


def test_gradient_maps_sum_to_the_bias_gradient():
    # b̄[o] = Σ_{p,q} ȳ[o,p,q]: the cotangent of a convolution's output, added up, is its bias's gradient.
    net, x = net_of(), images(1).astype(float)
    state = {k: v.astype(float) for k, v in net.parameters.items()}

    def loss(b):
        return pb.cross_entropy(nn.functional_call(net, state | {"conv2.bias": b}, x)[0], np.array([2]))

    expected = pb.grad(loss)(state["conv2.bias"])
    axes = gradient_maps(net, x[0], 2, "conv2").axes[1]
    for o in range(3):
        assert plane(axes, o // 2, o % 2, 2, 2).sum() == pytest.approx(expected[o])


def history(validation=True):
    rows = [(1, 0.9, 0.5, 1.0, 0.4), (2, 0.5, 0.8, 0.6, 0.7), (3, 0.3, 0.9, 0.7, 0.75)]
    return pb.History(
        tuple(
            pb.EpochRecord(e, loss, acc, vl if validation else None, va if validation else None, 0.1, 1.0)
            for e, loss, acc, vl, va in rows
        )
    )


def lines(axes):
    return {line.get_label(): line.get_ydata().tolist() for line in axes.lines if line.get_label()[0] != "_"}


def test_curves_hold_the_history():
    loss, accuracy = curves(history()).axes
    assert lines(loss) == {"training": [0.9, 0.5, 0.3], "validation": [1.0, 0.6, 0.7]}
    assert lines(accuracy)["validation"] == pytest.approx([40.0, 70.0, 75.0])
    assert loss.get_xlabel() == "epoch"
    assert accuracy.get_ylabel() == "accuracy (%)"


def test_curves_mark_the_best_epoch():
    loss, accuracy = curves(history()).axes
    assert [t.get_text() for t in loss.texts] == ["0.6 in epoch 2"]
    assert [t.get_text() for t in accuracy.texts] == ["75.00 in epoch 3"]


def test_curves_without_validation_or_accuracy():
    (loss, _) = curves(history(validation=False)).axes
    assert list(lines(loss)) == ["training"]
    only = {"epoch": [1, 2], "loss": [2.0, 1.0], "accuracy": [None, None]}
    assert len(curves(only).axes) == 1


def test_a_history_without_epochs_is_refused():
    with pytest.raises(ArgumentError, match="no finished epoch"):
        curves(pb.History())
    with pytest.raises(ArgumentError, match="nothing to draw"):
        curves({"steps": [1]})


def test_confusion_counts_labels_in_rows():
    assert confusion_matrix([0, 0, 1, 2], [1, 0, 1, 0], 3).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_confusion_draws_counts_and_shares():
    table = np.array([[9.0, 0, 0], [0, 9, 0], [0, 9, 0], [0, 0, 9]])
    net, x = reader(table)
    plot = confusion(net, Dataset.of(x, [0, 0, 1, 2], classes=("ant", "bee", "cat")))
    axes = plot.axes[0]
    np.testing.assert_allclose(drawn(axes), [[50, 50, 0], [0, 100, 0], [0, 0, 100]])
    assert {t.get_position(): t.get_text() for t in axes.texts} == {(0, 0): "1", (1, 0): "1", (1, 1): "1", (2, 2): "1"}
    assert plot.get_suptitle() == "75.00 % right: 3 of 4"
    assert [t.get_text() for t in axes.get_yticklabels()] == ["ant", "bee", "cat"]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("label", "the network says")


def test_confusion_with_other_classes_is_refused():
    net, x = reader(np.eye(3))
    with pytest.raises(DataError, match="other classes than the data"):
        confusion(net, Dataset.of(x, [0, 1, 1]))


def test_the_worst_mistakes_come_first():
    # Images 1, 2 and 3 are wrong, by 1, 3 and 2; P(said) = 1/(1 + e⁻³) = 95 %.
    table = np.array([[5.0, 0], [1, 0], [3, 0], [2, 0]])
    net, x = reader(table)
    plot = mistakes(net, Dataset.of(x, [0, 1, 1, 1], classes=("cat", "dog")), count=2)
    assert plot.get_suptitle() == "the 2 worst of 3 mistakes among 4 images"
    first, second = plot.axes
    np.testing.assert_allclose(drawn(first), as_picture(x[2]))
    np.testing.assert_allclose(drawn(second), as_picture(x[3]))
    assert first.get_title() == "dog → cat"
    assert first.get_xlabel() == "P(cat) = 95 %\nP(dog) = 5 %"


def test_no_mistakes_is_said():
    net, x = reader(np.eye(2))
    plot = mistakes(net, Dataset.of(x, [0, 1]))
    assert [t.get_text() for t in plot.texts] == ["no mistakes among 2 images"]


def frame(plot):
    (found,) = (p for p in plot.axes[0].patches if p.get_gid() == "field")
    return (*found.get_xy(), found.get_width(), found.get_height())


def test_a_receptive_field_is_framed_where_it_lies():
    # conv2 (1,1) reads pool rows 1–3, conv1 rows 2–7, and with its padding input rows 1–8: one beyond the border.
    plot = receptive_field(net_of(), "conv2", images()[0], (1, 1))
    assert frame(plot) == (0.5, 0.5, 8, 8)
    assert plot.get_suptitle() == "conv2 at (1, 1) sees 8×8 of 8×8"
    assert frame(receptive_field(net_of(), "conv1", images()[0], (0, 3))) == (1.5, -1.5, 3, 3)


def test_the_field_covers_what_the_unit_depends_on():
    net, x = net_of(), images(1).astype(float)
    state = {k: v.astype(float) for k, v in net.parameters.items()}
    unit = lambda x: pb.conv2d(x, state["conv1.weight"], padding=1)[0, 0, 2, 5]  # noqa: E731
    touched = np.argwhere(pb.grad(unit)(x)[0, 0])
    left, top, width, height = frame(receptive_field(net, "conv1", x[0], (2, 5)))
    assert (touched.min(axis=0) == [top + 0.5, left + 0.5]).all()
    assert (touched.max(axis=0) == [top + height - 0.5, left + width - 0.5]).all()


def test_boundary_colours_the_class_with_the_highest_score():
    points = np.array([[-1.0, 0], [1, 0], [-2, 1], [2, -1]])
    plot = boundary(lambda z: np.stack([-z[:, 0], z[:, 0]], 1), points, [0, 1, 0, 0], ("left", "right"), 40)
    axes = plot.axes[0]
    # The line between the classes is x₁ = 0.
    paths = [p for c in axes.collections for p in c.get_paths() if len(p.vertices)]
    upright = [p.vertices[:, 0] for p in paths if len(p.vertices) >= 40 and np.ptp(p.vertices[:, 0]) < 1e-9]
    assert len(upright) == 2, "one line around each of the two regions"
    assert np.abs(upright).max() < 1e-9
    assert axes.get_title() == "75.0 % of 4 points in their class's region"
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["left", "right"]


def test_boundary_refuses_what_does_not_fit():
    with pytest.raises(ShapeError, match="points and their labels"):
        boundary(lambda z: z, np.ones((3, 3)), [0, 1, 1])
    with pytest.raises(ShapeError, match="one score per class"):
        boundary(lambda z: z[:, :1], np.ones((3, 2)), [0, 1, 1])
    with pytest.raises(ArgumentError, match="a label without a score"):
        boundary(lambda z: z, np.ones((3, 2)), [0, 1, 2])


def test_attributions_draw_their_maps():
    net, x = net_of(), images(2)
    for found in (saliency(net, x, 1), grad_cam(net, x, "relu1", 1), occlusion(net, x, 1, patch=4, stride=4)):
        plot = found.draw(("a", "b", "c"))
        assert plot.get_suptitle() == found.method
        for n in range(2):
            np.testing.assert_allclose(drawn(plot.axes[3 * n + 1]), found.maps[n])
            assert plot.axes[3 * n].get_ylabel().startswith("b\nscore ")


def test_deconvnet_draws_every_stage():
    found = deconvnet(net_of(), images(2), "conv2", 1)
    plot = found.draw(1)
    titles = [a.get_title() for a in plot.axes if a.get_title()]
    assert titles[0] == "image"
    assert [t.split("\n")[0] for t in titles[1:]] == [
        "1. start",
        "2. conv2: transposed filters",
        "3. pool1: unpool by switches",
        "4. relu1: rectify",
        "5. conv1: transposed filters",
    ]
    np.testing.assert_allclose(drawn(plot.axes[5]), found.reconstruction[1, 0])
    with pytest.raises(ArgumentError, match="no such image"):
        found.draw(2)


def test_a_grid_holds_every_plane_and_nothing_else():
    planes = np.arange(5 * 2 * 3.0).reshape(5, 2, 3)
    grid = Grid.near_square(planes)
    tiled = grid.tiled
    assert np.sort(tiled[np.isfinite(tiled)]).tolist() == planes.ravel().tolist()
    rows, columns = grid.planes.shape[:2]
    assert tiled.shape == (rows * 3 - 1, columns * 4 - 1)


def test_scales_of_extreme_planes():
    assert Scale.of(np.zeros(3)) == Scale(0.0, 1.0, "viridis")
    assert Scale.of([np.nan, -2.0]) == Scale(-2.0, 2.0, "RdBu_r")


def test_pictures_run_from_black_to_white():
    shown = as_picture(np.array([[[-1.0, 3.0]], [[1.0, 1.0]], [[1.0, 1.0]]]))
    assert shown.shape == (1, 2, 3)
    assert (shown.min(), shown.max()) == (0.0, 1.0)
    assert as_picture(np.ones((2, 2))).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    with pytest.raises(ShapeError, match="not a picture"):
        as_picture(np.ones((2, 3, 3)))


@pytest.mark.parametrize(("name", "magic"), [("f.png", b"\x89PNG"), ("f.pdf", b"%PDF"), ("f.svg", b"<?xml")])
def test_figures_are_written_by_their_ending(tmp_path, name, magic):
    plot = curves(history())
    plot.save(tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(magic)
    plot.save(tmp_path / f"again-{name}")
    if name != "f.pdf":
        assert (tmp_path / name).read_bytes() == (tmp_path / f"again-{name}").read_bytes()
    if name == "f.svg":
        parsed((tmp_path / name).read_text(encoding="utf-8"))


def test_figures_refuse_other_endings(tmp_path):
    with pytest.raises(ArgumentError, match="a still picture has no frames"):
        curves(history()).save(tmp_path / "f.gif")


def test_notebooks_get_pixels():
    assert curves(history())._repr_png_().startswith(b"\x89PNG")
    assert new_plot(1, 1).get_size_inches().tolist() == [1.0, 1.0]


WITHOUT = """
import sys
sys.modules["matplotlib"] = None
import numpy as np
import pullback as pb
from pullback import draw, nn
from pullback.errors import MissingExtraError

net = nn.Sequential(flatten=nn.Flatten(), fc=nn.Linear(4, 2))
found = draw.saliency(net, np.ones((1, 1, 2, 2)), 0)
assert found.maps.shape == (1, 2, 2)
film = draw.arithmetic(3, 3)
film.save("a.svg")
for need in (found.draw, lambda: film.save("a.gif"), lambda: draw.curves({}), lambda: film.still().save("a.png")):
    try:
        need()
    except MissingExtraError as error:
        assert "pip install 'pullback[draw]'" in str(error)
    else:
        raise SystemExit(f"{need} drew without matplotlib")
"""


def test_without_matplotlib_drawings_work_and_figures_tell_the_cure(tmp_path):
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.svg").exists()


def test_importing_the_package_does_not_load_matplotlib():
    code = "import sys, pullback.draw; from pullback.draw import graph, saliency; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda n, x: filters(n, "fc"), ArgumentError, "'conv1', 'conv2'"),
        (lambda n, x: filters(n, "conv1", most=0), ArgumentError, "1 or more"),
        (lambda n, x: feature_maps(n, x, "conv1"), ShapeError, r"images\[0\]"),
        (lambda n, x: feature_maps(n, x[0], "fc"), ShapeError, "before flattening"),
        (lambda n, x: feature_maps(n, x[0], "conv3"), ArgumentError, "one of conv1"),
        (lambda n, x: gradient_maps(n, x[0], 0, "fc"), ShapeError, "gives no planes"),
        (lambda n, x: receptive_field(n, "conv2", x[0], (2, 0)), ArgumentError, "within 2×2"),
        (lambda n, x: receptive_field(n, "fc", x[0]), ShapeError, "gives no planes"),
        (lambda n, x: receptive_field(n, "conv2", x), ShapeError, "one image"),
        (lambda n, x: mistakes(n, None, count=0), ArgumentError, "how many"),
    ],
)
def test_wrong_arguments_are_told(call, error, match):
    with pytest.raises(error, match=match):
        call(net_of(), images())
