"""Options that were found to work."""

from __future__ import annotations

from typing import Any

# A hundred runs or so, with a reader (docs/python.md): few targets, so that starts of no run and
# what a prompt asks of them must teach.
SMALL_ZOO: dict[str, dict[str, Any]] = {
    "training": {
        "steps": 3000,
        "batch": 64,
        "learning_rate": 2e-3,
        "weight_decay": 0.02,
        "near_noise": 1.0,
        "metric_loss": 30.0,
        "metric_log": 0.8,
        "target_loss_end": 0.03,
        "fresh_starts": 0.5,
        "fresh_pool": 4096,
    },
    "pairs": {"late": 0.4},
    "generator": {"width": 96, "layers": 3, "scale_noised": True, "unit_roles": True},
}
