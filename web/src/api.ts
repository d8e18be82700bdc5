// The server's API, typed. Its description is served at /v1/openapi.json.

export type NetworkRef =
  | { scheme: string; seed: number }
  | { zoo: string; run: number; checkpoint: number }
  | { network: string };

export type Metrics = Record<string, number | null>;

export interface Metric {
  name: string;
  direction: "up" | "down";
  measured_on: string;
  low: number; // what the generator has seen
  high: number;
  best: number;
  worst: number;
  unit: string;
}

export interface Sampler {
  method: "ddpm" | "ddim" | "dpm";
  evaluations: number;
  eta: number;
  stop_at: number;
}

export interface TensorShape {
  name: string;
  shape: number[];
}

export interface Tensor extends TensorShape {
  values: number[]; // row-major
}

export interface Model {
  id: string;
  task: string;
  kind: "cartpole" | "images" | "tensors";
  parameters: number;
  weights: number;
  metrics: Metric[];
  tensors: TensorShape[];
  schemes: string[];
  sampler: Sampler;
  measurable: boolean;
  stochastic: boolean;
  critic: boolean;
  image?: { channels: number; height: number; width: number; classes: string[]; test: number };
}

export interface Zoo {
  id: string;
  task: string;
  runs: number;
  checkpoints: number;
  metrics: { name: string; split: string; direction: "up" | "down" }[];
  models: string[];
}

export interface UpdateRequest {
  model: string;
  starts: NetworkRef[];
  prompt: Record<string, number>;
  start_metric?: Record<string, number>;
  samples?: number;
  seed?: number;
  repeat?: number;
  keep_better?: boolean;
  measure?: boolean;
  sampler?: Sampler;
  walk?: { to_seed: number; steps: number };
}

export interface Update {
  start: number;
  sample: number;
  network: string;
  start_metric: Metrics;
  metric?: Metrics;
  rounds: Metrics[];
}

export interface UpdateAnswer {
  updates: Update[];
  warnings: string[];
  seconds_per_update: number;
}

export interface Episode {
  states: number[][]; // position, velocity, angle, angular velocity
  failed: boolean;
  return: number;
}

export interface RolloutAnswer {
  rollouts: { network: number; episodes: Episode[] }[];
  limits: { x: number; angle: number; force: number };
  step_seconds: number;
}

export interface Nudge {
  step: number;
  force: number;
}

export interface Optimisation {
  optimiser: string;
  steps: number[];
  metrics: Record<string, (number | null)[]>;
  network: string;
  seconds: number;
}

export interface Lookup {
  zoo: string;
  run: number;
  checkpoint: number;
  iteration: number;
  metric: Metrics;
}

export interface ZooRun {
  run: number;
  iteration: number[];
  metrics: Record<string, (number | null)[]>;
}

export interface Job {
  id: string;
  kind: "training" | "zoo" | "unknown";
  name: string;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

async function fault(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    return new ApiError(response.status, error.code, error.message);
  } catch {
    return new ApiError(
      response.status,
      "unknown",
      `the server answered ${response.status} ${response.statusText}`,
    );
  }
}

async function send(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(path, init);
  if (response.ok) return response;
  const error = await fault(response);
  if (error.code !== "busy") throw error;
  // Once more, when the server says it will have room again.
  const seconds = Math.min(5, Number(response.headers.get("Retry-After") ?? "1") || 1);
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  const again = await fetch(path, init);
  if (!again.ok) throw await fault(again);
  return again;
}

async function get<T>(path: string): Promise<T> {
  return (await (await send(path)).json()) as T;
}

function posted(body: unknown, signal?: AbortSignal, accept = "application/json"): RequestInit {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: accept },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  };
}

async function post<T>(path: string, body: unknown): Promise<T> {
  return (await (await send(path, posted(body))).json()) as T;
}

/** Reads server-sent events from an answer; calls `on` for each as it comes. */
export async function readEvents(
  response: Response,
  on: (name: string, data: string) => void,
): Promise<void> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const field = (name: string) =>
        block
          .split("\n")
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).replace(/^ /, ""))
          .join("\n");
      const data = field("data");
      if (data) on(field("event") || "message", data);
    }
  }
}

export interface OptimisationProgress {
  done: number;
  total: number;
  step?: number;
  metrics?: Metrics;
}

async function optimise(
  request: { model: string; start: NetworkRef; steps: number },
  progress: (at: OptimisationProgress) => void,
  signal: AbortSignal,
): Promise<Optimisation> {
  const response = await send("v1/optimisations", posted(request, signal, "text/event-stream"));
  let result: Optimisation | null = null;
  await readEvents(response, (name, data) => {
    if (name === "progress") progress(JSON.parse(data) as OptimisationProgress);
    if (name === "result") result = JSON.parse(data) as Optimisation;
    if (name === "error") {
      const { error } = JSON.parse(data) as { error: { code: string; message: string } };
      throw new ApiError(400, error.code, error.message);
    }
  });
  if (!result) throw new ApiError(0, "ended", "the training's stream ended before its result");
  return result;
}

export const api = {
  models: async () => (await get<{ models: Model[] }>("v1/models")).models,
  zoos: async () => (await get<{ zoos: Zoo[] }>("v1/zoos")).zoos,
  jobs: async () => (await get<{ jobs: Job[] }>("v1/jobs")).jobs,
  runs: (zoo: string, count: number) =>
    get<{ total: number; runs: { run: number; final: Metrics }[] }>(
      `v1/zoos/${zoo}/runs?count=${count}`,
    ),
  run: (zoo: string, run: number) => get<ZooRun>(`v1/zoos/${zoo}/runs/${run}`),
  update: (request: UpdateRequest) => post<UpdateAnswer>("v1/updates", request),
  evaluate: async (request: {
    model: string;
    networks: NetworkRef[];
    split?: "validation" | "test";
  }) => (await post<{ evaluations: Metrics[] }>("v1/evaluations", request)).evaluations,
  lookUp: (request: { model: string; zoo: string; prompt: Record<string, number> }) =>
    post<Lookup>("v1/lookups", request),
  optimise,
  tensors: async (model: string, networks: NetworkRef[]) =>
    (
      await post<{ networks: { tensors: Tensor[] }[] }>("v1/tensors", { model, networks })
    ).networks.map((network) => network.tensors),
  rollOut: (request: {
    model: string;
    networks: NetworkRef[];
    seed: number;
    episodes: number;
    nudges: Nudge[];
  }) => post<RolloutAnswer>("v1/rollouts", request),
  answer: async (request: {
    model: string;
    networks: NetworkRef[];
    images: { first: number; count: number } | { pixels: number[][] };
  }) => (await post<{ probabilities: number[][][] }>("v1/answers", request)).probabilities,
  images: (model: string, first: number, count: number) =>
    get<{
      images: { label: number; pixels: string }[];
      channels: number;
      height: number;
      width: number;
    }>(`v1/images?model=${encodeURIComponent(model)}&first=${first}&count=${count}`),
  upload: async (model: string, file: Blob) => {
    const body = await file.arrayBuffer();
    const response = await send(`v1/networks?model=${encodeURIComponent(model)}`, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body,
    });
    return (await response.json()) as { network: string; tensors: TensorShape[] };
  },
  fileUrl: (handle: string, format: "safetensors" | "pt" | "npz") =>
    `v1/networks/${handle}?format=${format}`,
  eventsUrl: (job: string) => `v1/jobs/${encodeURIComponent(job)}/events`,
};
