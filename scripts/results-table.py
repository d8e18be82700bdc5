#!/usr/bin/env python3
"""Prints a Markdown table of one or more results.json, a column each: the same recipe with several
seeds, or recipes side by side.

  scripts/results-table.py RESULTS.json...
"""

import json
import sys


def value_at(results, path):
    """The value at a path such as "one_update/mean"; None where any step is absent."""
    value = results
    for key in path.split("/"):
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            return None
    return value


def text(value):
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, (int, float)) else str(value)


def spread(distribution):
    if not isinstance(distribution, dict):
        return "–"
    return f"{text(distribution.get('mean'))} ± {text(distribution.get('std'))}"


def alignment_rows(results):
    """{(range, chooser, policy): row}."""
    rows = value_at(results, "alignment/rows") or []
    return {(r.get("range", "range"), r["chooser"], r["policy"]): r for r in rows}


def row_title(key, results):
    prompts, chooser, policy = key
    title = "alignment R² a network / of means"
    if prompts != "range":
        title += f", prompts to {prompts}"
    if chooser != "none":
        title += f", with {chooser}"
    if value_at(results, "stochastic"):
        title += f", {policy} policy"
    return title


def table_rows(all_results):
    """Yields (title, [one text a file])."""

    def each(title, cell):
        return title, [cell(r) for r in all_results]

    first = all_results[0]
    metric = value_at(first, "metric")
    yield each("generator seed", lambda r: text(value_at(r, "generator/made_by/seed")))
    yield each("zoo", lambda r: f"{text(value_at(r, 'zoo/runs'))} runs, {value_at(r, 'zoo/hash')}")
    yield each("zoo's best, final mean", lambda r: f"{text(value_at(r, 'zoo/best'))}, "
                                                   f"{text(value_at(r, 'zoo/final/mean'))}")
    yield each(f"{metric} before", lambda r: spread(value_at(r, "one_update/start")))
    yield each(f"**{metric} after one update**", lambda r: f"**{spread(value_at(r, 'one_update'))}**")
    for name in value_at(first, "one_update/others") or {}:
        yield each(f"**{name} after it**", lambda r: f"**{spread(value_at(r, f'one_update/others/{name}'))}**")
    for u in range(1, len(value_at(first, "recursion") or [])):
        yield each(f"after {u + 1}, each taken", lambda r: spread(value_at(r, f"recursion/{u}/plain")))
    for scheme in value_at(first, "initialisers") or {}:
        yield each(f"from {scheme}: one, then better kept", lambda r: " / ".join(
            [text(value_at(r, f"initialisers/{scheme}/plain_first/mean"))]
            + [text(value_at(u, "mean")) for u in (value_at(r, f"initialisers/{scheme}/updates") or [])[1:]]))
        for name in value_at(first, f"initialisers/{scheme}/updates/0/others") or {}:
            yield each(f"the same, {name}", lambda r: " / ".join(
                text(value_at(u, f"others/{name}/mean"))
                for u in value_at(r, f"initialisers/{scheme}/updates") or []))
    for key in alignment_rows(first):
        yield each(row_title(key, first), lambda r: "{} / {}".format(
            *(text(alignment_rows(r).get(key, {}).get(name)) for name in ("r2", "r2_means"))))
    yield each("own update / another start's", lambda r: "{} / {}".format(
        text(value_at(r, "start_dependence/own/mean")), text(value_at(r, "start_dependence/other/mean"))))
    for what in ("weights", "updates", "behaviour", "mistakes"):
        if value_at(first, f"novelty/{what}") is not None:
            yield each(f"novelty of {what}: ratio of medians, of 10th percentiles", lambda r: "{}, {}".format(
                text(value_at(r, f"novelty/{what}/ratio")), text(value_at(r, f"novelty/{what}/ratio_p10"))))
    if value_at(first, "novelty/mistakes/among") is not None:
        yield each("overlap of mistakes with each other: generated / held-out", lambda r: "{} / {}".format(
            *(text(value_at(r, f"novelty/mistakes/among/{side}")) for side in ("generated", "held_out"))))
    for name, path in (("lookup", "lookup/best/mean"), ("mean network", "mean_network/metric"),
                       ("conditional mean", "conditional_mean/best/mean"),
                       ("aligned interpolation, half", "aligned_interpolation/half/mean")):
        yield each(f"baseline: {name}", lambda r: text(value_at(r, f"baselines/{path}")))
    for name, optimiser in (value_at(first, "optimisers") or {}).items():
        if name == "tried":
            continue
        yield each(f"{name}: end / steps, seconds to match one update", lambda r: "{} / {}, {}".format(
            *(text(value_at(r, f"optimisers/{name}/{key}"))
              for key in ("final/mean", "steps_to_match", "seconds_to_match"))))
    yield each("seconds: zoo, generator, critic, an update", lambda r: ", ".join(
        text(value_at(r, path)) for path in ("cost/zoo_seconds", "cost/generator_seconds",
                                             "cost/critic_seconds", "one_update/seconds_per_update")))


def main(files):
    if not files or files[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if files else 2
    all_results = [json.load(open(file, encoding="utf-8")) for file in files]
    first = all_results[0]
    print(f"{value_at(first, 'task')}, {value_at(first, 'metric')}; scored on {value_at(first, 'scored_on')}\n")
    print("| |" + " |" * len(files))
    print("| --- |" + " --- |" * len(files))
    for title, cells in table_rows(all_results):
        print(f"| {title} | " + " | ".join(cells) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
