"""Networks of networks: Sequential, ModuleList, ModuleDict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, overload

from pullback.errors import ArgumentError, message
from pullback.nn.linear import Identity
from pullback.nn.module import Module
from pullback.nn.saving import is_built_in
from pullback.ops.apply import is_whole


class _Container(Module):
    """What containers share: their layers are their children, by name."""

    def options(self) -> dict[str, Any]:
        """No arguments: the layers are recorded one by one."""
        return {}

    def _add(self, name: str, layer: Any) -> None:
        if not isinstance(layer, Module):
            what = f"{type(self).__name__}: {name!r} is not a layer"
            fix = "nn.ReLU(), an object" if isinstance(layer, type) else "an nn.Module"
            raise ArgumentError(message(what, got=repr(layer), need="an nn.Module", fix=fix))
        setattr(self, name, layer)

    def _name(self, key: int | str) -> str:
        """The name for a name or a position.

        Raises: ArgumentError
        """
        names = list(self._modules)
        if isinstance(key, str) and key in names:
            return key
        if not isinstance(key, str) and is_whole(key, -len(names)) and int(key) < len(names):
            return names[key]
        got, need = f"{key!r}", f"one of {', '.join(names)}" if names else "an empty container has none"
        raise ArgumentError(message(f"{type(self).__name__}: no such layer", got=got, need=need))

    def __len__(self) -> int:
        return len(self._modules)


def _takes_one_value(layer: Module) -> bool:
    """Whether a layer is one of Pullback's own that computes on one array."""
    return is_built_in(type(layer)) and not layer.has_children and not isinstance(layer, Identity)


def _several(before: str, source: Module, count: int, name: str, layer: Module) -> str:
    title = f"Sequential: layer {before!r} returns {_NUMBERS.get(count, count)} values, layer {name!r} takes one"
    fix = (
        "return_indices=False" if getattr(source, "return_indices", False) else "a layer between them that chooses one"
    )
    more = "; or a Module of your own whose forward passes each on"
    return message(title, got=f"{type(source).__name__}, then {type(layer).__name__}", fix=fix + more)


_NUMBERS = {2: "two", 3: "three"}


class Sequential(_Container):
    """Layers one after another: y = fₖ(… f₂(f₁(x))).

    Sequential(f1, f2) names them "0", "1"; Sequential(conv=f1, relu=f2) and Sequential({"conv": f1, "relu": f2}) by
    name. `net[0]`, `net["conv"]` and `net.conv` give a layer, `net[:2]` a network of the same layers.

    >>> from pullback import nn
    >>> net = nn.Sequential(fc=nn.Linear(4, 3), relu=nn.ReLU())
    >>> net
    Sequential(
      (fc): Linear(4, 3)
      (relu): ReLU()
    )
    >>> list(net.parameters)
    ['fc.weight', 'fc.bias']
    """

    def __init__(self, *layers: Module | Mapping[str, Module], **named: Module) -> None:
        given: dict[str, Any] = {}
        for position, layer in enumerate(layers):
            given |= layer if isinstance(layer, Mapping) else {str(position): layer}
        for name, layer in (given | named).items():
            self._add(name, layer)

    def forward(self, x: Any) -> Any:
        """Call the layers in order."""
        before = ""
        for name, layer in self._modules.items():
            if isinstance(x, tuple) and before and _takes_one_value(layer):
                raise ArgumentError(_several(before, self._modules[before], len(x), name, layer))
            x, before = layer(x), name
        return x

    def append(self, layer: Module) -> Sequential:
        """Add a layer at the end, named by its position."""
        self._add(str(len(self)), layer)
        return self

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    @overload
    def __getitem__(self, key: int | str) -> Module: ...
    @overload
    def __getitem__(self, key: slice) -> Sequential: ...
    def __getitem__(self, key: int | str | slice) -> Module:
        """Give one layer, or for a slice a network of the same layers under the same names."""
        if isinstance(key, slice):
            return Sequential(dict(list(self._modules.items())[key]))
        return self._modules[self._name(key)]

    def __setitem__(self, key: int | str, layer: Module) -> None:
        self._add(self._name(key), layer)


class ModuleList(_Container):
    """Layers in a list, which a network registers; `forward` is the network's own business."""

    def __init__(self, layers: Iterable[Module] = ()) -> None:
        self.extend(layers)

    def extend(self, layers: Iterable[Module]) -> ModuleList:
        """Add layers at the end."""
        for layer in layers:
            self.append(layer)
        return self

    def append(self, layer: Module) -> ModuleList:
        """Add a layer at the end."""
        self._add(str(len(self)), layer)
        return self

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __getitem__(self, key: int) -> Module:
        return self._modules[self._name(key)]

    def __setitem__(self, key: int, layer: Module) -> None:
        self._add(self._name(key), layer)


class ModuleDict(_Container):
    """Layers in a dictionary, which a network registers."""

    def __init__(self, layers: Mapping[str, Module] | None = None) -> None:
        for name, layer in (layers or {}).items():
            self._add(name, layer)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> Iterable[Module]:
        """The layers."""
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Module]]:
        """Names and layers."""
        return self._modules.items()

    def __getitem__(self, name: str) -> Module:
        return self._modules[self._name(name)]

    def __setitem__(self, name: str, layer: Module) -> None:
        self._add(name, layer)

    def __delitem__(self, name: str) -> None:
        delattr(self, self._name(name))
