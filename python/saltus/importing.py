"""Checkpoint files of other programs, into a zoo."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from . import _core, progress
from .evaluator import Evaluator, measuring
from .layout import Layout, Network
from .metric import Metric
from .zoo import Symmetry, Zoo, symmetry_json


def import_zoo(
    source: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    pattern: str = "",
    table: str | os.PathLike[str] = "",
    metrics: Sequence[Metric | str] = (),
    network: Network | None = None,
    symmetry: Symmetry | None = None,
    evaluator: Evaluator | None = None,
    key: str = "",
    exclude: Sequence[str] = (),
    checkpoints: int = 0,
    dtype: str = "F32",
    task: str = "imported",
    license: str = "unknown",
    threads: int = 0,
    show: progress.Listener = True,
) -> Zoo:
    """Makes a zoo of checkpoint files, as `saltus zoo import` does (docs/import.md).

    Nothing in a file is executed. Memory is bounded by a shard of the zoo. Interrupted, the same
    call goes on where it stopped. The zoo's import.json says what was left out or dropped, and why.

    Args:
        source: a folder tree of files of torch.save, safetensors, .npz or .npy; one stacked file;
            or a folder of the reference's LMDB sets.
        folder: of the zoo.
        pattern: where run, iteration and metrics stand in the files' paths, such as
            "run{run}/step{iteration}_loss{loss}.pt"; "{run}/*{iteration}.*" by default.
        table: CSV or JSON lines with columns run and iteration, or file, and one for each metric.
        metrics: those to keep, the first conditions a generator: Metric, or as on the command line
            "loss" and "score:maximise,worst=0,best=500"; all that are found by default.
        network: a module or state dict that names the tensors; needed with an evaluator.
        symmetry: as for `Zoo.create`; inferred by default, {} for none.
        evaluator: measures the networks, instead of metrics from paths, table or files. Each of
            `metrics` is then a Metric that it returns.
        key: entry that holds the state dict in files of torch.save, "a.b" for one inside another.
        exclude: tensors that are no parameters to learn.
        checkpoints: of each run; longer ones are thinned evenly, shorter ones left out. 0: as many
            as nine runs in ten have.
        dtype: of the zoo's parameters: F32, BF16 or F16.
        task: a name for what the networks do.
        license: named on the card (README.md) beside the zoo, as in "apache-2.0".
        threads: 0: as many as torch uses.
        show: as for `train`.
    """
    if evaluator is not None and (network is None or not metrics):
        raise _core.Error(
            "import_zoo: an evaluator needs network=, which names the tensors it is given, and "
            "metrics=, which it returns"
        )
    layout = None if network is None else Layout.of(network)
    if symmetry and layout is None:
        raise _core.Error("import_zoo: symmetry= needs network=, whose tensors it names")
    groups = None
    if symmetry is not None:
        groups = symmetry_json(layout, symmetry) if layout is not None else []
    options = {
        "pattern": pattern,
        "table": os.fspath(table),
        "key": key,
        "exclude": list(exclude),
        "metrics": [m if isinstance(m, str) else m.to_json() for m in metrics],
        "layout": None if layout is None else layout.to_json(),
        "symmetry": groups,
        "checkpoints": checkpoints,
        "dtype": dtype,
        "task": task,
        "license": license,
    }
    measure = None
    if evaluator is not None and layout is not None:
        named = [m for m in metrics if isinstance(m, Metric)]
        if len(named) < len(metrics):
            raise _core.Error("import_zoo: with an evaluator, expected each of metrics as a Metric")
        measure = measuring(evaluator, layout, [m.name for m in named], "evaluator")
    _core.import_zoo(
        source, folder, json.dumps(options), measure, progress.job(threads, "cpu", show)
    )
    return Zoo(folder)
