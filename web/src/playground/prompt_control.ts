// What to ask for.
import { h } from "../page/dom";
import { formatNumber } from "../page/numbers";
import type { Workbench } from "./workbench";

/** A step of a slider with about 500 places, round enough to read. */
export function niceStep(low: number, high: number): number {
  const rough = (high - low) / 500;
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= rough) ?? 10 * power;
}

export function promptControl(bench: Workbench): HTMLElement {
  const slider = h("input", { id: "prompt", type: "range", "aria-label": "Prompt" });
  const number = h("input", {
    id: "prompt-number",
    type: "number",
    step: "any",
    "aria-label": "Prompt as a number",
  });
  const low = h("span");
  const high = h("span");
  const metrics = h(
    "select",
    { "aria-label": "Metric that is prompted" },
    ...bench.model.metrics.map(({ name }) =>
      h("option", { value: name, selected: name === bench.metric.name }, name),
    ),
  );
  const show = () => {
    const { metric } = bench;
    const step = niceStep(metric.low, metric.high);
    slider.min = String(Math.floor(metric.low / step) * step);
    slider.max = String(Math.ceil(metric.high / step) * step);
    slider.step = String(step);
    if (document.activeElement !== slider) slider.value = String(bench.prompt);
    if (document.activeElement !== number)
      number.value = String(Number(bench.prompt.toPrecision(5)));
    slider.setAttribute("aria-valuetext", `${metric.name} ${formatNumber(bench.prompt)}`);
    low.textContent = formatNumber(metric.low, 3);
    high.textContent = formatNumber(metric.high, 3);
  };
  slider.addEventListener("input", () => bench.change({ prompt: Number(slider.value) }));
  number.addEventListener("input", () => {
    if (number.value !== "") bench.change({ prompt: Number(number.value) });
  });
  metrics.addEventListener("change", () => bench.change({ metric: metrics.value, prompt: null }));
  bench.onChange(show);
  show();
  return h(
    "section",
    { class: "control prompt" },
    h("h2", {}, "Prompt"),
    h(
      "div",
      { class: "asking" },
      h("span", {}, bench.model.metrics.length === 1 ? `${bench.metric.name} =` : ""),
      bench.model.metrics.length > 1 && metrics,
      number,
    ),
    slider,
    h("div", { class: "ends" }, low, high),
  );
}
