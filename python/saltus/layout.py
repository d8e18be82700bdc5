"""The named tensors of a network inside its flat vector of parameters."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ._core import Error, pack

# A network as a module gives it; or, batched, K of them: each tensor [K, *shape].
StateDict = Mapping[str, Tensor]
Network = StateDict | nn.Module


def state_dict_of(network: Network) -> dict[str, Any]:
    """The named tensors of a module or of a state dict."""
    return dict(network.state_dict() if isinstance(network, nn.Module) else network)


@dataclass(frozen=True)
class TensorSpec:
    """One tensor of a layout: its name, its shape, where it begins in the flat vector."""

    name: str
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


class Layout:
    """Tensors in the order of a state dict, without gaps; `parameters` (P) numbers in all."""

    def __init__(self, tensors: Iterable[tuple[str, Iterable[int]]]) -> None:
        """tensors: name and shape of each. Error for a name that is there twice."""
        specs: list[TensorSpec] = []
        offset = 0
        for name, shape in tensors:
            specs.append(TensorSpec(name, tuple(shape), offset))
            offset += specs[-1].size
        self.tensors: tuple[TensorSpec, ...] = tuple(specs)
        self.parameters: int = offset
        names = [spec.name for spec in specs]
        if len(set(names)) != len(names):
            raise Error(f"layout: expected unique names, found {names}")
        self._sizes = [spec.size for spec in specs]
        self._text = json.dumps(self.to_json())

    @staticmethod
    def of(network: Network) -> Layout:
        """The layout of a module's or a state dict's tensors of floats.

        Integers (a BatchNorm's counter of batches, say) are no parameters.
        """
        tensors = state_dict_of(network)
        found = [(n, t.shape) for n, t in tensors.items() if t.is_floating_point()]
        if not found:
            raise Error("layout: expected a network with tensors of floats, found none")
        return Layout(found)

    def split(self, theta: Tensor) -> dict[str, Tensor]:
        """Rows of parameters [..., P] as named tensors [..., *shape]: views, differentiable."""
        if theta.shape[-1:] != (self.parameters,):
            raise Error(f"layout: expected [..., {self.parameters}], found {list(theta.shape)}")
        parts = torch.split(theta, self._sizes, dim=-1)
        return {
            spec.name: part.view(*part.shape[:-1], *spec.shape)
            for spec, part in zip(self.tensors, parts, strict=True)
        }

    def join(self, networks: StateDict) -> Tensor:
        """The inverse of `split`: named tensors [..., *shape] as rows [..., P], differentiable."""
        rows = []
        for spec in self.tensors:
            if spec.name not in networks:
                raise Error(f"layout: expected tensor {spec.name}, found {list(networks)}")
            tensor = networks[spec.name]
            batch = tensor.shape[: tensor.dim() - len(spec.shape)]
            if tuple(tensor.shape) != (*batch, *spec.shape):
                raise Error(
                    f"layout: tensor {spec.name}: expected [..., {list(spec.shape)}], "
                    f"found {list(tensor.shape)}"
                )
            rows.append(tensor.reshape(*batch, spec.size))
        return torch.cat(rows, dim=-1)

    def row(self, network: Network) -> Tensor:
        """One network as float32 [P]. Error that lists all tensors that do not fit."""
        return pack(self._text, [state_dict_of(network)])[0]

    def to_json(self) -> list[dict[str, Any]]:
        """As in zoo.json (docs/zoo-format.md)."""
        return [
            {"name": spec.name, "shape": list(spec.shape), "offset": spec.offset}
            for spec in self.tensors
        ]

    @staticmethod
    def from_json(entries: Iterable[dict[str, Any]]) -> Layout:
        """The inverse of `to_json`."""
        return Layout((entry["name"], entry["shape"]) for entry in entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and self.tensors == other.tensors

    def __hash__(self) -> int:
        return hash(self.tensors)

    def __repr__(self) -> str:
        return f"Layout({len(self.tensors)} tensors, {self.parameters} parameters)"
