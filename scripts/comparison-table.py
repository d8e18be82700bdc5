#!/usr/bin/env python3
"""Writes a Markdown table of recipes, a row each, from results of several seeds. A recipe is the
folder two above its results.json.

  scripts/comparison-table.py TABLE.md DIR/RECIPE/seed-N/results.json...
"""

import json
import os
import sys


def measures(results):
    """(column, value) pairs of one evaluation."""
    one = results["one_update"]
    yield f"{results['metric']}, one update", one["mean"]
    for name, other in one.get("others", {}).items():
        yield name, other["mean"]
    yield "a second", results["recursion"][1]["plain"]["mean"]
    for scheme, measured in results["initialisers"].items():
        yield f"from {scheme}", measured["plain_first"]["mean"]
    for row in results["alignment"]["rows"]:
        if row["chooser"] == "none" and row["policy"] == "stochastic":
            yield f"R² to {row['range']}", row["r2"]
    yield "seconds", results["generator"]["seconds"]


def text(values):
    mean = sum(values) / len(values)
    each = ", ".join(f"{v:.4g}" for v in values)
    return f"{mean:.4g} ({each})" if len(values) > 1 else each


def main(arguments):
    if len(arguments) < 2 or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if arguments[:1] in (["-h"], ["--help"]) else 2
    recipes = {}  # name -> {column -> [value a seed]}
    for file in arguments[1:]:
        with open(file, encoding="utf-8") as f:
            results = json.load(f)
        columns = recipes.setdefault(os.path.basename(os.path.dirname(os.path.dirname(file))), {})
        for column, value in measures(results):
            columns.setdefault(column, []).append(value)
        steps = results["generator"]["config"]["training"]["steps"]
        columns.setdefault("steps", []).append(steps)
    head = list(next(iter(recipes.values())))
    lines = ["| recipe | " + " | ".join(head) + " |", "|" + " --- |" * (len(head) + 1)]
    for name, columns in recipes.items():
        lines.append(f"| {name} | " + " | ".join(text(columns[c]) if c in columns else "–" for c in head) + " |")
    table = "\n".join(lines) + "\n"
    with open(arguments[0], "w", encoding="utf-8") as f:
        f.write(table)
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
