"""Generators: from a network, its metric and a prompt, to better weights."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from . import _core
from .evaluator import Evaluator
from .layout import Layout, Network, state_dict_of
from .metric import Metric
from .tasks import own_task

# Per metric a number for all networks, or one each [N].
StartMetric = Mapping[str, float | Tensor | Sequence[float]]


class Updates(list[dict[str, Any]]):
    """Updated state dicts, start by start, samples side by side: number n * samples + s.

    Attributes:
        start_metric: {name: [K]}, of the start of each.
        metric: {name: [K]} after the last update, where it was measured; else empty.
    """

    start_metric: dict[str, Tensor]
    metric: dict[str, Tensor]


class Generator:
    """A trained generator.

    Args:
        path: the folder that `train` wrote, or a generator's file. Error when it holds none.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self.core = _core.Generator(self.path)
        self.description: dict[str, Any] = json.loads(self.core.description)
        self.layout = Layout.from_json(self.description["layout"])
        self.metrics = tuple(Metric.from_json(m) for m in self.description["metrics"])
        self.metric_range = {
            metric.name: (low, high)
            for metric, low, high in zip(
                self.metrics,
                self.description["metric_low"],
                self.description["metric_high"],
                strict=True,
            )
        }

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Generator:
        """The same as the constructor."""
        return Generator(path)

    @property
    def weights(self) -> int:
        """Number of trained floats."""
        return self.core.weights

    @property
    def hash(self) -> str:
        """Of the weights, 16 hex digits."""
        return self.core.hash

    def save(self, file: str | os.PathLike[str]) -> None:
        """Writes the generator to one safetensors file."""
        self.core.save(file)

    def to(self, device: str) -> Generator:
        """Computes on "cpu", "cuda" or "cuda:N" from now on; what it takes and gives stays."""
        self.core.move_to(device)
        return self

    def update(
        self,
        networks: Network | Sequence[Network],
        prompt: Mapping[str, float],
        *,
        start_metric: StartMetric | None = None,
        evaluator: Evaluator | None = None,
        samples: int = 1,
        repeat: int = 1,
        keep_better: bool = False,
        seed: int = 0,
        method: str = "ddim",
        evaluations: int = 1,
        eta: float = 0.0,
        stop_at: int = 0,
        data: str = "",
    ) -> Updates:
        """Samples better weights for networks.

        Args:
            networks: a module or state dict, or several. Their tensors of floats must be those of
                the generator's layout; others, integers, are handed on.
            prompt: the metric asked for, {"loss": 0.3}; of several metrics, any of them. Outside
                `metric_range` it warns.
            start_metric: what the networks measure now; by default the evaluator measures it.
            evaluator: measures networks: the starts, and what becomes of them (`Updates.metric`).
                Not needed for Saltus's own tasks.
            samples: updates of each network, with different noise.
            repeat: rounds, each from the last one's output, which is measured in between.
            keep_better: undo a round that does not improve the metric.
            seed: of the noise: sample s of a network depends on it, on seed and on s alone.
            method: "ddim", "ddpm" or "dpm", with `evaluations` of the generator; ddim's noise `eta`
                from 0 to 1; `stop_at`, the timestep at which sampling ends early.
            data: folder of an image task's files.

        Returns:
            State dicts (float32, on the CPU) with the names and the order of the given ones, which
            `load_state_dict` takes. A network's tensors share memory of their own.
        """
        if not isinstance(networks, Sequence):
            networks = [networks]
        dicts = [state_dict_of(network) for network in networks]
        values = self._values("prompt", prompt, every=False)
        for text in self.core.range_warnings(values):
            warnings.warn(text, stacklevel=2)
        task = own_task(self.description, self.layout, evaluator=evaluator)
        updated = self.core.update(
            dicts,
            values,
            None if start_metric is None else self._starts(start_metric, len(dicts)),
            task,
            data,
            _core.UpdateOptions(
                _core.Sampler(method, evaluations, eta, stop_at),
                samples,
                repeat,
                keep_better,
                evaluator is not None,
                seed,
            ),
        )
        result = Updates(updated.networks)
        names = [metric.name for metric in self.metrics]
        result.start_metric = dict(zip(names, updated.start_metric.unbind(1), strict=True))
        after = updated.metric
        result.metric = {} if after is None else dict(zip(names, after.unbind(1), strict=True))
        return result

    def sample(
        self,
        theta: Tensor,
        start_metric: Tensor,
        prompt: Tensor,
        *,
        seed: int = 0,
        numbers: Sequence[int] = (),
        method: str = "ddim",
        evaluations: int = 1,
        eta: float = 0.0,
        stop_at: int = 0,
    ) -> Tensor:
        """The same for rows of parameters, nothing measured: the C++ library's own call.

        Args:
            theta: [K, P].
            start_metric: [K, M], measured.
            prompt: [K, M]; of several metrics, NaN: not prompted.
            numbers: of the noise each row uses; 0 to K - 1 by default.

        Returns:
            [K, P] float32.
        """
        sampler = _core.Sampler(method, evaluations, eta, stop_at)
        return self.core.sample(theta, start_metric, prompt, seed, list(numbers), sampler)

    def _values(self, argument: str, given: Mapping[str, float], every: bool) -> list[float]:
        texts = [f"{name}={float(value)!r}" for name, value in given.items()]
        return self.core.prompt_values(argument, texts, every)

    def _starts(self, given: StartMetric, count: int) -> Tensor:
        """[N, M]."""
        rows = {
            name: torch.as_tensor(value, dtype=torch.float32).expand(count)
            for name, value in given.items()
        }
        self._values("start_metric", dict.fromkeys(rows, 0.0), every=True)
        return torch.stack([rows[metric.name] for metric in self.metrics], dim=1)

    def __repr__(self) -> str:
        return (
            f"Generator({self.path!r}: {self.description['task']}, {self.weights} weights, "
            f"metrics {', '.join(metric.name for metric in self.metrics)})"
        )
