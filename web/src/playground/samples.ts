// Eight updates of the same start that differ by their noise alone.
import { api, type Tensor, type Update } from "../api";
import { h } from "../page/dom";
import { formatNumber } from "../page/numbers";
import { scaleOf } from "./colors";
import { Latest } from "./latest";
import { drawMatrix, drawUnits, pictureLayout } from "./pictures";
import type { Workbench } from "./workbench";
import type { TensorStore } from "./tensors";

const count = 8;

export function samplesPanel(bench: Workbench, store: TensorStore): HTMLElement {
  const strip = h("div", { class: "strip" });
  const layout = pictureLayout(bench.model);
  const shape = bench.model.tensors.reduce((largest, tensor) =>
    size(tensor.shape) > size(largest.shape) ? tensor : largest,
  );
  const thumbnails = (canvases: HTMLCanvasElement[], networks: Tensor[][]) => {
    const wanted = layout?.tensor ?? shape.name;
    const found = networks.flatMap((tensors) => tensors.filter(({ name }) => name === wanted));
    if (layout)
      return found.forEach(({ values }, i) =>
        drawUnits(canvases[i]!, values, { ...layout, count: Math.min(4, layout.count) }, 2),
      );
    // Matrices look alike; what differs from their mean does not.
    const mean =
      found[0]?.values.map(
        (_, k) => found.reduce((sum, { values }) => sum + values[k]!, 0) / found.length,
      ) ?? [];
    const differences = found.map((tensor) => ({
      ...tensor,
      values: tensor.values.map((value, k) => value - mean[k]!),
    }));
    const scale = scaleOf(differences.flatMap(({ values }) => values));
    differences.forEach((tensor, i) => drawMatrix(canvases[i]!, tensor, scale));
  };
  const card = (update: Update, i: number, canvas: HTMLCanvasElement) => {
    const value = update.metric?.[bench.metric.name];
    const show = () =>
      bench.show({
        ...bench.shownOf(update, `sample ${i + 1}`, null),
        afterMetric: bench.model.kind === "images" ? null : (update.metric ?? null),
      });
    return h(
      "button",
      {
        type: "button",
        class: "sample",
        "aria-label": `Show sample ${i + 1}, ${bench.metric.name} ${formatNumber(value)}`,
        click: show,
      },
      canvas,
      h("span", {}, update.metric ? formatNumber(value) : `sample ${i + 1}`),
    );
  };
  const fetchSamples = new Latest<null>(async () => {
    const answer = await api.update(
      bench.request({
        samples: count,
        measure: bench.model.measurable && bench.model.kind === "cartpole",
        repeat: 1,
        keep_better: false,
      }),
    );
    const canvases = answer.updates.map(() => h("canvas", { "aria-hidden": "true" }));
    strip.replaceChildren(...answer.updates.map((update, i) => card(update, i, canvases[i]!)));
    const weights = await store.get(answer.updates.map(({ network }) => ({ network })));
    thumbnails(canvases, weights);
  }, bench.failed);
  // Only once the slider rests: these are eight updates.
  let due: ReturnType<typeof setTimeout> | undefined;
  bench.onChange(() => {
    clearTimeout(due);
    due = setTimeout(() => fetchSamples.call(null), 350);
  });
  return h(
    "section",
    { class: "panel" },
    h("h3", {}, "Eight samples"),
    h(
      "p",
      { class: "detail" },
      `The same start and prompt, other noise. Choose one to see it above.${layout ? "" : ` Pictures: how ${shape.name} differs from the samples' mean.`}`,
    ),
    strip,
  );
}

function size(shape: number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
