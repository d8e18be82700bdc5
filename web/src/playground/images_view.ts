// Image classifiers: what the first layer looks for, and what the networks answer.
import { h } from "../page/dom";
import { drawnDigit, gallery } from "./answers";
import { Latest } from "./latest";
import { drawUnits, Morph, pictureLayout } from "./pictures";
import type { Workbench, Shown } from "./workbench";
import type { TensorStore } from "./tensors";

function units(bench: Workbench, store: TensorStore): HTMLElement | null {
  const layout = pictureLayout(bench.model);
  if (!layout) return null;
  const columns = layout.count <= 10 ? layout.count : Math.min(16, layout.count);
  const canvases = [
    h("canvas", { role: "img", "aria-label": "First layer before the update" }),
    h("canvas", { id: "units-after", role: "img", "aria-label": "First layer after the update" }),
  ];
  const morphs = canvases.map(
    (canvas) => new Morph((values) => drawUnits(canvas, values, layout, columns)),
  );
  const fetchUnits = new Latest<Shown>(async (shown) => {
    const networks = await store.get([shown.before, shown.after]);
    networks.forEach((tensors, i) => {
      const tensor = tensors.find(({ name }) => name === layout.tensor);
      if (tensor) morphs[i]!.to(tensor.values);
    });
  }, bench.failed);
  bench.onShown((shown) => fetchUnits.call(shown));
  const title =
    layout.height === bench.model.image?.height
      ? `The ${layout.count} hidden units as images`
      : `The ${layout.count} filters of the first layer`;
  return h(
    "section",
    { class: "units" },
    h("h3", {}, title),
    h("p", {}, "start"),
    canvases[0]!,
    h("p", {}, "after"),
    canvases[1]!,
  );
}

export function imagesView(bench: Workbench, store: TensorStore): HTMLElement {
  const { image } = bench.model;
  const digits = image && image.channels === 1 && image.height === 28 && image.width === 28;
  return h(
    "section",
    { class: "view images", "aria-label": "What the networks see" },
    units(bench, store),
    digits && drawnDigit(bench, image.classes),
    image && image.test > 0 && gallery(bench, image.classes, image.test),
  );
}
