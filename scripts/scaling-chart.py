#!/usr/bin/env python3
"""Draws what scripts/scaling-study.sh measured: DIR/table.md and DIR/scaling.svg.

  scripts/scaling-chart.py DIR
"""

import glob
import json
import os
import sys

import panels


def read(folder):
    """[{runs, width, steps, metric, score, other, r2, novelty, overlap}], one a generator."""
    rows = []
    for file in glob.glob(os.path.join(folder, "*-*", "results.json")):
        with open(file, encoding="utf-8") as f:
            results = json.load(f)
        if not results["complete"]:
            sys.exit(f"error: {file}: expected a complete evaluation; start the study again to finish it")
        one = results["one_update"]
        alignment = {r["range"]: r["r2"] for r in results["alignment"]["rows"] 
                     if r["chooser"] == "none" and r["policy"] == "stochastic"}
        rows.append({
            "runs": results["zoo"]["runs"],
            "width": results["generator"]["config"]["generator"]["width"],
            "steps": results["generator"]["config"]["training"]["steps"],
            "metric": results["metric"],
            "score": one["mean"],
            "other": {name: value["mean"] for name, value in one.get("others", {}).items()},
            "r2": alignment,
            "novelty": results["novelty"]["weights"]["ratio"],
            "overlap": results["novelty"].get("mistakes", {}).get("ratio"),
        })
    return sorted(rows, key=lambda r: (r["runs"], r["width"]))


def table(rows, metric):
    others = list(rows[0]["other"])
    ranges = list(rows[0]["r2"])
    head = (["runs", "width", "steps", metric] + others + [f"R² to {name}" for name in ranges]
            + ["novelty of networks", "overlap of mistakes"])
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for r in rows:
        cells = [f"{r['runs']:,}", r["width"], f"{r['steps']:,}", f"{r['score']:.4f}"]
        cells += [f"{r['other'][name]:.3g}" for name in others]
        cells += [f"{r['r2'][name]:.3f}" for name in ranges]
        cells += [f"{r['novelty']:.3f}", "–" if r["overlap"] is None else f"{r['overlap']:.3f}"]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def chart(rows, metric):
    most = max(r["runs"] for r in rows)
    usual = next(r["width"] for r in rows if r["runs"] != most)
    by_runs = [r for r in rows if r["width"] == usual]
    by_width = [r for r in rows if r["runs"] == most]
    other = next(iter(rows[0]["other"]), None)
    strictest = list(rows[0]["r2"])[-1]
    measures = [(f"{metric} after one update", lambda r: r["score"])]
    if other:
        measures.append((f"{other} after it", lambda r: r["other"][other]))
    measures += [(f"R² of prompts to {strictest}", lambda r: r["r2"][strictest]),
                 ("novelty of networks", lambda r: r["novelty"])]
    body = []
    for row, (group, key, x_title) in enumerate([(by_runs, "runs", f"runs in the zoo, width {usual}"),
                                                 (by_width, "width", f"generator width, {most:,} runs")]):
        for column, (title, of) in enumerate(measures):
            body += panels.panel(*panels.place(column, row), {key: [(r[key], of(r)) for r in group]}, title,
                                 x_title, labelled=True)
    return panels.page(len(measures), 2, body)


def main(arguments):
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if arguments else 2
    folder = arguments[0]
    rows = read(folder)
    counts, widths = {r["runs"] for r in rows}, {r["width"] for r in rows}
    if len(counts) < 2 or len(widths) < 2:
        print(f"error: {folder}: expected results of two or more zoos and two or more widths, found {len(rows)} "
              f"results, of {len(counts)} zoos and {len(widths)} widths", file=sys.stderr)
        return 1
    metric = rows[0]["metric"]
    for name, text in (("table.md", table(rows, metric)), ("scaling.svg", chart(rows, metric))):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(text)
    print(table(rows, metric))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
