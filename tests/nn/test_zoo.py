import numpy as np
import pytest

from pullback import nn
from pullback.errors import ShapeError

LENET = {
    "conv1.weight": (6, 1, 5, 5),
    "conv1.bias": (6,),
    "conv2.weight": (16, 6, 5, 5),
    "conv2.bias": (16,),
    "fc1.weight": (120, 400),
    "fc1.bias": (120,),
    "fc2.weight": (84, 120),
    "fc2.bias": (84,),
    "fc3.weight": (10, 84),
    "fc3.bias": (10,),
}

# torchvision's names, in its order; the stem is 3×3 as is usual for CIFAR.
RESNET18 = """
conv1 64,3,3,3              bn1 64
layer1.0.conv1 64,64,3,3    layer1.0.bn1 64    layer1.0.conv2 64,64,3,3    layer1.0.bn2 64
layer1.1.conv1 64,64,3,3    layer1.1.bn1 64    layer1.1.conv2 64,64,3,3    layer1.1.bn2 64
layer2.0.conv1 128,64,3,3   layer2.0.bn1 128   layer2.0.conv2 128,128,3,3  layer2.0.bn2 128
layer2.0.downsample.0 128,64,1,1   layer2.0.downsample.1 128
layer2.1.conv1 128,128,3,3  layer2.1.bn1 128   layer2.1.conv2 128,128,3,3  layer2.1.bn2 128
layer3.0.conv1 256,128,3,3  layer3.0.bn1 256   layer3.0.conv2 256,256,3,3  layer3.0.bn2 256
layer3.0.downsample.0 256,128,1,1  layer3.0.downsample.1 256
layer3.1.conv1 256,256,3,3  layer3.1.bn1 256   layer3.1.conv2 256,256,3,3  layer3.1.bn2 256
layer4.0.conv1 512,256,3,3  layer4.0.bn1 512   layer4.0.conv2 512,512,3,3  layer4.0.bn2 512
layer4.0.downsample.0 512,256,1,1  layer4.0.downsample.1 512
layer4.1.conv1 512,512,3,3  layer4.1.bn1 512   layer4.1.conv2 512,512,3,3  layer4.1.bn2 512
fc 10,512
"""


def resnet18_shapes():
    found, words = {}, RESNET18.split()
    for name, sizes in zip(words[::2], words[1::2], strict=True):
        shape = tuple(map(int, sizes.split(",")))
        found[f"{name}.weight"] = shape
        if name == "fc":
            found["fc.bias"] = (10,)
        if len(shape) == 1:
            found |= {f"{name}.{k}": shape for k in ("bias", "running_mean", "running_var")}
            found[f"{name}.num_batches_tracked"] = ()
    return found


def test_lenets_state_dict_has_pytorchs_names_and_shapes():
    assert {k: v.shape for k, v in nn.zoo.lenet5().state_dict().items()} == LENET


def test_resnet18s_state_dict_has_torchvisions_names_shapes_and_order():
    found = {k: v.shape for k, v in nn.zoo.resnet18().state_dict().items()}
    assert found == resnet18_shapes()
    assert list(found) == list(resnet18_shapes())
    assert len(found) == 122


@pytest.mark.parametrize(
    ("name", "shape", "parameters"),
    [
        ("softmax", (1, 28, 28), 784 * 10 + 10),
        ("mlp", (1, 28, 28), 784 * 128 + 128 + 128 * 10 + 10),
        ("lenet5", (1, 28, 28), 61_706),
        ("cnn", (1, 28, 28), 320 + 18_496 + 9216 * 128 + 128 + 1290),
        ("cnn", (1, 8, 8), 320 + 18_496 + 256 * 128 + 128 + 1290),
        # 9·(3·64 + 64·64 + 64·128 + 128·128 + 128·256 + 256·256) weights, 896 biases, 4096·10 + 10
        ("vgg", (3, 32, 32), 9 * 127_168 + 896 + 40_970),
        ("resnet18", (3, 32, 32), 11_173_962),
    ],
)
def test_networks_have_the_number_of_parameters_worked_by_hand(name, shape, parameters):
    net = nn.zoo.NETS[name](shape, 10)
    assert sum(a.size for a in net.parameters.values()) == parameters


@pytest.mark.parametrize("name", ["softmax", "mlp", "lenet5", "cnn", "vgg"])
@pytest.mark.parametrize("shape", [(1, 16, 16), (3, 12, 18)])
def test_networks_fit_the_shape_and_the_classes_that_they_are_made_for(name, shape):
    net = nn.zoo.NETS[name](shape, 7)
    assert net.predict(np.zeros((2, *shape))).shape == (2, 7)
    assert net.info["input_shape"] == list(shape)


def test_a_small_residual_network_runs_in_both_modes():
    net = nn.zoo.ResNet(1, 3, (1, 1))
    x = np.random.default_rng(0).random((2, 1, 8, 8))
    assert net(x).shape == (2, 3)
    assert net.bn1.num_batches_tracked == 1
    assert net.predict(x).shape == (2, 3)


def test_a_block_adds_its_input():
    block = nn.zoo.BasicBlock(2, 2).eval()
    block.conv2.weight[...] = 0
    x = np.array([-1.0, 2.0]).reshape(1, 2, 1, 1)
    np.testing.assert_array_equal(block(x).ravel(), [0.0, 2.0])


def test_an_image_that_is_too_small_is_an_error_at_the_layer():
    with pytest.raises(ShapeError, match=r"output would be empty(.|\n)*layer 'conv2'"):
        nn.zoo.lenet5((1, 8, 8))
