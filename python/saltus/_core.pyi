# The C++ library's side; its users are the other files of this package.
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

Path = str | os.PathLike[str]
Progress = Callable[[str, int, int, str, list[tuple[str, float]]], None]

version: str
built_with_torch: str

class Error(Exception): ...

class Zoo:
    def __init__(self, folder: Path) -> None: ...
    @property
    def runs(self) -> int: ...
    @property
    def checkpoints(self) -> int: ...
    @property
    def parameters(self) -> int: ...
    @property
    def dropped(self) -> int: ...
    @property
    def complete(self) -> bool: ...
    @property
    def hash(self) -> str: ...
    @property
    def description(self) -> str: ...
    def run_id(self, r: int) -> int: ...
    def runs_of(self, split: str) -> list[int]: ...
    def stored(self, r: int) -> Tensor: ...
    def metrics(self, r: int) -> Tensor: ...
    def iterations(self, r: int) -> Tensor: ...
    def describe(self) -> str: ...

class PairSampler:
    def __init__(self, zoo: Zoo, runs: list[int], metric: str, options: str) -> None: ...
    def draw(self, seed: int, index: int) -> tuple[int, int, int]: ...

class ZooWriter:
    def __init__(self, folder: Path, description: str, runs: int, runs_per_shard: int) -> None: ...
    @property
    def next_run(self) -> int: ...
    @property
    def dropped(self) -> int: ...
    def append(self, parameters: Tensor, metrics: Tensor, iterations: Tensor) -> None: ...
    def finish(self) -> None: ...

def import_zoo(
    source: Path,
    folder: Path,
    options: str,
    measure: Callable[[Tensor], Tensor] | None,
    arguments: JobArguments,
) -> str: ...
def infer_symmetry(layout: str) -> tuple[str, str]: ...
def pack(layout: str, networks: Sequence[Mapping[str, Any]]) -> Tensor: ...

class PythonTask:
    def __init__(
        self,
        *,
        name: str,
        architecture: str,
        metrics: str,
        measure: Callable[[Tensor], Tensor] | None,
        score: Callable[[Tensor], Tensor] | None,
        read: dict[str, Callable[[Tensor, int], Tensor]],
        fresh: Callable[[int], Tensor] | None,
        inputs: Tensor | None,
    ) -> None: ...

class Sampler:
    def __init__(self, method: str, evaluations: int, eta: float, stop_at: int) -> None: ...

class UpdateOptions:
    def __init__(
        self,
        sampler: Sampler,
        samples: int,
        repeat: int,
        keep_better: bool,
        measure: bool,
        seed: int,
    ) -> None: ...

class Updated:
    @property
    def networks(self) -> list[dict[str, Any]]: ...
    @property
    def start_metric(self) -> Tensor: ...
    @property
    def metric(self) -> Tensor | None: ...

class Generator:
    def __init__(self, model: Path) -> None: ...
    @property
    def description(self) -> str: ...
    @property
    def weights(self) -> int: ...
    @property
    def hash(self) -> str: ...
    def save(self, file: Path) -> None: ...
    def move_to(self, device: str) -> None: ...
    def prompt_values(self, argument: str, texts: list[str], all: bool) -> list[float]: ...
    def range_warnings(self, prompt: list[float]) -> list[str]: ...
    def sample(
        self,
        theta: Tensor,
        start_metric: Tensor,
        prompt: Tensor,
        seed: int,
        numbers: list[int],
        sampler: Sampler,
    ) -> Tensor: ...
    def update(
        self,
        networks: list[dict[str, Any]],
        prompt: list[float],
        start_metric: Tensor | None,
        task: PythonTask | None,
        data: str,
        options: UpdateOptions,
    ) -> Updated: ...

class GivenOptions:
    def __init__(self, nested: str, assignments: list[str]) -> None: ...

class JobArguments:
    def __init__(self, threads: int, device: str, progress: Progress | None) -> None: ...

def train(
    zoo: Zoo,
    folder: Path,
    options: GivenOptions,
    task: PythonTask | None,
    data: str,
    license: str,
    arguments: JobArguments,
) -> None: ...
def evaluate(
    model: Path,
    zoo: Zoo,
    options: GivenOptions,
    task: PythonTask | None,
    data: str,
    critic: Path,
    out: Path,
    arguments: JobArguments,
) -> str: ...
