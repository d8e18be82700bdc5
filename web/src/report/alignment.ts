// Does the result follow the prompt?
import { curves } from "../charts/curves";
import type { Chart } from "../charts/figure";
import { formatNumber } from "../page/numbers";
import { type Json, listAt, numberAt, numbersAt, textAt } from "./json";
import { type Loaded, metricName } from "./loaded";
import { figures, type Section, table } from "./section";

export function rowsOf(file: Loaded): Json[] {
  const rows = listAt(file.results, "alignment/rows");
  if (rows.length > 0) return rows;
  return listAt(file.results, "alignment/points").length > 0
    ? [(file.results as { alignment: Json }).alignment]
    : [];
}

export function rowName(row: Json): string {
  const chooser = textAt(row, "chooser", "none");
  const parts = [
    chooser === "critic"
      ? "with a critic"
      : chooser === "recalibration"
        ? "prompts recalibrated"
        : "generator alone",
    textAt(row, "policy") === "deterministic" ? "acting by the mean" : "",
    textAt(row, "range", "range") === "range"
      ? ""
      : `prompts to ${textAt(row, "range").replace("log ", "")}${textAt(row, "range").startsWith("log") ? ", even ratios" : ""}`,
  ];
  return parts.filter(Boolean).join(", ");
}

// Rows of the same name in several files share a chart.
function chart(files: Loaded[], name: string, place: number): Chart | null {
  const found = files.flatMap((file) => {
    const row = rowsOf(file).find((candidate) => rowName(candidate) === name);
    return row === undefined ? [] : [{ file, row }];
  });
  if (found.length === 0) return null;
  const metric = metricName(found[0]!.file);
  const reachable = found.length === 1 ? numbersAt(found[0]!.row, "reachable") : [];
  const score = found
    .map(
      ({ file, row }) =>
        `${files.length > 1 ? `${file.name}: ` : ""}R² ${formatNumber(numberAt(row, "r2"), 3)} a network, ${formatNumber(numberAt(row, "r2_means"), 4)} on means`,
    )
    .join("; ");
  return curves({
    id: `alignment-${place + 1}`,
    title: name[0]!.toUpperCase() + name.slice(1),
    caption: `${score}. Line: mean; band: 10 to 90 % of the starts; dashed: exactly as asked.`,
    x: { label: `asked for (${metric})` },
    y: { label: `got (${metric})` },
    diagonal: true,
    shaded:
      reachable.length === 2
        ? { from: reachable[0]!, to: reachable[1]!, name: "reachable" }
        : undefined,
    curves: found.map(({ file, row }) => ({
      name: files.length > 1 ? file.name : "mean, 10–90 % of starts",
      color: files.length > 1 ? file.color : "var(--s0)",
      dots: true,
      points: listAt(row, "points").map((point) => ({
        x: numberAt(point, "prompt") ?? NaN,
        y: numberAt(point, "mean") ?? NaN,
        low: numberAt(point, "p10"),
        high: numberAt(point, "p90"),
      })),
    })),
  });
}

export const alignmentSection: Section = {
  id: "alignment",
  title: "Desired against achieved",
  lead: "Every start is asked for every prompt. Shaded is the reachable range: the longest run of neighbouring prompts whose mean lies within tolerance of what was asked.",
  body: (files) => {
    const names = [...new Set(files.flatMap((file) => rowsOf(file).map(rowName)))];
    const charts = names
      .map((name, i) => chart(files, name, i))
      .filter((made): made is Chart => made !== null);
    const n = (row: Json, key: string) => formatNumber(numberAt(row, key));
    const rows = files.flatMap((file) =>
      rowsOf(file).map((row) => [
        files.length > 1 ? `${file.name}: ${rowName(row)}` : rowName(row),
        n(row, "r2"),
        n(row, "r2_means"),
        n(row, "r2_reference_form"),
        n(row, "slope"),
        n(row, "correlation"),
        n(row, "worst_gap"),
        n(row, "starts"),
      ]),
    );
    return [
      ...figures(charts),
      ...table(
        "Agreement of asked and got, over all starts and prompts",
        [
          "",
          "R² a network",
          "R² of means",
          "R² a start",
          "slope",
          "correlation",
          "largest gap",
          "starts",
        ],
        rows,
      ),
    ];
  },
};
