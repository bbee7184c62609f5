"""Which pixels a network's answer depends on: saliency, guided backpropagation, Grad-CAM, occlusion.

All run the network in evaluation mode and float64, and pull cotangents back through its graph; a score is an entry of
the network's output, before any softmax unless the network ends in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pullback.draw.layers import Pass, as_batch, as_classes
from pullback.errors import ArgumentError, ShapeError, message
from pullback.nn import Module

if TYPE_CHECKING:
    from pullback.draw.plot import Plot

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Attribution:
    """A map for every image: how much each place matters to the score of the image's class.

    Shapes:  images (N,C,H,W), classes (N,), scores (N,), maps (N,P,Q): P×Q is H×W, or for Grad-CAM the layer's size;
             gradient (N,C,H,W), where the method computes one
    """

    method: str
    images: Array
    classes: NDArray[np.intp]
    scores: Array
    maps: Array
    gradient: Array | None = None

    def draw(self, names: tuple[str, ...] = ()) -> Plot:
        """Show every image with its map; `names` are the classes' names.

        Raises: MissingExtraError
        """
        from pullback.draw.explanations import attribution_figure

        return attribution_figure(self, names)


def saliency(net: Module, images: ArrayLike, classes: ArrayLike | None = None) -> Attribution:
    """How much each pixel moves the class's score: the largest |∂score/∂x[n,c,h,w]| over the channels c.

    classes  one for all images or one for each; by default the class with the highest score

    Raises:  ArgumentError, ShapeError
    Source:  Simonyan, Vedaldi & Zisserman 2014, arXiv:1312.6034, section 3

    >>> from pullback import nn
    >>> net = nn.Sequential(flatten=nn.Flatten(), fc=nn.Linear(2, 2))
    >>> net.fc.weight = np.array([[1.0, -2.0], [0.0, 3.0]])
    >>> saliency(net, np.ones((1, 1, 1, 2)), 0).maps
    array([[[1., 2.]]])
    """
    return _from_gradient("saliency", net, images, classes, None)


def guided_backprop(net: Module, images: ArrayLike, classes: ArrayLike | None = None) -> Attribution:
    """Saliency where each ReLU sends back only what is positive, and only where it was open: x̄ = ȳ · [x > 0] · [ȳ > 0].

    Raises:  ArgumentError, ShapeError
    Source:  Springenberg, Dosovitskiy, Brox & Riedmiller 2015, arXiv:1412.6806, figure 1
    """
    return _from_gradient("guided backprop", net, images, classes, lambda x, y_bar: y_bar * (x > 0) * (y_bar > 0))


def _from_gradient(method: str, net: Module, images: ArrayLike, classes: ArrayLike | None, rule: Any) -> Attribution:
    done = Pass.of(net, images, method)
    scores = done.scores(method)
    chosen = as_classes(classes, scores, method)
    gradient = done.pull_scores(chosen, done.input, rule)
    own = scores[np.arange(len(chosen)), chosen]
    return Attribution(method, done.images, chosen, own, np.abs(gradient).max(axis=1), gradient)


def grad_cam(net: Module, images: ArrayLike, layer: str, classes: ArrayLike | None = None) -> Attribution:
    """Where a layer's feature maps A speak for the class.

    map[n,p,q] = max(0, Σ_o α[n,o] · A[n,o,p,q]),  α[n,o] = mean over p,q of ∂score[n]/∂A[n,o,p,q]

    layer  usually the last convolution, or the ReLU behind it

    Shapes:  A (N,O,P,Q) -> maps (N,P,Q)
    Raises:  ArgumentError, ShapeError
    Source:  Selvaraju et al. 2017, arXiv:1610.02391, equations 1 and 2
    """
    done = Pass.of(net, images, "grad_cam")
    node = done.layer(layer, "grad_cam")
    if len(node.shape) != 4:
        need = "(N,O,P,Q): a layer before flattening"
        raise ShapeError(message("grad_cam: the layer gives no planes", got=f"{layer} {node.shape}", need=need))
    scores = done.scores("grad_cam")
    chosen = as_classes(classes, scores, "grad_cam")
    alpha = done.pull_scores(chosen, node).mean(axis=(2, 3), keepdims=True)
    maps = np.maximum(0.0, (alpha * done.values[node]).sum(axis=1))
    return Attribution("Grad-CAM", done.images, chosen, scores[np.arange(len(chosen)), chosen], maps)


def occlusion(
    net: Module,
    images: ArrayLike,
    classes: ArrayLike | None = None,
    patch: int = 4,
    stride: int = 2,
    fill: float = 0.0,
) -> Attribution:
    """How far the class's score falls when a patch is covered: map[h,w] is the mean fall over the patches on it.

    patch   the side of the square that is covered, in all channels
    stride  how far it moves; a last patch at each border makes sure that every pixel is covered
    fill    the number it is covered with; 0 is the mean of normalised images

    Raises:  ArgumentError, ShapeError
    Source:  Zeiler & Fergus 2014, arXiv:1311.2901, section 4.2
    """
    x = as_batch(images, "occlusion")
    _check_patch(patch, stride, x.shape)
    scores = np.asarray(net.predict(x, dtype=np.float64))
    if scores.ndim != 2:
        title = "occlusion: a network that gives one score per class"
        raise ShapeError(message(title, got=f"{scores.shape}", need="(N,K)"))
    chosen = as_classes(classes, scores, "occlusion")
    rows = np.arange(len(x))
    falls, covers = np.zeros((len(x), *x.shape[2:])), np.zeros(x.shape[2:])
    for top in _places(x.shape[2], patch, stride):
        for left in _places(x.shape[3], patch, stride):
            window = np.s_[..., top : top + patch, left : left + patch]
            covered = x.copy()
            covered[window] = fill
            fall = (scores - np.asarray(net.predict(covered, dtype=np.float64)))[rows, chosen]
            falls[window] += fall[:, None, None]
            covers[window] += 1
    return Attribution("occlusion", x, chosen, scores[rows, chosen], falls / covers)


def _places(size: int, patch: int, stride: int) -> list[int]:
    return sorted({*range(0, size - patch + 1, stride), size - patch})


def _check_patch(patch: int, stride: int, shape: tuple[int, ...]) -> None:
    side = min(shape[2:])
    if not isinstance(patch, int) or not 1 <= patch <= side:
        raise ArgumentError(message("occlusion: the patch does not fit", got=f"patch={patch!r}", need=f"1 to {side}"))
    if not isinstance(stride, int) or not 1 <= stride <= patch:
        need = f"1 to {patch}, so that every pixel is covered"
        raise ArgumentError(message("occlusion: the stride does not fit", got=f"stride={stride!r}", need=need))
