"""Updates of networks as PyTorch has them."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import pytest
import torch
from torch import nn

import saltus

from world import LAYOUT, distance, make_network

START = {"loss": 1.5}
PROMPT = {"loss": 0.5}


def test_an_update_loads_where_it_came_from(generator: saltus.Generator) -> None:
    network = make_network()
    before = LAYOUT.row(network)
    (updated,) = generator.update(network, PROMPT, start_metric=START)
    assert list(updated) == list(network.state_dict())
    network.load_state_dict(updated)
    assert torch.equal(LAYOUT.row(network), LAYOUT.row(updated))
    assert not torch.equal(LAYOUT.row(network), before)


def test_rows_are_starts_by_samples(generator: saltus.Generator) -> None:
    networks = [make_network() for _ in range(3)]
    updates = generator.update(networks, PROMPT, start_metric={"loss": [1.0, 2.0, 3.0]}, samples=2)
    assert len(updates) == 6
    assert updates.start_metric["loss"].tolist() == [1, 1, 2, 2, 3, 3]
    assert updates.metric == {}
    rows = torch.stack([LAYOUT.row(network) for network in networks]).repeat_interleave(2, 0)
    sampled = generator.sample(
        rows, updates.start_metric["loss"].unsqueeze(1), torch.full((6, 1), 0.5),
        numbers=[0, 1, 0, 1, 0, 1],
    )  # fmt: skip
    assert torch.equal(sampled, torch.stack([LAYOUT.row(update) for update in updates]))
    alone = generator.update(networks[1], PROMPT, start_metric={"loss": 2.0})
    torch.testing.assert_close(LAYOUT.row(alone[0]), LAYOUT.row(updates[2]))


def test_what_is_no_parameter_is_handed_on(generator: saltus.Generator) -> None:
    network = dict(make_network().state_dict()) | {"counter": torch.tensor(7)}
    (updated,) = generator.update(network, PROMPT, start_metric=START)
    assert updated["counter"] == 7 and list(updated)[-1] == "counter"


def test_updates_are_ordinary_tensors_of_their_own(generator: saltus.Generator) -> None:
    updates = generator.update([make_network() for _ in range(64)], PROMPT, start_metric=START)
    updates[0]["0.weight"].requires_grad_().sum().backward()  # no inference tensor
    memory = updates[0]["0.weight"].untyped_storage()
    assert memory.nbytes() == 4 * LAYOUT.parameters  # what torch.save writes: not that of all 64
    updates[1]["0.weight"].zero_()
    assert updates[2]["0.weight"].abs().sum() > 0


def test_an_evaluator_measures_starts_and_results(generator: saltus.Generator) -> None:
    networks = [make_network() for _ in range(4)]
    updates = generator.update(networks, PROMPT, evaluator=distance, repeat=2, keep_better=True)
    rows = torch.stack([LAYOUT.row(network) for network in networks])
    torch.testing.assert_close(updates.start_metric["loss"], distance(LAYOUT.split(rows)))
    made = torch.stack([LAYOUT.row(update) for update in updates])
    torch.testing.assert_close(updates.metric["loss"], distance(LAYOUT.split(made)))
    assert (updates.metric["loss"] <= updates.start_metric["loss"]).all()


def test_a_prompt_out_of_range_warns(generator: saltus.Generator) -> None:
    with pytest.warns(UserWarning, match="outside what the generator has seen"):
        generator.update(make_network(), {"loss": 40.0}, start_metric=START)


@pytest.mark.parametrize(
    ("networks", "prompt", "start", "text"),
    [
        (make_network(), {"los": 0.3}, START, "did you mean loss"),
        (make_network(), PROMPT, {"los": 0.3}, "did you mean loss"),
        (make_network(), PROMPT, None, "pass start_metric="),
        (nn.Linear(2, 2), PROMPT, START, "missing tensor 0.weight"),
        ([], PROMPT, START, "one or more networks"),
        ({"0.weight": 3}, PROMPT, START, "expected a torch.Tensor"),
    ],
)
def test_mistakes_are_errors(
    generator: saltus.Generator, networks: object, prompt: object, start: object, text: str
) -> None:
    with pytest.raises(saltus.Error, match=text):
        generator.update(networks, prompt, start_metric=start)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"samples": 0}, "one or more samples"),
        ({"repeat": 2}, "pass start_metric="),
        ({"keep_better": True}, "pass start_metric="),
        ({"evaluations": 0}, "sampler.evaluations"),
        ({"method": "dim"}, "sampler.method"),
    ],
)
def test_options_are_checked(
    generator: saltus.Generator, options: dict[str, object], text: str
) -> None:
    with pytest.raises(saltus.Error, match=text):
        generator.update(make_network(), PROMPT, start_metric=START, **options)  # type: ignore[arg-type]


def test_rows_of_another_shape_are_errors(generator: saltus.Generator) -> None:
    one = torch.ones(1, 1)
    for theta, start, prompt in (
        (torch.zeros(1, 5), one, one),
        (torch.zeros(2, LAYOUT.parameters), one, torch.ones(2, 1)),
        (torch.zeros(LAYOUT.parameters), one, one),
    ):
        with pytest.raises(saltus.Error, match="update: expected"):
            generator.sample(theta, start, prompt)


def test_saved_and_loaded_it_is_the_same(
    generator: saltus.Generator, tmp_path: pathlib.Path
) -> None:
    generator.save(tmp_path / "copy.safetensors")
    copy = saltus.Generator.load(tmp_path / "copy.safetensors")
    assert copy.hash == generator.hash and copy.weights == generator.weights
    assert copy.layout == LAYOUT and set(copy.metric_range) == {"loss"}
    with pytest.raises(saltus.Error, match="expected a generator"):
        saltus.Generator.load(tmp_path)


def test_training_returns_the_generator_it_wrote(
    train: Callable[..., saltus.Generator], tmp_path: pathlib.Path
) -> None:
    assert train(tmp_path).hash == saltus.Generator.load(tmp_path).hash
