// The playground for one model.
import type { Model, Zoo } from "../api";
import { h } from "../page/dom";
import { cartpoleView } from "./cartpole_view";
import { comparisonPanel } from "./comparison";
import { imagesView } from "./images_view";
import { keepPanel } from "./keep";
import { outcome } from "./outcome";
import { promptControl } from "./prompt_control";
import { samplesPanel } from "./samples";
import { samplingControl } from "./sampling_control";
import { Workbench } from "./workbench";
import { startControl } from "./start_control";
import type { State } from "./state";
import { TensorStore } from "./tensors";
import { walkPanel } from "./walk";
import { weightsView } from "./weights_view";

/** The state with a start that this model has. */
function fitting(state: State, model: Model, zoos: Zoo[]): State {
  const { start } = state;
  const known =
    "scheme" in start
      ? model.schemes.includes(start.scheme)
      : "zoo" in start
        ? zoos.some((zoo) => zoo.id === start.zoo && zoo.models.includes(model.id))
        : true;
  if (known) return { ...state, model: model.id };
  const zoo = zoos.find((candidate) => candidate.models.includes(model.id));
  const first = model.schemes[0];
  return {
    ...state,
    model: model.id,
    start: first
      ? { scheme: first, seed: 3 }
      : zoo
        ? { zoo: zoo.id, run: 0, checkpoint: 0 }
        : start,
  };
}

export function playground(
  models: Model[],
  zoos: Zoo[],
  state: State,
  failed: (error: unknown) => void,
  choose: (model: string) => void,
): HTMLElement {
  const model = models.find(({ id }) => id === state.model) ?? models[0]!;
  const bench = new Workbench(model, zoos, fitting(state, model, zoos), failed);
  const store = new TensorStore(model.id);
  const select = h(
    "select",
    { id: "model" },
    ...models.map(({ id }) => h("option", { value: id, selected: id === model.id }, id)),
  );
  select.addEventListener("change", () => choose(select.value));
  const view =
    model.kind === "cartpole"
      ? cartpoleView(bench)
      : model.kind === "images"
        ? imagesView(bench, store)
        : null;
  const element = h(
    "div",
    { class: "playground" },
    h(
      "aside",
      { "aria-label": "Controls" },
      h(
        "section",
        { class: "control" },
        h("h2", {}, "Generator"),
        models.length > 1 ? select : h("p", {}, model.id),
        h(
          "p",
          { class: "detail" },
          `${model.task}, networks of ${model.parameters.toLocaleString("en-US")} weights`,
        ),
      ),
      startControl(bench),
      promptControl(bench),
      samplingControl(bench),
      keepPanel(bench),
    ),
    h(
      "div",
      { class: "stage" },
      outcome(bench),
      view,
      h("div", { class: "panels" }, walkPanel(bench), samplesPanel(bench, store)),
      comparisonPanel(bench),
      weightsView(bench, store, view === null),
    ),
  );
  // The first update; every control and view is listening now.
  if (!("network" in bench.state.start && bench.state.start.network === "")) bench.change({});
  return element;
}
