// All that a link restores, as the part of the address after "#".
import type { NetworkRef, Sampler } from "../api";

export interface State {
  view: "playground" | "live";
  model: string;
  start: NetworkRef;
  prompt: number | null; // null: the best that the generator has seen
  metric: string; // the prompted one; "": the model's first
  seed: number; // of the noise
  sampler: Sampler | null; // null: the model's own
  repeat: number;
  keepBetter: boolean;
  startMetric: number | null; // said by hand where networks cannot be measured
}

export const initialState: State = {
  view: "playground",
  model: "",
  start: { scheme: "", seed: 3 },
  prompt: null,
  metric: "",
  seed: 0,
  sampler: null,
  repeat: 1,
  keepBetter: false,
  startMetric: null,
};

export function startText(start: NetworkRef): string {
  if ("scheme" in start) return `init:${start.scheme}:${start.seed}`;
  if ("zoo" in start) return `zoo:${start.zoo}:${start.run}:${start.checkpoint}`;
  return `network:${start.network}`;
}

function wholeNumber(text: string | null | undefined, otherwise: number): number {
  const value = Number(text ?? NaN);
  return Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
}

function startOf(text: string | null): NetworkRef {
  const [kind, ...rest] = (text ?? "").split(":");
  // Schemes may hold colons of their own ("normal:0.2"), so numbers are taken from the end.
  if (kind === "init" && rest.length >= 2)
    return { scheme: rest.slice(0, -1).join(":"), seed: wholeNumber(rest[rest.length - 1], 3) };
  if (kind === "zoo" && rest.length === 3)
    return { zoo: rest[0]!, run: wholeNumber(rest[1], 0), checkpoint: wholeNumber(rest[2], 0) };
  if (kind === "network" && rest[0]) return { network: rest[0] };
  return initialState.start;
}

function numberOf(text: string | null): number | null {
  if (text === null || text === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function samplerOf(text: string | null): Sampler | null {
  const [method, evaluations, eta, stop] = (text ?? "").split(",");
  if (method !== "ddpm" && method !== "ddim" && method !== "dpm") return null;
  return {
    method,
    evaluations: Math.max(1, wholeNumber(evaluations, 1)),
    eta: Math.min(1, Math.max(0, numberOf(eta ?? null) ?? 0)),
    stop_at: wholeNumber(stop, 0),
  };
}

export function toFragment(state: State): string {
  const pairs: [string, string][] = [];
  if (state.view !== "playground") pairs.push(["view", state.view]);
  if (state.model) pairs.push(["model", state.model]);
  pairs.push(["start", startText(state.start)]);
  if (state.prompt !== null) pairs.push(["prompt", String(state.prompt)]);
  if (state.metric) pairs.push(["metric", state.metric]);
  if (state.seed !== 0) pairs.push(["seed", String(state.seed)]);
  if (state.sampler)
    pairs.push([
      "sampler",
      [
        state.sampler.method,
        state.sampler.evaluations,
        state.sampler.eta,
        state.sampler.stop_at,
      ].join(","),
    ]);
  if (state.repeat > 1) pairs.push(["repeat", String(state.repeat)]);
  if (state.keepBetter) pairs.push(["keep", "1"]);
  if (state.startMetric !== null) pairs.push(["from", String(state.startMetric)]);
  return pairs
    .map(
      ([key, value]) =>
        `${key}=${encodeURIComponent(value).replaceAll("%3A", ":").replaceAll("%2C", ",")}`,
    )
    .join("&");
}

export function fromFragment(fragment: string): State {
  const query = new URLSearchParams(fragment.replace(/^#/, ""));
  return {
    view: query.get("view") === "live" ? "live" : "playground",
    model: query.get("model") ?? "",
    start: startOf(query.get("start")),
    prompt: numberOf(query.get("prompt")),
    metric: query.get("metric") ?? "",
    seed: wholeNumber(query.get("seed"), 0),
    sampler: samplerOf(query.get("sampler")),
    repeat: Math.min(20, Math.max(1, wholeNumber(query.get("repeat"), 1))),
    keepBetter: query.get("keep") === "1",
    startMetric: numberOf(query.get("from")),
  };
}
