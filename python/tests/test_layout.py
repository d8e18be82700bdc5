"""Networks to and from rows of parameters."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import saltus

from world import LAYOUT, make_network


def test_split_and_join_are_inverse_and_differentiable() -> None:
    theta = torch.randn(6, LAYOUT.parameters, requires_grad=True)
    networks = LAYOUT.split(theta)
    assert networks["0.weight"].shape == (6, 4, 3)
    assert torch.equal(LAYOUT.join(networks), theta)
    LAYOUT.join(networks).sum().backward()
    assert theta.grad is not None and torch.equal(theta.grad, torch.ones_like(theta))


def test_a_row_is_the_state_dict_in_order() -> None:
    network = make_network()
    expected = torch.cat([tensor.flatten() for tensor in network.state_dict().values()])
    assert torch.equal(LAYOUT.row(network), expected)
    assert torch.equal(LAYOUT.row({n: t.double() for n, t in network.state_dict().items()}), expected)


def test_integers_are_no_parameters() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    layout = saltus.Layout.of(network)
    assert [t.name for t in layout.tensors][-2:] == ["1.running_mean", "1.running_var"]
    assert layout.row(network).shape == (layout.parameters,)


def test_all_that_does_not_fit_is_named() -> None:
    network = make_network().state_dict()
    del network["0.bias"]
    network["2.bias"] = torch.zeros(3)
    network["2.weight"] = torch.zeros(2, 4, dtype=torch.long)
    network["extra"] = torch.zeros(1)
    with pytest.raises(saltus.Error) as error:
        LAYOUT.row(network)
    for part in (
        "missing tensor 0.bias [4]",
        "tensor 2.bias: expected shape [2], found [3]",
        "tensor 2.weight: expected floats, found Long",
        "unexpected tensor extra [1]",
    ):
        assert part in str(error.value)


def test_what_is_not_finite_is_refused() -> None:
    network = make_network().state_dict()
    network["0.bias"][1] = float("nan")
    with pytest.raises(saltus.Error, match="finite"):
        LAYOUT.row(network)
