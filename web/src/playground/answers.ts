// What networks answer to images: bars for one image, captions for a gallery.
import { api } from "../api";
import { h } from "../page/dom";
import { formatShare } from "../page/numbers";
import { digitPad } from "./digit_pad";
import { Latest } from "./latest";
import type { Workbench, Shown } from "./workbench";

function best(probabilities: number[]): number {
  return probabilities.indexOf(Math.max(...probabilities));
}

interface Question {
  shown: Shown;
  pixels: number[];
}

/** A pad whose digit both networks answer at once. */
export function drawnDigit(bench: Workbench, classes: string[]): HTMLElement {
  const sides = ["before", "after"].map((side) => {
    const verdict = h("b", { id: `answer-${side}` }, "–");
    const meters = classes.map(() => h("meter", { min: 0, max: 1, value: 0 }));
    const list = h(
      "div",
      { class: "bars", role: "group", "aria-label": `Probabilities ${side}` },
      ...classes.flatMap((name, i) => [h("span", {}, name), meters[i]!]),
    );
    return {
      verdict,
      meters,
      element: h(
        "div",
        { class: side },
        h("p", {}, side === "before" ? "start: " : "after: ", verdict),
        list,
      ),
    };
  });
  let pixels: number[] | null = null;
  const ask = new Latest<Question>(async ({ shown, pixels: image }) => {
    const probabilities = await api.answer({
      model: bench.model.id,
      networks: [shown.before, shown.after],
      images: { pixels: [image] },
    });
    sides.forEach(({ verdict, meters }, i) => {
      const own = probabilities[i]?.[0] ?? [];
      verdict.textContent = `${classes[best(own)]} (${formatShare(Math.max(...own))})`;
      meters.forEach((meter, k) => {
        meter.value = own[k] ?? 0;
      });
    });
  }, bench.failed);
  const again = () => {
    if (bench.shown && pixels) ask.call({ shown: bench.shown, pixels });
  };
  bench.onShown(again);
  const pad = digitPad((image) => {
    pixels = image;
    if (image) return again();
    for (const { verdict, meters } of sides) {
      verdict.textContent = "–";
      for (const meter of meters) meter.value = 0;
    }
  });
  return h(
    "section",
    { class: "digit" },
    h("h3", {}, "Draw a digit"),
    h("div", { class: "asked" }, pad, ...sides.map(({ element }) => element)),
  );
}

function imageCanvas(
  pixels: string,
  channels: number,
  height: number,
  width: number,
): HTMLCanvasElement {
  const bytes = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
  const canvas = h("canvas", { width, height, "aria-hidden": "true" });
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(width, height);
  const size = width * height;
  for (let i = 0; i < size; i += 1) {
    for (let c = 0; c < 3; c += 1)
      image.data[4 * i + c] = bytes[(channels === 3 ? c : 0) * size + i] ?? 0;
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

const count = 16;

/** Test images with both networks' answers. */
export function gallery(bench: Workbench, classes: string[], total: number): HTMLElement {
  const grid = h("div", { class: "gallery" });
  const score = h("p", { class: "detail" });
  let first = 0;
  let labels: number[] = [];
  let captions: [HTMLElement, HTMLElement][] = [];
  const ask = new Latest<Shown>(async (shown) => {
    const probabilities = await api.answer({
      model: bench.model.id,
      networks: [shown.before, shown.after],
      images: { first, count: labels.length },
    });
    const right = [0, 0];
    captions.forEach((pair, image) =>
      pair.forEach((caption, side) => {
        const answer = best(probabilities[side]?.[image] ?? []);
        const correct = answer === labels[image];
        right[side]! += correct ? 1 : 0;
        caption.textContent = `${correct ? "✓" : "✗"} ${classes[answer] ?? "–"}`;
        caption.className = correct ? "right" : "wrong";
      }),
    );
    score.textContent = `Of these ${labels.length}: start ${right[0]} right, after ${right[1]} right.`;
  }, bench.failed);
  const load = async () => {
    const answer = await api.images(bench.model.id, first, Math.min(count, total - first));
    labels = answer.images.map((image) => image.label);
    captions = labels.map(() => [h("span"), h("span")]);
    grid.replaceChildren(
      ...answer.images.map((image, i) =>
        h(
          "figure",
          {},
          imageCanvas(image.pixels, answer.channels, answer.height, answer.width),
          h("figcaption", {}, h("span", { class: "label" }, classes[image.label]), ...captions[i]!),
        ),
      ),
    );
    if (bench.shown) ask.call(bench.shown);
  };
  const turn = (by: number) => {
    first = (first + by + total) % total;
    load().catch(bench.failed);
  };
  bench.onShown((shown) => {
    if (labels.length > 0) ask.call(shown);
  });
  load().catch(bench.failed);
  return h(
    "section",
    {},
    h("h3", {}, "Test images: truth, start, after"),
    grid,
    score,
    h(
      "div",
      { class: "tools" },
      h("button", { type: "button", click: () => turn(-count) }, "← Previous"),
      h("button", { type: "button", click: () => turn(count) }, "Next →"),
    ),
  );
}
