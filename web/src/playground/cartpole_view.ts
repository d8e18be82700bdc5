// Cart-pole: both policies from the same initial states, side by side.
import { api, type Nudge, type RolloutAnswer } from "../api";
import { h } from "../page/dom";
import { formatNumber } from "../page/numbers";
import { CartpoleScene, returnAfter } from "./cartpole_scene";
import { Latest } from "./latest";
import type { Workbench, Shown } from "./workbench";

const episodes = 4;
const pause = 70; // steps that the end stays in sight
const pushSteps = 6;

export function cartpoleView(bench: Workbench): HTMLElement {
  const scenes = [
    new CartpoleScene("The policy before the update, balancing"),
    new CartpoleScene("The policy after the update, balancing"),
  ];
  const counters = [h("b", { id: "return-before" }, "0"), h("b", { id: "return-after" }, "0")];
  const names = [h("span", {}, "start"), h("span", {}, "after")];
  let rollouts: RolloutAnswer | null = null;
  let nudges: Nudge[] = [];
  let seed = 0;
  let step = 0; // of the animation, in parts
  let last = 0;
  let shownPush = { force: 0, until: 0 };

  const fetchRollouts = new Latest<Shown>(async (shown) => {
    rollouts = await api.rollOut({
      model: bench.model.id,
      networks: [shown.before, shown.after],
      seed,
      episodes,
      nudges,
    });
  }, bench.failed);

  const again = (next: number) => {
    seed = next;
    nudges = [];
    step = 0;
    if (bench.shown) fetchRollouts.call(bench.shown);
  };

  // The same push for both; what went before is as it was, since episodes depend on seed and pushes alone.
  const push = (force: number) => {
    const now = Math.floor(step) + 1;
    if (!bench.shown || now > 480) return;
    nudges = [
      ...nudges,
      ...Array.from({ length: pushSteps }, (_, i) => ({ step: now + i, force })),
    ].slice(-60);
    shownPush = { force, until: now + 20 };
    fetchRollouts.call(bench.shown);
  };

  const longest = () =>
    Math.max(
      1,
      ...(rollouts?.rollouts ?? []).map(({ episodes: list }) => (list[0]?.states.length ?? 1) - 1),
    );
  const frame = (now: number) => {
    if (rollouts) {
      step += Math.min(0.1, (now - last) / 1000) / rollouts.step_seconds;
      if (step > longest() + pause) {
        nudges = nudges.length > 0 ? [] : nudges;
        step = 0;
        if (bench.shown && shownPush.force !== 0) fetchRollouts.call(bench.shown);
        shownPush = { force: 0, until: 0 };
      }
      rollouts.rollouts.forEach(({ episodes: list }, i) => {
        const at = Math.floor(step);
        scenes[i]?.draw(list, at, rollouts!.limits, at < shownPush.until ? shownPush.force : 0);
        const main = list[0];
        const counter = counters[i];
        if (main && counter) {
          const ended = at >= main.states.length - 1;
          counter.textContent = formatNumber(ended ? main.return : returnAfter(main, at), 4);
          counter.classList.toggle("fallen", ended && main.failed);
        }
      });
    }
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  for (const scene of scenes) {
    scene.canvas.addEventListener("pointerdown", (event) => {
      if (!rollouts) return;
      const index = scenes.indexOf(scene);
      const state = rollouts.rollouts[index]?.episodes[0]?.states[Math.floor(step)] ?? [0];
      // A click to the left of the cart pushes it to the right, as a finger would.
      push(scene.metresAt(event.clientX, rollouts.limits) < state[0]! ? 120 : -120);
    });
    scene.canvas.addEventListener("keydown", (event) => {
      if (event.key === "ArrowRight") push(120);
      else if (event.key === "ArrowLeft") push(-120);
      else return;
      event.preventDefault();
    });
  }
  bench.onShown((shown) => {
    names[1]!.textContent = shown.label;
    fetchRollouts.call(shown);
  });
  const button = (text: string, click: () => void) => h("button", { type: "button", click }, text);
  return h(
    "section",
    { class: "view cartpole", "aria-label": "Rollouts" },
    h(
      "div",
      { class: "scenes" },
      ...scenes.map((scene, i) =>
        h(
          "figure",
          { class: i === 0 ? "before" : "after" },
          h("figcaption", {}, names[i]!, h("span", {}, "return ", counters[i]!)),
          scene.canvas,
        ),
      ),
    ),
    h(
      "div",
      { class: "tools" },
      button("← Push", () => push(-120)),
      button("Push →", () => push(120)),
      button("From the start", () => again(seed)),
      button("Other initial states", () => again(seed + 1)),
      h(
        "span",
        { class: "hint" },
        "Click beside a cart, or use the arrow keys, to push both; faint: three more episodes.",
      ),
    ),
  );
}
