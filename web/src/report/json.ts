// Reading results of which any part may be missing, null or of another kind: nothing here throws.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The value at "a/b/c", or undefined. */
export function at(json: Json | undefined, path: string): Json | undefined {
  let value: Json | undefined = json;
  for (const key of path.split("/")) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    value = value[key];
  }
  return value;
}

export function numberAt(json: Json | undefined, path: string): number | null {
  const value = at(json, path);
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function textAt(json: Json | undefined, path: string, otherwise = ""): string {
  const value = at(json, path);
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : otherwise;
}

export function listAt(json: Json | undefined, path: string): Json[] {
  const value = at(json, path);
  return Array.isArray(value) ? value : [];
}

export function numbersAt(json: Json | undefined, path: string): number[] {
  return listAt(json, path).filter((value): value is number => typeof value === "number");
}

export function entriesAt(json: Json | undefined, path: string): [string, Json][] {
  const value = at(json, path);
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : [];
}

/** What docs/results-schema.md calls a distribution. */
export interface Distribution {
  count: number | null;
  mean: number;
  std: number | null;
  min: number | null;
  max: number | null;
  p05: number | null;
  p50: number | null;
  p95: number | null;
  values: number[];
}

export function distributionAt(json: Json | undefined, path: string): Distribution | null {
  const found = path === "" ? json : at(json, path);
  const mean = numberAt(found, "mean");
  if (mean === null) return null;
  const number = (key: string) => numberAt(found, key);
  return {
    count: number("count"),
    mean,
    std: number("std"),
    min: number("min"),
    max: number("max"),
    p05: number("p05"),
    p50: number("p50"),
    p95: number("p95"),
    values: numbersAt(found, "values"),
  };
}
