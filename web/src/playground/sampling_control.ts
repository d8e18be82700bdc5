// How to sample: noise, evaluations, recursion.
import type { Sampler } from "../api";
import { h } from "../page/dom";
import { formatNumber } from "../page/numbers";
import type { Session } from "./session";

const counts = [1, 2, 3, 5, 10, 20, 50, 100, 200];

function noise(session: Session): Node[] {
  const seed = h("input", {
    id: "noise",
    type: "number",
    min: 0,
    step: 1,
    value: session.state.seed,
  });
  seed.addEventListener("input", () =>
    session.change({ seed: Math.max(0, Math.floor(Number(seed.value) || 0)) }),
  );
  session.onChange(() => {
    if (document.activeElement !== seed) seed.value = String(session.state.seed);
  });
  const another = h(
    "button",
    { type: "button", click: () => session.change({ seed: session.state.seed + 1 }) },
    "Another",
  );
  return [h("label", { for: "noise" }, "Noise seed"), h("span", { class: "pair" }, seed, another)];
}

function sampler(session: Session): Node[] {
  const method = h(
    "select",
    { id: "method" },
    ...(["ddim", "dpm", "ddpm"] as const).map((name) =>
      h("option", { value: name, selected: name === session.sampler.method }, name.toUpperCase()),
    ),
  );
  const nearest = counts.reduce(
    (best, count, i) =>
      Math.abs(count - session.sampler.evaluations) <
      Math.abs(counts[best]! - session.sampler.evaluations)
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
    const count = session.sampler.evaluations;
    said.textContent = `${count} ${count === 1 ? "evaluation" : "evaluations"}`;
    evaluations.setAttribute("aria-valuetext", said.textContent);
  };
  const change = () =>
    session.change({
      sampler: {
        ...session.sampler,
        method: method.value as Sampler["method"],
        evaluations: counts[Number(evaluations.value)]!,
      },
    });
  method.addEventListener("change", change);
  evaluations.addEventListener("input", change);
  session.onChange(show);
  show();
  return [
    h("label", { for: "method" }, "Sampler"),
    method,
    h("label", { for: "evaluations" }, "Evaluations"),
    h("span", { class: "stack" }, evaluations, said),
  ];
}

function recursion(session: Session): HTMLElement {
  const path = h("p", { class: "path", "aria-live": "polite" });
  const again = h(
    "button",
    {
      type: "button",
      id: "again",
      click: () => session.change({ repeat: Math.min(20, session.state.repeat + 1) }),
    },
    "Update again",
  );
  const once = h("button", { type: "button", click: () => session.change({ repeat: 1 }) }, "Once");
  const keep = h("input", { type: "checkbox", id: "keep", checked: session.state.keepBetter });
  keep.addEventListener("change", () => session.change({ keepBetter: keep.checked }));
  session.onShown((shown) => {
    const { name } = session.metric;
    const course = [shown.beforeMetric, ...shown.rounds].map((metrics) =>
      formatNumber(metrics?.[name]),
    );
    path.textContent = shown.rounds.length > 1 ? course.join(" → ") : "";
    once.disabled = session.state.repeat === 1;
  });
  return h(
    "div",
    { class: "recursion" },
    h("div", { class: "pair" }, again, once),
    h("span", { class: "check" }, keep, h("label", { for: "keep" }, "keep the better network")),
    path,
  );
}

export function samplingControl(session: Session): HTMLElement {
  return h(
    "section",
    { class: "control sampling" },
    h("h2", {}, "Sampling"),
    h("div", { class: "fields" }, ...noise(session), ...sampler(session)),
    session.model.measurable && recursion(session),
  );
}
