"""Zoos: written run by run, read as views."""

from __future__ import annotations

import gc
import json
import pathlib
import pickle

import pytest
import torch
from safetensors import safe_open
from torch.utils.data import DataLoader

import saltus

from world import CHECKPOINTS, LAYOUT, LOSS, RUNS, SYMMETRY, made_up_run, make_network, write_zoo


def begin(folder: pathlib.Path, runs: int = 4, **arguments: object) -> saltus.ZooWriter:
    given: dict[str, object] = {"metrics": [LOSS], "checkpoints": CHECKPOINTS, "runs_per_shard": 2}
    return saltus.Zoo.create(folder, make_network(), runs=runs, **(given | arguments))  # type: ignore[arg-type]


def test_reads_what_was_written(zoo: saltus.Zoo) -> None:
    assert len(zoo) == RUNS and list(zoo) == list(range(RUNS)) and zoo.complete
    assert zoo.layout == LAYOUT and zoo.metrics[0].name == "loss" and not zoo.metrics[0].maximise
    for run, found in zoo.items():
        theta, metrics = made_up_run(run)
        assert torch.equal(found.parameters, theta)
        assert torch.equal(found.metrics, metrics.unsqueeze(1))
        assert found.iterations.tolist() == list(range(CHECKPOINTS))
    last = zoo[3].state_dict()
    assert list(last) == list(make_network().state_dict())
    assert torch.equal(LAYOUT.join(last), made_up_run(3)[0][-1])
    assert zoo[3].networks()["0.weight"].shape == (CHECKPOINTS, 4, 3)


def test_views_are_of_the_file_and_outlive_the_zoo(tmp_path: pathlib.Path) -> None:
    zoo = write_zoo(tmp_path / "zoo")
    parameters = zoo[5].parameters
    assert parameters.data_ptr() == zoo[5].parameters.data_ptr()
    del zoo
    gc.collect()
    assert torch.equal(parameters, made_up_run(5)[0])
    parameters.zero_()  # this process's pages alone
    assert torch.equal(saltus.Zoo(tmp_path / "zoo")[5].parameters, made_up_run(5)[0])


def test_what_no_run_has_is_a_key_error(zoo: saltus.Zoo) -> None:
    with pytest.raises(KeyError):
        zoo[RUNS]


def test_all_ways_to_append_write_the_same(tmp_path: pathlib.Path) -> None:
    for name in ("rows", "batched", "dicts"):
        with begin(tmp_path / name, symmetry=SYMMETRY) as writer:
            for run in range(4):
                theta, metrics = made_up_run(run)
                networks = LAYOUT.split(theta)
                if name == "rows":
                    writer.append(theta, metrics.unsqueeze(1), range(CHECKPOINTS))
                elif name == "batched":
                    writer.append(networks, {"loss": metrics})
                else:
                    dicts = [{n: t[c] for n, t in networks.items()} for c in range(CHECKPOINTS)]
                    writer.append(dicts, metrics.tolist())
    hashes = {saltus.Zoo(tmp_path / name).hash for name in ("rows", "batched", "dicts")}
    assert len(hashes) == 1


def test_symmetry_is_inferred_unless_given(tmp_path: pathlib.Path) -> None:
    inferred = begin(tmp_path / "inferred").symmetry
    assert [sorted(axes) for axes in inferred.values()] == [sorted(SYMMETRY["hidden"])]
    assert begin(tmp_path / "none", symmetry={}).symmetry == {}


def test_sixteen_bits_are_rounded_once(tmp_path: pathlib.Path) -> None:
    zoo = write_zoo(tmp_path / "zoo", dtype="BF16")
    assert torch.equal(zoo[2].parameters, made_up_run(2)[0].bfloat16().float())


def test_a_begun_zoo_is_continued(tmp_path: pathlib.Path) -> None:
    writer = begin(tmp_path)
    for run in range(3):  # the third is in an open shard
        writer.append(*made_up_run(run))
    assert writer.next_run == 3
    del writer
    with pytest.raises(saltus.Error, match="checkpoints"):
        begin(tmp_path, checkpoints=CHECKPOINTS + 1)
    with begin(tmp_path) as writer:
        assert writer.next_run == 2
        for run in range(2, 4):
            writer.append(*made_up_run(run))
    assert torch.equal(saltus.Zoo(tmp_path)[3].parameters, made_up_run(3)[0])


def test_runs_that_diverged_are_dropped(tmp_path: pathlib.Path) -> None:
    with begin(tmp_path) as writer:
        for run in range(4):
            theta, metrics = made_up_run(run)
            theta[-1, 0] = float("nan") if run == 1 else 11.0 if run == 2 else 0.0
            writer.append(theta, metrics)
        assert writer.dropped == 2
    zoo = saltus.Zoo(tmp_path)
    assert list(zoo) == [0, 3] and zoo.dropped == 2 and 1 not in zoo


def test_a_writers_mistakes_are_errors(tmp_path: pathlib.Path) -> None:
    theta, metrics = made_up_run(0)
    writer = begin(tmp_path, runs=1)
    with pytest.raises(saltus.Error, match=r"expected parameters \[5, 26\], found \[4, 26\]"):
        writer.append(theta[1:], metrics)
    with pytest.raises(saltus.Error, match=r"expected metrics \[5, 1\], found \[4, 1\]"):
        writer.append(theta, metrics[1:])
    with pytest.raises(saltus.Error, match="rising"):
        writer.append(theta, metrics, [0, 1, 1, 2, 3])
    with pytest.raises(saltus.Error, match="expected 1 runs"):
        writer.finish()
    writer.append(theta, metrics)
    with pytest.raises(saltus.Error, match="no more than 1 runs"):
        writer.append(theta, metrics)
    with pytest.raises(saltus.Error, match="symmetry: group hidden"):
        begin(tmp_path / "other", symmetry={"hidden": [("1.weight", 0)]})


def test_pairs_are_a_dataset(zoo: saltus.Zoo) -> None:
    pairs = zoo.pairs("train", count=200, seed=4, from_first=0.25)
    assert len(pairs) == 200
    train = set(zoo.runs_of("train"))
    assert len(train) == 36
    for pair in pairs:
        assert pair.iterations[0] < pair.iterations[1]
        assert pair.start_metric > pair.target_metric
    again = pickle.loads(pickle.dumps(pairs))
    assert len(again) == 200 and torch.equal(pairs[7].start, again[7].start)
    assert pickle.loads(pickle.dumps(zoo)).hash == zoo.hash
    batch = next(iter(DataLoader(pairs, batch_size=16, shuffle=True)))
    assert batch.start.shape == (16, LAYOUT.parameters) and batch.target_metric.shape == (16, 1)
    with pytest.raises(saltus.Error, match="pairs.lat"):
        zoo.pairs("train", lat=1)
    with pytest.raises(saltus.Error, match="split"):
        zoo.pairs("trian")


def test_others_open_it_without_saltus(zoo: saltus.Zoo) -> None:
    with safe_open(f"{zoo.folder}/shards/00000.safetensors", "pt") as shard:
        assert torch.equal(shard.get_tensor("parameters")[3], made_up_run(3)[0])
        names = [tensor["name"] for tensor in json.loads(shard.metadata()["layout"])]
    assert names == list(make_network().state_dict())
