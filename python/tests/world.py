"""A world small enough for tests: networks of 26 parameters whose metric is a distance."""

from __future__ import annotations

import pathlib

import torch
from torch import Tensor, nn

import saltus

CHECKPOINTS, RUNS = 5, 40
SYMMETRY = {"hidden": [("0.weight", 0), ("0.bias", 0), ("2.weight", 1)]}
LOSS = saltus.Metric("loss", worst=4.0, best=0.0)


def make_network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))


LAYOUT = saltus.Layout.of(make_network())
GOAL = torch.linspace(-1, 1, LAYOUT.parameters)


def distance(networks: dict[str, Tensor]) -> Tensor:
    """The metric: mean squared distance from GOAL, times 4; differentiable."""
    return 4 * (LAYOUT.join(networks) - GOAL).square().mean(-1)


def made_up_run(run: int) -> tuple[Tensor, Tensor]:
    """Checkpoints [C, P] that walk from chance towards GOAL, and their metric [C]."""
    stream = torch.Generator().manual_seed(run)
    start = torch.randn(LAYOUT.parameters, generator=stream) * 0.5
    theta = torch.stack([start + c / CHECKPOINTS * (GOAL - start) for c in range(CHECKPOINTS)])
    return theta, distance(LAYOUT.split(theta))


def write_zoo(folder: pathlib.Path, metric: saltus.Metric = LOSS, **arguments: str) -> saltus.Zoo:
    with saltus.Zoo.create(
        folder,
        make_network(),
        metrics=[metric],
        checkpoints=CHECKPOINTS,
        runs=RUNS,
        symmetry=SYMMETRY,
        runs_per_shard=16,
        **arguments,  # type: ignore[arg-type]
    ) as writer:
        for run in range(RUNS):
            theta, metrics = made_up_run(run)
            writer.append(theta, metrics)
    return saltus.Zoo(folder)


TINY = {
    "training": {"steps": 40, "batch": 8, "fresh_pool": 32, "validate_every": 20, "save_every": 20},
    "generator": {"width": 16, "layers": 1, "heads": 2},
}
