// The numbers on top: before, after, and what it took.
import { h } from "../page/dom";
import { formatNumber, formatSeconds, words } from "../page/numbers";
import type { Workbench, Shown } from "./workbench";

const percent = (name: string) => (name.endsWith("error") ? " %" : "");

function others(bench: Workbench, shown: Shown): string {
  const own = [bench.metric.name, `test_${bench.metric.name}`];
  const names = Object.keys(shown.afterMetric ?? {}).filter((name) => !own.includes(name));
  return names
    .map(
      (name) =>
        `${words(name)} ${formatNumber(shown.beforeMetric?.[name], 3)} → ${formatNumber(shown.afterMetric?.[name], 3)}${percent(name)}`,
    )
    .join(", ");
}

export function outcome(bench: Workbench): HTMLElement {
  const before = h("b", { id: "before" }, "–");
  const after = h("b", { id: "after" }, "–");
  const label = h("span");
  const detail = h("p", { class: "detail" });
  const warning = h("p", { class: "warning" });
  const spoken = h("p", { class: "hidden-visually", "aria-live": "polite" });
  let speaking: ReturnType<typeof setTimeout> | undefined;
  const where =
    bench.model.kind === "images"
      ? " on the test images"
      : bench.model.stochastic
        ? ", mean of 64 episodes"
        : bench.model.measurable
          ? ""
          : "; what became of it cannot be measured here";
  bench.onShown((shown) => {
    const { name } = bench.metric;
    before.textContent = formatNumber(bench.valueOf(shown.beforeMetric));
    const value = bench.valueOf(shown.afterMetric);
    // While a measurement is under way the last number stays, greyed.
    if (shown.afterMetric) after.textContent = formatNumber(value) + percent(name);
    after.classList.toggle("stale", shown.afterMetric === null && bench.model.measurable);
    label.textContent = shown.label;
    const extra = others(bench, shown);
    detail.textContent = [
      `${name}${where}`,
      shown.seconds === null ? "" : `${formatSeconds(shown.seconds)} of sampling`,
      extra,
    ]
      .filter(Boolean)
      .join(" · ");
    warning.textContent = shown.warnings.join(" ");
    clearTimeout(speaking);
    speaking = setTimeout(() => {
      spoken.textContent = `${name} ${before.textContent} before, ${after.textContent} ${shown.label}`;
    }, 700);
  });
  return h(
    "div",
    { class: "outcome" },
    h("div", {}, h("span", {}, "start"), before),
    h("span", { class: "arrow", "aria-hidden": "true" }, "→"),
    h("div", { class: "now" }, label, after),
    detail,
    warning,
    spoken,
  );
}
