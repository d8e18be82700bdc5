// Does the update belong to its start, and what does the noise change?
import { type Bar, bars } from "../charts/bars";
import { type Range, ranges } from "../charts/ranges";
import { logWorthy } from "./ladder";
import { at, distributionAt, numberAt } from "./json";
import { type Loaded, metricName } from "./loaded";
import { figures, type Section } from "./section";

const kinds: [string, string][] = [
  ["no update", "start"],
  ["its own update", "own"],
  ["another start's update", "other"],
];

function dependence(files: Loaded[]): Range[] {
  return kinds.flatMap(([row, key]) =>
    files.flatMap((file) => {
      const d = distributionAt(file.results, `start_dependence/${key}`);
      const color =
        files.length > 1
          ? file.color
          : key === "own"
            ? "var(--s0)"
            : key === "other"
              ? "var(--s1)"
              : "var(--before)";
      return d ? [{ row, name: file.name, color, value: d.mean, low: d.p05, high: d.p95 }] : [];
    }),
  );
}

export const dependenceSection: Section = {
  id: "start_dependence",
  title: "Does the update belong to its start?",
  lead: "Each start with its own update, and with the update that was computed for another.",
  body: (files) => {
    const list = dependence(files);
    if (list.length === 0) return [];
    return figures([
      ranges({
        id: "start-dependence",
        title: "Own updates and exchanged ones",
        caption: "Means, and where 90 % of the networks lie.",
        x: { label: metricName(files[0]!), log: logWorthy(list.map((range) => range.value)) },
        ranges: list,
        spread: "5 %, 95 %",
      }),
    ]);
  },
};

const measures: [string, string, string][] = [
  ["weights", "Weights", "Spread of the weights, relative to the length of an update."],
  ["actions", "Outputs", "Spread of the networks' outputs on fixed inputs."],
  ["metric", "Metric", "Spread of the metric."],
];

function spreads(files: Loaded[], key: string): Bar[] {
  return files.flatMap((file) =>
    [
      ["16 noises, one start", "same_start"],
      ["one noise, 16 starts", "same_noise"],
    ].flatMap(([row, where]) => {
      const value = numberAt(file.results, `diversity/with/${where}/${key}`);
      return value === null
        ? []
        : [
            {
              row: row!,
              name: file.name,
              color:
                files.length > 1 ? file.color : where === "same_start" ? "var(--s0)" : "var(--s1)",
              value,
            },
          ];
    }),
  );
}

export const diversitySection: Section = {
  id: "diversity",
  title: "Diversity",
  lead: "What does the sampling noise change, against what the start changes?",
  body: (files) => {
    if (!files.some((file) => at(file.results, "diversity/with") !== undefined)) return [];
    return figures(
      measures.flatMap(([key, title, caption]) => {
        const list = spreads(files, key);
        return list.length === 0
          ? []
          : [
              bars({
                id: `diversity-${key}`,
                title,
                caption,
                label: key === "metric" ? metricName(files[0]!) : "spread",
                bars: list,
              }),
            ];
      }),
    );
  },
};
