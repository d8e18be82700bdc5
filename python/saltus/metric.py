"""Metrics of networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._core import Error


@dataclass(frozen=True)
class Metric:
    """What networks are measured by, and the range in which a generator sees it.

    Args:
        name: as in prompts, "loss" say.
        worst: the end of the useful range where training begins (a loss of ln 10, a return of 0).
        best: its other end; it may be out of reach (a loss of 0). Which of the two is larger is the
            metric's direction.
        resolution: a difference that does not matter near `best`; by default a hundredth of the
            range.
        measured_on: the data that networks were measured on.
    """

    name: str
    worst: float
    best: float
    resolution: float | None = None
    measured_on: str = "validation"

    def __post_init__(self) -> None:
        if self.worst == self.best:
            raise Error(f"metric {self.name}: expected worst and best apart, found both {self.best}")

    @property
    def maximise(self) -> bool:
        """Whether more is better."""
        return self.best > self.worst

    def to_json(self) -> dict[str, Any]:
        """As in zoo.json (docs/zoo-format.md)."""
        resolution = self.resolution
        if resolution is None:
            resolution = abs(self.best - self.worst) / 100
        return {
            "name": self.name,
            "direction": "maximise" if self.maximise else "minimise",
            "measured_on": self.measured_on,
            "worst": float(self.worst),
            "best": float(self.best),
            "resolution": float(resolution),
        }

    @staticmethod
    def from_json(json: dict[str, Any]) -> Metric:
        """The inverse of `to_json`."""
        return Metric(
            json["name"], json["worst"], json["best"], json["resolution"], json["measured_on"]
        )
