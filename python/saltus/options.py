"""Options as Python users write them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from . import _core

# {"training": {"steps": 100}}, {"training.steps": 100}, or ["training.steps=100"].
Config = Mapping[str, Any] | Iterable[str]


def nested(options: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted keys become levels; nested mappings stay."""
    result: dict[str, Any] = {}
    for key, value in options.items():
        *path, last = key.split(".")
        level = result
        for part in path:
            level = level.setdefault(part, {})
        if isinstance(value, Mapping):
            level.setdefault(last, {}).update(nested(value))
        else:
            level[last] = value
    return result


def given(
    defaults: Mapping[str, Any], config: Config | None, groups: Mapping[str, Any]
) -> _core.GivenOptions:
    """`config` and `groups` over `defaults`. Unknown keys and bad values are Errors when read."""
    merged = nested(defaults)
    assignments: list[str] = []
    sources: list[Mapping[str, Any]] = [groups]
    if isinstance(config, str):
        raise _core.Error(f"config: expected a dict or a list of key=value, found {config!r}")
    if isinstance(config, Mapping):
        sources.insert(0, config)
    elif config is not None:
        assignments = list(config)
    for source in sources:
        for group, values in nested(source).items():
            if isinstance(values, Mapping):
                merged.setdefault(group, {}).update(values)
            else:
                merged[group] = values
    return _core.GivenOptions(json.dumps(merged), assignments)
