"""How a user's program measures networks: functions of batched state dicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from . import _core
from .layout import Layout, Network, state_dict_of

# One metric [K], or each by its name.
Measurement = Tensor | Mapping[str, Tensor]

_ROWS = 256  # networks that are measured at once


class Evaluator(Protocol):
    """Measures K networks at once."""

    def __call__(self, networks: dict[str, Tensor], /) -> Measurement:
        """networks: named tensors [K, *shape] -> the metric [K], or {name: [K]} of several."""
        ...


class Reader(Protocol):
    """Reads metrics off K networks differentiably, for the loss on what a prompt asks for.

    Unlike an evaluator it may draw data, by `seed` alone, so that training can be repeated exactly:
    a mini-batch of the training data, none of the data that conditions or scores.
    """

    def __call__(self, networks: dict[str, Tensor], /, seed: int) -> Measurement:
        """networks: named tensors [K, *shape], with gradients -> as an Evaluator, with gradients."""
        ...


class ModuleLoss:
    """The mean loss of networks of a module's kind on some data: an `Evaluator` and a `Reader`.

    Args:
        module: what networks are the state dicts of. It must not draw random numbers.
        loss: (outputs, targets) -> a scalar, such as torch.nn.functional.cross_entropy.
        inputs: [N, ...], of which the module takes any number of rows.
        targets: [N, ...].
        batch: how many rows a reader draws; None: all are used. As an evaluator all always are.
    """

    def __init__(
        self,
        module: nn.Module,
        loss: Callable[[Tensor, Tensor], Tensor],
        inputs: Tensor,
        targets: Tensor,
        *,
        batch: int | None = None,
    ) -> None:
        self.module, self.loss, self.inputs, self.targets = module, loss, inputs, targets
        self.batch = batch

    def __call__(self, networks: dict[str, Tensor], /, seed: int | None = None) -> Tensor:
        """The loss [K] of networks given as named tensors [K, *shape]."""
        inputs, targets = self.inputs, self.targets
        if seed is not None and self.batch is not None:
            stream = torch.Generator().manual_seed(seed)
            rows = torch.randint(len(inputs), (self.batch,), generator=stream)
            inputs, targets = inputs[rows], targets[rows]

        def of_one(network: dict[str, Tensor]) -> Tensor:
            outputs = torch.func.functional_call(self.module, network, (inputs,))
            return self.loss(outputs, targets)

        loss: Tensor = torch.func.vmap(of_one)(networks)
        return loss


def columns(measurement: Measurement, metrics: Sequence[str], rows: int, what: str) -> Tensor:
    """A measurement of `rows` networks as [K, M]; Error unless it gives each of the metrics."""
    if isinstance(measurement, Tensor):
        measurement = {metrics[0]: measurement}
    missing = [name for name in metrics if name not in measurement]
    if missing:
        raise _core.Error(
            f"{what}: expected metrics {list(metrics)}, found {list(measurement)}; return a dict "
            "of all of them"
        )
    for name in metrics:
        if tuple(measurement[name].shape) != (rows,):
            raise _core.Error(
                f"{what}: expected {name} of {rows} networks, [{rows}], found "
                f"{list(measurement[name].shape)}"
            )
    return torch.stack([measurement[name].float() for name in metrics], dim=1)


def measuring(
    evaluator: Evaluator, layout: Layout, metrics: Sequence[str], what: str
) -> Callable[[Tensor], Tensor]:
    """An evaluator as a function of rows: [K, P] -> [K, M]."""

    def measure(theta: Tensor) -> Tensor:
        parts = [
            columns(evaluator(layout.split(rows)), metrics, len(rows), what)
            for rows in torch.split(theta, _ROWS)
        ]
        return torch.cat(parts)

    return measure


def reading(
    reader: Reader, layout: Layout, metrics: Sequence[str], example: Tensor
) -> dict[str, Callable[[Tensor, int], Tensor]]:
    """A reader as functions of rows and seed, one for each metric that it reads off `example`."""
    with torch.no_grad():
        found = reader(layout.split(example), seed=0)
    readable = metrics[:1] if isinstance(found, Tensor) else [m for m in metrics if m in found]
    if not readable:
        raise _core.Error(f"reader: expected one of metrics {list(metrics)}, found {list(found)}")

    def of(metric: str) -> Callable[[Tensor, int], Tensor]:
        def read(theta: Tensor, seed: int) -> Tensor:
            values = reader(layout.split(theta), seed=seed)
            return columns(values, readable, len(theta), "reader")[:, readable.index(metric)]

        return read

    return {metric: of(metric) for metric in readable}


def drawing(fresh: Callable[[], Network], layout: Layout) -> Callable[[int], Tensor]:
    """A constructor of networks as a function of a seed: -> a row [P]."""

    def draw(seed: int) -> Tensor:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            network = state_dict_of(fresh())
        return layout.row(network)

    return draw


class _AllData:
    """An evaluator as a reader: it draws nothing."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def __call__(self, networks: dict[str, Tensor], /, seed: int) -> Measurement:
        return self.evaluator(networks)


def reader_of(evaluator: Evaluator | None, reader: Reader | None) -> Reader | None:
    """The reader, or else the evaluator as one."""
    if reader is not None or evaluator is None:
        return reader
    return _AllData(evaluator)
