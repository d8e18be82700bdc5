// One update against training step by step.
import type { Chart } from "../charts/figure";
import { type Curve, curves } from "../charts/curves";
import { histogram } from "../charts/histogram";
import { formatNumber, formatSeconds, optimiserName, words } from "../page/numbers";
import { logWorthy } from "./ladder";
import { distributionAt, entriesAt, type Json, listAt, numberAt, textAt } from "./json";
import { type Loaded, metricName, networksName } from "./loaded";
import { figures, idOf, labelled, type Section } from "./section";

function curveOf(optimiser: Json, x: "iteration" | "seconds", name: string, color: string): Curve {
  const points = listAt(optimiser, "curve")
    .filter((point) => x === "iteration" || (numberAt(point, "iteration") ?? 0) > 0)
    .map((point) => ({ x: numberAt(point, x) ?? NaN, y: numberAt(point, "mean") ?? NaN }));
  return { name, color, points };
}

function settings(optimiser: Json): string {
  const list = entriesAt(optimiser, "settings").map(
    ([key, value]) => `${words(key)} ${typeof value === "object" ? "" : value}`,
  );
  return [optimiserName(textAt(optimiser, "optimiser", "optimiser")), ...list].join(", ");
}

function optimiserCurves(file: Loaded, x: "iteration" | "seconds"): Curve[] {
  const out: Curve[] = listAt(file.results, "optimisers/tried").map((tried) => ({
    ...curveOf(tried, x, settings(tried), "var(--s5)"),
    thin: true,
  }));
  for (const [name, optimiser] of entriesAt(file.results, "optimisers")) {
    if (name === "tried") continue;
    out.push(
      name === "tuned"
        ? curveOf(optimiser, x, `Best of those tried: ${settings(optimiser)}`, "var(--s2)")
        : curveOf(optimiser, x, optimiserName(name), "var(--s1)"),
    );
  }
  return out;
}

function against(files: Loaded[], file: Loaded): Chart[] {
  const one = distributionAt(file.results, "one_update");
  const byIteration = optimiserCurves(file, "iteration");
  if (byIteration.length === 0) return [];
  const metric = metricName(file);
  const seconds = numberAt(file.results, "one_update/seconds_per_update");
  const values = byIteration.flatMap((curve) => curve.points.map((point) => point.y));
  const y = { label: metric, log: logWorthy(values) };
  const level = one && {
    value: one.mean,
    low: one.p05,
    high: one.p95,
    name: `one update: ${formatNumber(one.mean)}`,
    color: "var(--s0)",
  };
  const steps = Math.max(...byIteration.flatMap((curve) => curve.points.map((point) => point.x)));
  const tried = listAt(file.results, "optimisers/tried").length;
  return [
    curves({
      id: idOf(files, file, "optimiser-steps"),
      title: labelled(files, file, "One update against steps of training"),
      caption: `Mean ${metric} from the same starts, over iterations${tried ? `; thin: all ${tried} settings that were tried` : ""}.`,
      x: { label: "iteration", log: steps > 1000 },
      y,
      curves: byIteration,
      levels: level ? [level] : [],
      named: true,
    }),
    curves({
      id: idOf(files, file, "optimiser-seconds"),
      title: labelled(files, file, "The same over time"),
      caption: `Seconds for one network, measuring left out. An update takes ${formatSeconds(seconds)}.`,
      x: { label: "time", log: true, format: formatSeconds },
      y,
      named: true,
      curves: optimiserCurves(file, "seconds"),
      levels: level ? [{ ...level, name: "" }] : [],
      marks:
        one && seconds !== null
          ? [{ x: seconds, y: one.mean, name: "one update", color: "var(--s0)" }]
          : [],
    }),
  ];
}

function spread(files: Loaded[]): Chart[] {
  const groups = files
    .flatMap((file) => {
      const before = distributionAt(file.results, "one_update/start")?.values ?? [];
      const after = distributionAt(file.results, "one_update")?.values ?? [];
      return files.length === 1
        ? [
            { name: "before", color: "var(--before)", values: before },
            { name: "after one update", color: "var(--s0)", values: after },
          ]
        : [{ name: file.name, color: file.color, values: after }];
    })
    .filter((group) => group.values.length > 0);
  if (groups.length === 0) return [];
  const first = files[0]!;
  const metric = metricName(first);
  const network = networksName(first);
  const charts = [
    histogram({
      id: "after",
      title: "How much the results spread",
      caption: `${metric} of all ${network} after one update${files.length === 1 ? ", close up" : ""}.`,
      label: metric,
      count: network,
      groups: files.length === 1 ? groups.slice(-1) : groups,
    }),
  ];
  if (groups.length === 2 && files.length === 1) {
    charts.unshift(
      histogram({
        id: "before-after",
        title: "Before and after one update",
        caption: `${metric} of each of the ${formatNumber(groups[0]!.values.length)} starts and of what became of it.`,
        label: metric,
        count: network,
        groups,
      }),
    );
  }
  return charts;
}

export const optimisersSection: Section = {
  id: "one_update",
  title: "One update against training",
  lead: "An optimiser goes step by step; the generator jumps once. How far does the jump carry, and how many steps is it worth?",
  body: (files) => figures([...files.flatMap((file) => against(files, file)), ...spread(files)]),
};
