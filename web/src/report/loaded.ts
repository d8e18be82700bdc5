// The results that a report shows, with the names and colours it gives them.
import { colorOf } from "../charts/plot";
import { at, type Json, listAt, textAt } from "./json";

export interface Loaded {
  name: string; // short: what tells it from the others
  color: string;
  results: Json;
  zoo: Json | undefined; // src/saltus/report/zoo_bands.h
  training: Json[]; // lines of metrics.jsonl
}

/** The parts of paths that differ: "a/seed-0/results.json" among its like is "seed-0". */
export function shortNames(paths: string[]): string[] {
  const parts = paths.map((path) => path.split("/").filter((part) => part !== "" && part !== "."));
  const common = (part: (list: string[], n: number) => string | undefined) => {
    let n = 0;
    while (parts.every((list) => n < list.length && part(list, n) === part(parts[0]!, n))) n += 1;
    return n;
  };
  if (paths.length < 2) return paths.map((path) => path.replace(/^.*\//, ""));
  const front = common((list, n) => list[n]);
  const back = common((list, n) => list[list.length - 1 - n]);
  const names = parts.map((list) => list.slice(front, list.length - back).join("/"));
  return names.map((name, i) =>
    name === "" || names.indexOf(name) !== i ? `${name || "results"} (${i + 1})` : name,
  );
}

export function loadData(data: Json): Loaded[] {
  const files = listAt(data, "files");
  const names = shortNames(files.map((file) => textAt(file, "name", "results")));
  return files.map((file, i) => ({
    name: names[i]!,
    color: colorOf(i),
    results: at(file, "results") ?? {},
    zoo: at(file, "zoo") ?? undefined,
    training: listAt(file, "training"),
  }));
}

/** "test loss", "return": the prompted metric on the data that scores. */
export function metricName(file: Loaded): string {
  const metric = textAt(file.results, "metric", "metric");
  const where = textAt(file.results, "scored_on", "simulator");
  return where === "simulator" || metric.startsWith(where) ? metric : `${where} ${metric}`;
}

export function minimises(file: Loaded): boolean {
  return textAt(file.results, "direction") === "minimise";
}

/** "policies", "networks": what the task's networks are called. */
export function networksName(file: Loaded): string {
  return at(file.results, "stochastic") === true ? "policies" : "networks";
}
