"""Training: a user's functions as teachers, interruption, errors."""

from __future__ import annotations

import os
import pathlib
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor

import saltus

from world import GOAL, LAYOUT, TINY, distance, make_network

Train = Callable[..., saltus.Generator]
OPTIONS = {"training": {"steps": 300, "metric_loss": 30, "fresh_starts": 0.5, "learning_rate": 5e-3}}


def weights(folder: pathlib.Path) -> bytes:
    return (folder / "generator.safetensors").read_bytes()


def mean_after(generator: saltus.Generator, prompt: float) -> float:
    torch.manual_seed(9)
    starts = [make_network() for _ in range(32)]
    updated = generator.update(starts, {"loss": prompt}, evaluator=distance)
    return updated.metric["loss"].mean().item()


def test_learns_what_a_prompt_means(train: Train, tmp_path: pathlib.Path) -> None:
    generator = train(tmp_path, license="cc0-1.0", **OPTIONS)
    assert 'license: "cc0-1.0"' in (tmp_path / "README.md").read_text()
    low, high = mean_after(generator, 0.1), mean_after(generator, 0.8)
    assert low < 0.25 and abs(high - 0.8) < 0.25


def test_learns_from_weights_and_metrics_alone(
    train: Train, zoo: saltus.Zoo, tmp_path: pathlib.Path
) -> None:
    generator = train(tmp_path, evaluator=None, fresh=None, training={"steps": 300})
    start = zoo[0].parameters[:1]
    moved = generator.sample(start, torch.tensor([[1.5]]), torch.tensor([[0.05]]))
    assert (moved - GOAL).norm() < 0.7 * (start - GOAL).norm()


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Python's own handler, which a shell takes from jobs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_interrupted_it_goes_on_to_the_same_bytes(train: Train, tmp_path: pathlib.Path) -> None:
    train(tmp_path / "whole", training={"steps": 200})
    seen: list[int] = []

    def interrupt(stage: str, done: int, *_: object) -> None:
        if stage != "training":
            return
        if not seen:
            os.kill(os.getpid(), signal.SIGINT)
        seen.append(done)

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "parts", training={"steps": 200}, show=interrupt)
    assert 0 < seen[-1] < 200
    assert weights(tmp_path / "parts") != weights(tmp_path / "whole")
    train(tmp_path / "parts", training={"steps": 200})
    assert weights(tmp_path / "parts") == weights(tmp_path / "whole")


def test_other_threads_go_on(train: Train, tmp_path: pathlib.Path) -> None:
    done = threading.Event()
    ticks: list[float] = []

    def tick() -> None:
        while not done.wait(0.005):
            ticks.append(time.perf_counter())

    thread = threading.Thread(target=tick)
    thread.start()
    begin = time.perf_counter()
    train(tmp_path, evaluator=None, fresh=None, training={"steps": 200})
    seconds = time.perf_counter() - begin
    done.set()
    thread.join()
    assert len(ticks) > 0.3 * seconds / 0.005


def test_a_readers_draws_are_repeatable(train: Train, tmp_path: pathlib.Path) -> None:
    seeds: list[int] = []

    def reader(networks: dict[str, Tensor], seed: int) -> Tensor:
        seeds.append(seed)
        noise = torch.randn((), generator=torch.Generator().manual_seed(seed))
        return distance(networks) + 0.01 * noise

    train(tmp_path / "a", reader=reader)
    drawn, seeds[:] = sorted(seeds), []
    train(tmp_path / "b", reader=reader)
    assert drawn == sorted(seeds) and len(set(drawn)) > 40
    assert weights(tmp_path / "a") == weights(tmp_path / "b")


def test_functions_take_turns(train: Train, tmp_path: pathlib.Path) -> None:
    inside: list[int] = []

    def reader(networks: dict[str, Tensor], seed: int) -> Tensor:
        inside.append(seed)
        time.sleep(0.001)  # lets another thread have the interpreter
        assert inside == [seed]
        inside.clear()
        return distance(networks)

    train(tmp_path, reader=reader)


def test_exceptions_of_a_users_function_pass_through(train: Train, tmp_path: pathlib.Path) -> None:
    def broken(networks: dict[str, Tensor]) -> Tensor:
        raise LookupError("my own data is missing")

    with pytest.raises(LookupError, match="my own data is missing"):
        train(tmp_path, evaluator=broken)
    calls: list[int] = []

    def late(networks: dict[str, Tensor], seed: int) -> Tensor:
        calls.append(seed)
        if len(calls) > 12:
            raise LookupError("in a thread of the library")
        return distance(networks)

    with pytest.raises(LookupError, match="in a thread of the library"):
        train(tmp_path, reader=late)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"reader": lambda networks, seed: distance(networks).detach()}, "gradient"),
        ({"evaluator": lambda networks: distance(networks)[1:]}, "expected loss of"),
        ({"evaluator": lambda networks: {"los": distance(networks)}}, "expected metrics"),
        ({"fresh": lambda: torch.nn.Linear(2, 2)}, "missing tensor 0.weight"),
        ({"config": ["training.stepz=3"]}, "did you mean training.steps"),
        ({"training": {"steps": 0}}, "training.steps"),
        ({"evaluator": None, "reader": lambda networks, seed: None}, "needs an evaluator"),
    ],
)
def test_mistakes_are_errors(
    train: Train, tmp_path: pathlib.Path, arguments: dict[str, object], text: str
) -> None:
    with pytest.raises(saltus.Error, match=text):
        train(tmp_path, **arguments)


def test_options_may_be_given_in_all_forms(train: Train, tmp_path: pathlib.Path) -> None:
    dotted = {f"{group}.{key}": value for group, v in TINY.items() for key, value in v.items()}
    train(tmp_path / "dotted", config=dotted)
    train(tmp_path / "texts", config=[f"{key}={value}" for key, value in dotted.items()])
    train(tmp_path / "groups", config=None, **TINY)
    assert len({weights(tmp_path / name) for name in ("dotted", "texts", "groups")}) == 1
