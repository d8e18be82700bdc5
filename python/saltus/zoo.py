"""Zoos: training runs on disk, read without copying and written run by run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import torch
from torch import Tensor

from . import _core
from .layout import Layout, Network, state_dict_of
from .metric import Metric
from .pairs import Pairs

# Unit groups: name -> the (tensor, axis) pairs that its units index.
Symmetry = Mapping[str, Sequence[tuple[str, int]]]


@dataclass(frozen=True)
class Run:
    """One training run of a zoo. Its tensors are views of the zoo's files where those hold float32.

    Writing to them changes what this process sees of the zoo, never the files.

    Attributes:
        id: of the run; ids that were dropped are missing from a zoo.
        parameters: [C, P] float32.
        metrics: [C, M] float32, columns in the order of `Zoo.metrics`.
        iterations: [C] int64, rising.
        layout: names and shapes inside a row of `parameters`.
    """

    id: int
    parameters: Tensor
    metrics: Tensor
    iterations: Tensor
    layout: Layout

    def __len__(self) -> int:
        return len(self.iterations)

    def state_dict(self, checkpoint: int = -1) -> dict[str, Tensor]:
        """One checkpoint as named tensors, views of `parameters`; the last by default."""
        return self.layout.split(self.parameters[checkpoint])

    def networks(self) -> dict[str, Tensor]:
        """All checkpoints as batched named tensors [C, *shape], as evaluators take them."""
        return self.layout.split(self.parameters)


def symmetry_json(layout: Layout, symmetry: Symmetry) -> list[dict[str, Any]]:
    """As in zoo.json. The library checks that axes are as long as their group."""
    shapes = {spec.name: spec.shape for spec in layout.tensors}
    groups = []
    for name, axes in symmetry.items():
        for tensor, axis in axes:
            if tensor not in shapes or not 0 <= axis < len(shapes[tensor]):
                raise _core.Error(
                    f"symmetry: group {name}: expected a tensor of {list(shapes)} and one of "
                    f"its axes, found {tensor} and {axis}"
                )
        first, axis = axes[0]
        groups.append(
            {
                "name": name,
                "units": shapes[first][axis],
                "axes": [{"tensor": tensor, "axis": axis} for tensor, axis in axes],
            }
        )
    return groups


class Zoo(Mapping[int, Run]):
    """A zoo on disk (docs/zoo-format.md): a mapping from run ids to `Run`s.

    Args:
        folder: of the zoo. Error when it holds none or a damaged one.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.fspath(folder)
        self.core = _core.Zoo(self.folder)
        self.description: dict[str, Any] = json.loads(self.core.description)
        self.layout = Layout.from_json(self.description["layout"])
        self.metrics = tuple(Metric.from_json(m) for m in self.description["metrics"])
        self._places = {self.core.run_id(r): r for r in range(self.core.runs)}

    @staticmethod
    def create(
        folder: str | os.PathLike[str],
        network: Network,
        *,
        metrics: Sequence[Metric],
        checkpoints: int,
        runs: int,
        task: str = "custom",
        symmetry: Symmetry | None = None,
        runs_per_shard: int = 64,
        dtype: str = "F32",
        made_by: Mapping[str, Any] | None = None,
    ) -> ZooWriter:
        """Begins a zoo of networks like `network`, or continues one that was begun alike.

        Args:
            network: a module or state dict: which tensors there are, of which shapes.
            metrics: M of them, the first the one that conditions a generator by default.
            checkpoints: of each run, the first before any training.
            runs: in all; one of each twenty becomes validation, another test.
            task: a name of your own for what the networks do.
            symmetry: hidden units that may be reordered without changing the function, as
                {"hidden": [("fc1.weight", 0), ("fc1.bias", 0), ("fc2.weight", 1)]}: with it a
                generator sees units, without it ({}) pieces of tensors. By default it is inferred
                where the network looks sequential (`ZooWriter.symmetry` says what was found);
                give it for networks with skip connections, which names and shapes cannot show.
            runs_per_shard: what a crash can lose at most.
            dtype: of the parameters on disk: F32, BF16 or F16.
            made_by: whatever explains the runs, as JSON; must be the same to continue.
        """
        layout = Layout.of(network)
        if symmetry is None:
            groups = json.loads(_core.infer_symmetry(json.dumps(layout.to_json()))[0])
        else:
            groups = symmetry_json(layout, symmetry)
        description = {
            "task": task,
            "layout": layout.to_json(),
            "symmetry": groups,
            "metrics": [metric.to_json() for metric in metrics],
            "checkpoints": checkpoints,
            "dtype": dtype,
            "made_by": dict(made_by or {}),
        }
        return ZooWriter(folder, description, layout, runs, runs_per_shard)

    @property
    def checkpoints(self) -> int:
        """C, of each run."""
        return self.core.checkpoints

    @property
    def parameters(self) -> int:
        """P, of each network."""
        return self.core.parameters

    @property
    def dropped(self) -> int:
        """Runs that were not kept: not finite, or a parameter beyond 10."""
        return self.core.dropped

    @property
    def complete(self) -> bool:
        """Whether all planned runs are on disk."""
        return self.core.complete

    @property
    def hash(self) -> str:
        """Over all shards, 16 hex digits."""
        return self.core.hash

    def __getitem__(self, run: int) -> Run:
        place = self._places[run]
        return Run(
            run,
            self.core.stored(place).float(),
            self.core.metrics(place),
            self.core.iterations(place),
            self.layout,
        )

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def runs_of(self, split: str) -> list[int]:
        """Ids of the runs of a split: "train", "validation" or "test"."""
        return [self.core.run_id(r) for r in self.core.runs_of(split)]

    def pairs(
        self,
        split: str = "train",
        *,
        metric: str | None = None,
        count: int | None = None,
        seed: int = 0,
        **options: float | str,
    ) -> Pairs:
        """Pairs of checkpoints, start before target, as a `torch.utils.data.Dataset`.

        Args:
            split: whose runs pairs come from.
            metric: by which targets are spread; the zoo's first by default.
            count: length of the dataset; as many as checkpoints by default.
            seed: of the draws: item i is a function of seed and i.
            options: of `saltus train --help`, less "pairs.": rule, flatten, from_first, late.
        """
        if count is None:
            count = len(self.core.runs_of(split)) * self.checkpoints
        metric = metric or self.metrics[0].name
        return Pairs(self.folder, split, metric, json.dumps(options), count, seed)

    def __reduce__(self) -> tuple[object, ...]:
        return Zoo, (self.folder,)

    def __repr__(self) -> str:
        return (
            f"Zoo({self.folder!r}: {len(self)} runs x {self.checkpoints} checkpoints x "
            f"{self.parameters} parameters)"
        )

    def summary(self) -> str:
        """What `saltus zoo info` prints."""
        return self.core.describe()


