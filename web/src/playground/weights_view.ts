// Any network: each tensor as a heat-map and a histogram, before and after.
import type { Tensor, TensorShape } from "../api";
import { figure } from "../charts/figure";
import { histogram } from "../charts/histogram";
import { h } from "../page/dom";
import { scaleOf } from "./colors";
import { Latest } from "./latest";
import { drawMatrix } from "./pictures";
import type { Workbench, Shown } from "./workbench";
import type { TensorStore } from "./tensors";

const atFirst = 8; // tensors; the rest when asked for
const histogramEvery = 300; // ms: drawing them is slower than a slider

class TensorPanel {
  readonly element: HTMLElement;
  private readonly canvases = ["before", "after"].map((side) =>
    h("canvas", { role: "img", "aria-label": `Heat-map ${side}` }),
  );
  private readonly drawing = h("div");
  private due: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly shape: TensorShape) {
    this.element = h(
      "article",
      { class: "tensor" },
      h("h4", {}, `${shape.name} `, h("span", {}, `[${shape.shape.join(" × ")}]`)),
      h(
        "div",
        { class: "maps" },
        ...this.canvases.map((canvas, i) =>
          h("figure", {}, h("figcaption", {}, i === 0 ? "start" : "after"), canvas),
        ),
      ),
      this.drawing,
    );
  }

  show(before: Tensor, after: Tensor): void {
    const scale = scaleOf([...before.values, ...after.values]);
    drawMatrix(this.canvases[0]!, before, scale);
    drawMatrix(this.canvases[1]!, after, scale);
    if (before.values.length < 8) return;
    clearTimeout(this.due);
    this.due = setTimeout(
      () =>
        this.drawing.replaceChildren(
          figure(
            histogram({
              id: this.shape.name,
              title: "Values",
              caption: `How the weights of ${this.shape.name} are distributed.`,
              label: "weight",
              count: "weights",
              groups: [
                { name: "start", color: "var(--before)", values: before.values },
                { name: "after", color: "var(--s0)", values: after.values },
              ],
            }),
          ),
        ),
      histogramEvery,
    );
  }
}

export function weightsView(bench: Workbench, store: TensorStore, open: boolean): HTMLElement {
  const grid = h("div", { class: "tensors" });
  const panels: TensorPanel[] = [];
  const add = (count: number) => {
    for (const shape of bench.model.tensors.slice(panels.length, panels.length + count)) {
      const panel = new TensorPanel(shape);
      panels.push(panel);
      grid.append(panel.element);
    }
    more.hidden = panels.length >= bench.model.tensors.length;
  };
  const fetchTensors = new Latest<Shown>(async (shown) => {
    const [before, after] = await store.get([shown.before, shown.after]);
    panels.forEach((panel, i) => panel.show(before![i]!, after![i]!));
  }, bench.failed);
  const refresh = () => {
    if (bench.shown && details.open) fetchTensors.call(bench.shown);
  };
  const more = h(
    "button",
    {
      type: "button",
      click: () => {
        add(24);
        refresh();
      },
    },
    "More tensors",
  );
  const details = h(
    "details",
    { class: "weights", open },
    h("summary", {}, "All weights: heat-maps and histograms"),
    grid,
    more,
  );
  add(atFirst);
  details.addEventListener("toggle", refresh);
  bench.onShown(refresh);
  return details;
}
