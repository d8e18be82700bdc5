"""Who is told how far a long job is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _core

Progress = Callable[[str, int, int, str, list[tuple[str, float]]], None]
# True: a tqdm bar where tqdm is installed; False: nobody; or a function of (stage, done, total,
# unit, [(figure, value), ...]).
Listener = bool | Progress


class _Bars:
    """A bar for each stage."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._bar: Any = None
        self._stage = ""

    def __call__(
        self, stage: str, done: int, total: int, unit: str, figures: list[tuple[str, float]]
    ) -> None:
        if self._bar is None or stage != self._stage:
            self.close()
            self._stage = stage
            self._bar = self._tqdm(total=total, desc=stage, unit=f" {unit}", initial=done)
        self._bar.n = done
        self._bar.set_postfix({name: f"{value:.4g}" for name, value in figures}, refresh=False)
        self._bar.refresh()
        if done >= total:
            self.close()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = None


def job(threads: int, device: str, progress: Listener) -> _core.JobArguments:
    """The arguments of a long job."""
    listener: Progress | None = None
    if callable(progress):
        listener = progress
    elif progress:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            pass  # the bar is a convenience
        else:
            listener = _Bars(tqdm)
    return _core.JobArguments(threads, device, listener)
