"""Figures: computations, filters, feature maps, training, convolution arithmetic, attributions.

    pb.draw.graph(lambda x1, x2: np.log(x1) + x1 * x2 - np.sin(x2), 2.0, 5.0).save("graph.svg")
    pb.draw.arithmetic(5, 3, stride=2, padding=1).save("conv.gif")
    pb.draw.deconvnet(net, images, "conv2", channel=3).draw().save("deconvnet.png")

Every picture has `save(path)`, which goes by the name's ending, and is shown by notebooks. Drawings of shapes (`graph`,
`arithmetic`) are SVG and need nothing else; figures of arrays, and all pixels, need matplotlib: pip install
'pullback[draw]'. What is computed (`saliency`, `deconvnet`, …) is computed without it; `.draw()` shows it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "attribution": "Attribution grad_cam guided_backprop occlusion saliency",
    "boundaries": "boundary",
    "convolutions": "arithmetic",
    "deconv": "DeconvNet Stage deconvnet",
    "fields": "receptive_field",
    "film": "Film",
    "graphs": "graph",
    "kinds": "Kind Request commands picture",
    "maps": "feature_maps filter_gradients filters gradient_maps",
    "photographs": "photo_filters read_photograph",
    "plot": "Plot",
    "scene": "Drawing",
    "shifts": "Equivariance equivariance",
    "training": "confusion curves mistakes",
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'pullback.draw' has no attribute {name!r}")
    value = getattr(import_module(f"pullback.draw.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
