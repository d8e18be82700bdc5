#!/usr/bin/env python3
"""Prints what scripts/sampler-study.sh measured, and draws it: quality against evaluations of the generator.

  scripts/sampler-chart.py RESULTS.json... [-o FILE.svg]

Within noise of ancestral sampling with the most evaluations is a mean score not worse than its own by more
than two standard errors of their difference, and an R² not lower by more than 0.01.
"""

import json
import math
import sys

import panels

R2_NOISE = 0.01


def read(file):
    with open(file, encoding="utf-8") as f:
        results = json.load(f)
    if not results.get("samplers"):
        sys.exit(f"error: {file}: expected an evaluation with evaluation.samplers, found none of them")
    rows = []
    for r in results["samplers"]:
        one = r["one_update"]
        spread = r["diversity"]["with"]["same_start"]
        rows.append({"method": r["method"], "stop": r["stop_at"], "evaluations": r["evaluations"],
                     "score": one["mean"], "sd": one["std"], "starts": one["count"],
                     "r2": r["alignment"]["r2"], "weights": spread["weights"], "spread": spread["metric"],
                     "ms": 1000 * one["seconds_per_update"]})
    return {"task": results["task"], "metric": results["metric"], "rows": rows,
            "direction": results["direction"]}


def name(row):
    return row["method"] + (f" to t = {row['stop']}" if row["stop"] else "")


def reference(rows):
    """Ancestral sampling with the most evaluations."""
    return max((r for r in rows if r["method"] == "ddpm" and not r["stop"]), key=lambda r: r["evaluations"])


def within_noise(study, row):
    best = reference(study["rows"])
    sign = 1 if study["direction"] == "maximise" else -1
    error = math.hypot(row["sd"] / math.sqrt(row["starts"]), best["sd"] / math.sqrt(best["starts"]))
    return sign * (row["score"] - best["score"]) >= -2 * error and row["r2"] >= best["r2"] - R2_NOISE


def table(study):
    lines = [f"{study['task']}: {study['metric']}", "",
             f"| sampler | evaluations | {study['metric']}, best prompt | R² a network | spread over noise: weights, "
             f"{study['metric']} | ms an update | within noise |", "|" + " --- |" * 7]
    for r in sorted(study["rows"], key=lambda r: r["evaluations"]):
        lines.append(f"| {name(r)} | {r['evaluations']:,} | {r['score']:.4g} ± {r['sd']:.2g} | {r['r2']:.3f} | "
                     f"{r['weights']:.4f}, {r['spread']:.2g} | {r['ms']:.3g} | "
                     f"{'yes' if within_noise(study, r) else 'no'} |")
    return "\n".join(lines) + "\n"


def chart(studies):
    names = list(dict.fromkeys(name(r) for s in studies for r in s["rows"]))
    body = panels.legend(panels.MARGIN, 18, names)
    for row, study in enumerate(studies):
        for column, (key, title) in enumerate([("score", f"{study['metric']} at the best prompt"),
                                               ("r2", "R² a network"),
                                               ("weights", "spread of weights over noise")]):
            lines = {n: sorted((r["evaluations"], r[key]) for r in study["rows"] if name(r) == n) for n in names}
            body += panels.panel(*panels.place(column, row), lines, f"{study['task']}: {title}",
                                 "evaluations of the generator")
    return panels.page(3, len(studies), body)


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if arguments else 2
    file = None
    if "-o" in arguments:
        place = arguments.index("-o")
        file = arguments[place + 1]
        del arguments[place:place + 2]
    studies = [read(a) for a in arguments]
    print("\n".join(table(s) for s in studies))
    if file:
        with open(file, "w", encoding="utf-8") as f:
            f.write(chart(studies))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
