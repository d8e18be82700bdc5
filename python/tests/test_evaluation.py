"""Results with a user's own evaluator."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
import torch
from torch import Tensor

import saltus

from world import LAYOUT, distance, make_network

BRIEF = {
    "starts": 8, "updates": 2, "prompts": 3, "alignment_starts": 4, "crossed_starts": 3,
    "reference_runs": 8, "seed": 5,
}  # fmt: skip


def test_results_are_by_the_users_own_functions(
    zoo: saltus.Zoo, generator: saltus.Generator, tmp_path: pathlib.Path
) -> None:
    scored: list[Tensor] = []

    def scorer(networks: dict[str, Tensor]) -> Tensor:
        scored.append(LAYOUT.join(networks))
        return 10 + distance(networks)

    file = tmp_path / "results.json"
    results = saltus.evaluate(
        generator, zoo, evaluator=distance, scorer=scorer, fresh=make_network, out=file,
        show=False, evaluation=BRIEF,
    )  # fmt: skip
    assert results == json.loads(file.read_text())
    assert results["complete"] and results["scored_on"] == "test" and results["scheme"] == "fresh"
    assert results["one_update"]["count"] == 8
    torch.testing.assert_close(
        torch.tensor(results["one_update"]["values"]), 10 + distance(LAYOUT.split(scored[0]))
    )
    # What networks answer is not known, what they weigh and measure is.
    assert "actions" not in results["diversity"]["with"]["same_start"]
    assert "behaviour" not in results["novelty"] and results["novelty"]["updates"]["ratio"] > 0
    assert results["generator"]["seconds"] > 0


def test_what_was_measured_is_kept_when_an_evaluator_fails(
    zoo: saltus.Zoo, generator: saltus.Generator, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "results.json"

    def evaluator(networks: dict[str, Tensor]) -> Tensor:
        if file.exists() and "alignment" in json.loads(file.read_text()):
            raise RuntimeError("out of test tubes")
        return distance(networks)

    def evaluate(by: saltus.Evaluator) -> dict[str, Any]:
        return saltus.evaluate(
            generator, zoo, evaluator=by, fresh=make_network, out=file, show=False, evaluation=BRIEF
        )

    with pytest.raises(RuntimeError, match="test tubes"):
        evaluate(evaluator)
    partial = json.loads(file.read_text())
    assert not partial["complete"] and "recursion" not in partial
    # The function may be another: everything is measured again.
    results = evaluate(lambda networks: 1 + distance(networks))
    assert results["complete"] and results == json.loads(file.read_text())
    assert results["one_update"]["mean"] == pytest.approx(1 + partial["one_update"]["mean"], abs=0.05)


def test_without_a_function_that_measures_it_says_so(
    zoo: saltus.Zoo, generator: saltus.Generator
) -> None:
    with pytest.raises(saltus.Error, match="pass evaluator="):
        saltus.evaluate(generator, zoo, show=False)
    with pytest.raises(saltus.Error, match="did you mean evaluation.starts"):
        saltus.evaluate(generator, zoo, evaluator=distance, config=["evaluation.start=3"])
