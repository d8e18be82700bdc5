// The generator against a lookup in the zoo and against training the same start.
import { api, type Optimisation } from "../api";
import { curves } from "../charts/curves";
import { figure } from "../charts/figure";
import { h } from "../page/dom";
import { formatNumber, formatSeconds, optimiserName } from "../page/numbers";
import { Latest } from "./latest";
import type { Session, Shown } from "./session";

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

function generatorRow(session: Session): HTMLElement {
  const { element, value, detail, tools } = row("Generator");
  let last: Shown | null = null;
  session.onShown((shown) => {
    if (!shown.label.startsWith("after")) return;
    last = shown;
    if (shown.afterMetric) value.textContent = formatNumber(session.valueOf(shown.afterMetric));
    if (shown.seconds !== null)
      detail.textContent = `${formatSeconds(shown.seconds)}, of your start, asked for ${formatNumber(session.prompt)}`;
  });
  tools.append(
    h(
      "button",
      {
        type: "button",
        click: () => {
          if (last) session.show(last);
        },
      },
      "Show",
    ),
  );
  return element;
}

function lookupRow(session: Session): HTMLElement | null {
  const zoo = session.zoos.find((candidate) => candidate.models.includes(session.model.id));
  if (!zoo) return null;
  const { element, value, detail, tools } = row("Lookup in the zoo");
  let shown: Partial<Shown> | null = null;
  const look = new Latest<number>(async (prompt) => {
    const found = await api.lookUp({
      model: session.model.id,
      zoo: zoo.id,
      prompt: { [session.metric.name]: prompt },
    });
    const network = { zoo: found.zoo, run: found.run, checkpoint: found.checkpoint };
    const metric = session.model.measurable
      ? (await session.evaluate([network]))[0]!
      : found.metric;
    value.textContent = formatNumber(session.valueOf(metric));
    detail.textContent = `run ${found.run}, iteration ${formatNumber(found.iteration)}: nearest to the prompt, but of another start`;
    shown = { after: network, afterMetric: session.model.kind === "images" ? null : metric };
  }, session.failed);
  session.onChange(() => look.call(session.prompt));
  const show = () => {
    if (shown && session.shown)
      session.show({
        ...session.shown,
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

function course(session: Session, result: Optimisation) {
  const { name } = session.metric;
  const points = (result.metrics[name] ?? []).map((y, i) => ({ x: result.steps[i]!, y: y ?? NaN }));
  const update = session.valueOf(session.shown?.afterMetric);
  return curves({
    id: "optimiser",
    title: `${optimiserName(result.optimiser)} from the same start`,
    caption: `${name} over steps${session.model.kind === "images" ? ", on validation images" : ""}; dashed: the generator's update.`,
    x: { label: "step" },
    y: { label: name },
    height: 220,
    curves: [{ name: optimiserName(result.optimiser), color: "var(--s1)", points }],
    levels: update !== null ? [{ value: update, name: "one update", color: "var(--s0)" }] : [],
  });
}

function optimiserRow(session: Session, drawing: HTMLElement): HTMLElement {
  const { element, value, detail, tools } = row("Training it");
  const steps = h("input", {
    type: "number",
    id: "steps",
    min: 1,
    max: 5000,
    step: 1,
    value: session.model.kind === "cartpole" ? 50 : 500,
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
        { model: session.model.id, start: session.state.start, steps: Number(steps.value) },
        (at) => {
          value.textContent = formatNumber(session.valueOf(at.metrics));
          detail.textContent = `step ${formatNumber(at.step ?? at.done)}`;
        },
        running.signal,
      );
      result = own;
      const [metric] = await session.evaluate([{ network: own.network }]);
      value.textContent = formatNumber(session.valueOf(metric));
      detail.textContent = `${optimiserName(own.optimiser)}, ${formatNumber(own.steps[own.steps.length - 1])} steps, ${formatSeconds(own.seconds)}`;
      show.disabled = false;
      drawing.replaceChildren(figure(course(session, own)));
    } finally {
      running = null;
      train.textContent = "Train";
    }
  };
  train.addEventListener("click", () => {
    if (running) return running.abort();
    run().catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === "AbortError")) session.failed(error);
    });
  });
  show.addEventListener("click", () => {
    if (result && session.shown)
      session.show({
        ...session.shown,
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

export function comparisonPanel(session: Session): HTMLElement {
  const drawing = h("div");
  return h(
    "section",
    { class: "panel" },
    h("h3", {}, "Against what else one could do"),
    h(
      "div",
      { class: "rivals" },
      generatorRow(session),
      lookupRow(session),
      session.model.measurable && optimiserRow(session, drawing),
    ),
    drawing,
  );
}
