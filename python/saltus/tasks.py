"""A user's functions as the task that training, updates and evaluation ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from . import _core
from .evaluator import Evaluator, Reader, drawing, measuring, reading
from .layout import Layout, Network


def own_task(
    description: Mapping[str, Any],
    layout: Layout,
    *,
    evaluator: Evaluator | None = None,
    scorer: Evaluator | None = None,
    reader: Reader | None = None,
    example: Tensor | None = None,
    fresh: Callable[[], Network] | None = None,
    inputs: Tensor | None = None,
) -> _core.PythonTask | None:
    """The task of a zoo's or generator's `description`; None where no function is given.

    `example` [K, P]: networks on which the functions show what they give, before long work begins.
    """
    if evaluator is None and reader is None and inputs is None:
        return None
    metrics = [metric["name"] for metric in description["metrics"]]
    if evaluator is not None and example is not None:
        with torch.no_grad():
            measuring(evaluator, layout, metrics, "evaluator")(example)
    return _core.PythonTask(
        name=description["task"],
        architecture=json.dumps(description["architecture"]),
        metrics=json.dumps(description["metrics"]),
        measure=None
        if evaluator is None
        else measuring(evaluator, layout, metrics, "evaluator"),
        score=None if scorer is None else measuring(scorer, layout, metrics, "scorer"),
        read={}
        if reader is None or example is None
        else reading(reader, layout, metrics, example),
        fresh=None if fresh is None else drawing(fresh, layout),
        inputs=inputs,
    )
