"""Data sets: the bundled digits, MNIST, Fashion-MNIST, CIFAR-10, your own arrays, archives and pictures.

Every loader gives `(train, test)` of `Dataset` records, which keep the raw pixels and know how to normalise them.

>>> train, test = digits()
>>> images, labels = train.batch([0, 1, 2])
>>> images.shape, labels
((3, 1, 8, 8), array([0, 1, 2]))
"""

from pullback.data.cifar import cifar10
from pullback.data.dataset import Dataset
from pullback.data.download import cache_folder
from pullback.data.files import idx_folder, load, npz
from pullback.data.idx import read_idx, write_idx
from pullback.data.pictures import image_folder, read_image
from pullback.data.published import digits, fashion_mnist, mnist
from pullback.data.transforms import Augmentation, Normalization

__all__ = [
    "Augmentation",
    "Dataset",
    "Normalization",
    "cache_folder",
    "cifar10",
    "digits",
    "fashion_mnist",
    "idx_folder",
    "image_folder",
    "load",
    "mnist",
    "npz",
    "read_idx",
    "read_image",
    "write_idx",
]
