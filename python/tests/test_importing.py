"""Checkpoint files of plain PyTorch, imported."""

from __future__ import annotations

import json
import pathlib

import pytest
import torch
from torch import Tensor

import saltus

from world import CHECKPOINTS, LAYOUT, LOSS, SYMMETRY, distance, made_up_run, make_network

LOSS_ON_DISK = saltus.Metric("loss", worst=4.0, best=0.0, resolution=0.04)


def save_runs(folder: pathlib.Path, runs: int = 6) -> None:
    """As training scripts do: a file a checkpoint, with the loss beside the network."""
    for run in range(runs):
        theta, metrics = made_up_run(run)
        (folder / f"{run}").mkdir(parents=True)
        for c in range(CHECKPOINTS):
            network = make_network()
            network.load_state_dict(LAYOUT.split(theta[c]))
            file = folder / f"{run}/step{c}.pt"
            torch.save({"model": network.state_dict(), "loss": metrics[c].item()}, file)


def import_runs(tmp_path: pathlib.Path, **arguments: object) -> saltus.Zoo:
    """What `save_runs` saved, by way of files."""
    given: dict[str, object] = {"metrics": [LOSS], "network": make_network(), "show": False}
    return saltus.import_zoo(tmp_path / "runs", tmp_path / "zoo", **(given | arguments))  # type: ignore[arg-type]


def test_files_become_runs_bit_for_bit(tmp_path: pathlib.Path) -> None:
    save_runs(tmp_path / "runs")
    zoo = import_runs(tmp_path, symmetry=SYMMETRY, license="cc0-1.0")
    assert 'license: "cc0-1.0"' in (tmp_path / "zoo/README.md").read_text()
    assert len(zoo) == 6 and zoo.complete and zoo.metrics == (LOSS_ON_DISK,)
    assert [g["name"] for g in zoo.description["symmetry"]] == ["hidden"]
    for run, found in zoo.items():
        theta, metrics = made_up_run(run)
        assert torch.equal(found.parameters, theta)
        assert torch.equal(found.metrics[:, 0], metrics)


def test_an_evaluator_measures_what_nobody_measured(tmp_path: pathlib.Path) -> None:
    save_runs(tmp_path / "runs")

    def doubled(networks: dict[str, Tensor]) -> Tensor:
        return 2 * distance(networks)

    zoo = import_runs(tmp_path, evaluator=doubled)
    for run, found in zoo.items():
        assert torch.allclose(found.metrics[:, 0], 2 * made_up_run(run)[1])


def test_damage_is_dropped_and_told(tmp_path: pathlib.Path) -> None:
    save_runs(tmp_path / "runs")
    (tmp_path / "runs/2/step3.pt").write_bytes(b"no archive")
    zoo = import_runs(tmp_path, metrics=["loss"], network=None, checkpoints=CHECKPOINTS)
    assert len(zoo) == 5
    report = json.loads((tmp_path / "zoo/import.json").read_text())
    assert any("step3.pt" in entry["what"] for entry in report["left_out"]), report


def test_an_exception_of_the_evaluator_arrives(tmp_path: pathlib.Path) -> None:
    save_runs(tmp_path / "runs")

    def broken(networks: dict[str, Tensor]) -> Tensor:
        raise ValueError("no data today")

    with pytest.raises(ValueError, match="no data today"):
        import_runs(tmp_path, evaluator=broken)


def test_mistakes_are_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(saltus.Error, match="no such file or folder"):
        saltus.import_zoo(tmp_path / "none", tmp_path / "zoo", show=False)
    with pytest.raises(saltus.Error, match="needs network="):
        saltus.import_zoo(tmp_path, tmp_path / "zoo", evaluator=distance, show=False)
