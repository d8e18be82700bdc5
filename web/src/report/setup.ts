// What it cost, and what it was made with.
import { type Bar, bars } from "../charts/bars";
import { h } from "../page/dom";
import { formatSeconds, formatNumber, words } from "../page/numbers";
import { at, entriesAt, type Json, numberAt, textAt } from "./json";
import { type Loaded } from "./loaded";
import { facts, figures, labelled, type Section, table } from "./section";

const parts: [string, string][] = [
  ["Building the zoo", "zoo_seconds"],
  ["Training the generator", "generator_seconds"],
  ["Training the critic", "critic_seconds"],
  ["This evaluation", "total"],
];

function costBars(files: Loaded[]): Bar[] {
  return parts.flatMap(([row, key]) =>
    files.flatMap((file) => {
      const value = numberAt(file.results, `cost/${key}`);
      return value === null
        ? []
        : [{ row, name: file.name, color: files.length > 1 ? file.color : "var(--s0)", value }];
    }),
  );
}

function sectionBars(file: Loaded): Bar[] {
  return entriesAt(file.results, "cost/sections").flatMap(([key, value]) =>
    typeof value === "number" && value >= 0.05
      ? [{ row: words(key), name: file.name, color: "var(--s5)", value }]
      : [],
  );
}

export const costSection: Section = {
  id: "cost",
  title: "Cost",
  lead: "Wall-clock time on the machine named below.",
  body: (files) => {
    const list = costBars(files);
    if (list.length === 0) return [];
    const charts = [
      bars({
        id: "cost",
        title: "What was paid",
        caption: "Zoo and training are paid once for any number of updates.",
        label: "seconds",
        bars: list,
        format: formatSeconds,
      }),
    ];
    const sections = files.length === 1 ? sectionBars(files[0]!) : [];
    if (sections.length > 0)
      charts.push(
        bars({
          id: "cost-sections",
          title: "Of which, in this evaluation",
          caption: "The sections of this report.",
          label: "seconds",
          bars: sections,
          format: formatSeconds,
        }),
      );
    return figures(charts);
  },
};

/** Every plain value below `json` as a row "a, b: value"; lists of plain values are joined. */
export function leaves(json: Json | undefined, name = ""): [string, string][] {
  if (Array.isArray(json)) {
    return json.some((value) => typeof value === "object" && value !== null)
      ? []
      : [[name, json.map(String).join(", ")]];
  }
  if (typeof json === "object" && json !== null) {
    return Object.entries(json).flatMap(([key, value]) =>
      leaves(value, name === "" ? words(key) : `${name}, ${words(key)}`),
    );
  }
  return json === undefined
    ? []
    : [
        [
          name,
          typeof json === "number" ? formatNumber(json, 6) : json === null ? "–" : String(json),
        ],
      ];
}

// A column a file; rows that all files share alike are still said, for the record.
function leafTable(files: Loaded[], path: string, caption: string): Node[] {
  const columns = files.map((file) => new Map(leaves(at(file.results, path))));
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  return table(
    caption,
    ["", ...files.map((file) => labelled(files, file, "") || "value")],
    names.map((name) => [name, ...columns.map((column) => column.get(name) ?? "–")]),
  );
}

export const environmentSection: Section = {
  id: "environment",
  title: "Made with",
  lead: "All that is needed to make it again.",
  body: (files) => {
    const details: [string, string][] = [
      ["generator/config", "Configuration of the training"],
      ["generator/made_by", "The generator's origin"],
      ["config", "Configuration of the evaluation"],
      ["zoo/made_by", "How the zoo was made"],
    ];
    const options = details.flatMap(([path, caption]) => leafTable(files, path, caption));
    return [
      ...facts("The generator", files, (file) => {
        const n = (key: string) => formatNumber(numberAt(file.results, `generator/${key}`));
        return {
          parameters: n("parameters"),
          "training pairs seen": n("samples_seen"),
          "training time": formatSeconds(numberAt(file.results, "generator/seconds")),
          "prompts trained on": `${n("metric_low")} to ${n("metric_high")}`,
          hash: textAt(file.results, "generator/hash", "–"),
        };
      }),
      ...leafTable(files, "environment", "Machine and versions"),
      ...(options.length > 0
        ? [h("details", {}, h("summary", {}, "All options"), ...options)]
        : []),
    ];
  },
};
