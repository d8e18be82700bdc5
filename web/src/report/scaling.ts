// Several results that differ in size: what does more of it buy?
import { curves } from "../charts/curves";
import type { Chart } from "../charts/figure";
import { distributionAt, numberAt } from "./json";
import { type Loaded, metricName } from "./loaded";

const sizes: [path: string, label: string][] = [
  ["zoo/runs", "runs in the zoo"],
  ["generator/parameters", "parameters of the generator"],
  ["generator/samples_seen", "training pairs seen"],
];

/** A chart for every size that takes three or more values among results of one task. */
export function scalingCharts(files: Loaded[]): Chart[] {
  const names = new Set(files.map(metricName));
  if (names.size !== 1) return [];
  return sizes.flatMap(([path, label], i) => {
    const points = files
      .flatMap((file) => {
        const x = numberAt(file.results, path);
        const one = distributionAt(file.results, "one_update");
        return x !== null && one ? [{ x, y: one.mean, low: one.p05, high: one.p95 }] : [];
      })
      .sort((a, b) => a.x - b.x);
    if (new Set(points.map((point) => point.x)).size < 3) return [];
    const metric = metricName(files[0]!);
    return [
      curves({
        id: `scaling-${i + 1}`,
        title: `Against the ${label}`,
        caption: `${metric} after one update; band: 5 to 95 % of the networks.`,
        x: { label, log: true },
        y: { label: metric },
        curves: [{ name: metric, color: "var(--s0)", dots: true, points }],
      }),
    ];
  });
}
