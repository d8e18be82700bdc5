"""What a generator learns from, for training means of one's own."""

from __future__ import annotations

import os
from typing import NamedTuple

from torch import Tensor
from torch.utils.data import Dataset

from . import _core


class Pair(NamedTuple):
    """Two checkpoints of one run; tensors may be views of the zoo's files."""

    start: Tensor  # [P] float32
    target: Tensor  # [P] float32, later in the run
    start_metric: Tensor  # [M] float32
    target_metric: Tensor  # [M] float32
    iterations: Tensor  # [2] int64, of start and target


class Pairs(Dataset[Pair]):
    """A dataset of `Pair`s, drawn as `saltus train` draws them; made by `Zoo.pairs`.

    Item i is a function of the seed and i alone, so any order, or several workers, give the same
    pairs. Pickled, it takes the zoo's folder along, not its data.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        split: str,
        metric: str,
        options: str,
        count: int,
        seed: int,
    ) -> None:
        self._arguments = (folder, split, metric, options, count, seed)
        self._zoo = _core.Zoo(folder)
        self._sampler = _core.PairSampler(self._zoo, self._zoo.runs_of(split), metric, options)
        self._count = count
        self._seed = seed

    def __reduce__(self) -> tuple[object, ...]:
        return Pairs, self._arguments

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Pair:
        if not 0 <= index < self._count:
            raise IndexError(f"pairs: expected an index below {self._count}, found {index}")
        run, start, target = self._sampler.draw(self._seed, index)
        parameters = self._zoo.stored(run)
        metrics = self._zoo.metrics(run)
        return Pair(
            parameters[start].float(),
            parameters[target].float(),
            metrics[start],
            metrics[target],
            self._zoo.iterations(run)[[start, target]],
        )