class ZooWriter:
    """Writes a zoo run by run; made by `Zoo.create`. As a context manager, finishes it at the end.

    Runs come in order. Where a part of the same zoo was there, `next_run` says which run is next:
    runs of a shard that was not yet full are lost in a crash.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        description: Mapping[str, Any],
        layout: Layout,
        runs: int,
        runs_per_shard: int,
    ) -> None:
        self.folder = os.fspath(folder)
        self.layout = layout
        self.runs = runs
        self.symmetry: dict[str, list[tuple[str, int]]] = {
            group["name"]: [(axis["tensor"], axis["axis"]) for axis in group["axes"]]
            for group in description["symmetry"]
        }
        self._metrics = [metric["name"] for metric in description["metrics"]]
        self._core = _core.ZooWriter(self.folder, json.dumps(description), runs, runs_per_shard)

    @property
    def next_run(self) -> int:
        """Id of the run that `append` takes next; `runs` when all are there."""
        return self._core.next_run

    @property
    def dropped(self) -> int:
        """Runs that were appended and not kept: not finite, or a parameter beyond 10."""
        return self._core.dropped

    def append(
        self,
        checkpoints: Sequence[Network] | Tensor | Mapping[str, Tensor],
        metrics: Tensor | Sequence[float] | Mapping[str, Sequence[float] | Tensor],
        iterations: Sequence[int] | Tensor | None = None,
    ) -> None:
        """Appends one run.

        Args:
            checkpoints: C state dicts, or batched named tensors [C, *shape], or rows [C, P].
            metrics: [C] for one metric, [C, M], or a mapping from each name to [C].
            iterations: [C], rising; 0, 1, 2, ... by default.
        """
        if isinstance(checkpoints, Tensor):
            theta = checkpoints
        elif isinstance(checkpoints, Mapping):
            theta = self.layout.join(checkpoints)
        else:
            theta = torch.stack([self.layout.row(state_dict_of(c)) for c in checkpoints])
        if isinstance(metrics, Mapping):
            if sorted(metrics) != sorted(self._metrics):
                raise _core.Error(
                    f"zoo: expected metrics {self._metrics}, found {list(metrics)}"
                )
            columns = [torch.as_tensor(metrics[name]).float() for name in self._metrics]
            values = torch.stack(columns, dim=1)
        else:
            values = torch.as_tensor(metrics).float()
            if values.dim() == 1:
                values = values.unsqueeze(1)
        if iterations is None:
            iterations = range(len(theta))
        self._core.append(theta, values, torch.as_tensor(list(iterations)))

    def finish(self) -> None:
        """Marks the zoo complete; Error unless all runs were appended."""
        self._core.finish()

    def __enter__(self) -> ZooWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.finish()
