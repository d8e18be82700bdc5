"""The small world's zoo and generator, made once."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import pytest
from world import TINY, distance, make_network, write_zoo

import saltus


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> saltus.Zoo:
    return write_zoo(tmp_path_factory.mktemp("zoo") / "zoo")


@pytest.fixture(scope="session")
def train(zoo: saltus.Zoo) -> Callable[..., saltus.Generator]:
    """Trains on the zoo with the evaluator, as short as TINY unless told otherwise."""

    def run(folder: pathlib.Path, **arguments: object) -> saltus.Generator:
        given: dict[str, object] = {
            "evaluator": distance,
            "fresh": make_network,
            "show": False,
            "config": TINY,
        }
        return saltus.train(zoo, folder, **(given | arguments))  # type: ignore[arg-type]

    return run


@pytest.fixture(scope="session")
def generator(
    train: Callable[..., saltus.Generator], tmp_path_factory: pytest.TempPathFactory
) -> saltus.Generator:
    return train(tmp_path_factory.mktemp("generator"))
