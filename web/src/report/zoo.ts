// The zoo itself, and the training of the generator.
import { type Curve, curves } from "../charts/curves";
import type { Chart } from "../charts/figure";
import { formatNumber, formatSpread, words } from "../page/numbers";
import { logWorthy } from "./ladder";
import { distributionAt, entriesAt, type Json, listAt, numberAt, numbersAt, textAt } from "./json";
import { type Loaded } from "./loaded";
import { facts, figures, type Section } from "./section";

// The runs' course as the evaluation kept it: 24 checkpoints, three quantiles.
function courseCurve(file: Loaded, color: string): Curve | null {
  const points = listAt(file.results, "zoo/course").map((point) => ({
    x: numberAt(point, "iteration") ?? NaN,
    y: numberAt(point, "p50") ?? NaN,
    low: numberAt(point, "p05"),
    high: numberAt(point, "p95"),
  }));
  return points.length > 0 ? { name: file.name, color, points } : null;
}

function bandCurve(iteration: number[], bands: Json, name: string, color: string): Curve {
  const level = (key: string) => numbersAt(bands, key);
  const [low, innerLow, y, innerHigh, high] = ["0.05", "0.25", "0.5", "0.75", "0.95"].map(level);
  return {
    name,
    color,
    points: iteration.map((x, i) => ({
      x,
      y: y![i] ?? NaN,
      low: low![i],
      high: high![i],
      innerLow: innerLow![i],
      innerHigh: innerHigh![i],
    })),
  };
}

function zooCharts(files: Loaded[]): Chart[] {
  const byMetric = new Map<string, Curve[]>();
  const add = (metric: string, curve: Curve | null) =>
    curve && byMetric.set(metric, [...(byMetric.get(metric) ?? []), curve]);
  for (const file of files) {
    const color = files.length > 1 ? file.color : "var(--s0)";
    const bands = entriesAt(file.zoo, "metrics");
    if (bands.length === 0) add(textAt(file.results, "metric", "metric"), courseCurve(file, color));
    for (const [metric, levels] of bands)
      add(
        words(metric),
        bandCurve(
          numbersAt(file.zoo, "iteration"),
          levels,
          files.length > 1 ? file.name : "median, 50 % and 90 % of runs",
          color,
        ),
      );
  }
  return [...byMetric].map(([metric, list], i) => {
    const longest = Math.max(...list.flatMap((curve) => curve.points.map((point) => point.x)));
    return curves({
      id: `zoo-${i + 1}`,
      title: `${metric[0]!.toUpperCase()}${metric.slice(1)} over training`,
      caption: "Median of the runs; bands: 90 % of them, and 50 % where the zoo was at hand.",
      x: { label: "iteration", log: longest > 1000 },
      y: {
        label: metric,
        log: logWorthy(list.flatMap((curve) => curve.points.map((point) => point.y))),
      },
      curves: list,
    });
  });
}

export const zooSection: Section = {
  id: "zoo",
  title: "The zoo",
  lead: "The runs whose checkpoints the generator learnt from.",
  body: (files) => {
    if (
      !files.some(
        (file) =>
          entriesAt(file.results, "zoo").length > 0 || entriesAt(file.zoo, "metrics").length > 0,
      )
    )
      return [];
    return [
      ...figures(zooCharts(files)),
      ...facts("The zoo in numbers", files, (file) => {
        const n = (path: string) => formatNumber(numberAt(file.results, `zoo/${path}`));
        const end = distributionAt(file.results, "zoo/final");
        return {
          runs: n("runs"),
          "train / validation / test": `${n("runs_by_split/train")} / ${n("runs_by_split/validation")} / ${n("runs_by_split/test")}`,
          "runs dropped": n("dropped"),
          "checkpoints a run": n("checkpoints"),
          "last checkpoints": formatSpread(end?.mean ?? null, end?.std ?? null),
          "worst to best": `${n("worst")} to ${n("best")}`,
          hash: textAt(file.results, "zoo/hash", "–"),
        };
      }),
    ];
  },
};

const shown: [string, string, boolean][] = [
  ["train_loss", "Training loss", true],
  ["validation_loss", "Validation loss", true],
  ["validation_metric", "Validation: metric", true],
  ["validation_function", "Validation: function", true],
  ["validation_spread", "Validation: energy distance", false],
  ["validation_weights", "Validation: weights", true],
  ["dispersion", "Dispersion", false],
  ["learning_rate", "Learning rate", true],
];

function trainingChart(files: Loaded[], key: string, title: string, log: boolean): Chart[] {
  const list: Curve[] = files.flatMap((file) => {
    const points = file.training
      .map((line) => ({ x: numberAt(line, "step") ?? NaN, y: numberAt(line, key) ?? NaN }))
      .filter((point) => Number.isFinite(point.y));
    return points.some((point) => point.y !== 0)
      ? [{ name: file.name, color: files.length > 1 ? file.color : "var(--s0)", points }]
      : [];
  });
  if (list.length === 0) return [];
  const positive = list.every((curve) => curve.points.every((point) => point.y > 0));
  return [
    curves({
      id: `training-${key.replaceAll("_", "-")}`,
      title,
      caption: "Over the steps of training.",
      x: { label: "step" },
      y: { label: words(key), log: log && positive },
      curves: list,
      height: 230,
    }),
  ];
}

export const trainingSection: Section = {
  id: "training",
  title: "Training the generator",
  lead: "As its log has it.",
  body: (files) => {
    const charts = shown.flatMap(([key, title, log]) => trainingChart(files, key, title, log));
    const known = new Set([...shown.map(([key]) => key), "step", "steps", "seconds"]);
    const others = [
      ...new Set(
        files.flatMap((file) => file.training.flatMap((line) => Object.keys(line as object))),
      ),
    ].filter((key) => !known.has(key));
    return figures([
      ...charts,
      ...others.flatMap((key) => trainingChart(files, key, words(key), false)),
    ]);
  },
};
