"""Training a generator."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from torch import Tensor

from . import _core, options, progress
from .evaluator import Evaluator, Reader, reader_of
from .generator import Generator
from .layout import Network
from .tasks import own_task
from .zoo import Zoo


def train(
    zoo: Zoo | str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    evaluator: Evaluator | None = None,
    reader: Reader | None = None,
    fresh: Callable[[], Network] | None = None,
    inputs: Tensor | None = None,
    config: options.Config | None = None,
    data: str = "",
    license: str = "unknown",
    threads: int = 0,
    device: str = "cpu",
    show: progress.Listener = True,
    **groups: Any,
) -> Generator:
    """Trains a generator on a zoo, or goes on with a training that was interrupted.

    From the zoo alone a generator learns what training did to weights. With an `evaluator` it also
    learns what a prompt means: the metric of the networks it makes is read, differentiably, and
    compared with the prompt, and it practises on networks that are in no run. A small zoo needs
    this (docs/method.md).

    Args:
        zoo: of your networks, or one that `saltus zoo build` made: then nothing else is needed.
        folder: what is written: generator.safetensors, best.safetensors, metrics.jsonl, config.yaml,
            a card (README.md) and the state from which a second call goes on. Ctrl-C raises KeyboardInterrupt once
            that state is saved.
        evaluator: measures networks by all of the zoo's metrics, on the data that conditions
            (validation data). Called under no_grad.
        reader: reads the metric that conditions off networks, with gradients, on training data; the
            evaluator itself by default.
        fresh: makes a network that nobody has trained, under a seed of Saltus's: your module's
            class. By default Saltus's initialisers draw them, which know weights and biases alone.
        inputs: [N, I], examples of what the networks are fed, flat; a first layer of many inputs
            (generator.input_directions) is then seen along their leading directions.
        config: options of `saltus train --help`: {"training": {"steps": 4000}}, or
            {"training.steps": 4000}, or ["training.steps=4000"]. Groups may also be given by name:
            train(..., training={"steps": 4000}, generator={"width": 96}).
        data: folder of an image task's files, for zoos of one of Saltus's own tasks.
        license: named on the card, as in "apache-2.0".
        threads: 0: as many as torch uses.
        device: "cpu", "cuda" or "cuda:N"; what your functions are given lies there.
        show: True: a tqdm bar, where tqdm is installed; False: nothing; or a function of (stage,
            done, total, unit, figures).

    Returns:
        The generator at the end of training (the average of its weights).
    """
    if not isinstance(zoo, Zoo):
        zoo = Zoo(zoo)
    if reader is not None and evaluator is None:
        raise _core.Error("train: a reader needs an evaluator, which measures its fresh starts")
    example = next(iter(zoo.values())).parameters[:2].clone() if len(zoo) else None
    task = own_task(
        zoo.description,
        zoo.layout,
        evaluator=evaluator,
        reader=reader_of(evaluator, reader),
        example=example,
        fresh=fresh,
        inputs=inputs,
    )
    defaults: dict[str, Any] = {}
    if evaluator is not None:
        defaults["training.fresh_schemes"] = ["fresh" if fresh is not None else "pytorch"]
    _core.train(
        zoo.core,
        folder,
        options.given(defaults, config, groups),
        task,
        data,
        license,
        progress.job(threads, device, show),
    )
    return Generator(folder)
