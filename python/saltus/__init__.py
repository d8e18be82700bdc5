"""Saltus: checkpoints in, a prompt in, better weights out.

A *zoo* holds training runs of a small network, each a row of checkpoints with metrics. A *generator*
learns from it and turns networks that nobody has trained into better ones, as good as a prompt asks:

    with saltus.Zoo.create("zoo", model, metrics=[loss], checkpoints=20, runs=100) as writer:
        writer.append(checkpoints, metrics=losses, iterations=steps)
    generator = saltus.train(saltus.Zoo("zoo"), "generator", evaluator=..., fresh=Model)
    better = generator.update(model.state_dict(), {"loss": 0.3}, evaluator=...)

Shapes below: K networks, P parameters, C checkpoints of a run, M metrics. What a caller can cause
raises `saltus.Error`, whose text says what was expected, what was found and what to do.
"""

import torch

try:
    from . import _core
except ImportError as error:
    raise ImportError(
        f"saltus: its library is not there or was built with another torch than {torch.__version__} "
        f"({error}); install it again: pip install --force-reinstall --no-deps ./python"
    ) from error

if torch.__version__.split(".")[:2] != _core.built_with_torch.split(".")[:2]:
    raise ImportError(
        f"saltus: expected torch {_core.built_with_torch}, with which it was built, found "
        f"{torch.__version__}; install it again: pip install --force-reinstall --no-deps ./python"
    )

from ._core import Error
from .evaluation import evaluate
from .evaluator import Evaluator, ModuleLoss, Reader
from .generator import Generator, Updates
from .importing import import_zoo
from .layout import Layout, TensorSpec
from .metric import Metric
from .pairs import Pair, Pairs
from .recipes import SMALL_ZOO
from .training import train
from .zoo import Run, Zoo, ZooWriter

Error.__module__ = "saltus"
__version__ = _core.version

__all__ = [
    "SMALL_ZOO",
    "Error",
    "Evaluator",
    "Generator",
    "Layout",
    "Metric",
    "ModuleLoss",
    "Pair",
    "Pairs",
    "Reader",
    "Run",
    "TensorSpec",
    "Updates",
    "Zoo",
    "ZooWriter",
    "evaluate",
    "import_zoo",
    "train",
]
