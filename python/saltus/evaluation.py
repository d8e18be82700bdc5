"""What a generator is worth."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from torch import Tensor

from . import _core, options, progress
from .evaluator import Evaluator
from .generator import Generator
from .layout import Network
from .tasks import own_task
from .zoo import Zoo


def evaluate(
    generator: Generator | str | os.PathLike[str],
    zoo: Zoo | str | os.PathLike[str],
    *,
    evaluator: Evaluator | None = None,
    scorer: Evaluator | None = None,
    fresh: Callable[[], Network] | None = None,
    inputs: Tensor | None = None,
    out: str | os.PathLike[str] | None = None,
    critic: str | os.PathLike[str] = "",
    config: options.Config | None = None,
    data: str = "",
    threads: int = 0,
    device: str = "cpu",
    show: progress.Listener = True,
    **groups: Any,
) -> dict[str, Any]:
    """Measures a generator on starts that nobody trained: docs/results-schema.md says what.

    Args:
        generator: or its folder.
        zoo: on which it was trained.
        evaluator: measures what conditions (validation data); not needed for Saltus's own tasks.
        scorer: measures the same metrics on data that nothing was conditioned on or chosen by (test
            data); the evaluator by default.
        fresh: makes a start, as in `train`.
        inputs: as in `train`.
        out: a file for the results, which `saltus report` turns into a page. It grows as they come: what is in
            it is not measured again, unless it is of another evaluation or measured by your own functions, which
            may have changed.
        critic: file or folder of a critic that chooses among candidates.
        config, groups: options of `saltus evaluate --help`, as in `train`.
        data, threads, device, show: as in `train`.

    Returns:
        The results. After Ctrl-C: KeyboardInterrupt; `out` holds what was measured.
    """
    if not isinstance(zoo, Zoo):
        zoo = Zoo(zoo)
    path = generator.path if isinstance(generator, Generator) else generator
    task = own_task(
        zoo.description,
        zoo.layout,
        evaluator=evaluator,
        scorer=scorer,
        fresh=fresh,
        inputs=inputs,
    )
    defaults: dict[str, Any] = {}
    if task is not None:
        scheme = "fresh" if fresh is not None else "pytorch"
        defaults = {"evaluation.scheme": scheme, "evaluation.schemes": [scheme]}
    text = _core.evaluate(
        path,
        zoo.core,
        options.given(defaults, config, groups),
        task,
        data,
        critic,
        "" if out is None else out,
        progress.job(threads, device, show),
    )
    results: dict[str, Any] = json.loads(text)
    return results
