// The numbers on top: before, after, and what it took.
import { h } from "../page/dom";
import { formatNumber, formatSeconds, words } from "../page/numbers";
import type { Session, Shown } from "./session";

const percent = (name: string) => (name.endsWith("error") ? " %" : "");

function others(session: Session, shown: Shown): string {
  const own = [session.metric.name, `test_${session.metric.name}`];
  const names = Object.keys(shown.afterMetric ?? {}).filter((name) => !own.includes(name));
  return names
    .map(
      (name) =>
        `${words(name)} ${formatNumber(shown.beforeMetric?.[name], 3)} → ${formatNumber(shown.afterMetric?.[name], 3)}${percent(name)}`,
    )
    .join(", ");
}

export function outcome(session: Session): HTMLElement {
  const before = h("b", { id: "before" }, "–");
  const after = h("b", { id: "after" }, "–");
  const label = h("span");
  const detail = h("p", { class: "detail" });
  const warning = h("p", { class: "warning" });
  const spoken = h("p", { class: "hidden-visually", "aria-live": "polite" });
  let speaking: ReturnType<typeof setTimeout> | undefined;
  const where =
    session.model.kind === "images"
      ? " on the test images"
      : session.model.stochastic
        ? ", mean of 64 episodes"
        : session.model.measurable
          ? ""
          : "; what became of it cannot be measured here";
  session.onShown((shown) => {
    const { name } = session.metric;
    before.textContent = formatNumber(session.valueOf(shown.beforeMetric));
    const value = session.valueOf(shown.afterMetric);
    // While a measurement is under way the last number stays, greyed.
    if (shown.afterMetric) after.textContent = formatNumber(value) + percent(name);
    after.classList.toggle("stale", shown.afterMetric === null && session.model.measurable);
    label.textContent = shown.label;
    const extra = others(session, shown);
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
