// A walk through the noise: from that of this seed to that of the next, played as an animation.
import { api, type Update } from "../api";
import { type Chart, figure } from "../charts/figure";
import { curves } from "../charts/curves";
import { h } from "../page/dom";
import type { Workbench } from "./workbench";

const steps = 16;
const frameMilliseconds = 160;
const walking = "walk, step";

function walkChart(bench: Workbench, updates: Update[]): Chart {
  const { name } = bench.metric;
  const points = updates.map((update, i) => ({ x: i, y: update.metric?.[name] ?? NaN }));
  return curves({
    id: "walk",
    title: `${name} along the walk`,
    caption: `Noise of seed ${bench.state.seed} on the left, of seed ${bench.state.seed + 1} on the right.`,
    x: { label: "step of the walk" },
    y: { label: name },
    height: 190,
    curves: [{ name, color: "var(--s0)", dots: true, points }],
  });
}

export function walkPanel(bench: Workbench): HTMLElement {
  const drawing = h("div");
  const slider = h("input", {
    type: "range",
    min: 0,
    max: steps - 1,
    step: 1,
    value: 0,
    disabled: true,
    "aria-label": "Step of the walk",
    id: "walk-step",
  });
  const play = h("button", { type: "button", id: "walk" }, "▶ Latent walk");
  let updates: Update[] = [];
  let timer: ReturnType<typeof setInterval> | undefined;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = "▶ Latent walk";
  };
  const show = (at: number) => {
    const update = updates[at];
    if (!update) return;
    bench.show({
      ...bench.shownOf(update, `${walking} ${at + 1} of ${updates.length}`, null),
      afterMetric: bench.model.kind === "images" ? null : (update.metric ?? null),
    });
    slider.value = String(at);
  };
  const start = async () => {
    if (updates.length === 0) {
      play.disabled = true;
      try {
        const answer = await api.update(
          bench.request({
            walk: { to_seed: bench.state.seed + 1, steps },
            repeat: 1,
            keep_better: false,
            measure: bench.model.measurable,
          }),
        );
        updates = answer.updates;
        if (updates[0]?.metric) drawing.replaceChildren(figure(walkChart(bench, updates)));
      } finally {
        play.disabled = false;
      }
    }
    slider.disabled = false;
    play.textContent = "❚❚ Pause";
    let at = Number(slider.value);
    let direction = 1;
    timer = setInterval(() => {
      show(at);
      if (at + direction < 0 || at + direction >= updates.length) direction = -direction;
      at += direction;
    }, frameMilliseconds);
  };
  play.addEventListener("click", () => {
    if (timer === undefined) start().catch(bench.failed);
    else stop();
  });
  slider.addEventListener("input", () => {
    stop();
    show(Number(slider.value));
  });
  // Another start, prompt or seed makes another walk.
  bench.onChange(() => {
    stop();
    updates = [];
    slider.value = "0";
    slider.disabled = true;
    drawing.replaceChildren();
  });
  // Anything else that is shown ends it.
  bench.onShown(({ label }) => {
    if (!label.startsWith(walking)) stop();
  });
  return h(
    "section",
    { class: "panel" },
    h("h3", {}, "Latent walk"),
    h("p", { class: "detail" }, "Between two noises, on the sphere: is what lies between as good?"),
    h("div", { class: "tools" }, play, slider),
    drawing,
  );
}
