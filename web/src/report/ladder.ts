// One axis for all that could be done with a start: nothing, an update, a lookup, training.
import type { Chart } from "../charts/figure";
import { type Range, ranges } from "../charts/ranges";
import { optimiserName } from "../page/numbers";
import { distributionAt, entriesAt, type Json, numberAt } from "./json";
import { type Loaded, metricName } from "./loaded";

const rows: [string, string][] = [
  ["Start, untrained", "one_update/start"],
  ["One update", "one_update"],
  ["Lookup in the zoo", "baselines/lookup/best"],
  ["Start + mean change", "baselines/conditional_mean/best"],
  ["Halfway to a zoo network", "baselines/aligned_interpolation/half"],
];

function rangeAt(
  json: Json | undefined,
  path: string,
  row: string,
  file: Loaded,
  color: string,
): Range | null {
  const found = distributionAt(json, path);
  return (
    found && {
      row,
      name: file.name,
      color,
      value: found.mean,
      low: found.p05,
      high: found.p95,
      hollow: row.startsWith("Start,"),
    }
  );
}

export function ladder(files: Loaded[]): Chart | null {
  const list: Range[] = [];
  const push = (range: Range | null) => range && list.push(range);
  const own = (row: string, file: Loaded) =>
    files.length > 1
      ? file.color
      : row === "One update"
        ? "var(--s0)"
        : row.startsWith("Start,")
          ? "var(--before)"
          : "var(--s1)";
  for (const [row, path] of rows)
    for (const file of files) push(rangeAt(file.results, path, row, file, own(row, file)));
  for (const file of files) {
    const mean = numberAt(file.results, "baselines/mean_network/metric");
    push(
      mean === null
        ? null
        : { row: "Mean of the zoo's networks", name: file.name, color: own("", file), value: mean },
    );
  }
  for (const file of files) {
    for (const [name, optimiser] of entriesAt(file.results, "optimisers")) {
      if (name === "tried") continue;
      const row =
        name === "tuned"
          ? "Best of other optimisers"
          : `${optimiserName(name)}, trained to its end`;
      push(rangeAt(optimiser, "final", row, file, files.length > 1 ? file.color : "var(--s2)"));
    }
  }
  if (list.length < 2) return null;
  return ranges({
    id: "against",
    title: "Against what else one could do with the same starts",
    caption: "Means, and where 90 % of the networks lie.",
    x: { label: metricName(files[0]!), log: logWorthy(list.map((range) => range.value)) },
    ranges: list,
    spread: "5 %, 95 %",
  });
}

/** Values over more than a decade and all above zero are told apart on a logarithmic axis. */
export function logWorthy(values: number[]): boolean {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite);
  return finite.length > 0 && low > 0 && Math.max(...finite) / low > 8 && Math.max(...finite) < 20;
}
