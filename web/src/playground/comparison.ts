// The generator against a lookup in the zoo and against training the same start.
import { api, type Optimisation } from "../api";
import { curves } from "../charts/curves";
import { figure } from "../charts/figure";
import { h } from "../page/dom";
import { formatNumber, formatSeconds, optimiserName } from "../page/numbers";
import { Latest } from "./latest";
import type { Workbench, Shown } from "./workbench";

function row(name: string): {
  element: HTMLElement;
  value: HTMLElement;
  detail: HTMLElement;
  tools: HTMLElement;
} {
  const value = h("b", {}, "–");
  const detail = h("p", { class: "detail" });
  const tools = h("div", { class: "tools" });
  return {
    element: h("div", { class: "rival" }, h("h4", {}, name), value, detail, tools),
    value,
    detail,
    tools,
  };
}

function generatorRow(bench: Workbench): HTMLElement {
  const { element, value, detail, tools } = row("Generator");
  let last: Shown | null = null;
  bench.onShown((shown) => {
    if (!shown.label.startsWith("after")) return;
    last = shown;
    if (shown.afterMetric) value.textContent = formatNumber(bench.valueOf(shown.afterMetric));
    if (shown.seconds !== null)
      detail.textContent = `${formatSeconds(shown.seconds)}, of your start, asked for ${formatNumber(bench.prompt)}`;
  });
  tools.append(
    h(
      "button",
      {
        type: "button",
        click: () => {
          if (last) bench.show(last);
        },
      },
      "Show",
    ),
  );
  return element;
}

function lookupRow(bench: Workbench): HTMLElement | null {
  const zoo = bench.zoos.find((candidate) => candidate.models.includes(bench.model.id));
  if (!zoo) return null;
  const { element, value, detail, tools } = row("Lookup in the zoo");
  let shown: Partial<Shown> | null = null;
  const look = new Latest<number>(async (prompt) => {
    const found = await api.lookUp({
      model: bench.model.id,
      zoo: zoo.id,
      prompt: { [bench.metric.name]: prompt },
    });
    const network = { zoo: found.zoo, run: found.run, checkpoint: found.checkpoint };
    const metric = bench.model.measurable ? (await bench.evaluate([network]))[0]! : found.metric;
    value.textContent = formatNumber(bench.valueOf(metric));
    detail.textContent = `run ${found.run}, iteration ${formatNumber(found.iteration)}: nearest to the prompt, but of another start`;
    shown = { after: network, afterMetric: bench.model.kind === "images" ? null : metric };
  }, bench.failed);
  bench.onChange(() => look.call(bench.prompt));
  const show = () => {
    if (shown && bench.shown)
      bench.show({
        ...bench.shown,
        afterMetric: null,
        ...shown,
        rounds: [],
        seconds: null,
        label: "lookup",
        warnings: [],
      });
  };
  tools.append(h("button", { type: "button", click: show }, "Show"));
  return element;
}

function course(bench: Workbench, result: Optimisation) {
  const { name } = bench.metric;
  const points = (result.metrics[name] ?? []).map((y, i) => ({ x: result.steps[i]!, y: y ?? NaN }));
  const update = bench.valueOf(bench.shown?.afterMetric);
  return curves({
    id: "optimiser",
    title: `${optimiserName(result.optimiser)} from the same start`,
    caption: `${name} over steps${bench.model.kind === "images" ? ", on validation images" : ""}; dashed: the generator's update.`,
    x: { label: "step" },
    y: { label: name },
    height: 220,
    curves: [{ name: optimiserName(result.optimiser), color: "var(--s1)", points }],
    levels: update !== null ? [{ value: update, name: "one update", color: "var(--s0)" }] : [],
  });
}

function optimiserRow(bench: Workbench, drawing: HTMLElement): HTMLElement {
  const { element, value, detail, tools } = row("Training it");
  const steps = h("input", {
    type: "number",
    id: "steps",
    min: 1,
    max: 5000,
    step: 1,
    value: bench.model.kind === "cartpole" ? 50 : 500,
  });
  const train = h("button", { type: "button", id: "train" }, "Train");
  const show = h("button", { type: "button", disabled: true }, "Show");
  let running: AbortController | null = null;
  let result: Optimisation | null = null;
  const run = async () => {
    running = new AbortController();
    train.textContent = "Stop";
    try {
      const own = await api.optimise(
        { model: bench.model.id, start: bench.state.start, steps: Number(steps.value) },
        (at) => {
          value.textContent = formatNumber(bench.valueOf(at.metrics));
          detail.textContent = `step ${formatNumber(at.step ?? at.done)}`;
        },
        running.signal,
      );
      result = own;
      const [metric] = await bench.evaluate([{ network: own.network }]);
      value.textContent = formatNumber(bench.valueOf(metric));
      detail.textContent = `${optimiserName(own.optimiser)}, ${formatNumber(own.steps[own.steps.length - 1])} steps, ${formatSeconds(own.seconds)}`;
      show.disabled = false;
      drawing.replaceChildren(figure(course(bench, own)));
    } finally {
      running = null;
      train.textContent = "Train";
    }
  };
  train.addEventListener("click", () => {
    if (running) return running.abort();
    run().catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === "AbortError")) bench.failed(error);
    });
  });
  show.addEventListener("click", () => {
    if (result && bench.shown)
      bench.show({
        ...bench.shown,
        after: { network: result.network },
        afterMetric: null,
        rounds: [],
        seconds: null,
        label: `${optimiserName(result.optimiser)}, ${result.steps[result.steps.length - 1]} steps`,
        warnings: [],
      });
  });
  tools.append(h("label", { for: "steps" }, "steps"), steps, train, show);
  return element;
}

export function comparisonPanel(bench: Workbench): HTMLElement {
  const drawing = h("div");
  return h(
    "section",
    { class: "panel" },
    h("h3", {}, "Against what else one could do"),
    h(
      "div",
      { class: "rivals" },
      generatorRow(bench),
      lookupRow(bench),
      bench.model.measurable && optimiserRow(bench, drawing),
    ),
    drawing,
  );
}
