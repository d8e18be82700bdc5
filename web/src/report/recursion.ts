// Updates of updates, and starts of other kinds.
import { type Curve, type CurvePoint, curves } from "../charts/curves";
import { type Range, ranges } from "../charts/ranges";
import { logWorthy } from "./ladder";
import { type Distribution, distributionAt, entriesAt, listAt, numberAt } from "./json";
import { type Loaded, metricName } from "./loaded";
import { figures, type Section } from "./section";

function pointOf(x: number, d: Distribution | null): CurvePoint[] {
  return d ? [{ x, y: d.mean, low: d.p05, high: d.p95 }] : [];
}

function recursionCurves(
  file: Loaded,
  name: string,
  color: string,
  keep: boolean,
  band: boolean,
): Curve {
  const path = keep ? "keep_if_better" : "plain";
  const points = [
    ...pointOf(0, distributionAt(file.results, "one_update/start")),
    ...listAt(file.results, "recursion").flatMap((entry) =>
      pointOf(numberAt(entry, "update") ?? NaN, distributionAt(entry, path)),
    ),
  ];
  return {
    name,
    color,
    dots: true,
    dash: keep ? "6 3" : "",
    points: band ? points : points.map(({ x, y }) => ({ x, y })),
  };
}

export const recursionSection: Section = {
  id: "recursion",
  title: "Recursion",
  lead: "An update's result can be updated again, told its newly measured metric. “Keep if better” takes the new network only where a separate measurement says so.",
  body: (files) => {
    const usable = files.filter((file) => listAt(file.results, "recursion").length > 0);
    if (usable.length === 0) return [];
    const list = usable.flatMap((file) =>
      files.length === 1
        ? [
            recursionCurves(file, "always taken", "var(--s0)", false, true),
            recursionCurves(file, "kept if better", "var(--s1)", true, false),
          ]
        : [recursionCurves(file, file.name, file.color, false, true)],
    );
    const metric = metricName(usable[0]!);
    const most = Math.max(...list.flatMap((curve) => curve.points.map((point) => point.x)));
    const options = {
      x: { label: "update", ticks: Array.from({ length: most + 1 }, (_, i) => i) },
      y: { label: metric },
    };
    const after = list.map((curve) => ({
      ...curve,
      points: curve.points.filter((point) => point.x > 0),
    }));
    return figures([
      curves({
        id: "recursion",
        title: "From the start through all updates",
        caption: "Mean; band: 5 to 95 % of the networks.",
        ...options,
        y: { label: metric, log: logWorthy(list.flatMap((c) => c.points.map((p) => p.y))) },
        curves: list,
      }),
      curves({
        id: "recursion-close",
        title: "The updates alone, close up",
        caption: "The same without the start.",
        ...options,
        x: { label: "update", ticks: options.x.ticks.slice(1) },
        curves: after,
      }),
    ]);
  },
};

function initialiserRanges(files: Loaded[]): Range[] {
  const out: Range[] = [];
  for (const file of files) {
    for (const [scheme, entry] of entriesAt(file.results, "initialisers")) {
      const add = (name: string, color: string, d: Distribution | null, hollow = false) =>
        d && out.push({ row: scheme, name, color, value: d.mean, low: d.p05, high: d.p95, hollow });
      if (files.length > 1) {
        add(file.name, file.color, distributionAt(entry, "plain_first"));
        continue;
      }
      const updates = listAt(entry, "updates");
      add("start", "var(--before)", distributionAt(entry, "start"), true);
      add("after one update", "var(--s0)", distributionAt(entry, "plain_first"));
      if (updates.length > 1)
        add(
          `after ${updates.length}, the better kept`,
          "var(--s2)",
          distributionAt(updates[updates.length - 1], ""),
        );
    }
  }
  return out;
}

export const initialisersSection: Section = {
  id: "initialisers",
  title: "Initialisers",
  lead: "Starts of other kinds than the zoo's own, most of which no run of the zoo began with.",
  body: (files) => {
    const list = initialiserRanges(files);
    if (list.length === 0) return [];
    return figures([
      ranges({
        id: "initialisers",
        title: "One update from starts of every kind",
        caption: `Means, and where 90 % of the networks lie${files.length > 1 ? ", after one update" : ""}.`,
        x: { label: metricName(files[0]!), log: logWorthy(list.map((range) => range.value)) },
        ranges: list,
        spread: "5 %, 95 %",
      }),
    ]);
  },
};
