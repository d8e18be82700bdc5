// How to sample: noise, evaluations, recursion.
import type { Sampler } from "../api";
import { h } from "../page/dom";
import { formatNumber } from "../page/numbers";
import type { Workbench } from "./workbench";

const counts = [1, 2, 3, 5, 10, 20, 50, 100, 200];

function noise(bench: Workbench): Node[] {
  const seed = h("input", {
    id: "noise",
    type: "number",
    min: 0,
    step: 1,
    value: bench.state.seed,
  });
  seed.addEventListener("input", () =>
    bench.change({ seed: Math.max(0, Math.floor(Number(seed.value) || 0)) }),
  );
  bench.onChange(() => {
    if (document.activeElement !== seed) seed.value = String(bench.state.seed);
  });
  const another = h(
    "button",
    { type: "button", click: () => bench.change({ seed: bench.state.seed + 1 }) },
    "Another",
  );
  return [h("label", { for: "noise" }, "Noise seed"), h("span", { class: "pair" }, seed, another)];
}

function sampler(bench: Workbench): Node[] {
  const method = h(
    "select",
    { id: "method" },
    ...(["ddim", "dpm", "ddpm"] as const).map((name) =>
      h("option", { value: name, selected: name === bench.sampler.method }, name.toUpperCase()),
    ),
  );
  const nearest = counts.reduce(
    (best, count, i) =>
      Math.abs(count - bench.sampler.evaluations) <
      Math.abs(counts[best]! - bench.sampler.evaluations)
        ? i
        : best,
    0,
  );
  const evaluations = h("input", {
    id: "evaluations",
    type: "range",
    min: 0,
    max: counts.length - 1,
    step: 1,
    value: nearest,
  });
  const said = h("output", { for: "evaluations" });
  const show = () => {
    const count = bench.sampler.evaluations;
    said.textContent = `${count} ${count === 1 ? "evaluation" : "evaluations"}`;
    evaluations.setAttribute("aria-valuetext", said.textContent);
  };
  const change = () =>
    bench.change({
      sampler: {
        ...bench.sampler,
        method: method.value as Sampler["method"],
        evaluations: counts[Number(evaluations.value)]!,
      },
    });
  method.addEventListener("change", change);
  evaluations.addEventListener("input", change);
  bench.onChange(show);
  show();
  return [
    h("label", { for: "method" }, "Sampler"),
    method,
    h("label", { for: "evaluations" }, "Evaluations"),
    h("span", { class: "stack" }, evaluations, said),
  ];
}

function recursion(bench: Workbench): HTMLElement {
  const path = h("p", { class: "path", "aria-live": "polite" });
  const again = h(
    "button",
    {
      type: "button",
      id: "again",
      click: () => bench.change({ repeat: Math.min(20, bench.state.repeat + 1) }),
    },
    "Update again",
  );
  const once = h("button", { type: "button", click: () => bench.change({ repeat: 1 }) }, "Once");
  const keep = h("input", { type: "checkbox", id: "keep", checked: bench.state.keepBetter });
  keep.addEventListener("change", () => bench.change({ keepBetter: keep.checked }));
  bench.onShown((shown) => {
    const { name } = bench.metric;
    const course = [shown.beforeMetric, ...shown.rounds].map((metrics) =>
      formatNumber(metrics?.[name]),
    );
    path.textContent = shown.rounds.length > 1 ? course.join(" → ") : "";
    once.disabled = bench.state.repeat === 1;
  });
  return h(
    "div",
    { class: "recursion" },
    h("div", { class: "pair" }, again, once),
    h("span", { class: "check" }, keep, h("label", { for: "keep" }, "keep the better network")),
    path,
  );
}

export function samplingControl(bench: Workbench): HTMLElement {
  return h(
    "section",
    { class: "control sampling" },
    h("h2", {}, "Sampling"),
    h("div", { class: "fields" }, ...noise(bench), ...sampler(bench)),
    bench.model.measurable && recursion(bench),
  );
}
