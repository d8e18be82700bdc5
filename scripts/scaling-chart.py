#!/usr/bin/env python3
"""Draws what scripts/scaling-study.sh measured: DIR/table.md and DIR/scaling.svg.

  scripts/scaling-chart.py DIR
"""

import glob
import json
import math
import os
import sys

PANEL, GAP, MARGIN = (230, 150), 60, 50
COLOUR = "#2563a8"


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


def panel(x0, y0, points, title, x_title):
    """A line through (x, y), x on a logarithmic axis with a tick a point."""
    width, height = PANEL
    xs, ys = [math.log(x) for x, _ in points], [y for _, y in points]
    low, high = min(ys), max(ys)
    pad = 0.15 * (high - low) or 0.05
    low, high = low - pad, high + pad
    place = [(x0 + (x - xs[0]) / (xs[-1] - xs[0]) * width, y0 + height * (1 - (y - low) / (high - low)))
             for x, y in zip(xs, ys)]
    out = [f'<text x="{x0}" y="{y0 - 12}" font-weight="bold">{title}</text>',
           f'<path d="M{x0 - 8} {y0}V{y0 + height + 8}H{x0 + width + 8}" fill="none" stroke="#999"/>',
           f'<polyline fill="none" stroke="{COLOUR}" stroke-width="2" points="'
           + " ".join(f"{x:.1f},{y:.1f}" for x, y in place) + '"/>']
    for (x, y), (value, result) in zip(place, points):
        out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{COLOUR}"/>')
        out.append(f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle" font-size="10">{result:.3g}</text>')
        out.append(f'<text x="{x:.1f}" y="{y0 + height + 22}" text-anchor="middle" font-size="10">{value:,}</text>')
    out.append(f'<text x="{x0 + width / 2}" y="{y0 + height + 38}" text-anchor="middle" fill="#555">{x_title}</text>')
    return out


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
            body += panel(MARGIN + column * (PANEL[0] + GAP), MARGIN + row * (PANEL[1] + 2 * GAP),
                          [(r[key], of(r)) for r in group], title, x_title)
    width = MARGIN * 2 + len(measures) * (PANEL[0] + GAP) - GAP
    height = MARGIN + 2 * (PANEL[1] + 2 * GAP)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'font-family="sans-serif" font-size="12"><rect width="{width}" height="{height}" fill="#fff"/>'
            + "\n".join(body) + "</svg>\n")


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
